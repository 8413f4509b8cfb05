"""Which refs moved although no record of a push tells of it, by the chain of their values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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


@dataclass
class _Chain:
    """What is known of one ref: where it was for sure, and where it may be since; all that it ever was; and where it would be if it had
    gone back to something older before a push."""

    at: datetime
    base: str
    ends: set[str]
    past: set[str]
    doubts: dict[str, Moved] = field(default_factory=dict)

    @classmethod
    def known(cls, at: datetime, value: str) -> _Chain:
        return cls(at, value, {value}, {value})

    def fits(self, ref: str, old: str, before: datetime | None) -> Moved | None:
        """The finding, where the ref was not to be at `old`. What it was once it may seem to be still to a push, or a search, that began
        then and was written down later: git does not take that push, so that only where the ref is next tells."""
        if old in self.doubts:
            return self.doubts[old]
        if old in self.ends or (before and old in self.past):
            return None
        return Moved(ref, self.at, before, old)

    def goes_on(self, ref: str, at: datetime, old: str, new: str, passed: bool) -> None:
        """By a push that was recorded."""
        if old not in self.ends and old not in self.doubts and old in self.past:
            if passed and new != old:
                self.doubts[new] = Moved(ref, self.at, at, old)
        else:
            if old != self.base or old not in self.ends:
                self.base, self.ends = old, {old}
            self.doubts = {}
            self.ends |= {new} if passed else set()
            self.at = at
        self.past |= {old, new} if passed else {old}


def moves(log: Log, tips: Mapping[str, str]) -> list[Moved]:
    """Where the chain of a ref does not fit: it was at neither end of the last push that names it. Other lines say where every ref was:
    one that such a line does not name was not there.

    What the hook let pass need not have been taken (a hook after it may refuse, another push may have been faster), so that both ends fit.
    """
    chains: dict[str, _Chain] = {}
    absent: datetime | None = None
    moved: list[Moved] = []
    for entry in log.entries:
        names = {one.ref: (_none(one.old), _none(one.new)) for one in entry.changes}
        gone = (ref for ref in chains if ref not in names) if entry.names_all else ()
        for ref, (old, new) in (names | dict.fromkeys(gone, ("", ""))).items():
            chain = chains.get(ref) or (_Chain.known(absent, "") if absent else None)
            if chain is None:
                chain = _Chain.known(entry.at, old)
            if (found := chain.fits(ref, old, entry.at)) and not is_local(ref):
                moved.append(found)
            if found and entry.kind != "push":
                chain = _Chain.known(entry.at, old)
            elif entry.kind == "push":
                chain.goes_on(ref, entry.at, old, new, bool(entry.passed))
            elif entry.kind != "history" and old in chain.ends:
                chain.at = entry.at
            chains[ref] = chain
        if entry.names_all:
            absent = entry.at
        if entry.kind == "history" and entry.counts:
            moved = [replace(one, settled=True) for one in moved]
    for ref in (
        dict.fromkeys((*chains, *tips)) if log.broken is None else ()
    ):  # or lines that do not count may tell of it
        chain = chains.get(ref) or (_Chain.known(absent, "") if absent else None)
        if chain and not is_local(ref) and (found := chain.fits(ref, tips.get(ref, ""), None)):
            moved.append(found)
    return moved


def is_local(ref: str) -> bool:
    """Whether a ref is git's own of a work tree, which no push need move."""
    return ref == "refs/stash" or ref.startswith(("refs/remotes/", "refs/bisect/", "refs/worktree/", "refs/rewritten/"))


def _none(oid: str) -> str:
    return oid if set(oid) - _ZERO else ""
