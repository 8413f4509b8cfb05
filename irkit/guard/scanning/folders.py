"""A file or a folder as it lies on disk: Kingfisher reads it where it is; readings and known credentials are looked at beside it.

Links are not followed, and what is no regular file is not read. Of a repository Kingfisher reads the history as well; for known credentials
every object that a ref reaches is read. What its rules pass by for its name is laid out under another one; what they pass by for its
folder, third-party code, is said.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from irkit.errors import StepFailed
from irkit.guard.git import asked
from irkit.guard.scanning.findings import Found, Place, merged
from irkit.guard.scanning.laying import Laid, Piece, Search, joined, laid_out
from irkit.guard.scanning.objects import brought, with_commits
from irkit.model import Skipped
from irkit.sources.passed_by import for_its_folder, for_its_name
from irkit.sources.scanner import scan

if TYPE_CHECKING:
    from irkit.sources.alerts import Alert

_PIECE = 1 << 20
_KEPT = 32 << 20


def search_folder(path: Path, search: Search) -> None:
    """Everything at and below `path`. StepFailed when the scanner fails."""
    folder, only = (path, ".") if path.is_dir() else (path.parent, f"./{path.name}")
    search_files(folder, (only,), search)
    if path.is_dir() and _is_top(path) and asked(path, "rev-parse", "--git-dir"):
        if search.windows:
            search.all_of(brought(path, ("--all",), (), search.skipped))
        elif search.rules:
            again = Search(lfs=search.lfs)
            again.all_of(brought(path, ("--all",), (), search.skipped, lambda name: for_its_name(PurePath(name).name)))
            search.found += with_commits(path, merged(again.found), ("--all",), ())
            search.skipped += again.skipped
    if search.redactor:
        from irkit.guard.gate import gate

        gated = gate(path, search.redactor)
        search.leaks += gated.leaks
        search.skipped += gated.skipped


def search_files(folder: Path, names: Sequence[str], search: Search) -> None:
    """Files and folders below `folder`, by their names in it. Paths are shown as `folder` and the name say."""
    again = Search(lfs=search.lfs)  # for what the rules pass by for its name
    with laid_out(search) as laid, ThreadPoolExecutor(3) as beside:
        # To start takes the scanner longest: it reads the files while we do, and what is laid beside them after that.
        by_rules = [name for name in names if _can_be_named(name)]
        running = [beside.submit(_by_rules, folder, by_rules, laid)] if search.rules and by_rules else []
        files = list(_files(folder, names, search.skipped))
        odd = {folder / name for name in names if not _can_be_named(name)}
        passed = [file for file in files if search.rules and (for_its_name(file.name) or file in odd)]
        named = beside.submit(again.all_of, _as_pieces(passed, folder, search.skipped)) if passed else None
        kept: dict[Path, bytes] = {}  # small files are read once
        room = _KEPT if search.windows else 0
        for file in files:
            room -= _read_as(file, folder, laid, kept, room)
        if search.rules and laid.read:
            running.append(beside.submit(_in_readings, laid))
        if search.windows:
            for file in files:
                search.found += _known(file, folder, search, kept.pop(file, None))
            search.found += _called(files, folder, search)
        if search.rules:
            search.skipped += _third_party(files, folder)
        search.found += joined([one for each in running for one in each.result()] + laid.found, laid.read)
        search.pieces += len(files)
        if named:
            named.result()
    search.found += again.found
    search.skipped += again.skipped


def _as_pieces(files: Sequence[Path], folder: Path, skipped: list[Skipped]) -> Iterator[Piece]:
    for file in files:
        yield Piece(Place(_shown(folder, os.fspath(file.relative_to(folder)))), _content(file, skipped))


def _third_party(files: Sequence[Path], folder: Path) -> Iterator[Skipped]:
    """Each folder that the rules saw and passed by."""
    for within in dict.fromkeys(for_its_folder(os.fspath(file.relative_to(folder))) for file in files):
        if within:
            why = "searched for known credentials alone: the scanner's rules pass by third-party code"
            yield Skipped(_shown(folder, within), why)


def _content(file: Path, skipped: list[Skipped]) -> Iterator[bytes]:
    try:
        with file.open("rb") as content:
            yield from iter(lambda: content.read(_PIECE), b"")
    except OSError as error:
        skipped.append(Skipped(os.fspath(file), f"not searched: {error.strerror}"))


def _can_be_named(name: str) -> bool:
    """The scanner ends at an argument that is no UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _there(folder: Path, names: Sequence[str]) -> list[str]:
    """The names behind which there is something; none of them can be taken for an option."""
    return [name if name.startswith(".") else f"./{name}" for name in names if os.path.lexists(folder / name)]


