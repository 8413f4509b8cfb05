"""Lists of digests, as `sha256sum`, `sha512sum` and BSD's `sha256` write them. Pure.

Format: coreutils manual, "cksum output modes". A line that begins with a backslash has its path escaped.
"""

from __future__ import annotations

import re

from irkit.resign.records.entry import Entry, Record, leads_out, plain

_GNU = re.compile(r"(?P<escaped>\\?)(?P<digest>[0-9a-fA-F]{128}|[0-9a-fA-F]{64}) [ *](?P<path>.+)")
_BSD = re.compile(r"(?P<escaped>\\?)SHA(?:256|512) \((?P<path>.+)\) = (?P<digest>[0-9a-fA-F]{128}|[0-9a-fA-F]{64})")
_ARMOR = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:Hash: [^\n]*\n)*\n|-----BEGIN PGP SIGNATURE-----.*", re.DOTALL
)
_ALGORITHMS = {64: "sha256", 128: "sha512"}


def read(text: str) -> Record:
    """SHA256SUMS and SHA512SUMS, clear-signed or not. Paths that are absolute or climb out of the folder are refused."""
    entries: list[Entry] = []
    wrong: list[str] = []
    for number, line in enumerate(without_armor(text).split("\n"), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _line(line)
        path = plain(_unescaped(match["path"]) if match["escaped"] else match["path"]) if match else ""
        if match is None or leads_out(path):
            wrong.append(f"line {number}: {line[:80]!r}")
        else:
            entries.append(Entry(path, match["digest"].lower(), _ALGORITHMS[len(match["digest"])]))
    return Record("digest list", tuple(entries), tuple(wrong))


def matches(lines: list[str]) -> bool:
    return any(_line(line) for line in lines)


def without_armor(text: str) -> str:
    """A clear-signed text without its armor (RFC 9580, 7); line numbers stay as they were."""
    plain_text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return _ARMOR.sub(lambda match: "\n" * match[0].count("\n"), plain_text)


def _line(line: str) -> re.Match[str] | None:
    return _GNU.fullmatch(line) or _BSD.fullmatch(line)


def _unescaped(path: str) -> str:
    return re.sub(r"\\([n\\r])", lambda match: {"n": "\n", "r": "\r", "\\": "\\"}[match[1]], path)
