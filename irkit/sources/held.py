"""What held a credential and what came along with it, copied to where a scanner can read it, and nothing else of the evidence.

Each blob, message or file that held it; the message and the other files of each commit that brought it; on disk the other files of its
folder. First what held it, so that when there is too much, what is left out is what stood further away.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from irkit.errors import StepFailed
from irkit.model import Occurrence, Skipped
from irkit.sources.git.objects import Torn, contents
from irkit.sources.git.run import Repository, git, repository_at
from irkit.sources.passed_by import another_name, for_its_name

_LARGEST = 1 << 30  # bytes in all
_CHUNK = 1 << 20
_COMMITS = 50  # of one repository
_BESIDE = 500  # blobs of these commits, or files of one folder
_LARGEST_BESIDE = 16 << 20  # bytes of one file


def copy_held(occurrences: Sequence[Occurrence], folder: Path) -> tuple[dict[int, str], list[Skipped]]:
    """Copies to `folder/NUMBER/NAME`, or under another name where a scanner would pass NAME by. Returns what each number is, in words,
    and what could not be copied and why.

    A file in an archive is copied with the whole archive. StepFailed or NotAvailable as git has it.
    """
    skipped: list[Skipped] = []
    made: dict[int, str] = {}
    room = _LARGEST
    pieces: Iterator[tuple[str, str, Iterable[bytes]]]
    sources = (_from_git, _from_disk, _with_the_commits, _beside_on_disk)
    for pieces in (source(occurrences, skipped) for source in sources):
        for what, name, content in pieces:
            if room <= 0:
                skipped.append(Skipped(what, "not scanned for more: over 1 GiB in all"))
                continue
            number = len(made) + 1
            called = re.sub(r"[^\w.+-]", "_", name)[-100:].lstrip("-") or "unnamed"
            target = folder / str(number) / (another_name(called) if for_its_name(called) else called)
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


def _with_the_commits(
    occurrences: Sequence[Occurrence], skipped: list[Skipped]
) -> Iterator[tuple[str, str, Iterable[bytes]]]:
    """What else came with the commits that brought it: whoever looked at one of them saw all of it."""
    held = {one.git.blob for one in occurrences if one.git}
    commits: dict[str, dict[str, None]] = {}
    for one in occurrences:
        if one.git:
            commits.setdefault(one.git.repository, {}).update(dict.fromkeys(mark.commit for mark in one.git.added))
    for name, brought in commits.items():
        repository = repository_at(Path(name))
        if repository is None:
            continue  # said by what held it
        if len(brought) > _COMMITS:
            why = f"what came with {len(brought) - _COMMITS} more commits that brought it was not scanned"
            skipped.append(Skipped(name, why))
        beside: dict[str, tuple[str, str]] = {}
        for commit in list(brought)[:_COMMITS]:
            try:
                beside |= _changed(repository, commit, held | beside.keys())
            except StepFailed as error:
                skipped.append(Skipped(f"commit {commit} of {name}", f"{error.what}: {error.why}"))
        if len(beside) > _BESIDE:
            skipped.append(Skipped(name, f"{len(beside) - _BESIDE} more files that came with it were not scanned"))
        for oid, content in contents(repository, list(beside)[:_BESIDE], skipped):
            path, commit = beside[oid]
            yield f"{path} (object {oid[:12]}, came with it in commit {commit[:12]})", path.rpartition("/")[2], content


def _changed(repository: Repository, commit: str, known: Collection[str]) -> dict[str, tuple[str, str]]:
    """Blobs that the commit brought, and its message, by object id: https://git-scm.com/docs/git-diff-tree (raw output)."""
    raw = git(repository, "diff-tree", "-r", "-m", "--root", "--no-commit-id", "--no-renames", "-z", commit)
    fields = raw.decode("utf-8", "backslashreplace").split("\0")
    found = {commit: ("message of the commit", commit)}
    for head, path in zip(fields[::2], fields[1::2], strict=False):
        words = head.lstrip(":").split()
        if len(words) == 5 and words[1].startswith("100"):
            found[words[3]] = (path, commit)
    return {oid: what for oid, what in found.items() if oid not in known}


def _beside_on_disk(
    occurrences: Sequence[Occurrence], skipped: list[Skipped]
) -> Iterator[tuple[str, str, Iterable[bytes]]]:
    """The other files of a folder that held it; what lies deeper belongs to somebody else as likely as not."""
    held = [Path(one.path.partition("!")[0]) for one in occurrences if one.git is None and one.place != "git-ref"]
    for folder in dict.fromkeys(path.parent for path in held if path.is_file()):
        try:
            names = sorted(path for path in folder.iterdir() if path.is_file() and not path.is_symlink())
        except OSError as error:
            skipped.append(Skipped(str(folder), f"what lies beside it was not scanned: {error.strerror}"))
            continue
        beside = [path for path in names if path not in held]
        small = [path for path in beside if path.stat().st_size <= _LARGEST_BESIDE][:_BESIDE]
        if len(small) < len(beside):
            skipped.append(Skipped(str(folder), f"{len(beside) - len(small)} more files beside it were not scanned"))
        yield from ((f"{path} (beside it)", path.name, _pieces(path)) for path in small)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
