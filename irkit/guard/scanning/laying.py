"""Pieces of content laid out where a scanner can read them, a batch at a time, and what was found put back to where it came from.

A batch stands in a private folder, in memory where there is room, for as long as it is searched. Each piece keeps the name it has, which
some rules go by, unless all of them would pass it by for that (`irkit.sources.passed_by`). What is kept for people or programs in a
wrapping of its own (notebooks, recordings of terminals, logs of builds) is laid beside it as it reads.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from irkit.errors import StepFailed
from irkit.guard.scanning.findings import Found, Place
from irkit.model import Skipped
from irkit.sources.passed_by import another_name, for_its_name
from irkit.sources.private import private_folder
from irkit.sources.scanner import scan

if TYPE_CHECKING:
    from irkit.guard.gate import Leak
    from irkit.guard.known.windows import Windows
    from irkit.guard.spare.taking import Taken
    from irkit.redact import Redactor
    from irkit.sources.alerts import Alert
    from irkit.sources.archives.interface import Family

BATCH_BYTES = 256 << 20
BATCH_PIECES = 10_000
_PLAIN_NAME = re.compile(r"[^\x00-\x1f\x7f/]{1,200}")
_HEAD = 4096
_WRAPPED = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{|Script started on |_HiStOrY_V2_|\[?\d{4}-\d\d-\d\d")
"""How a notebook, a recording, a history or the log of a build begins, and much else that does not need looking at any closer."""
_LFS = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize \d+\n"
)
"""https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md"""
_LFS_MOST = 1024


@dataclass(frozen=True)
class Piece:
    """Content to look at, and where it is from. `chunks` are taken once, before those of the next piece."""

    place: Place
    chunks: Iterator[bytes]


@dataclass
class Search:
    """What is looked for, and what came of it so far. `rules`: by the scanner; `windows`: known credentials; `redactor`: a case's own.

    `lfs` is the folder in which Git LFS keeps content, None where there is none. `warm`: whether a scanner that waits may look at the
    first batch.
    """

    rules: bool = True
    windows: Windows | None = None
    redactor: Redactor | None = None
    lfs: Path | None = None
    warm: bool = False
    found: list[Found] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    pieces: int = 0

    def all_of(self, pieces: Iterable[Piece]) -> None:
        """Search every piece, however many there are: a batch of them is laid out at a time."""
        waiting = iter(pieces)
        try:
            first = next(waiting, None)
            while first is not None:
                first = self._batch(first, waiting)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise StepFailed(
                "what is searched could not be laid out", why=why, do="free room in TMPDIR, run this again"
            ) from None

    def _batch(self, first: Piece, waiting: Iterator[Piece]) -> Piece | None:
        with laid_out(self) as laid:
            piece: Piece | None = first
            while piece is not None and not laid.full:
                laid.put(piece)
                self.pieces += 1
                piece = next(waiting, None)
            self._look(laid)
        return piece

    def _look(self, laid: Laid) -> None:
        found = list(laid.found)
        if self.rules:
            for alert in laid.alerts():
                if alert.secret is not None:
                    place = laid.place(alert.where.path)
                    found.append(Found(place, alert.where.line, alert.rule, alert.secret.reveal()))
        if self.redactor:
            from irkit.guard.gate import gate

            gated = gate(laid.folder, self.redactor)
            self.leaks += [
                replace(one, file=Path(laid.place(_below(one.file, laid.folder)).file)) for one in gated.leaks
            ]
            self.skipped += [Skipped(laid.place(_below(one.what, laid.folder)).file, one.why) for one in gated.skipped]
        self.found += joined(found, laid.read)


@dataclass
class Laid:
    """A batch: files below `folder`; `aside` is for the scanner's report. `spare` is the scanner that waits in that folder, if one does."""

    search: Search
    folder: Path
    aside: Path
    spare: Taken | None = None
    found: list[Found] = field(default_factory=list)
    read: dict[Place, Family] = field(default_factory=dict)
    _places: dict[str, Place] = field(default_factory=dict)
    _names: Counter[str] = field(default_factory=Counter)
    _bytes: int = 0

    @property
    def full(self) -> bool:
        return self._bytes >= BATCH_BYTES or len(self._places) >= BATCH_PIECES

    def put(self, piece: Piece) -> None:
        """Write one piece, with what it reads as, and look for known credentials in it meanwhile."""
        target = self._write(piece.place, piece.chunks)
        with target.open("rb") as file:
            self.readings_of(piece.place, file)

    def alerts(self) -> tuple[Alert, ...]:
        """What the scanner found: the one that waits, or else one that is started now."""
        waited = self.spare.scan(len(self._places), self._bytes) if self.spare else None
        if waited is not None:
            return waited
        return scan(self.folder, self.aside)

    def readings_of(self, place: Place, file: BinaryIO) -> None:
        """What a file is as it reads, and what a pointer of Git LFS stands for."""
        head = file.read(_HEAD)
        if pointer := _LFS.fullmatch(head) if len(head) < _LFS_MOST else None:
            self._stored_elsewhere(place, pointer[1].decode())
        if _is_locked(head):
            self.search.skipped.append(Skipped(place.file, "not searched: what is in it is encrypted"))
        if _WRAPPED.match(head) or _is_coloured(head):
            self._readings(place, head, file)

    def place(self, path: str) -> Place:
        """Where a path below the folder is from, as the scanner writes it: what follows the file is within it."""
        folder, _, rest = path.removeprefix("./").partition("/")
        name, mark, within = rest.partition("/")
        place = self._places.get(f"{folder}/{name}")
        if place is None:  # a member of an archive, behind a mark of the scanner's own
            known = (one for one in self._places if path.removeprefix("./").startswith(one))
            beginning = max(known, key=len, default="")
            place = self._places.get(beginning, Place("content that could not be told apart"))
            mark, within = "!", path.removeprefix("./")[len(beginning) :].lstrip("!/:#|")
        return replace(place, within=place.within or within) if mark and within else place

    def _write(self, place: Place, chunks: Iterator[bytes], name: str = "") -> Path:
        name = name or _name(place)
        key = f"{self._names[name]}/{name}"
        self._names[name] += 1
        self._places[key] = place
        target = self.folder / key
        target.parent.mkdir(exist_ok=True)
        with target.open("wb") as file:
            if self.search.windows:
                for line, text, known in self.search.windows.within(self._kept(chunks, file.write)):
                    self.found.append(Found(place, line, "", text, known))
            else:
                for chunk in chunks:
                    self._bytes += file.write(chunk)
        return target

    def _kept(self, chunks: Iterator[bytes], write: Callable[[bytes], int]) -> Iterator[bytes]:
        for chunk in chunks:
            self._bytes += write(chunk)
            yield chunk

    def _readings(self, place: Place, head: bytes, file: BinaryIO) -> None:
        from irkit.sources.archives.history import HISTORY
        from irkit.sources.archives.interface import HELD, Source
        from irkit.sources.archives.notebooks import NOTEBOOK
        from irkit.sources.archives.terminal import BUILD_LOG, CAST, TERMINAL

        family = next((one for one in (NOTEBOOK, CAST, TERMINAL, BUILD_LOG, HISTORY) if one.is_one(head)), None)
        if family is None and _is_coloured(head):
            family = TERMINAL
        if family is None:
            return

        def note(_name: str, why: str) -> None:
            self.search.skipped.append(Skipped(place.file, why))

        source = Source.in_memory(head + file.read(HELD), place.file)
        try:
            for member in family.members(source, note):
                within = "" if family in (TERMINAL, BUILD_LOG, HISTORY) else member.name
                self.read[place] = family
                self._write(replace(place, within=within), member.pieces, "reading.txt")
        except Exception as error:
            note("", f"read only as it is, not as a {family.name}: {type(error).__name__}")

    def _stored_elsewhere(self, place: Place, oid: str) -> None:
        """The content behind a pointer of Git LFS, where this machine has it."""
        stored = self.search.lfs / oid[:2] / oid[2:4] / oid if self.search.lfs else None
        if stored is None or not stored.is_file():
            why = "not searched: its content is kept by Git LFS, and is not here"
            self.search.skipped.append(Skipped(place.file, why))
            return
        with stored.open("rb") as file:
            self._write(place, iter(lambda: file.read(1 << 20), b""))


