"""What held a credential, and nothing else of the evidence: each blob, message or file, copied to where a scanner can read it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from irkit.model import Occurrence, Skipped
from irkit.sources.git.objects import Torn, contents
from irkit.sources.git.run import repository_at

_LARGEST = 1 << 30  # bytes in all
_CHUNK = 1 << 20


def copy_held(occurrences: Sequence[Occurrence], folder: Path) -> tuple[dict[int, str], list[Skipped]]:
    """Copies to `folder/NUMBER/NAME`. Returns what each number is, in words, and what could not be copied and why.

    A file in an archive is copied with the whole archive. StepFailed or NotAvailable as git has it.
    """
    skipped: list[Skipped] = []
    made: dict[int, str] = {}
    room = _LARGEST
    pieces: Iterator[tuple[str, str, Iterable[bytes]]]
    for pieces in (_from_git(occurrences, skipped), _from_disk(occurrences, skipped)):
        for what, name, content in pieces:
            if room <= 0:
                skipped.append(Skipped(what, "not scanned for more: over 1 GiB in all"))
                continue
            number = len(made) + 1
            target = folder / str(number) / (re.sub(r"[^\w.+-]", "_", name)[-100:].lstrip("-") or "unnamed")
            target.parent.mkdir(mode=0o700)
            room -= _write(target, content, what, skipped)
            made[number] = what
    return made, list(dict.fromkeys(skipped))


def _write(target: Path, content: Iterable[bytes], what: str, skipped: list[Skipped]) -> int:
    size = 0
    try:
        with target.open("xb") as file:
            for piece in content:
                size += file.write(piece)
    except Torn:
        skipped.append(Skipped(what, "its content is damaged; what came before the damage was scanned"))
    except OSError as error:
        skipped.append(Skipped(what, f"not scanned for more: {error.strerror or type(error).__name__}"))
    return size


def _from_git(occurrences: Sequence[Occurrence], skipped: list[Skipped]) -> Iterator[tuple[str, str, Iterable[bytes]]]:
    wanted: dict[str, dict[str, str]] = {}
    for one in occurrences:
        if one.git:
            wanted.setdefault(one.git.repository, {}).setdefault(one.git.blob, one.path)
    for repository, paths in wanted.items():
        found = repository_at(Path(repository))
        if found is None:
            skipped.append(Skipped(repository, "the repository is not there any more, so it was not scanned for more"))
            continue
        for oid, content in contents(found, list(paths), skipped):
            yield f"{paths[oid]} (object {oid[:12]})", paths[oid].rpartition("/")[2], content


def _from_disk(occurrences: Sequence[Occurrence], skipped: list[Skipped]) -> Iterator[tuple[str, str, Iterable[bytes]]]:
    for name in dict.fromkeys(one.path.partition("!")[0] for one in occurrences if one.git is None):
        path = Path(name)
        if path.is_file():
            yield name, path.name, _pieces(path)
        else:
            skipped.append(Skipped(name, "the file is not there any more, so it was not scanned for more"))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
