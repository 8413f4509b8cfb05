"""What the credentials of a case left behind, as chapter 2 plans its containment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from irkit.case.desk import Desk
from irkit.case.exposure.kept_usage import begotten
from irkit.exposure import Begotten, living
from irkit.plan import Action, AwsCall, Ended, HumanTask, Outcome
from irkit.providers.interface import Offspring
from irkit.revoke import CONTAIN
from irkit.show.times import stamp

Acts = Sequence[tuple[Action, Outcome]]
"""What became of actions on something that a credential begot: done, or failed."""


def offspring(case: Desk, credential: str) -> tuple[Offspring, ...]:
    """What is alive or not known to be dead, by the latest reading of the logs: the same reading gives the same answer."""
    return grouped(living(begotten(case, credential) or ()), acts(case, credential))


def acts(case: Desk, credential: str) -> Acts:
    ledger = case.ledger
    distinct = {one.id: one for plan in ledger.plans.values() for one in plan.actions}
    own = [one for one in distinct.values() if one.target == credential and one.verb == CONTAIN]
    return [(one, outcome) for one in own if (outcome := ledger.settled(one.id))]


def grouped(nodes: Iterable[Begotten], done: Acts = ()) -> tuple[Offspring, ...]:
    """Sessions of one role or user end together; a console password ends with its user."""
    several: defaultdict[str, list[Begotten]] = defaultdict(list)
    single = []
    found = list(nodes)
    users = {one.id for one in found if one.kind == "user"}
    for one in found:
        if one.kind == "session":
            several[one.owner].append(one)
        elif not (one.kind == "login-profile" and one.id in users):
            single.append(Offspring(one.kind, (one.id,), one.owner, _made(one), _attempt(done, [one])))
    sessions = [
        Offspring(
            "session",
            tuple(one.id for one in mine),
            owner,
            "; ".join(_made(one) for one in mine[:3]),
            _attempt(done, mine),
        )
        for owner, mine in several.items()
    ]
    return (*single, *sessions)


def used_since(done: Acts, node: Begotten) -> bool:
    """Whether the logs show that it worked after it had been ended for the last time."""
    times = [
        outcome.at.at for action, outcome in done if outcome.ended is Ended.DONE and _ended_by(action, outcome, node)
    ]
    return bool(times and node.ok_last and node.ok_last > max(times))


def _ended_by(action: Action, outcome: Outcome, node: Begotten) -> bool:
    """A policy on the role or user ends all sessions made until then, also those that the action does not name."""
    if named_in(action, node.kind, node.id):
        return True
    owner, do = node.owner.rpartition("/")[2], action.do
    if node.kind != "session" or not owner or not isinstance(do, AwsCall) or not do.operation.endswith("Policy"):
        return False
    return owner in do.params.values() and node.at is not None and node.at <= outcome.at.at


def _attempt(done: Acts, nodes: Sequence[Begotten]) -> int:
    """What was ended stays ended, and is the same action in the next plan. What failed, or worked after that, is ended once more."""
    own = {
        action.attempt: outcome
        for action, outcome in done
        if any(named_in(action, node.kind, node.id) for node in nodes)
    }
    if not own:
        return 1
    last = max(own)
    return last + (own[last].ended is Ended.FAILED or any(used_since(done, node) for node in nodes))


def named_in(action: Action, kind: str, name: str) -> bool:
    """Whether it is this one's, by what the action says it does.

    Names that people gave may be part of any word, and a user's stands in what is done to its keys as well.
    """
    text = action.what.rpartition(", made with ")[0]
    if kind == "session" and isinstance(action.do, HumanTask):
        text = " ".join((text, *action.do.steps))
    of_another = "" if kind == "login-profile" else "(?<! of )"
    return re.search(rf"{of_another}(?<![\w.+=@-]){re.escape(name)}(?![\w.+=@-])", text) is not None


def _made(one: Begotten) -> str:
    when = f" at {stamp(one.at)}" if one.at else ""
    return f"Made by {one.how or 'an event that was not read'}{when} with {one.parent}; {one.why}"
