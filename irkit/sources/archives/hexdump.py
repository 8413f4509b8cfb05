"""What `xxd`, `hexdump -C` and `od` show of a file, read back into the file.

https://man7.org/linux/man-pages/man1/hexdump.1.html, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/od.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irkit.sources.archives.interface import Family, Kind, Member, Noted, Source

_LINE = re.compile(
    rb"^(?:[0-9a-f]{6,8}:?[ \t]+)((?:[0-9a-fA-F]{2}){1,4}(?:[ \t]{1,2}(?:[0-9a-fA-F]{2}){1,4}){0,31})(?=\s*(?:$|  |\t|>|\|))",
    re.MULTILINE,
)


def _bytes(source: Source, _note: Noted) -> Iterator[Member]:
    lines = _LINE.finditer(source.whole())
    yield Member("bytes", (bytes.fromhex(one[1].decode()) for one in lines))


def _is_one(head: bytes) -> bool:
    first = _LINE.match(head)
    return first is not None and first.start() == 0 and head[:6].strip(b"0") == b""


HEXDUMP = Family("hex dump", _is_one, _bytes, Kind.PLAIN, seeks=True)
