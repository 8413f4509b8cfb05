"""Which refs moved although no record of a push tells of it, by the chain of their values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from irkit.guard.coverage.record import Log

_ZERO = frozenset("0")  # git's name for no object


@dataclass(frozen=True)
class Moved:
    """A ref that moved although no record of a push tells of it: after the last record that fits, and before the next, where there is
    one. `found` is what it was then, "" for nothing. `settled`: all that was there was searched since, and this as well."""

    ref: str
    after: datetime
    before: datetime | None
    found: str = ""
    settled: bool = False


def moves(log: Log, tips: Mapping[str, str]) -> list[Moved]:
    """Where the chain of a ref does not fit: it was at neither end of the last push that names it. Other lines say where every ref was:
    one that such a line does not name was not there.

    What the hook let pass need not have been taken (a hook after it may refuse), so that both ends fit. Nor is a line that names every
    ref written in the moment in which it was seen: a push that was recorded meanwhile fits as well.
    """
    fits: dict[str, tuple[datetime, frozenset[str]]] = {}
    absent: tuple[datetime, frozenset[str]] | None = None
    moved: list[Moved] = []
    for entry in log.entries:
        for one in entry.changes:
            last, old = fits.get(one.ref, absent), _none(one.old)
            if last and old not in last[1] and not is_local(one.ref):
                moved.append(Moved(one.ref, last[0], entry.at, old))
            both = {old, _none(one.new)} if entry.passed else {old}
            if last and old in last[1] and entry.kind != "push":
                both |= last[1]
            fits[one.ref] = (entry.at, frozenset(both))
        if entry.names_all:
            absent = (entry.at, frozenset(("",)))
            for ref in fits.keys() - {one.ref for one in entry.changes}:
                at, ends = fits[ref]
                if "" not in ends:
                    moved += () if is_local(ref) else (Moved(ref, at, entry.at),)
                    fits[ref] = absent
        if entry.kind == "history" and entry.counts:
            moved = [replace(one, settled=True) for one in moved]
    for ref in dict.fromkeys((*fits, *tips)) if log.broken is None else ():  # or lines that do not count may tell of it
        last, is_now = fits.get(ref, absent), tips.get(ref, "")
        if last and is_now not in last[1] and not is_local(ref):
            moved.append(Moved(ref, last[0], None, is_now))
    return moved


def is_local(ref: str) -> bool:
    """Whether a ref is git's own of a work tree, which no push need move."""
    return ref == "refs/stash" or ref.startswith(("refs/remotes/", "refs/bisect/", "refs/worktree/", "refs/rewritten/"))


def _none(oid: str) -> str:
    return oid if set(oid) - _ZERO else ""
