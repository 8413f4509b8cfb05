"""A needle: one byte string that betrays a secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from irkit.errors import BadInput

MIN_BYTES = 8
"""A shorter secret would match everywhere; it is refused rather than searched."""

SPLIT_BYTES = 12
"""A shorter text is not sought in pieces."""


@dataclass(frozen=True)
class Needle:
    """A byte string that betrays a secret. `weak` needles say that it was named (its hash, its id), not that it stands there.

    `splits`: also sought cut in pieces by line breaks or string concatenation (`irkit.needles.joints`). `structural`: `pattern`
    is the fingerprint of a public key, which is read out of keyrings and text rather than compared (`irkit.needles.public_key`).
    `letters`: the text as it is, each letter of which may stand escaped (`irkit.needles.letters`). `nested`: `pattern` is base64
    of base64, which is decoded where its beginning stands (`irkit.needles.nested`).
    """

    form: str
    pattern: bytes = field(repr=False)
    weak: bool = False
    splits: bool = False
    structural: bool = False
    letters: bytes = field(default=b"", repr=False)
    nested: Nested | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Nested:
    """What stands behind base64: one of `inner`, from its byte `at` on, or with `anywhere` at any place that follows.

    `phase` is where in a group of four the pattern begins. `whole`: all the base64 that follows belongs to it.
    """

    inner: tuple[Needle, ...]
    phase: int
    at: int = 0
    anywhere: bool = False
    whole: bool = False


def long_enough(value: bytes) -> None:
    if len(value) < MIN_BYTES:
        raise BadInput(
            "this credential is too short to search for",
            on=f"{len(value)} bytes",
            why=f"under {MIN_BYTES} bytes it would match everywhere",
            do="check that the reference points at the whole value",
        )


def distinct(needles: Iterable[Needle]) -> tuple[Needle, ...]:
    """First form wins where two are the same bytes: a plain token is its own percent-encoding."""
    seen: dict[bytes, Needle] = {}
    for needle in needles:
        if len(needle.pattern) >= MIN_BYTES:
            seen.setdefault(needle.pattern, needle)
    return tuple(seen.values())