@contextmanager
def laid_out(search: Search) -> Iterator[Laid]:
    """A batch, where a scanner waits if one does; one that was missed waits the next time."""
    warm, search.warm = search.warm and search.rules, False  # one for each search
    if warm:
        from irkit.guard.spare.taking import start, take

        if spare := take():
            with spare:
                yield Laid(search, spare.laid, spare.aside, spare)
            return
    with private_folder() as private:
        for name in ("laid", "aside"):
            (private / name).mkdir()
        yield Laid(search, private / "laid", private / "aside")
    if warm:
        start()


def joined(found: Sequence[Found], read: dict[Place, Family]) -> list[Found]:
    """What stands in a file and in its reading is one finding: the line is the file's, the place within it the reading's."""
    readings: dict[tuple[str, str, bytes], list[Found]] = {}
    for one in found:
        if one.place.within and replace(one.place, within="") in read:
            readings.setdefault((one.place.file, one.place.commit, one.value), []).append(one)
    kept, at = [], Counter[tuple[str, str, bytes]]()
    for one in sorted(found, key=lambda one: one.line or 0):
        key = (one.place.file, one.place.commit, one.value)
        if key not in readings:
            kept.append(one)
        elif not one.place.within:
            same = readings[key]
            kept.append(replace(one, place=same[min(at[key], len(same) - 1)].place))
            at[key] += 1
    for key, same in readings.items():
        kept += [replace(one, line=None) for one in same[at[key] :]]
    return kept


def _name(place: Place) -> str:
    """The last part of the path, when a file here can be called so and the rules do not pass it by for that."""
    name = place.file.rpartition("/")[2]
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        encoded = b""
    usable = encoded and len(encoded) < 200 and _PLAIN_NAME.fullmatch(name) and name not in (".", "..", ".git")
    if not usable:
        return "unnamed"
    return another_name(name) if for_its_name(name) else name


def _is_locked(head: bytes) -> bool:
    """A zip whose first member is encrypted (APPNOTE.TXT 4.4.4, bit 0)."""
    return head.startswith(b"PK\x03\x04") and len(head) > 6 and bool(head[6] & 1)


def _is_coloured(head: bytes) -> bool:
    """What a terminal was to show, and no program: a colour may stand within a value."""
    return b"\x1b[" in head and b"\0" not in head


def _below(file: str | Path, folder: Path) -> str:
    return os.fspath(file).removeprefix(f"{folder}/")
