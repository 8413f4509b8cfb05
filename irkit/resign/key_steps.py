"""The steps on keys of a re-signing plan: the fresh key, the revocation, and where both are published. Pure."""

from __future__ import annotations

from irkit.model import OpenPgpKey
from irkit.plan import Action, GpgCommand, HumanTask
from irkit.resign.choices import Choices, Place
from irkit.resign.scope import Scope

Pairs = tuple[tuple[str, str], ...]

CANNOT_REVOKE = "cannot-revoke"
"""The verb of what takes the place of a revocation that nobody of ours can make."""

_INSTEAD = (
    "say its fingerprint, since when it is in other hands, and the new key; have others sign that (the transition statement)",
    "have it taken out of every key ring that holds it: nothing else makes a program refuse what it signs",
    "take it off your own key directory and pages; at keys.openpgp.org take its address off it; other key servers keep it",
    "go on looking for a copy of the key or of a certificate that revokes it: old homes, backups, paper, its designated revokers",
)


def signer(old: OpenPgpKey, how: Choices, scope: Scope) -> tuple[str, str, Pairs]:
    """(home, key, arguments) by which every signing step finds the key to sign with: it does not exist while the plan is made."""
    if not scope.whole:
        return how.old_home, old.openpgp, ()
    return how.signing_home or how.new_home, "", fresh(old, how)


def fresh(old: OpenPgpKey, how: Choices) -> Pairs:
    return (("user_id", how.user_id), ("other_than", old.openpgp))


def fresh_key(old: OpenPgpKey, how: Choices, scope: Scope) -> Action:
    """The new key; or, when the primary never leaked, a new signing subkey under it."""
    life = (("algorithm", how.algorithm), ("signing_expires", how.signing_expires))
    if not scope.whole:
        command = GpgCommand(
            "add-subkey", how.old_home, old.openpgp, (*life, ("other_than", _leaked(scope))), how.old_passphrase
        )
        what = f"make a new signing subkey under {old.openpgp}"
        return Action("add-subkey", old.openpgp, what, command, irreversible=False)
    said: Pairs = (*fresh(old, how), *life, ("primary_expires", how.primary_expires))
    said += tuple((name, value) for name, value in (("signing_home", how.signing_home), ("apart", how.apart)) if value)
    what = f"make a new key for {how.user_id}: certify-only primary, signing subkey"
    command = GpgCommand("generate-key", how.new_home, arguments=said, passphrase=how.new_passphrase)
    return Action("generate-key", how.user_id, what, command, irreversible=False)


def ci_bundle(old: OpenPgpKey, how: Choices, scope: Scope) -> list[Action]:
    """The signing subkey for CI, put where CI reads it, once it is tried that it can neither certify nor extend itself."""
    if not how.ci_bundle:
        return []
    home, key, said = (how.new_home, "", fresh(old, how)) if scope.whole else (how.old_home, old.openpgp, ())
    command = GpgCommand("ci-bundle", home, key, (*said, ("store", how.ci_bundle)), how.new_passphrase)
    return [
        Action(
            "ci-bundle",
            how.ci_bundle,
            f"put the signing subkey for CI into {how.ci_bundle}",
            command,
            irreversible=False,
        )
    ]


