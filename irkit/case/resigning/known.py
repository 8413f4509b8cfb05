"""Records from before the exposure, read and kept as evidence; and what a known commit proves of its ancestors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from irkit import resign
from irkit.case.desk import Desk
from irkit.case.resigning.settings import RecordGiven
from irkit.errors import BadInput, IrkitError
from irkit.model import Clock, Instant, Trust, parse_instant
from irkit.resign.records import read_record
from irkit.sources.git import repository_at
from irkit.sources.git.run import git


def known_digests(case: Desk, records: Sequence[RecordGiven]) -> tuple[list[resign.KnownDigest], list[dict[str, str]]]:
    """Every digest of the records, and the lines that are none. BadInput for a record that cannot be read.

    An entry with a time of its own (an upload, a log's entry) has that; any other the time said of the whole record.
    """
    known: list[resign.KnownDigest] = []
    unread: list[dict[str, str]] = []
    for given in records:
        path = Path(given.path)
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            raise BadInput(
                "a record from before cannot be read", on=path, do="give a SHA256SUMS file or another list"
            ) from None
        record = read_record(text)
        case.keep({"text": text}, "digest list from before", f"{given.source}, {path}")
        whole = _instant(given, given.since()) if given.since() else None
        for entry in record.entries:
            at = replace(_instant(given, given.since() or "1970-01-01T00:00:00Z"), at=entry.at) if entry.at else whole
            if at is None:
                unread.append({"what": f"{path}: {entry.path}", "why": "neither the entry nor the record says when"})
            else:
                known.append(resign.KnownDigest(entry.path, entry.digest, given.source, at, entry.algorithm))
        unread += [{"what": f"{path}: {line}", "why": f"not a line of {record.format}"} for line in record.wrong]
    return known, unread


def _instant(given: RecordGiven, at: str) -> Instant:
    return Instant(parse_instant(at), Clock.DIGEST_LIST, given.source, Trust(given.trust))


def known_commits(path: Path, known: Sequence[resign.KnownDigest]) -> list[resign.KnownDigest]:
    """A commit's id is a hash over everything before it: whoever knew a branch's tip then knew each of its ancestors."""
    tips = {one.sha256: one for one in known if one.algorithm in ("git-commit", "git-target")}
    repository = repository_at(path)
    if repository is None or not tips:
        return []
    found: dict[str, resign.KnownDigest] = {}
    for tip, record in sorted(tips.items(), key=lambda pair: pair[1].instant.at):
        try:
            commits = git(repository, "rev-list", tip).decode().split()
        except IrkitError:
            continue  # a tip that is not there proves nothing of what is
        for commit in commits:
            found.setdefault(commit, replace(record, path=commit, sha256=commit, algorithm="git-commit"))
    return list(found.values())
