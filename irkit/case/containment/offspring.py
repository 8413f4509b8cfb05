"""What the credentials of a case left behind, as chapter 2 plans its containment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from irkit.case.desk import Desk
from irkit.case.exposure.kept_usage import begotten
from irkit.exposure import Begotten, living
from irkit.providers.interface import Offspring
from irkit.show.times import stamp


def offspring(case: Desk, credential: str) -> tuple[Offspring, ...]:
    """What is alive or not known to be dead, by the latest reading of the logs: the same reading gives the same answer."""
    return grouped(living(begotten(case, credential) or ()))


def grouped(nodes: Iterable[Begotten]) -> tuple[Offspring, ...]:
    """Sessions of one role or user end together; a console password ends with its user."""
    several: defaultdict[str, list[Begotten]] = defaultdict(list)
    single = []
    found = list(nodes)
    users = {one.id for one in found if one.kind == "user"}
    for one in found:
        if one.kind == "session":
            several[one.owner].append(one)
        elif not (one.kind == "login-profile" and one.id in users):
            single.append(Offspring(one.kind, (one.id,), one.owner, _made(one)))
    sessions = [
        Offspring("session", tuple(one.id for one in mine), owner, "; ".join(_made(one) for one in mine[:3]))
        for owner, mine in several.items()
    ]
    return (*single, *sessions)


def _made(one: Begotten) -> str:
    when = f" at {stamp(one.at)}" if one.at else ""
    return f"Made by {one.how or 'an event that was not read'}{when} with {one.parent}; {one.why}"
