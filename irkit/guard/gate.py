"""The final gate: does a secret stand in any file that is about to be handed out? It reads, it never changes anything.

Read: raw bytes of every file (databases too), names, targets of symbolic links, gzip streams and members of zip archives one level
deep, and notebooks with their texts joined. Not seen: pictures' pixels, archives in archives, encrypted or otherwise compressed data;
the finder (`irkit locate`) goes deeper and this is the last look, not the first.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from irkit.guard.notebook import joined
from irkit.model.evidence import Skipped
from irkit.redact import Redactor

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Leak:
    """A secret that stands in a file. `label` is which, `channel` is how ("raw", "name", "link", "gzip", "zip: ...", "notebook: ...")."""

    file: Path
    channel: str
    label: str


@dataclass(frozen=True)
class Gated:
    """What the gate saw: `leaks`, files that could not be read (`skipped`: not a no), and how many were read."""

    leaks: tuple[Leak, ...]
    skipped: tuple[Skipped, ...]
    files: int

    @property
    def clean(self) -> bool | None:
        """True: nothing found and everything read. False: a leak. None: nothing found in what could be read."""
        if self.leaks:
            return False
        return None if self.skipped else True


def gate(path: Path, redactor: Redactor, *, leave_out: Iterable[Path] = ()) -> Gated:
    """Look through a file or a folder. `leave_out` are folders that are not handed out (evidence kept under lock, say).

    A redactor that hides nothing can find nothing: the whole is then `skipped`.
    """
    if not redactor:
        return Gated(
            (), (Skipped(str(path), "no secret of this case could be resolved, so none could be looked for"),), 0
        )
    left_out = tuple(folder.absolute() for folder in leave_out)
    leaks: dict[Leak, None] = {}
    skipped: list[Skipped] = []
    files = 0
    for file in _walk(path.absolute(), left_out, lambda error: skipped.append(_unread(Path(error.filename), error))):
        files += 1
        try:
            leaks.update(dict.fromkeys(_leaks_of(file, redactor, skipped)))
        except OSError as error:
            skipped.append(_unread(file, error))
    return Gated(
        tuple(_named(leak, redactor) for leak in leaks),
        tuple(Skipped(redactor.text(one.what), redactor.text(one.why)) for one in skipped),
        files,
    )


def _named(leak: Leak, redactor: Redactor) -> Leak:
    """A file may be called after the secret, and a member of an archive too: what is reported must not repeat it."""
    return Leak(Path(redactor.text(str(leak.file))), redactor.text(leak.channel), leak.label)


def _walk(path: Path, left_out: tuple[Path, ...], failed: Callable[[OSError], None]) -> Iterator[Path]:
    if not path.is_dir() or path.is_symlink():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=failed):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if here / name not in left_out)
        yield from (here / name for name in folders if (here / name).is_symlink())
        yield from (here / name for name in sorted(names))


def _leaks_of(file: Path, redactor: Redactor, skipped: list[Skipped]) -> Iterator[Leak]:
    yield from (Leak(file, "name", label) for label in redactor.finds(os.fsencode(file.name)))
    kind = file.lstat().st_mode
    if stat.S_ISLNK(kind):
        yield from (Leak(file, "link", label) for label in redactor.finds(os.fsencode(os.readlink(file))))  # noqa: PTH115
        return
    if not stat.S_ISREG(kind):
        skipped.append(Skipped(str(file), "it is no regular file"))
        return
    with file.open("rb") as content:
        found = _labels(content, redactor)
        yield from (Leak(file, "raw", label) for label in found)
        content.seek(0)
        head = content.read(8)
    if head[:2] == b"\x1f\x8b":
        yield from _in_gzip(file, redactor, skipped)
    elif head[:4] == b"PK\x03\x04":
        yield from _in_zip(file, redactor, skipped)
    elif file.suffix == ".ipynb":
        yield from _in_notebook(file, redactor, skipped)
    elif opaque := _opaque(file, head):
        skipped.append(Skipped(str(file), f"{opaque}: not looked into here; irkit locate does"))


_OPAQUE = {
    b"PACK": "a git pack",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
    b"%PDF": "a PDF",
}
"""What hides its content from a look at the bytes: said, so that nothing found is not read as nothing there."""


def _opaque(file: Path, head: bytes) -> str:
    for magic, name in _OPAQUE.items():
        if head.startswith(magic):
            return name
    loose = (
        head[:1] == b"\x78" and len(file.parent.name) == 2 and re.fullmatch(r"[0-9a-f]{38}(?:[0-9a-f]{24})?", file.name)
    )
    return "a git object" if loose else ""


def _labels(content: IO[bytes] | gzip.GzipFile, redactor: Redactor) -> tuple[str, ...]:
    """In chunks that overlap by the longest needle."""
    found: dict[str, None] = {}
    kept = b""
    while chunk := content.read(_CHUNK):
        data = kept + chunk
        found.update(dict.fromkeys(redactor.finds(data)))
        kept = data[-(redactor.longest - 1) :] if redactor.longest > 1 else b""
    return tuple(found)


def _in_gzip(file: Path, redactor: Redactor, skipped: list[Skipped]) -> Iterator[Leak]:
    try:
        with gzip.open(file) as content:
            yield from (Leak(file, "gzip", label) for label in _labels(content, redactor))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        skipped.append(Skipped(str(file), f"broken gzip: {error}"))


def _in_zip(file: Path, redactor: Redactor, skipped: list[Skipped]) -> Iterator[Leak]:
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                try:
                    with archive.open(member) as content:
                        yield from (
                            Leak(file, f"zip: {member.filename}", label) for label in _labels(content, redactor)
                        )
                except (RuntimeError, NotImplementedError, zipfile.BadZipFile, EOFError, zlib.error) as error:
                    skipped.append(Skipped(f"{file}!{member.filename}", f"unreadable member: {error}"))
    except zipfile.BadZipFile as error:
        skipped.append(Skipped(str(file), f"broken zip: {error}"))


def _in_notebook(file: Path, redactor: Redactor, skipped: list[Skipped]) -> Iterator[Leak]:
    """What JSON escapes or lists of lines cut: every string of the notebook, and every list of strings as one."""
    try:
        notebook = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        skipped.append(Skipped(str(file), "it is called a notebook and is no JSON; its bytes were read"))
        return
    for where, text in _texts(notebook, ""):
        for label in redactor.finds(text.encode("utf-8", "surrogatepass")):
            yield Leak(file, f"notebook: {where}", label)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield where, key
            yield from _texts(item, f"{where}/{key}")
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield where, joined(value)
        else:
            for number, item in enumerate(value):
                yield from _texts(item, f"{where}/{number}")


def _unread(file: Path, error: OSError) -> Skipped:
    return Skipped(str(file), error.strerror or type(error).__name__)
