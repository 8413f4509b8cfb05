"""How credentials look, and what was recognised in a value: all that is needed to know one, without its provider's calls."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """How a credential looks: a pattern for the whole value, an optional check on it, and where the format is documented.

    `look_alike` makes a never-issued value of the same shape (the control of the proof of death). `opaque` shapes say
    nothing about their issuer: they are chosen by a person and never recognised.
    """

    name: str
    pattern: str
    source: str
    check: Callable[[str], bool] | None = None
    look_alike: Callable[[], str] | None = None
    opaque: bool = False

    def matches(self, value: str) -> bool:
        return re.fullmatch(self.pattern, value) is not None and (self.check is None or self.check(value))


@dataclass(frozen=True)
class Format:
    """What a provider's credentials look like and say of themselves: the fields of `Provider` that have these names."""

    shapes: tuple[Shape, ...]
    public_id: Callable[[str], str] | None = None
    describe: Callable[[str], tuple[tuple[str, str], ...]] | None = None


@dataclass(frozen=True)
class Identified:
    """What a value looks like. `checked`: True when its checksum fits, False when it does not, None when it has none."""

    provider: str
    shape: str
    public_id: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    checked: bool | None = None
