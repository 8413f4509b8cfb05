"""What a credential brought into being, and theirs in turn: each with its uses, whether it still lives, when it ends. Pure.

All times are UTC. Where the provider's answer names no end, the longest life that AWS documents is told as such:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html#stsapi_comparison
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from irkit.model import iso, parse_instant
from irkit.show.times import stamp

SESSION, ACCESS_KEY = "session", "access-key"

LONGEST: Mapping[str, timedelta] = {
    "AssumeRole": timedelta(hours=12),
    "AssumeRoleWithSAML": timedelta(hours=12),
    "AssumeRoleWithWebIdentity": timedelta(hours=12),
    "AssumeRoot": timedelta(minutes=15),
    "GetSessionToken": timedelta(hours=36),
    "GetFederationToken": timedelta(hours=36),
}

_THEY_ACT = {"user": ":user/", "login-profile": ":user/", "role": ":assumed-role/"}
"""Kinds whose own uses show in the name of the principal."""


_OF_A_USER = frozenset({ACCESS_KEY, "ssh-key", "service-specific-credential"})
"""Kinds that end with their user: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html"""


@dataclass(frozen=True)
class Made:
    """One event that brought something into being: with which key, by which action, for whom, and until when it lives.

    `again` is when it was last made, or let in again after a removal, by whomever.
    """

    kind: str
    id: str
    by: str
    at: datetime | None = None
    how: str = ""
    owner: str = ""
    until: datetime | None = None
    event: str = ""
    where: str = ""
    again: datetime | None = None


@dataclass(frozen=True)
class Ended:
    """One event that took something out of being or out of use."""

    at: datetime | None
    how: str
    by: str
    where: str = ""


@dataclass(frozen=True)
class Used:
    """The uses of something that was begotten; `denied_last` and `ok_last` are its last refused and its last successful use."""

    events: int = 0
    first: datetime | None = None
    last: datetime | None = None
    ok_last: datetime | None = None


@dataclass(frozen=True)
class Begotten:
    """One node of the tree, `depth` 1 for what the credential itself made. `parent` is the key that made it.

    `uses` None: the logs cannot tell. `alive` None: unknown; `why` says why it is one or the other. `expires_by` is "the
    provider's answer", "the longest life documented", or "" for what does not expire by itself as far as is known. `ok_last`
    is its last use that succeeded.
    """

    kind: str
    id: str
    parent: str
    depth: int
    at: datetime | None
    how: str
    owner: str
    uses: int | None
    first: datetime | None
    last: datetime | None
    alive: bool | None
    why: str
    expires: datetime | None = None
    expires_by: str = ""
    event: str = ""
    where: str = ""
    ok_last: datetime | None = None

    @property
    def used(self) -> bool | None:
        return None if self.uses is None else self.uses > 0

    def document(self) -> dict[str, Any]:
        times = {name: iso(at) if (at := getattr(self, name)) else None for name in _TIMES}
        answers = {name: _ANSWERS[getattr(self, name)] for name in ("used", "alive")}
        return {**vars(self), **times, **answers}

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Begotten:
        times = {name: parse_instant(row[name]) if row.get(name) else None for name in _TIMES}
        plain = {name: value for name, value in row.items() if name != "used"}
        return cls(**{**plain, **times, "alive": {"yes": True, "no": False}.get(row["alive"])})


_TIMES = ("at", "first", "last", "expires", "ok_last")
_ANSWERS = {True: "yes", False: "no", None: "unknown"}


def descent(
    made: Iterable[Made],
    ended: Mapping[tuple[str, str], Ended],
    used: Mapping[str, Used],
    acted: Mapping[str, Used],
    *,
    as_of: datetime | None,
    sought: bool = False,
) -> tuple[Begotten, ...]:
    """The tree, each parent in front of its children, in order of time.

    `used` are uses by key, `acted` by principal. `as_of` is the instant for which life and death are judged. `sought`: the
    logs were also searched for the names of what was created, so that its not being named there means something.
    """
    by_parent: dict[str, list[Made]] = {}
    for one in sorted(made, key=lambda one: (one.at is None, one.at.timestamp() if one.at else 0.0, one.kind, one.id)):
        by_parent.setdefault(one.by, []).append(one)
    keys = {one.id for several in by_parent.values() for one in several if one.kind in (SESSION, ACCESS_KEY)}
    found: list[Begotten] = []
    placed: set[str] = set()

    def place(parent: str, depth: int) -> None:
        for one in by_parent.get(parent, ()):
            own = _used(one, used, acted, sought)
            found.append(_judged(one, depth, own, _end(one, ended), as_of, sought))
            if one.id in keys and one.id not in placed:
                placed.add(one.id)
                place(one.id, depth + 1)

    roots = [parent for parent in by_parent if parent not in keys]
    for root in (*roots, *by_parent):  # keys that made each other have no root of their own
        if root not in placed:
            placed.add(root)
            place(root, 1)
    return tuple(found)


def _end(one: Made, ended: Mapping[tuple[str, str], Ended]) -> Ended | None:
    """What ended it, or its user, before whom AWS has all that is the user's own deleted; of both the latest."""
    ends = [ended.get((one.kind, one.id)), ended.get(("user", one.owner)) if one.kind in _OF_A_USER else None]
    told = [end for end in ends if end]
    return max(told, key=lambda end: end.at.timestamp() if end.at else 0.0, default=None)