def _scanned(folder: Path, names: Sequence[str], aside: Path) -> tuple[Alert, ...]:
    """The scanner ends at a file that is gone, as copies of editors soon are; that it is gone is said by whoever reads it."""
    here = _there(folder, names)
    while here:
        try:
            return scan(folder, aside, only=here)
        except StepFailed:
            if (left := _there(folder, here)) == here:
                raise
            here = left
    return ()


def _by_rules(folder: Path, names: Sequence[str], laid: Laid) -> list[Found]:
    aside = laid.aside / "files"
    aside.mkdir()
    return [
        Found(
            Place(_shown(folder, one.where.path), commit=one.where.commit),
            one.where.line,
            one.rule,
            one.secret.reveal(),
        )
        for one in _scanned(folder, names, aside)
        if one.secret is not None
    ]


def _in_readings(laid: Laid) -> list[Found]:
    aside = laid.aside / "readings"
    aside.mkdir()
    return [
        Found(laid.place(one.where.path), one.where.line, one.rule, one.secret.reveal())
        for one in scan(laid.folder, aside)
        if one.secret is not None
    ]


def _files(folder: Path, names: Iterable[str], skipped: list[Skipped]) -> Iterator[Path]:
    stack = [folder / name for name in names]  # a link that is given by name is followed
    while stack:
        here = stack.pop()
        try:
            mode = here.stat().st_mode
            if stat.S_ISDIR(mode):
                with os.scandir(here) as entries:
                    for entry in sorted(entries, key=lambda one: one.name, reverse=True):
                        if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False):
                            stack.append(here / entry.name)
            elif stat.S_ISREG(mode):
                yield here
        except OSError as error:
            skipped.append(Skipped(os.fspath(here), f"not searched: {error.strerror}"))


def _read_as(file: Path, folder: Path, laid: Laid, kept: dict[Path, bytes], room: int) -> int:
    """The bytes of it that are kept for whoever reads it next."""
    try:
        with file.open("rb") as content:
            data = content.read(_PIECE) if 0 < os.fstat(content.fileno()).st_size < min(_PIECE, room) else b""
            whole = 0 < len(data) < _PIECE
            if whole:
                kept[file] = data
            else:
                content.seek(0)
            laid.readings_of(
                Place(_shown(folder, os.fspath(file.relative_to(folder)))), BytesIO(data) if whole else content
            )
            return len(data) if whole else 0
    except OSError as error:
        laid.search.skipped.append(Skipped(os.fspath(file), f"not searched: {error.strerror}"))
        return 0


def _known(file: Path, folder: Path, search: Search, kept: bytes | None) -> Iterator[Found]:
    assert search.windows is not None
    place = Place(_shown(folder, os.fspath(file.relative_to(folder))))
    try:
        with file.open("rb") if kept is None else BytesIO(kept) as content:
            for line, text, name in search.windows.within(iter(lambda: content.read(_PIECE), b"")):
                yield Found(place, line, "", text, name)
    except OSError:
        return  # it is listed as unread


def _called(files: Sequence[Path], folder: Path, search: Search) -> Iterator[Found]:
    """Files that are called after a credential: what is shown of them must not name it."""
    assert search.windows is not None
    names = [os.fsencode(file.relative_to(folder)).replace(b"\n", b" ") for file in files]
    for line, text, name in search.windows.within(iter((b"\n".join(names),))):
        place = Place(_shown(folder, os.fspath(files[line - 1].relative_to(folder))), "name of the file")
        yield Found(place, None, "", text, name)


def _shown(folder: Path, path: str) -> str:
    return os.fspath(folder / path)


def _is_top(path: Path) -> bool:
    return (path / ".git").exists() or (path / "HEAD").is_file()
