"""One run: what was held, what could not be asked, the findings and the estimates; and what was held before and not seen now. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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
    covered: tuple[tuple[str, str], ...] = ()  # list and place (`Held.listed_at`) that came whole

    def shows(self, held: Held) -> bool:
        """Whether it would stand here, were it still there: every place came whole at which its list told of it."""
        return bool(held.listed_at) and all((held.listed_by, place) in self.covered for place in held.listed_at)


@dataclass(frozen=True)
class Missing:
    """What a run before held, and no list since showed or could show the absence of. `seen` is when it was last there (UTC)."""

    held: Held
    seen: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Run:
    """An inventory judged. `policy_sha256` is of the file, `rules` are those that it asks, with their settings; `held` are with what the
    policy says of who holds them. `missing`: it may be there still."""

    inventory: Inventory
    policy: str
    policy_sha256: str
    team: Team
    held: tuple[Held, ...]
    findings: tuple[Finding, ...]
    estimates: tuple[Estimate, ...]
    rules: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[Missing, ...] = ()
    idle: tuple[str, ...] = ()  # entries of the policy that match nothing

    @property
    def counting(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.counts)


def judged(
    inventory: Inventory, policy: Policy, can: int | None, named: str, sha256: str, before: Run | None = None
) -> Run:
    """`before`: the run before, whose credentials must be told of as well."""
    team = Team(can, policy.approvals)
    held = tuple(owned_by(policy, one) for one in inventory.held)
    findings = tuple(found for one in held for found in judge(one, policy, team, inventory.at))
    estimates = tuple(estimate(one, inventory.ways.get(one.key), team, inventory.measured) for one in held)
    rules = {name: str(asked) for name, asked in policy.rules.asked()}
    missing = _missing(before, inventory) if before else ()
    return Run(inventory, named, sha256, team, held, findings, estimates, rules, missing, policy.idle(held))


def _missing(before: Run, now: Inventory) -> tuple[Missing, ...]:
    """Of the run before, and what it missed itself: an issuer may be away for weeks."""
    here = {one.key for one in now.held}
    found: dict[str, list[Finding]] = {}
    for one in before.findings:
        found.setdefault(one.key, []).append(one)
    known = before.missing + tuple(
        Missing(one, before.inventory.at, tuple(found.get(one.key, ()))) for one in before.held
    )
    return tuple(one for one in known if one.held.key not in here and not now.shows(one.held))


def verdicts(estimates: Sequence[Estimate]) -> dict[str, int]:
    """How many are ready, not ready, unknown."""
    return {word: sum(one.verdict == word for one in estimates) for word in ("ready", "not ready", "unknown")}
