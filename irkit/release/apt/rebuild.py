"""A release without some of its packages: new indexes, and a new Release file that names them. Pure.

All that is not touched by the withdrawal stands as it stood, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from irkit.errors import StepFailed
from irkit.release.apt import index

_ROW = re.compile(rb"^( +)([0-9a-fA-F]+)( +)([0-9]+)( +)(\S+)[ \t]*$")
_DATE = "%a, %d %b %Y %H:%M:%S UTC"


def shortened(release: bytes, content: Callable[[str], bytes | None], withdrawn: frozenset[str]) -> dict[str, bytes]:
    """Every index file that lists a withdrawn package, as it will be, by its path in the release. Empty when none does.

    `content` gives an index by its name without compression. All compressions that the release names are made, whether or not they
    are on disk. StepFailed for an index that cannot be read.
    """
    changed: dict[str, bytes] = {}
    paths = [one.path for one in index.named(release)]
    for stem in sorted({index.stem(path) for path in paths if index.is_index(path)}):
        old = content(stem)
        if old is None:
            raise StepFailed("an index is not the one that its release names", on=stem, do="judge the release again")
        new = index.without(old, withdrawn)
        if any(one.path in withdrawn for one in index.listed(old)):
            changed |= {path: index.compressed(path, new) for path in paths if index.stem(path) == stem}
    return changed


def release_file(old: bytes, changed: Mapping[str, bytes], now: datetime) -> bytes:
    """The Release file that names the changed indexes; Date is `now` (UTC), and Valid-Until as long after it as it was.

    Differences to an index that is changed (`Packages.diff/Index`) are no longer named: clients then fetch it whole.
    """
    said = index.fields(old)
    gone = {f"{index.stem(path)}.diff/Index" for path in changed}
    lines, algorithm = [], ""
    for line in old.split(b"\n"):
        name, colon, _value = line.partition(b":")
        if colon and not line.startswith((b" ", b"\t")):
            algorithm = index.HASHES.get(name.decode("ascii", "replace"), "")
            lines.append(_dated(name, line, said, now))
            continue
        row = _ROW.match(line) if algorithm else None
        path = row[6].decode("utf-8", "replace") if row else ""
        if index.stem(path) in gone:
            continue
        if row and path in changed:
            digest = hashlib.new(algorithm, changed[path], usedforsecurity=False).hexdigest().encode()
            size = str(len(changed[path])).encode().rjust(len(row[3]) + len(row[4]) - 1)
            line = row[1] + digest + b" " + size + row[5] + row[6]
        lines.append(line)
    return b"\n".join(lines)


def lapsed(release: bytes, now: datetime) -> str:
    """Its Valid-Until when that has passed, "" otherwise."""
    until = index.fields(release).get("valid-until", "")
    at = _when(until)
    return until if at and at < now else ""


def _dated(name: bytes, line: bytes, said: Mapping[str, str], now: datetime) -> bytes:
    if name == b"Date":
        return b"Date: " + now.strftime(_DATE).encode()
    if name == b"Valid-Until":
        date, until = _when(said.get("date", "")), _when(said["valid-until"])
        if date and until:
            return b"Valid-Until: " + (now + (until - date)).strftime(_DATE).encode()
    return line


def _when(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text.replace("UTC", "+0000").replace("GMT", "+0000"))
    except (ValueError, TypeError):
        return None
