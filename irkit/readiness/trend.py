"""What changed between two runs. Progress is said only where the later run looked at least where the earlier one did. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from irkit.model import Held
from irkit.readiness.estimate import Estimate
from irkit.readiness.rules import Finding
from irkit.readiness.run import Run

Change = Literal["worse", "new", "not seen", "accepted", "other policy", "gone", "better"]
"""The worst first. "not seen": nobody could say this time, so that it may be there still. "other policy": the rule asks something else."""
CHANGES: tuple[Change, ...] = get_args(Change)


@dataclass(frozen=True)
class Changed:
    """`what` of one credential changed how."""

    key: str
    change: Change
    what: str


def trend(before: Run | None, now: Run) -> tuple[Changed, ...]:
    """What changed since the run before, the worst first; nothing when there was none. What that one missed is compared with when it
    was last seen."""
    if before is None:
        return ()
    was = {one.held.key: one.held for one in before.missing} | {one.key: one for one in before.held}
    is_ = {one.key: one for one in now.held}
    both = [key for key in was if key in is_]
    anew = {key: told for key in both if (told := _another(was[key], is_[key]))}
    same = [key for key in both if key not in anew]
    found = [Changed(key, "new", _what(is_[key])) for key in is_ if key not in was]
    found += [Changed(key, "new", told) for key, told in anew.items()]
    found += _absent(before, now, was.keys() - is_.keys())
    found += [state for key in same if (state := _state(was[key], is_[key]))]
    found += _findings(before, now, {key: (was[key], is_[key]) for key in same})
    found += _estimates(before, now, same)
    return tuple(sorted(found, key=lambda one: (CHANGES.index(one.change), one.key)))


def rules_changed(before: Run, now: Run) -> frozenset[str]:
    """Rules that ask something else than before. A run that did not write down what it asked may have asked anything."""
    if before.policy_sha256 == now.policy_sha256:
        return frozenset()
    if not before.rules:
        return frozenset({*(one.rule for one in before.findings), *now.rules})
    return frozenset(
        name for name in before.rules.keys() | now.rules.keys() if before.rules.get(name) != now.rules.get(name)
    )


def _absent(before: Run, now: Run, keys: Iterable[str]) -> list[Changed]:
    """Gone is said only where every place came whole at which it was listed."""
    seen = {one.held.key: one.seen for one in now.missing}
    was = {one.held.key: one.held for one in before.missing} | {one.key: one for one in before.held}
    found = []
    for key in keys:
        held = was[key]
        if now.inventory.shows(held):
            found.append(Changed(key, "gone", _what(held)))
        else:
            found.append(Changed(key, "not seen", _not_seen(held, now, seen.get(key, before.inventory.at))))
    return found


def _not_seen(held: Held, now: Run, seen: datetime) -> str:
    last = f"last seen on {seen.date()}"
    name = held.listed_by or held.issuer
    if not held.listed_at:
        return f"{name}: where it was listed was not written down; {last}"
    if any(f"{one.issuer}: {one.what}" == held.listed_by for one in now.inventory.unasked):
        return f"{name}: did not come this time; {last}"
    places = ", ".join(one for one in held.listed_at if (held.listed_by, one) not in now.inventory.covered)
    return f"{name}: not asked, or not read, this time: {places}; {last}"


def _another(was: Held, held: Held) -> str:
    """That another one goes by the name now, in words: made anew, or at another place; "" when it is the same."""
    if isinstance(was.created, datetime) and isinstance(held.created, datetime) and was.created != held.created:
        return f"another one of this name, made on {held.created.date()}"
    moved = was.listed_at and held.listed_at and not set(was.listed_at) & set(held.listed_at)
    if moved and held.issuer != "openpgp":  # a key's fingerprint is its own, wherever its home is
        return f"another one of this name, listed by {', '.join(held.listed_at)}"
    return ""


def _state(was: Held, held: Held) -> Changed | None:
    """That it was put out of use, or into it again."""
    if held.revoked and not was.revoked:
        return Changed(held.key, "better", "revoked since")
    if was.active is True and held.active is False:
        return Changed(held.key, "better", "not active any more")
    if was.active is False and held.active is True:
        return Changed(held.key, "worse", "active again")
    return None


def _what(held: Held) -> str:
    return f"{held.kind} {held.name}".strip()


def _findings(before: Run, now: Run, both: dict[str, tuple[Held, Held]]) -> list[Changed]:
    every = (*(found for one in before.missing for found in one.findings), *before.findings)
    was, other = {(one.key, one.rule): one for one in every}, rules_changed(before, now)
    made = []
    for one in now.findings:
        old = was.get((one.key, one.rule))
        if one.key in both and old is not None and old.counts != one.counts:
            less = _sees_less(one.rule, *both[one.key], before, now)
            made.append(_finding(one, less, one.rule in other))
    return made


def _finding(one: Finding, less: str, other: bool) -> Changed:
    if other and one.answer != "unknown":
        return Changed(one.key, "other policy", f"{one.rule}: {one.accepted or one.why}")
    if one.counts:
        return Changed(one.key, "worse", f"{one.rule}: {one.why}")
    if one.accepted:
        return Changed(one.key, "accepted", f"{one.rule}: {one.accepted}")
    if one.answer == "unknown":
        return Changed(one.key, "not seen", f"{one.rule}: it was a finding, and now it is not known: {one.why}")
    if less:
        return Changed(one.key, "not seen", f"{one.rule}: it was a finding, and {less}")
    return Changed(one.key, "better", f"{one.rule}: {one.why}")


def _sees_less(rule: str, was: Held, held: Held, before: Run, now: Run) -> str:
    """Why this run could not see what the one before saw, in words; "" when it could. For rules that rest on where one looks."""
    if rule == "shared":
        if not set(before.inventory.looked) <= set(now.inventory.looked):
            return "fewer places were searched for what takes it"
        if _unread(now) - _unread(before):
            return "not all could be read of where it was searched for"
        if was.issuer == "openpgp" and not now.inventory.shows(was):
            return "not all of the gpg homes were asked in which it was"
    if rule == "stale-publication":
        places = [{place for place, _, _ in one.published or ()} for one in (was, held)]
        if not places[0] <= places[1]:
            return f"nobody asked {', '.join(sorted(places[0] - places[1]))} this time"
    return ""


def _unread(run: Run) -> set[tuple[str, str]]:
    return {(one.what, one.why) for one in run.inventory.unasked if one.issuer == "consumers"}


_ORDER = ("not ready", "unknown", "ready")


def _estimates(before: Run, now: Run, both: Iterable[str]) -> list[Changed]:
    was, keys = {one.key: one for one in before.estimates}, set(both)
    made = []
    for one in now.estimates:
        old = was.get(one.key)
        if one.key in keys and old is not None and old.verdict != one.verdict:
            said = f"{old.verdict} before, {one.verdict} now: {one.because}"
            made.append(Changed(one.key, _verdict_changed(old, one), said))
    return made


def _verdict_changed(old: Estimate, new: Estimate) -> Change:
    """What was missing and is not known now has not come."""
    if _ORDER.index(new.verdict) < _ORDER.index(old.verdict):
        return "worse"
    lacked = {one.question for one in old.parts if one.needed and one.answer == "no"}
    unknown = {one.question for one in new.parts if one.needed and one.answer == "unknown"}
    return "not seen" if lacked & unknown else "better"
