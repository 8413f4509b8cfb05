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
    scope = whole(scope_of(old)) if how.whole_key else scope_of(old)
    leaked = frozenset(scope.subkeys) if not scope.whole else frozenset()
    home, key, said = key_steps.signer(old, how, scope)
    by = Signer(
        home, key, said, how.old_passphrase if key else how.new_passphrase, how.signature_name, _names(old, leaked)
    )
    disposed = [(release, dispose(release.judged, old, leaked)) for release in releases]
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
    return Plan(
        case_id, "resign", author, tried, _reasons(scope, [thing for _, things in disposed for thing in things], trusted_in),
        how.approvals_required, how.approvals_valid_h, how.author_key,
    )  # fmt: skip


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
            f"Left as they are, since the old key never signed them and nothing speaks against them: {shown}."
        )
    live = {one.path for one in trusted_in if one.live is not False}
    if live:
        reasons.append(
            f"{len(live)} places embed the old key or name it, and go on trusting it until a person changes them."
        )
    return tuple(reasons)
