"""The plan: revoke the old key, make a new one, sign anew what is proven, set aside the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from irkit.model import Artifact, OpenPgpKey, SecretRef
from irkit.plan import Action, GpgCommand, HumanTask, Plan
from irkit.resign.judging import Judged, Judgement, signed_by


def plan_resign(
    case_id: str,
    author: str,
    old: OpenPgpKey,
    judged: Sequence[Judged],
    *,
    old_home: str,
    new_home: str,
    user_id: str,
    folder: str,
    quarantine: str,
    signing_expires: str = "90d",
    primary_expires: str = "2y",
    algorithm: str = "ed25519",
    approvals_required: int = 1,
    old_passphrase: SecretRef | None = None,
    new_passphrase: SecretRef | None = None,
    revocation_certificate: str = "",
    publish: str = "",
    attempt: int = 1,
) -> Plan:
    """Revoke the old key, make a new one, sign anew what is trusted and bore the old key's signature, set aside the rest of it.

    What the old key never signed is left where it is, unless something speaks against it: the plan's reasons say so. With
    `publish` (a folder) both public keys are written there. The same input gives the same digest.
    """
    new = (("user_id", user_id), ("other_than", old.openpgp))
    actions = [
        _revocation(case_id, old, old_home, old_passphrase, revocation_certificate),
        Action(
            "generate-key",
            user_id,
            f"make a new key for {user_id}: certify-only primary, signing subkey",
            GpgCommand(
                "generate-key",
                new_home,
                arguments=(
                    *new,
                    ("algorithm", algorithm),
                    ("primary_expires", primary_expires),
                    ("signing_expires", signing_expires),
                ),
                passphrase=new_passphrase,
            ),
            irreversible=False,
        ),
    ]
    if publish:
        actions += _publications(old, old_home, new_home, new, publish)
    ordered = sorted(
        judged, key=lambda one: (one.artifact.path, one.artifact.signature_path or "", one.artifact.issuer or "")
    )
    to_sign = [one for one in ordered if one.judgement is Judgement.TRUSTED and _bears(one.artifact, old)]
    set_aside = [one for one in ordered if _goes_aside(one, old)]
    apart = {one.artifact.path for one in ordered} - {one.artifact.path for one in (*to_sign, *set_aside)}
    left = apart - {one.artifact.path for one in ordered if signed_by(one.artifact, old)}
    actions += _signatures(to_sign, new_home, new, folder, new_passphrase)
    actions += _quarantines(set_aside, folder, quarantine)
    if attempt > 1:
        actions = [Action(one.verb, one.target, one.what, one.do, one.irreversible, attempt) for one in actions]
    return Plan(case_id, "resign", author, tuple(actions), _reasons(old, to_sign, set_aside, left), approvals_required)


def _revocation(case_id: str, old: OpenPgpKey, home: str, passphrase: SecretRef | None, certificate: str) -> Action:
    said = (("text", f"The private key leaked ({case_id})"), *((("certificate", certificate),) if certificate else ()))
    command = GpgCommand("revoke-key", home, old.openpgp, said, passphrase)
    return Action("revoke-key", old.openpgp, f"revoke {old.openpgp} as compromised", command)


def _publications(
    old: OpenPgpKey, old_home: str, new_home: str, new: tuple[tuple[str, str], ...], publish: str
) -> list[Action]:
    written = (
        (
            "the revoked key",
            old.openpgp,
            GpgCommand("export-public", old_home, old.openpgp, (("out", f"{publish}/{old.openpgp}.asc"),)),
        ),
        (
            "the new key",
            dict(new)["user_id"],
            GpgCommand("export-public", new_home, arguments=(*new, ("out", f"{publish}/new-key.asc"))),
        ),
    )
    return [
        Action("export-public", target, f"write {what} to {publish}", do, irreversible=False)
        for what, target, do in written
    ]


def _goes_aside(one: Judged, old: OpenPgpKey) -> bool:
    """What the old key vouched for, or may have, and is not proven; and whatever something speaks against."""
    if one.judgement is Judgement.TRUSTED:
        return False
    speaks_against = one.judgement in (Judgement.ALTERED, Judgement.SUSPECT)
    return speaks_against or _bears(one.artifact, old)


_KEPT = re.compile(r"\.[0-9A-F]{16}\.[a-z]+\Z")


def _bears(artifact: Artifact, old: OpenPgpKey) -> bool:
    """Whether it bears a signature that is, or may be, the old key's; one kept beside its successor (NAME.KEYID.asc) is history."""
    if artifact.signature_path is None or _KEPT.search(artifact.signature_path):
        return False
    return signed_by(artifact, old) is not False


def _signatures(
    to_sign: Sequence[Judged], home: str, new: tuple[tuple[str, str], ...], folder: str, passphrase: SecretRef | None
) -> list[Action]:
    actions = []
    for artifact in (one.artifact for one in to_sign):
        signature, digest = artifact.signature_path or "", artifact.sha256 or ""
        what = f"sign {artifact.path} ({digest[:12]}) with the new key"
        if signature == artifact.path:
            steps = (f"sign its text with the new key of {dict(new)['user_id']}", "publish it in place of the old one")
            actions.append(
                Action(
                    "sign-by-hand",
                    artifact.path,
                    what,
                    HumanTask(f"sign {artifact.path} anew", f"{folder}/{artifact.path}", steps),
                )
            )
            continue
        said = (*new, ("folder", folder), ("artifact", artifact.path), ("sha256", digest), ("signature", signature))
        command = GpgCommand("sign-detached", home, arguments=said, passphrase=passphrase)
        actions.append(Action("sign-detached", artifact.path, what, command, irreversible=False))
    return list({action.id: action for action in actions}.values())


def _quarantines(set_aside: Sequence[Judged], folder: str, quarantine: str) -> list[Action]:
    """One action for each artifact, with all its signatures: they leave together."""
    actions = []
    for path in dict.fromkeys(one.artifact.path for one in set_aside):
        rows = [one for one in set_aside if one.artifact.path == path]
        beside = dict.fromkeys(
            one.artifact.signature_path for one in rows if one.artifact.signature_path not in (None, path)
        )
        why = "; ".join(dict.fromkeys(f"{one.judgement}: {one.why}" for one in rows))
        said = (
            ("folder", folder), ("artifact", path), ("sha256", rows[0].artifact.sha256 or ""),
            *(("signature", each) for each in beside if each), ("quarantine", quarantine), ("why", why),
        )  # fmt: skip
        command = GpgCommand("quarantine", "", arguments=said)
        actions.append(
            Action("quarantine", path, f"set {path} aside: {rows[0].judgement}", command, irreversible=False)
        )
    return actions


def _reasons(
    old: OpenPgpKey, to_sign: Sequence[Judged], set_aside: Sequence[Judged], left: set[str]
) -> tuple[str, ...]:
    scope = {
        True: "The primary's secret part leaked, so the whole key is revoked.",
        False: "Only subkeys leaked; the whole key is revoked all the same, since a new one takes its place.",
        None: "What of the secret key leaked is not known, so the whole key is revoked.",
    }[old.primary_leaked]
    reasons = [
        scope,
        f"{len({one.artifact.path for one in to_sign})} artifacts are proven unchanged since before the exposure and are signed anew.",
        f"{len({one.artifact.path for one in set_aside})} are not, and are set aside with their reasons; nothing is deleted.",
    ]
    if left:
        shown = ", ".join(sorted(left)[:10]) + (", ..." if len(left) > 10 else "")
        reasons.append(
            f"Left as they are, since the old key never signed them and nothing speaks against them: {shown}."
        )
    return tuple(reasons)
