"""The plan: a fresh key, the old one revoked, both published; what is proven signed anew, the rest set aside. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from irkit.model import OpenPgpKey, TrustedIn
from irkit.plan import Action, HumanTask, Plan
from irkit.resign import key_steps, signing_steps
from irkit.resign.choices import Choices, Release
from irkit.resign.disposition import Disposed, Fate, dispose
from irkit.resign.scope import Scope, scope_of
from irkit.resign.signing_steps import Signer


def plan_resign(
    case_id: str,
    author: str,
    old: OpenPgpKey,
    releases: Sequence[Release],
    how: Choices,
    trusted_in: Sequence[TrustedIn] = (),
) -> Plan:
    """Everything chapter 3 does, in order; the same input gives the same digest.

    `trusted_in` are the places that embed the old key: each becomes a task for a person. What the old key never signed is left where it
    is, unless something speaks against it: the plan's reasons say so.
    """
    soft = how.revoke_as == "superseded"
    scope = whole(scope_of(old)) if how.whole_key or soft else scope_of(old)
    if how.cannot_revoke:
        scope = unrevoked(scope, how.cannot_revoke)
    leaked = frozenset(scope.subkeys) if not scope.whole else frozenset()
    home, key, said = key_steps.signer(old, how, scope)
    by = Signer(
        home, key, said, how.old_passphrase if key else how.new_passphrase, how.signature_name, _names(old, leaked)
    )
    disposed = [(release, dispose(release.judged, old, leaked)) for release in releases]
    left = sum(one.fate is not Fate.RESIGN for _, things in disposed for one in things) if soft else 0
    if soft:  # what it signed before still counts: only what is proven is signed anew
        disposed = [(release, tuple(one for one in things if one.fate is Fate.RESIGN)) for release, things in disposed]
    actions = [
        *key_steps.revocations(case_id, old, how, scope),
        key_steps.fresh_key(old, how, scope),
        *key_steps.ci_bundle(old, how, scope),
        *key_steps.publications(old, how, scope),
    ]
    for release, things in disposed:
        actions += signing_steps.set_aside(release, things, how.quarantine)
    for release, things in disposed:
        actions += signing_steps.files(release, things, by, old, leaked)
        actions += signing_steps.indexes(release, things, by)
        actions += signing_steps.in_git(release, things, by)
    actions += _remedies(old, trusted_in)
    unique = {action.id: action for action in actions}.values()
    tried = tuple(replace(one, attempt=how.attempt) for one in unique)
    reasons = _reasons(scope, [thing for _, things in disposed for thing in things], trusted_in)
    return Plan(
        case_id, "resign", author, tried, (*reasons, *_softly(soft, left)),
        how.approvals_required, how.approvals_valid_h, how.author_key,
    )  # fmt: skip


def _softly(soft: bool, left: int) -> tuple[str, ...]:
    if not soft:
        return ()
    return (
        "The key is revoked as superseded: nothing shows that it leaked. Signatures dated before still count, and whoever kept a copy can "
        "date one so: when anything shows that somebody did, revoke it as compromised.",
        f"{left} artifacts are not proven by records from before; they are left where they are, under the old signature.",
    )


def _names(old: OpenPgpKey, leaked: frozenset[str]) -> tuple[str, ...]:
    """The keys whose signatures count for nothing: what leaked, or the whole key."""
    return tuple(sorted(leaked)) or tuple(dict.fromkeys((old.openpgp, *(sub.fingerprint for sub in old.keys))))


def whole(scope: Scope) -> Scope:
    """The whole key, because the responder says so."""
    return (
        scope
        if scope.whole
        else Scope(True, (), (*scope.why, "The responder chose to revoke the whole key all the same."))
    )


def unrevoked(scope: Scope, why: str) -> Scope:
    """The whole key: what cannot be revoked cannot be renewed either."""
    said = (
        f"The old key cannot be revoked, and stays good for whoever holds it until it is taken out everywhere: {why}."
    )
    return Scope(True, (), (*scope.why, said))


_STOP_TRUSTING = (
    "put the new key in its place, or take the old one out",
    "release that change: clients keep what they have until they update",
)


def _remedies(old: OpenPgpKey, trusted_in: Sequence[TrustedIn]) -> list[Action]:
    """One task for each file that goes on trusting the old key."""
    by_path: dict[str, list[TrustedIn]] = {}
    for one in trusted_in:
        if one.live is not False:
            where = f"{one.repository}: {one.path}" if one.repository else one.path
            by_path.setdefault(where, []).append(one)
    actions = []
    for where, found in sorted(by_path.items()):
        places = dict.fromkeys(f"{one.how}{f' in line {one.line}' if one.line else ''}: {one.key}" for one in found)
        task = HumanTask(f"take the old key out of {where}", where, (*places, *_STOP_TRUSTING))
        actions.append(Action("stop-trusting", where, f"{where} trusts {old.openpgp[-16:]}", task))
    return actions


def _reasons(scope: Scope, things: Sequence[Disposed], trusted_in: Sequence[TrustedIn]) -> tuple[str, ...]:
    def count(fate: Fate) -> int:
        return sum(one.fate is fate for one in things)

    reasons = [
        *scope.why,
        f"{count(Fate.RESIGN)} artifacts are proven unchanged since before the exposure and are signed anew.",
    ]
    reasons.append(f"{count(Fate.QUARANTINE)} are not, and are set aside with their reasons; nothing is deleted.")
    if withdrawn := count(Fate.WITHDRAW):
        reasons.append(f"{withdrawn} tags and commits are not proven either: nobody vouches for them any more.")
    left = sorted(one.path for one in things if one.fate is Fate.LEAVE)
    if left:
        shown = ", ".join(left[:10]) + (", ..." if len(left) > 10 else "")
        reasons.append(
            f"Left as they are, since they bear no signature of a known (sub)key of the old key and nothing speaks against them: {shown}."
        )
    live = {one.path for one in trusted_in if one.live is not False}
    if live:
        reasons.append(
            f"{len(live)} places embed the old key or name it, and go on trusting it until a person changes them."
        )
    return tuple(reasons)
