"""The redactor: hides every needle in bytes, text, JSON trees and streams. Pure.

A stream may cut a secret anywhere; `Stream` holds back what could be the beginning of a needle, and no more, so that
no cut lets one through and a live display does not lag.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from irkit.needles import Needle


@dataclass(frozen=True)
class Hidden:
    """Needles of one credential and the label that stands in their place (a fingerprint, never a value)."""

    label: str
    needles: tuple[Needle, ...]


class Redactor:
    """Replaces every needle by `[redacted LABEL]`. Weak needles (hash, id) stay: by them the case speaks of it."""

    def __init__(self, hidden: Iterable[Hidden] = ()) -> None:
        self._hidden = tuple(dict.fromkeys(hidden))
        labels: dict[bytes, bytes] = {}
        for credential in self._hidden:
            for needle in credential.needles:
                if not needle.weak:
                    labels.setdefault(needle.pattern, f"[redacted {credential.label}]".encode())
        self._labels = labels
        # Longest first: a needle may contain another, and the whole must go.
        ordered = sorted(labels, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None
        self.longest = len(ordered[0]) if ordered else 0
        self._sorted = sorted(ordered)

    def __bool__(self) -> bool:
        return self._pattern is not None

    def __or__(self, other: Redactor) -> Redactor:
        """Both: hides what either hides."""
        return Redactor((*self._hidden, *other._hidden))

    def data(self, data: bytes) -> bytes:
        if self._pattern is None:
            return data
        return self._pattern.sub(lambda match: self._labels[match[0]], data)

    def text(self, text: str) -> str:
        if self._pattern is None:
            return text
        # surrogatepass: text from a kernel or a file name may hold lone surrogates and must survive the round trip.
        clean = self.data(text.encode("utf-8", "surrogatepass"))
        return clean.decode("utf-8", "surrogatepass")

    def tree(self, value: Any) -> Any:
        """A JSON tree with every string, key included, redacted. Other values are returned as they are."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.data(value)
        if isinstance(value, Mapping):
            return {self.tree(key): self.tree(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.tree(item) for item in value]
        return value

    def finds(self, data: bytes) -> tuple[str, ...]:
        """The labels of the credentials that stand in `data`, each once; empty when it is clean."""
        if self._pattern is None:
            return ()
        found = (self._labels[match[0]].decode() for match in self._pattern.finditer(data))
        return tuple(dict.fromkeys(found))

    def stream(self) -> Stream:
        return Stream(self)

    def undecided(self, data: bytes) -> int:
        """How many bytes at the end of `data` could be the beginning of a needle, and must wait for what follows."""
        for start in range(max(0, len(data) - self.longest + 1), len(data)):
            end = data[start:]
            place = bisect_right(self._sorted, end)  # in order, whatever goes on from `end` comes next
            if place < len(self._sorted) and self._sorted[place].startswith(end):
                return len(end)
        return 0


class Stream:
    """Feed chunks, write what comes back; `end()` gives the rest."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        pattern = self._redactor._pattern
        if pattern is None:
            return chunk
        data = self._held + chunk
        out: list[bytes] = []
        position, settled = 0, len(data) - self._redactor.undecided(data)
        for match in pattern.finditer(data):
            if match.start() >= settled:
                break  # a longer needle could begin here and end in the next chunk
            out += (data[position : match.start()], self._redactor._labels[match[0]])
            position = match.end()
        cut = max(position, settled)
        out.append(data[position:cut])
        self._held = data[cut:]
        return b"".join(out)

    def end(self) -> bytes:
        rest, self._held = self._redactor.data(self._held), b""
        return rest