def _used(one: Made, used: Mapping[str, Used], acted: Mapping[str, Used], sought: bool) -> Used | None:
    if one.kind in (SESSION, ACCESS_KEY):
        return used.get(one.id, Used())
    mark = _THEY_ACT.get(one.kind)
    if mark is None:
        return None
    mine = [uses for who, uses in acted.items() if f"{who}/".find(f"{mark}{one.id}/") >= 0]
    if not mine:
        return Used() if sought else None
    return Used(
        sum(one.events for one in mine),
        min((one.first for one in mine if one.first), default=None),
        max((one.last for one in mine if one.last), default=None),
        max((one.ok_last for one in mine if one.ok_last), default=None),
    )


def _judged(
    one: Made, depth: int, own: Used | None, end: Ended | None, as_of: datetime | None, sought: bool
) -> Begotten:
    expires, by = one.until, "the provider's answer" if one.until else ""
    if expires is None and one.at and one.how in LONGEST and one.kind == SESSION:
        expires, by = one.at + LONGEST[one.how], "the longest life documented"
    node = Begotten(
        one.kind, one.id, one.by, depth, one.at, one.how, one.owner, own.events if own else None, own.first if own else None,
        own.last if own else None, None, "", expires, by, one.event, one.where, own.ok_last if own else None,
    )  # fmt: skip
    alive, why = _alive(node, own, end, one.again or one.at, as_of, sought)
    return replace(node, alive=alive, why=why)


def _alive(
    node: Begotten, own: Used | None, end: Ended | None, again: datetime | None, as_of: datetime | None, sought: bool
) -> tuple[bool | None, str]:
    """Dead by what the logs say or by its own end; alive only where nothing but its end can end it; else unknown."""
    if end and not (again and end.at and end.at < again):
        told = f"{end.how} by {end.by.rpartition(':')[2] or 'somebody'}" + (f" at {stamp(end.at)}" if end.at else "")
        if own and own.ok_last and end.at and own.ok_last > end.at:
            return None, f"{told}, and used with success after that"
        return False, told
    if node.expires and as_of:
        if node.expires <= as_of:
            return False, f"expired at {stamp(node.expires)} ({node.expires_by})"
        if node.expires_by == "the provider's answer":
            return (
                True,
                f"valid until {stamp(node.expires)}; a session outlives the key that made it, unless a policy denies it",
            )
        return None, f"it may live until {stamp(node.expires)} ({node.expires_by})"
    if node.expires:
        return None, f"it ends at {stamp(node.expires)} ({node.expires_by})"
    if node.kind == SESSION:
        return None, "the logs do not say when it ends"
    if end and again and again != node.at:
        return None, f"made or let in again at {stamp(again)}, after {end.how}: ask the provider"
    looked = (
        "no event in the logs that were read removes it" if sought else "no removal by the credential itself was read"
    )
    return None, f"{looked}: ask the provider"


def living(tree: Iterable[Begotten]) -> tuple[Begotten, ...]:
    """What is alive or not known to be dead: each is something to contain."""
    return tuple(one for one in tree if one.alive is not False and one.kind != "repository")
