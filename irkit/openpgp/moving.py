"""Files of a release are moved, copied and written so that a kill at any moment leaves the old state or the new one."""

from __future__ import annotations

import contextlib
import errno
import glob
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from irkit.errors import BadInput, StepFailed


def inside(folder: Path, relative: str) -> Path:
    """A path below `folder`. BadInput for one that leads out of it, by name or by a symbolic link on the way."""
    pure = PurePosixPath(relative)
    path = folder / pure
    if not relative or pure.is_absolute() or ".." in pure.parts or "\0" in relative:
        raise BadInput("a path leads out of its folder", on=relative[:120], do="make the plan again")
    try:
        leads_out = not path.parent.resolve().is_relative_to(folder.resolve()) or path.is_symlink()
    except OSError as error:
        raise BadInput(
            "a path cannot be followed", on=relative[:120], why=error.strerror or "", do="correct what names it"
        ) from None
    if leads_out:
        raise BadInput(
            "a path goes through a symbolic link", on=path, do="replace the link by the file and judge again"
        )
    return path


def sha256_of(path: Path) -> str | None:
    """SHA-256 in hex; None when there is no such file. StepFailed when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StepFailed(
            "a file cannot be read", on=path, why=error.strerror or "", do="look at its permissions"
        ) from None


def read_text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        raise BadInput("a file cannot be read as text", on=path, do="check the path") from None


def write(path: Path, data: bytes, *, private: bool = False) -> None:
    """Replace the content at once; nothing happens when it is that already. For everybody to read, or (`private`) for its owner alone."""
    with contextlib.suppress(OSError):
        if path.read_bytes() == data:
            return
    with disk(path):
        make_folder(path.parent)
    with beside(path, data) as fresh:
        fresh.chmod(0o600 if private else 0o644)
        place(fresh, path)


def place(fresh: Path, path: Path) -> None:
    """Give a file that is whole its name, for good: what a journal says next must not outlive it in a power cut."""
    fresh.replace(path)
    force_folders([path.parent])


def make_folder(folder: Path) -> None:
    """With those above it; their names are on the disk for good."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    force_folders(one.parent for one in reversed(missing))


def force_folders(folders: Iterable[Path]) -> None:
    """So that the new names outlast a power cut."""
    for folder in folders:
        with contextlib.suppress(OSError), _opened(folder) as stream:  # some file systems refuse it
            os.fsync(stream)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    stream = os.open(folder, os.O_RDONLY)
    try:
        yield stream
    finally:
        os.close(stream)


def make_private(folder: Path, *paths: Path) -> None:
    """What lies in a case is its owner's alone, whatever mode it had where it came from: files 0600, and the folders down to them 0700."""
    with disk(folder):
        for path in paths:
            if path.exists():
                path.chmod(0o600)
            for above in path.relative_to(folder).parents:
                (folder / above).chmod(0o700)


def part_of(path: Path) -> Path:
    """Where a file is made whole before it takes its place. Always the same, so that what a killed run left is replaced by the next."""
    return path.with_name(f".{path.name}.irkit-part")


def kept_as(path: Path, key: str, ending: str = "") -> Path:
    """The name beside it, NAME.KEYID, under which a signature of another key, or a file signed by it, is kept."""
    return path.with_name(f"{path.name}.{key[-16:]}{ending}")


@contextlib.contextmanager
def beside(path: Path, data: bytes) -> Iterator[Path]:
    """A temporary file next to `path`, on the disk for good, to be moved into place or else removed."""
    fresh = part_of(path)
    with disk(path):
        try:
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            yield fresh
        finally:
            fresh.unlink(missing_ok=True)


def clear_away(path: Path) -> None:
    """Take away what a killed run left beside a file: its part, and what programs at work on that part had written."""
    with disk(path):
        for left in path.parent.glob(f"{glob.escape(f'.{path.name}.irkit-part')}*"):
            left.unlink(missing_ok=True)


def keep_copy(path: Path, kept: Path) -> None:
    """A second name for what is about to be replaced. StepFailed when something else has that name: nothing is overwritten."""
    held = sha256_of(kept)
    if held is not None and held != sha256_of(path):
        raise StepFailed(
            "an earlier copy is in the way",
            on=kept,
            why="it differs from what is to be kept",
            do="move it aside and go on",
        )
    if held is None:
        write(kept, path.read_bytes())


def move(source: Path, target: Path) -> bool:
    """Move a file, across disks too; True when it was moved, False when it had been moved before.

    Never overwrites other content and never removes what is not safe at the target. StepFailed when it is at neither place.
    """
    here, there = sha256_of(source), sha256_of(target)
    if here is None:
        if there is None:
            raise StepFailed(
                "a file to be quarantined is gone", on=source, do="find out who removed it; judge the release again"
            )
        return False
    if there is not None and there != here:
        raise StepFailed(
            "another file has that place in quarantine",
            on=target,
            why="its content differs",
            do="move it aside and go on",
        )
    with disk(target):
        make_folder(target.parent)
        try:
            place(source, target)
            force_folders([source.parent])
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _move_across(source, target, here)
    return True


def _move_across(source: Path, target: Path, digest: str) -> None:
    part = part_of(target)
    shutil.copy2(source, part)
    if sha256_of(part) != digest:
        raise StepFailed("a file changed while it was moved", on=source, do="see who writes to it and try again")
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    place(part, target)
    source.unlink()
    force_folders([source.parent])


@contextlib.contextmanager
def disk(path: Path) -> Iterator[None]:
    """What the disk refuses as StepFailed, in words."""
    try:
        yield
    except OSError as error:
        raise StepFailed(
            "a file cannot be written",
            on=path,
            why=error.strerror or "",
            do="make room or give permission, and run it again",
        ) from None
