"""Records from before the exposure, read and kept as evidence; and what a known commit proves of its ancestors."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from irkit import resign
from irkit.case.desk import Desk
from irkit.case.resigning.settings import RecordGiven
from irkit.errors import BadInput, IrkitError
from irkit.model import Clock, Instant, Trust, parse_instant
from irkit.release.unpacking import whole
from irkit.resign.records import read_record
from irkit.sources.git import repository_at
from irkit.sources.git.run import git


def known_digests(case: Desk, records: Sequence[RecordGiven]) -> tuple[list[resign.KnownDigest], list[dict[str, str]]]:
    """Every digest of the records, and the lines that are none. Records may be packed (gz, xz, bz2). BadInput for one that cannot be read.

    What a service says of the time of each file counts when the record is independent, that is, fetched from that service by us; else
    what is said of the whole record does.
    """
    known: list[resign.KnownDigest] = []
    unread: list[dict[str, str]] = []
    for given in records:
        path = Path(given.path)
        text = _record_text(path)
        record = read_record(text)
        case.keep({"text": text}, "digest list from before", f"{given.source}, {path}")
        for entry in record.entries:
            name, at = entry.path or given.artifact, _when(given, entry.at)
            if not name:
                unread.append(
                    {"what": f"{path}: {entry.digest}", "why": "it names no file: say which artifact it is about"}
                )
            elif at is None:
                unread.append({"what": f"{path}: {name}", "why": "neither the entry nor the record says when"})
            else:
                name = f"{given.under.rstrip('/')}/{name}" if given.under else name
                known.append(resign.KnownDigest(name, entry.digest, given.source, at, entry.algorithm))
        unread += [
            {"what": f"{path}: {line}", "why": f"not a line of a record ({record.format})"} for line in record.wrong
        ]
    return known, unread


def _when(given: RecordGiven, own: datetime | None) -> Instant | None:
    trust = Trust(given.trust)
    at = own if own and trust is Trust.INDEPENDENT else parse_instant(given.since()) if given.since() else None
    return Instant(at, Clock.DIGEST_LIST, given.source, trust) if at else None


_PACKED: tuple[tuple[bytes, Callable[[BytesIO], Any]], ...] = (
    (b"\x1f\x8b", gzip.open), (b"\xfd7zXZ\0", lzma.open), (b"BZh", bz2.open),
)  # fmt: skip


def _record_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        opened = next((opened for begin, opened in _PACKED if data.startswith(begin)), None)
        return (whole(opened(BytesIO(data))) if opened else data).decode()
    except (OSError, EOFError, ValueError, lzma.LZMAError, zlib.error):
        raise BadInput(
            "the digest list cannot be read", on=path, do="give a SHA256SUMS file, or another record of digests as text"
        ) from None


def known_commits(path: Path, known: Sequence[resign.KnownDigest]) -> list[resign.KnownDigest]:
    """A commit's id is a hash over everything before it: whoever knew a branch's tip then knew each of its ancestors."""
    tips = {one.sha256: one for one in known if one.algorithm in ("git-commit", "git-target")}
    repository = repository_at(path)
    if repository is None or not tips:
        return []
    found: dict[str, resign.KnownDigest] = {}
    for tip, record in sorted(tips.items(), key=lambda pair: pair[1].instant.at):
        try:
            # From the commits themselves: a file beside them that tells their parents (the commit graph) is not what the ids are over.
            commits = git(repository, "-c", "core.commitGraph=false", "rev-list", tip).decode().split()
        except IrkitError:
            continue  # a tip that is not there proves nothing of what is
        for commit in commits:
            found.setdefault(commit, replace(record, path=commit, sha256=commit, algorithm="git-commit"))
    return list(found.values())
