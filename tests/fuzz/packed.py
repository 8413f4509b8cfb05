"""What stands in a pack, read slowly and plainly: the compiled walk must say the same.

libFuzzer follows this, which it cannot in compiled code.

https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

_TRAILER = 20
_OFFSET_DELTA, _REFERENCE_DELTA = 6, 7
_LONGEST = 1 << 20


class Torn(Exception):
    """It is no object."""


@dataclass
class Packed:
    """A pack whose objects begin at `places`; the id of each begins with its number, from 1 on."""

    data: bytes
    places: Sequence[int]
    _known: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def read(self, number: int) -> tuple[int, bytes]:
        """Kind and content of an object, counted from 0. Torn when it has none."""
        chain: list[tuple[int, bytes]] = []
        seen: set[int] = set()
        at = number
        while at not in self._known:
            if at in seen:
                raise Torn
            seen.add(at)
            kind, base, content = self._entry(self.places[at])
            if kind in (1, 2, 3, 4):
                self._known[at] = (kind, content)
                break
            if kind not in (_OFFSET_DELTA, _REFERENCE_DELTA) or not 0 <= base < len(self.places):
                raise Torn
            chain.append((at, content))
            at = base
        kind, content = self._known[at]
        for one, delta in reversed(chain):
            content = applied(delta, content)
            self._known[one] = (kind, content)
        return kind, content

    def _entry(self, place: int) -> tuple[int, int, bytes]:
        """Kind, number of the base (-1: none that is here) and content."""
        data = self.data[:-_TRAILER]
        at = place
        first = data[at]
        size, shift, byte = first & 15, 4, first
        at += 1
        while byte & 128:
            byte = _byte(data, at)
            size |= (byte & 127) << shift
            shift += 7
            at += 1
        kind, base = (first >> 4) & 7, -1
        if kind == _OFFSET_DELTA:
            byte = _byte(data, at)
            back, at = byte & 127, at + 1
            while byte & 128:
                byte = _byte(data, at)
                back, at = ((back + 1) << 7) | (byte & 127), at + 1
            base = self.places.index(place - back) if place - back in self.places else -1
        elif kind == _REFERENCE_DELTA:
            name = data[at : at + 20]
            at += 20
            base = name[0] - 1 if len(name) == 20 and len(set(name)) == 1 else -1
        return kind, base, inflated(data[at:], size)


def inflated(data: bytes, size: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(data, _LONGEST)
    except zlib.error:
        raise Torn from None
    if not stream.eof or len(content) != size:
        raise Torn
    return content


def applied(delta: bytes, base: bytes) -> bytes:
    declared, at = _number(delta, 0)
    size, at = _number(delta, at)
    if declared != len(base):
        raise Torn
    out = b""
    while at < len(delta):
        code = delta[at]
        at += 1
        if code & 128:
            start, at = _parts(delta, at, code, 4)
            length, at = _parts(delta, at, code >> 4, 3)
            length = length or 0x10000
            if start + length > len(base):
                raise Torn
            out += base[start : start + length]
        elif code:
            if at + code > len(delta):
                raise Torn
            out += delta[at : at + code]
            at += code
        else:
            raise Torn
        if len(out) > size:
            raise Torn
    if len(out) != size:
        raise Torn
    return out


def occurrences(content: bytes, needles: Sequence[bytes]) -> set[tuple[int, int]]:
    """(number of the needle, where it begins), overlapping ones too."""
    found = set()
    for number, needle in enumerate(needles):
        at = content.find(needle)
        while at >= 0:
            found.add((number, at))
            at = content.find(needle, at + 1)
    return found


def _parts(delta: bytes, at: int, code: int, most: int) -> tuple[int, int]:
    """A number of which only the bytes that are not zero are written, as the bits of `code` say."""
    value = 0
    for bit in range(most):
        if code & 1 << bit:
            value |= _byte(delta, at) << 8 * bit
            at += 1
    return value, at


def _number(delta: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = _byte(delta, at)
        value |= (byte & 127) << shift
        shift += 7
        at += 1
        if byte < 128:
            return value, at


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Torn
    return data[at]
