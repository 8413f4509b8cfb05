"""A fresh signature on its way to its place: written beside, forced to disk, moved there whole, the one before it kept."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.openpgp import moving
from irkit.openpgp.content import Content, NotJudged
from irkit.openpgp.detached import Draft
from irkit.openpgp.verdicts import Verdict


@dataclass(frozen=True)
class ToSign:
    """One artifact, where its signature goes, the digest it must have, and where a signature that is replaced is kept.

    `armored` None: as the one that is replaced, armored when there is none.
    """

    artifact: Path
    out: Path
    sha256: str = ""
    keep: Path | None = None
    armored: bool | None = None

    def wants_armor(self) -> bool:
        return self.armored if self.armored is not None else is_armored(self.out)


@dataclass(frozen=True)
class Signed:
    """A good signature: digest of the bytes that were signed, where it stands, and who verified it.

    `fresh` is False when it stood there already. `kept` is where the one before it is.
    """

    sha256: str
    signature: Path
    verdicts: tuple[Verdict, ...]
    fresh: bool = True
    kept: Path | None = None


@dataclass(frozen=True)
class Failed:
    """Nothing was replaced, and why. `mendable`: not for what the artifact is, but for the disk, the agent or the passphrase."""

    artifact: Path
    error: IrkitError
    mendable: bool

    @classmethod
    def of(cls, item: ToSign, error: IrkitError) -> Failed:
        return cls(item.artifact, error, mendable=not isinstance(error, NotJudged | BadInput))


Witness = Callable[[ToSign, Path], tuple[Verdict, ...]]
"""One more who looks at an artifact and its fresh signature before that takes its place."""


@dataclass
class Slot:
    """One artifact on its way. `answer` is None until its end; `stream` is its open file once that is written beside its place."""

    item: ToSign
    content: Content | None = None
    draft: Draft | None = None
    digest: bytes = b""
    verdicts: tuple[Verdict, ...] = ()
    answer: Signed | Failed | None = None
    stream: int = -1
    forced: Future[list[OSError | None]] | None = None
    turn: int = 0

    @property
    def part(self) -> Path:
        return moving.part_of(self.item.out)

    def write(self, data: bytes) -> None:
        """Beside its place, not yet on disk for good."""
        assert self.content
        with moving.disk(self.item.out):
            self.stream = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            if os.write(self.stream, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fchmod(self.stream, self.content.mode)

    def place(self) -> Signed | Failed:
        """Move it into its place, unless the artifact is another one by now or the disk refused it."""
        assert self.forced
        assert self.content
        try:
            self.content.unchanged()
            with moving.disk(self.item.out):
                fault = self.forced.result()[self.turn]
                if fault is not None:
                    raise fault
                kept = _kept(self.item)
                self.part.replace(self.item.out)
                self._close()
        except IrkitError as error:
            return Failed.of(self.item, error)
        return Signed(self.content.sha256, self.item.out, self.verdicts, kept=kept)

    def drop(self) -> None:
        """Close it, and take away what did not come to its place."""
        if self.stream >= 0:
            self._close()
            self.part.unlink(missing_ok=True)

    def _close(self) -> None:
        os.close(self.stream)
        self.stream = -1


def is_armored(signature: Path) -> bool:
    """Whether this signature is; True when there is none."""
    try:
        with signature.open("rb") as stream:
            return stream.read(1).isascii()
    except OSError:
        return True


def force(streams: Sequence[int]) -> list[OSError | None]:
    """To disk for good; what it refuses, for each."""
    faults: list[OSError | None] = []
    for stream in streams:
        try:
            os.fsync(stream)
            faults.append(None)
        except OSError as error:
            faults.append(error)
    return faults


def force_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems refuse it; the files themselves are on disk
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _kept(item: ToSign) -> Path | None:
    """A second name for the signature that is about to be replaced: the same file, so that it costs nothing."""
    if item.keep is None or not item.out.exists():
        return None
    try:
        os.link(item.out, item.keep)
    except OSError:  # it is there already, or this file system has no links
        moving.keep_copy(item.out, item.keep)
    return item.keep
