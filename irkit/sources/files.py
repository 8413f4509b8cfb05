"""Files and folders on disk: walked to any depth, read in pieces, never followed through a symbolic link."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from irkit.errors import BadInput
from irkit.model import Occurrence, Skipped
from irkit.sources.archives import Inside, search_file
from irkit.sources.hunt import Found, Hits, Hunted, Progress
from irkit.sources.names import SPECIAL, shown
from irkit.sources.notes import NoNotes, Notes, file_state

CHUNK = 4 << 20

__all__ = ["CHUNK", "locate_in_files", "shown", "walk"]


def locate_in_files(
    path: Path,
    hunted: Sequence[Hunted],
    progress: Progress | None = None,
    *,
    skip: Callable[[Path], bool] | None = None,
    notes: Notes | None = None,
) -> Found:
    """Every occurrence in a file, or in all files under a folder, and in what they contain, as they are on disk now.

    Place "file", or "archive" for what stands within a container: `path` then leads inside (`outer.tar.gz!inner.txt`),
    and `offset` counts from the start of the innermost file.

    A symbolic link is followed when it is `path` itself, and listed as skipped when it leads out of the folder. `skip`
    says which folders not to enter (their content is read in another way). BadInput when `path` is not there.
    """
    hits, kept = Hits(hunted), notes or NoNotes()
    tell, total = (progress, _bytes_under(path, skip)) if progress else (_nobody, 0)
    read = 0
    occurrences: list[Occurrence] = []
    skipped: list[Skipped] = []
    for one in walk(path, skip):
        if isinstance(one, Skipped):
            skipped.append(one)
            continue
        found = kept.once(partial(file_state, one), partial(_in_file, hits, one))
        occurrences += found.occurrences
        skipped += found.skipped
        read += _size(one)
        tell(f"bytes of files under {path}", min(read, total), total)
    return Found(tuple(occurrences), tuple(skipped))


def _in_file(hits: Hits, path: Path) -> Found:
    try:
        with path.open("rb") as file:
            found = search_file(hits, file, shown(path), CHUNK)
    except OSError as error:
        return Found(skipped=(Skipped(shown(path), f"cannot be read: {error.strerror}"),))
    return Found(tuple(_occurrence(shown(path), inside) for inside in found.found), tuple(found.skipped))


def _nobody(_what: str, _done: int, _total: int | None) -> None:
    pass


def _bytes_under(path: Path, skip: Callable[[Path], bool] | None) -> int:
    """How much there is to read, so that what is left can be told; the walk costs little beside the reading."""
    return sum(_size(one) for one in walk(path, skip) if isinstance(one, Path))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def walk(path: Path, skip: Callable[[Path], bool] | None = None) -> Iterator[Path | Skipped]:
    """Every regular file under `path`, in order of name, and a `Skipped` for everything that is not read and why."""
    if not path.exists():
        raise BadInput("there is nothing at this path", on=shown(path), do="check the path and give it again")
    if not path.is_dir():
        yield _entry(path, path.stat().st_mode)
        return
    root = path.resolve()
    stack = [path]
    while stack:  # not recursive: a folder may be nested deeper than Python's stack
        folder = stack.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(shown(folder), f"this folder cannot be read: {error.strerror}")
            continue
        below = []
        for entry in entries:
            here = folder / entry.name
            if entry.is_symlink():
                yield from _link(here, root)
            elif entry.is_dir(follow_symlinks=False):
                if skip is None or not skip(here):
                    below.append(here)
            else:
                try:
                    yield _entry(here, entry.stat(follow_symlinks=False).st_mode)
                except OSError as error:
                    yield Skipped(shown(here), f"cannot be read: {error.strerror}")
        stack += reversed(below)


def _entry(path: Path, mode: int) -> Path | Skipped:
    why = next((why for is_kind, why in SPECIAL if is_kind(mode)), None)
    return Skipped(shown(path), why) if why else path


def _link(path: Path, root: Path) -> Iterator[Skipped]:
    """A link to something inside is read there; one that leads out, or nowhere, is said."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        yield Skipped(shown(path), "a symbolic link that leads nowhere")
        return
    if not target.is_relative_to(root):
        yield Skipped(shown(path), "a symbolic link out of this folder, not followed")


def _occurrence(path: str, inside: Inside) -> Occurrence:
    hit, place = inside.hit, "archive" if inside.names else "file"
    return Occurrence(hit.credential, place, path + inside.within, hit.line, hit.offset, hit.form, live=True)
