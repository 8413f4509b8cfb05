"""Under what names the credential is known where it was found: the left-hand side of what it was assigned to. The value is not read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.model import Occurrence, Skipped
from irkit.sources.git.objects import Torn, contents
from irkit.sources.git.run import repository_at

_ASSIGNED = re.compile(
    r"""([A-Za-z_][\w.-]{0,127})["']?\s*\]?      # the name, perhaps quoted, perhaps in brackets
        \s*(?::\s*[\w\[\]. |]{1,40}?\s*=|:=|=>|=|:|(?<=^)\s)\s*   # Python's NAME: str =, and the usual signs
        (?:[a-z]{0,2}["'`]{1,3})?(?:(?:Bearer|Basic|token)\s)?$""",
    re.VERBOSE,
)
_DOCKER_ENV = re.compile(r"^\s*(?:ENV|ARG)\s+([A-Za-z_]\w*)[ =]\s*[\"']?$", re.IGNORECASE)
_NAMED_ABOVE = re.compile(
    r"^\s*-?\s*[\"']?(?:name|key)[\"']?\s*:\s*[\"']?([A-Za-z_][\w.-]{0,127})[\"']?,?\s*$", re.IGNORECASE
)
_COMMON = frozenset(
    re.findall(
        r"\w+",
        """access api app auth authorization basic bearer client credential credentials data default id key my pass passphrase
        passwd password private pwd raw secret secrets text the token user username value values""",
    )
)
_BEFORE = 4096  # bytes: a name stands shortly before its value


def generic(name: str) -> bool:
    """Whether so many things are called this that it says nothing: `token`, `API_KEY`, `_authToken`."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    return not words or all(word.lower() in _COMMON or word.isdigit() for word in words) or len(name) < 4


def assigned_name(before: str) -> str:
    """The name that what follows `before` is assigned to; "" when it stands in nothing of the kind."""
    lines = before.splitlines() or [""]
    if before.endswith(("\n", "\r")):
        lines.append("")
    last = lines[-1]
    found = _DOCKER_ENV.search(last) or _ASSIGNED.search(last)
    name = found[1] if found else ""
    if name.lower() in ("value", "default", "stringvalue"):  # `- name: X` and `value: ...` on lines of their own
        above = next((told[1] for line in reversed(lines[-3:-1]) if (told := _NAMED_ABOVE.match(line))), "")
        name = above or name
    return name


@dataclass(frozen=True)
class Learned:
    """`names` to look for, each with where it stood; `too_common` are names that say nothing, likewise."""

    names: dict[str, str] = field(default_factory=dict)
    too_common: dict[str, str] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()


def names_where_it_stands(occurrences: Iterable[Occurrence]) -> Learned:
    """From files on disk and from blobs of repositories that are still where they were found."""
    learned = Learned()
    skipped: list[Skipped] = []
    blobs: dict[str, list[Occurrence]] = {}
    for one in occurrences:
        if one.place == "git" and one.git:
            blobs.setdefault(one.git.repository, []).append(one)
        elif one.place == "file":
            _take(learned, one, _start_on_disk(one, skipped))
    for repository, found in blobs.items():
        for one, before in _starts_in_git(repository, found, skipped):
            _take(learned, one, before)
    return Learned(learned.names, learned.too_common, tuple(skipped))


def _take(learned: Learned, one: Occurrence, before: bytes) -> None:
    name = assigned_name(before.decode("utf-8", "replace"))
    if name:
        kept = learned.too_common if generic(name) else learned.names
        kept.setdefault(name, f"{one.path}:{one.line}" if one.line else one.path)


def _start_on_disk(one: Occurrence, skipped: list[Skipped]) -> bytes:
    start = max(0, one.offset - _BEFORE)
    try:
        with Path(one.path).open("rb") as file:
            file.seek(start)
            return file.read(one.offset - start)
    except (OSError, ValueError):
        skipped.append(Skipped(one.path, "not there any more, so the name it had there is not known"))
        return b""


def _starts_in_git(
    name: str, found: Sequence[Occurrence], skipped: list[Skipped]
) -> Iterable[tuple[Occurrence, bytes]]:
    repository = repository_at(Path(name))
    if repository is None:
        skipped.append(Skipped(name, "this repository is not there any more, so the names in it are not known"))
        return
    by_blob: dict[str, list[Occurrence]] = {}
    for one in found:
        if one.git:
            by_blob.setdefault(one.git.blob, []).append(one)
    for oid, pieces in contents(repository, list(by_blob), skipped):
        wanted, data = max(one.offset for one in by_blob[oid]), b""
        try:
            for piece in pieces:
                data += piece
                if len(data) >= wanted:
                    break
        except Torn:
            pass
        for one in by_blob[oid]:
            yield one, data[max(0, one.offset - _BEFORE) : one.offset]
