"""In which ways can a text fit some of several patterns and not the others? All of them, found by walking all patterns at once. Pure.

Samples of each pattern alone would miss what only two together hold: `logs/*` and `*secret*` meet in `logs/secret`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from irkit.exposure.usage.policy import ANY, ONE, VARIABLE, parts_of

_MOST = 5_000
"""States that are looked at: more is patterns made to be many."""
_OTHER = "\0"
"""Stands for a letter that no pattern names."""

_State = tuple[int, ...]
"""Of each pattern the places that a text may have come to, as bits."""


def ways(patterns: Sequence[str]) -> frozenset[frozenset[int]] | None:
    """Each set of patterns, by their places, that some text fits while it fits no other of them. None when they are too many to tell."""
    walks = [_Walk(parts_of(one)) for one in patterns]
    start: _State = tuple(one.begin for one in walks)
    seen, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for letter in _letters(walks, state):
            after = tuple(one.step(places, letter) for one, places in zip(walks, state, strict=True))
            if after not in seen:
                if len(seen) >= _MOST:
                    return None
                seen.add(after)
                waiting.append(after)
    return frozenset(
        frozenset(at for at, (one, places) in enumerate(zip(walks, state, strict=True)) if places >> one.end & 1)
        for state in seen
    )


class _Walk:
    def __init__(self, parts: Sequence[str]) -> None:
        self.wild = [one in (ANY, VARIABLE) for one in parts]
        self.parts, self.end = parts, len(parts)
        self.begin = self._whole(1)

    def step(self, places: int, letter: str) -> int:
        after = 0
        for at in _bits(places):
            if at == self.end:
                continue
            if self.wild[at]:
                after |= 1 << at
            elif self.parts[at] in (ONE, letter):
                after |= 1 << at + 1
        return self._whole(after)

    def wanted(self, places: int) -> Iterator[str]:
        return (self.parts[at] for at in _bits(places) if at < self.end and len(self.parts[at]) == 1)

    def _whole(self, places: int) -> int:
        """With what a star may leave out, and without what a later star holds as well."""
        for at in range(self.end):
            if places >> at & 1 and self.wild[at]:
                places = places >> at << at | 1 << at + 1
        return places


def _letters(walks: Sequence[_Walk], state: _State) -> set[str]:
    """Those that make a difference here, and one that stands for all others."""
    return {_OTHER, *(letter for one, places in zip(walks, state, strict=True) for letter in one.wanted(places))}


def _bits(places: int) -> Iterator[int]:
    while places:
        low = places & -places
        yield low.bit_length() - 1
        places ^= low
