"""Lists of digests, as `sha256sum` and BSD's `sha256` write them. Pure."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import NamedTuple


class DigestList(NamedTuple):
    """A digest list: (path, SHA-256 in lower case) pairs, and the lines that are none."""

    entries: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]


_GNU = re.compile(r"(?P<escaped>\\?)(?P<digest>[0-9a-fA-F]{64}) [ *](?P<path>.+)")
_BSD = re.compile(r"(?P<escaped>\\?)SHA256 \((?P<path>.+)\) = (?P<digest>[0-9a-fA-F]{64})")
_ARMOR = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: [^\n]*\n)*\n|-----BEGIN PGP SIGNATURE-----.*", re.DOTALL
)


def parse_digest_list(text: str) -> DigestList:
    """SHA256SUMS as sha256sum and BSD's sha256 write it, clear-signed or not. Lines that are none are given back, shortened.

    Format: coreutils manual, "cksum output modes". Paths that are absolute or climb out of the folder are refused.
    """
    entries: list[tuple[str, str]] = []
    wrong: list[str] = []
    for number, line in enumerate(_without_armor(text).split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _GNU.fullmatch(line) or _BSD.fullmatch(line)
        path = plain(_unescaped(match["path"]) if match["escaped"] else match["path"]) if match else ""
        if match is None or path.startswith("/") or ".." in PurePosixPath(path).parts:
            wrong.append(f"line {number}: {line[:80]!r}")
        else:
            entries.append((path, match["digest"].lower()))
    return DigestList(tuple(entries), tuple(wrong))


def _without_armor(text: str) -> str:
    """Line numbers stay as they were."""
    return _ARMOR.sub(lambda match: "\n" * match[0].count("\n"), text.replace("\r\n", "\n"))


def _unescaped(path: str) -> str:
    return re.sub(r"\\([n\\r])", lambda match: {"n": "\n", "r": "\r", "\\": "\\"}[match[1]], path)


def plain(path: str) -> str:
    """The one spelling of a relative path by which records and artifacts are compared."""
    return PurePosixPath(path).as_posix().removeprefix("./")
