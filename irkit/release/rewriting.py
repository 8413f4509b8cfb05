"""Lists of digests (SHA256SUMS), changed only as far as they must be. Pure.

Lines are kept byte for byte: GNU or BSD form, binary marks, escaped names, CRLF, comments, capitals. Of a line whose file has
another digest now only the digest changes; the line of a file that is withdrawn goes.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from irkit.resign.digest_list import parse_digest_list

_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_LINES = re.compile(r"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True)
class Line:
    """One line with its end. `path` is relative to the release folder, "" for a comment or an empty line."""

    raw: str
    path: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Rewritten:
    """The list as it is to be: its bytes, the paths whose lines went or got another digest, and the digests it now tells."""

    data: bytes
    dropped: tuple[str, ...]
    changed: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Manifest:
    """A list of digests, line by line, and those lines that could not be read as one."""

    lines: tuple[Line, ...]
    wrong: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(line.path for line in self.lines if line.path)

    def rewritten(self, withdrawn: Collection[str], digests: Mapping[str, str]) -> Rewritten:
        """Without the lines of `withdrawn`, and with the SHA-256 that `digests` gives for a path."""
        kept = [line for line in self.lines if not line.path or line.path not in withdrawn]
        fresh = [_with_digest(line, digests.get(line.path, line.digest)) for line in kept]
        return Rewritten(
            "".join(line.raw for line in fresh).encode("utf-8", "surrogateescape"),
            tuple(line.path for line in self.lines if line.path and line.path in withdrawn),
            tuple(old.path for old, new in zip(kept, fresh, strict=True) if old.digest != new.digest),
            tuple((line.path, line.digest) for line in fresh if line.path),
        )


def read_manifest(data: bytes, within: str = "") -> Manifest:
    """A list whose paths are relative to the folder `within` (as `sha256sum --check` takes them, run there)."""
    lines: list[Line] = []
    wrong: list[str] = []
    text = data.decode("utf-8", "surrogateescape")
    for number, raw in enumerate(_LINES.findall(text), start=1):
        read = parse_digest_list(raw)
        path = posixpath.normpath(posixpath.join(within, read.entries[0][0])) if read.entries else ""
        if read.wrong or path.startswith("../"):
            wrong.append(f"line {number}: {raw.strip()[:80]!r}")
        lines.append(Line(raw, path, read.entries[0][1]) if read.entries else Line(raw))
    return Manifest(tuple(lines), tuple(wrong))


def _with_digest(line: Line, digest: str) -> Line:
    """The digest stands first in GNU's form and last in BSD's; a name may look like one."""
    if not line.path or digest == line.digest:
        return line
    found = list(_DIGEST.finditer(line.raw))
    place = found[0] if line.raw.lstrip("\\").startswith(found[0][0]) else found[-1]
    said = digest.upper() if place[0] == place[0].upper() and place[0] != place[0].lower() else digest
    return Line(line.raw[: place.start()] + said + line.raw[place.end() :], line.path, digest)
