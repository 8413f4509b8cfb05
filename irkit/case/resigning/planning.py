"""The re-signing plan of a case: the responder's choices over the latest judgement."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from irkit import resign
from irkit.case.desk import Desk
from irkit.case.plans import author_key, keep_plan
from irkit.case.resigning.judging import kept_embedders, kept_releases, leaked_key
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef
from irkit.openpgp.certifications import certifications_by
from irkit.openpgp.keys import refuse_open_home
from irkit.openpgp.ways import Way, ways_to_revoke
from irkit.resign.choices import Choices, read_place
from irkit.show import View


def plan(
    case: Desk,
    *,
    old_home: str,
    new_home: str,
    user_id: str,
    publish: Sequence[str] = (),
    old_passphrase: str = "",
    new_passphrase: str = "",
    signature_name: Literal["same", "new"] = "same",
    approvals_required: int = 1,
    **choices: Any,
) -> View:
    """Passphrases are references. `publish` are places as `irkit.resign.choices.read_place` reads them; `choices` are further fields
    of `Choices`. BadInput when nothing has been judged, and when a key that can be revoked is said to be one that cannot. The same facts
    give the same plan."""
    if choices.get("revoke_as") == "superseded" and (why := _leaked(case, leaked_key(case).name)):
        raise BadInput(
            "this key is not merely superseded",
            on=leaked_key(case).openpgp,
            why=why,
            do="revoke it as compromised (revoke_as)",
        )
    for home in (new_home, str(choices.get("signing_home") or "")):
        if home:
            refuse_open_home(Path(home))
    tried = _no_way(case, old_home, choices) if choices.get("cannot_revoke") else ()
    how = Choices(
        old_home,
        new_home,
        user_id,
        str(case.folder / "quarantine"),
        publish=tuple(read_place(text) for text in publish),
        old_passphrase=SecretRef.parse(old_passphrase) if old_passphrase else None,
        new_passphrase=SecretRef.parse(new_passphrase) if new_passphrase else None,
        signature_name=signature_name,
        approvals_required=approvals_required,
        author_key=author_key(case),
        certified=_certified(old_home, leaked_key(case).openpgp),
        **choices,
    )
    made = resign.plan_resign(
        case.incident.case_id, case.incident.responder, leaked_key(case), kept_releases(case), how, kept_embedders(case)
    )
    view = keep_plan(case, made)
    if how.cannot_revoke:
        _say_so(case, leaked_key(case).name, how.cannot_revoke, tried)
    return view


def _no_way(case: Desk, home: str, choices: dict[str, Any]) -> tuple[Way, ...]:
    """The ways that were looked for. BadInput where one of them is open: then it is to be revoked."""
    key = leaked_key(case).openpgp
    certificate, revoker_home = choices.get("revocation_certificate"), choices.get("revoker_home")
    found = ways_to_revoke(
        Path(home), key, Path(certificate) if certificate else None, Path(revoker_home) if revoker_home else None
    )
    tried = tuple(way for way in found if way.revokes)
    if way := next((way for way in tried if way.possible), None):
        raise BadInput(
            "this key can be revoked",
            on=key,
            why=f"{way.name}: {way.why}",
            do="leave cannot_revoke empty, and revoke it",
        )
    if choices.get("revoke_as") == "superseded":
        raise BadInput(
            "a key that cannot be revoked is not revoked as superseded either",
            on=key,
            do="give cannot_revoke or revoke_as",
        )
    return tried


def _say_so(case: Desk, key: str, why: str, tried: Sequence[Way]) -> None:
    """In the journal, once for the same words."""
    body = {
        "key": key,
        "why": why,
        "ways": [{"name": one.name, "possible": one.possible, "why": one.why} for one in tried],
    }
    said = case.journal.records(Kind.UNREVOKABLE)
    if not said or dict(said[-1].body) != body:
        case.write(Kind.UNREVOKABLE, body)


def _leaked(case: Desk, name: str) -> str:
    """What shows that the key leaked, in words; "" when nothing in the case does."""
    located = case.journal.records(Kind.LOCATED)
    found = located[-1].body.get("by_credential", {}).get(name, 0) if located else 0
    if found:
        return f"it was found in {found} places"
    alerted = any(one.body.get("credential") == name for one in case.journal.records(Kind.ALERTED))
    return "a scanner alerted to it" if alerted else ""


def _certified(home: str, fingerprint: str) -> tuple[str, ...]:
    """Whose user ids the old key certified, taken back or not: the plan stays the same while it is carried out."""
    return tuple(dict.fromkeys(one.of for one in certifications_by(Path(home), fingerprint)))
