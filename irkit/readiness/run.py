"""One run: what was held, what could not be asked, the findings and the estimates; and what changed since the run before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from irkit.model import Held, Unasked
from irkit.readiness.estimate import Estimate, Measured, Way, estimate
from irkit.readiness.policy import Policy
from irkit.readiness.rules import Finding, Team, judge, owned_by


@dataclass(frozen=True)
class Inventory:
    """What was taken at one time (UTC). `asked` are the lists that came whole, as "ISSUER: WHAT"; `ways` by the key of each."""

    at: datetime
    held: tuple[Held, ...]
    unasked: tuple[Unasked, ...]
    asked: tuple[str, ...] = ()
    ways: Mapping[str, Way] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()
    looked: tuple[str, ...] = ()  # where consumers were looked for


@dataclass(frozen=True)
class Run:
    """An inventory judged. `policy_sha256` is of the file; `held` are with what the policy says of who holds them."""

    inventory: Inventory
    policy: str
    policy_sha256: str
    team: Team
    held: tuple[Held, ...]
    findings: tuple[Finding, ...]
    estimates: tuple[Estimate, ...]

    @property
    def counting(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.counts)


def judged(inventory: Inventory, policy: Policy, can: int | None, named: str, sha256: str) -> Run:
    team = Team(can, policy.approvals)
    held = tuple(owned_by(policy, one) for one in inventory.held)
    findings = tuple(found for one in held for found in judge(one, policy, team, inventory.at))
    estimates = tuple(estimate(one, inventory.ways.get(one.key), team, inventory.measured) for one in held)
    return Run(inventory, named, sha256, team, held, findings, estimates)


Change = Literal["new", "gone", "not seen", "worse", "better"]


@dataclass(frozen=True)
class Changed:
    """`what` of one credential changed how. "not seen": its list did not come this time, so that it may be there still."""

    key: str
    change: Change
    what: str


def trend(before: Run | None, now: Run) -> tuple[Changed, ...]:
    """What changed since the run before, the worst first; nothing when there was none."""
    if before is None:
        return ()
    was, is_ = {one.key: one for one in before.held}, {one.key: one for one in now.held}
    found = [Changed(key, "new", _what(is_[key])) for key in is_ if key not in was]
    found += [_gone(was[key], now) for key in was if key not in is_]
    found += [told for key in was.keys() & is_.keys() if (told := _state(was[key], is_[key]))]
    found += _findings(before, now, was.keys() & is_.keys())
    found += _estimates(before, now, was.keys() & is_.keys())
    order = ("worse", "new", "not seen", "gone", "better")
    return tuple(sorted(found, key=lambda one: (order.index(one.change), one.key)))


def _gone(held: Held, now: Run) -> Changed:
    """Gone is said only where the list came whole in which it would stand."""
    if held.listed_by in now.inventory.asked:
        return Changed(held.key, "gone", _what(held))
    return Changed(held.key, "not seen", f"{held.listed_by or held.issuer}: did not come this time")


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


def _findings(before: Run, now: Run, both: Iterable[str]) -> list[Changed]:
    keys = set(both)
    was = {(one.key, one.rule): one for one in before.findings}
    made = []
    for one in now.findings:
        old = was.get((one.key, one.rule))
        if one.key not in keys or old is None or old.counts == one.counts:
            continue
        if one.counts:
            made.append(Changed(one.key, "worse", f"{one.rule}: {one.why}"))
        elif one.answer == "unknown":
            made.append(
                Changed(one.key, "not seen", f"{one.rule}: it was a finding, and now it is not known: {one.why}")
            )
        else:
            made.append(Changed(one.key, "better", f"{one.rule}: {one.accepted or one.why}"))
    return made


_ORDER = ("not ready", "unknown", "ready")


def _estimates(before: Run, now: Run, both: Iterable[str]) -> list[Changed]:
    was = {one.key: one for one in before.estimates}
    made = []
    for one in now.estimates:
        old = was.get(one.key)
        if one.key in set(both) and old is not None and old.verdict != one.verdict:
            change: Change = "better" if _ORDER.index(one.verdict) > _ORDER.index(old.verdict) else "worse"
            made.append(Changed(one.key, change, f"{old.verdict} before, {one.verdict} now: {one.because}"))
    return made


def verdicts(estimates: Sequence[Estimate]) -> dict[str, int]:
    """How many are ready, not ready, unknown."""
    return {word: sum(one.verdict == word for one in estimates) for word in ("ready", "not ready", "unknown")}