def revocations(case_id: str, old: OpenPgpKey, how: Choices, scope: Scope) -> list[Action]:
    """The whole key, or each leaked subkey; and what the old key certified of others. A person's task where nobody can revoke it."""
    if how.cannot_revoke:
        title = f"warn everybody who trusts {old.openpgp}, since it cannot be revoked"
        task = HumanTask(title, "the channels of yours for which it does not vouch", _INSTEAD)
        return [Action(CANNOT_REVOKE, old.openpgp, f"live with {old.openpgp} not being revoked", task)]
    soft = how.revoke_as == "superseded"
    text = ("text", f"No longer in use ({case_id})" if soft else f"The private key leaked ({case_id})")
    if scope.whole:
        said: Pairs = (text, ("reason", how.revoke_as)) if soft else (text,)
        said += tuple(
            (name, value)
            for name, value in (
                ("certificate", how.revocation_certificate), ("revoker", how.revoker), ("revoker_home", how.revoker_home),
            )
            if value
        )  # fmt: skip
        command = GpgCommand("revoke-key", how.old_home, old.openpgp, said, how.old_passphrase)
        actions = [Action("revoke-key", old.openpgp, f"revoke {old.openpgp} as {how.revoke_as}", command)]
    else:
        actions = [
            Action(
                "revoke-subkey", old.openpgp, f"revoke the subkey {subkey} as compromised",
                GpgCommand("revoke-subkey", how.old_home, old.openpgp, (("subkey", subkey), text), how.old_passphrase),
            )
            for subkey in scope.subkeys
        ]  # fmt: skip
    for user_id in () if scope.whole else how.revoke_user_ids:
        command = GpgCommand("revoke-user-id", how.old_home, old.openpgp, (("user_id", user_id),), how.old_passphrase)
        actions.append(Action("revoke-user-id", user_id, f"revoke the user id {user_id} of {old.openpgp}", command))
    for other in how.certified if scope.whole else ():
        command = GpgCommand("revoke-certification", how.old_home, old.openpgp, (("of", other),), how.old_passphrase)
        actions.append(
            Action("revoke-certification", other, f"take back what the old key certified of {other}", command)
        )
    return actions


def publications(old: OpenPgpKey, how: Choices, scope: Scope) -> list[Action]:
    """One step a place; each ends with reading back as a client would."""
    actions: list[Action] = []
    for place in how.publish:
        actions += _published(place, old, how, scope)
    return actions


def _published(place: Place, old: OpenPgpKey, how: Choices, scope: Scope) -> list[Action]:
    if place.kind == "folder":
        return _into_folder(place, old, how, scope)
    leaked = old.openpgp if scope.whole else scope.subkeys[0]
    said: Pairs = (("old_home", how.old_home), ("old_key", leaked), *(fresh(old, how) if scope.whole else ()))
    said += (("unrevoked", "yes"),) if how.cannot_revoke else ()
    kind, _, direct = place.kind.partition("-")
    said += {
        "keyring": (("path", place.where), ("old", place.address or "remove")),
        "wkd": (
            ("out", place.where),
            ("address", place.address),
            ("method", direct or "advanced"),
            ("verify_url", place.url),
        ),
        "hkp": (("server", place.where),),
        "vks": (("server", place.where), ("verify", place.address)),
    }[kind]
    home, key = (how.new_home, "") if scope.whole else (how.old_home, old.openpgp)
    command = GpgCommand(f"publish-{kind}", home, key, said)  # type: ignore[arg-type]
    what = f"publish the new key {'alone' if how.cannot_revoke else 'and the revoked one'} at {place}"
    return [Action(command.operation, str(place), what, command, irreversible=kind in ("hkp", "vks"))]


def _into_folder(place: Place, old: OpenPgpKey, how: Choices, scope: Scope) -> list[Action]:
    def write(what: str, target: str, command: GpgCommand) -> Action:
        return Action("export-public", target, f"write {what} to {place.where}", command, irreversible=False)

    out = f"{place.where}/{old.openpgp}.asc"
    actions = []
    if not how.cannot_revoke:
        command = GpgCommand("export-public", how.old_home, old.openpgp, (("out", out),))
        actions.append(write("the revoked key", old.openpgp, command))
    if scope.whole:
        command = GpgCommand(
            "export-public", how.new_home, arguments=(*fresh(old, how), ("out", f"{place.where}/new-key.asc"))
        )
        actions.append(write("the new key", how.user_id, command))
    return actions


def _leaked(scope: Scope) -> str:
    return " ".join(scope.subkeys)
