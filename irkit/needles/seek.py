"""Where needles may stand: one pass of an Aho-Corasick automaton over the heads of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from irkit.needles.joints import HEAD, LONGEST_JOINT, OPEN, before, heads
from irkit.needles.model import Needle
from irkit.needles.nested import ends, escaped_ends, may_go_on

CONTEXT = LONGEST_JOINT + HEAD
_DENSE = 20_000
"""Bytes of heads up to which the automaton is a full table: the fastest, at a kilobyte of memory for each byte."""


@dataclass(frozen=True)
class Sought:
    """A needle, whose it is, and at which of its bytes the head stands by which it was noticed."""

    owner: int
    needle: Needle
    at: int


class Standing(NamedTuple):
    """A needle where it stands: `head` is where it was noticed, `begin` its first byte (earlier, when a short piece is cut off)."""

    head: int
    begin: int
    end: int
    owner: int
    needle: Needle


class Seeker:
    """The heads of many needles, compiled once; `owner` is whatever number the caller knows a credential by."""

    def __init__(self, needles: Iterable[tuple[int, Needle]]) -> None:
        by_head: dict[bytes, list[Sought]] = {}
        for owner, needle in needles:
            for at, head in heads(needle).items():
                if head:
                    by_head.setdefault(head, []).append(Sought(owner, needle, at))
        self._heads = tuple(by_head)
        self._sought = tuple(map(tuple, by_head.values()))
        self._beginnings = {head[:size] for head in self._heads for size in range(1, len(head))}
        self._longest = max(map(len, self._beginnings), default=0)

    def __bool__(self) -> bool:
        return bool(self._heads)

    @property
    def heads(self) -> tuple[bytes, ...]:
        """Byte strings one of which stands wherever a needle stands, in one piece or in several."""
        return self._heads

    def look(self, data: bytes, start: int = 0) -> tuple[list[Standing], int]:
        """Every needle noticed from `start` on, by its head, and from where on what follows `data` may still decide otherwise.

        What stands before `start` is looked at to see whether a piece was cut off there: `CONTEXT` bytes suffice.
        """
        found: list[Standing] = []
        settled = len(data) - self._begun(data, start)
        for number, at_head, _end in self._matches(data, start):
            head = start + at_head
            sought = self._sought[number]
            here, open_here = _standing(data, head, sought, ends)
            if rest := [one for one in sought if one.needle.letters and one.owner not in {each.owner for each in here}]:
                escaped, open_escaped = _standing(data, head, rest, escaped_ends)
                here, open_here = here + escaped, open_here or open_escaped
            found += here
            if open_here:
                settled = min(settled, head)
        return sorted(found, key=lambda one: (one.head, -one.end, one.owner)), settled

    def first(self, data: bytes, start: int = 0) -> tuple[int, int] | None:
        """The first head from `start` on, and whose it may be; None when there is not even one."""
        number, at, _ = min(self._matches(data, start), key=lambda one: one[1], default=(0, -1, 0))
        return (start + at, self._sought[number][0].owner) if at >= 0 else None

    def _matches(self, data: bytes, start: int) -> list[tuple[int, int, int]]:
        if not self._heads:
            return []
        view = memoryview(data)[start:] if start else data
        return list(self._automaton.find_matches_as_indexes(view, overlapping=True))

    def _begun(self, data: bytes, start: int) -> int:
        """How many bytes at the end of `data` could be the beginning of a head, and must wait for what follows."""
        for size in range(min(self._longest, len(data) - start), 0, -1):
            if data[-size:] in self._beginnings:
                return size
        return 0

    @cached_property
    def _automaton(self) -> Any:
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        dense = sum(map(len, self._heads)) < _DENSE
        return BytesAhoCorasick(
            self._heads, implementation=Implementation.DFA if dense else Implementation.ContiguousNFA
        )


def _standing(
    data: bytes, head: int, sought: Sequence[Sought], ends: Callable[..., int | None]
) -> tuple[list[Standing], bool]:
    """What stands where a head was noticed, and whether that may change when more of the data comes."""
    found: list[Standing] = []
    undecided = False
    for one in sought:
        begin = before(data, head, one.needle, one.at) if one.at else head
        end = None if begin is None else ends(data, head, one.needle, one.at)
        if end == OPEN:
            undecided = True
            end = ends(data, head, one.needle, one.at, last=True)
        if begin is not None and end is not None:
            undecided = undecided or may_go_on(one.needle, data, end)
            found.append(Standing(head, begin, end, one.owner, one.needle))
    return found, undecided
