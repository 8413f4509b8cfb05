"""What one `git cat-file` after another answers to a list of ids, whatever it dies of or hangs on meanwhile.

git dies on an object it cannot unpack, and is started again behind it. It may also fall silent (`run.PATIENCE`). With
`--buffer` the last answers are then still within it, and lost: it is started again without, where the next silence shows
which object it is that git does not come back from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from irkit.model import Skipped
from irkit.sources.git.run import Repository, Running, last_line, silence, start

MOST_SILENCES = 3
"""Objects git did not come back from, after which the rest is left unread: each of them costs `run.PATIENCE`."""


class Torn(Exception):
    """The object ended before its size: it is corrupt, and what came before its end is still evidence."""


class Answers:
    """One list of ids (all of one length), answered in their order. What cannot be read goes to `skipped`.

    `chunk`: a larger object comes in pieces of this many bytes. `complaints`: what git said on standard error.
    """

    def __init__(
        self, repository: Repository, oids: Sequence[str], mode: str, skipped: list[Skipped], chunk: int = 8 << 20
    ) -> None:
        self._repository, self._oids, self._mode, self._skipped = repository, oids, mode, skipped
        self._chunk = chunk
        self.complaints = b""
        self._at = 0
        self._buffered, self._silences = True, 0
        # The ids go through a file: with two pipes to one process, each side could wait for the other.
        self._wanted, self._errors = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        self._run = ExitStack()
        self._torn = False

    def lines(self) -> Iterator[bytes]:
        """One line for each id that git could say something of."""
        with self._wanted, self._errors, self._run:
            self._open()
            while self._at < len(self._oids):
                line = self._line()
                if line is not None:
                    self._at += 1
                    yield line
            self._ended()

    def contents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each id and its bytes in pieces, which must be taken before the next one is asked for; `Torn` when they end early."""
        with self._wanted, self._errors, self._run:
            self._open()
            while self._at < len(self._oids):
                line = self._line()
                if line is None:
                    continue
                header = line.split()
                if len(header) != 3:
                    self._skip("git cannot read it")
                    continue
                self._torn = False
                pieces = self._pieces(int(header[2]))
                yield self._oids[self._at], pieces
                try:
                    for _ in pieces:
                        pass
                except Torn:
                    pass
                self._behind()

    def _open(self) -> None:
        self._wanted.write("".join(f"{oid}\n" for oid in self._oids).encode())
        self._wanted.flush()
        if self._oids:
            self._begin()

    def _begin(self) -> None:
        """Starts git at the id that is next."""
        self._ended()
        self._wanted.seek(self._at * (len(self._oids[0]) + 1))
        self._errors.seek(0)
        self._errors.truncate()
        arguments = ["cat-file", self._mode, *(["--buffer"] if self._buffered else [])]
        running = start(self._repository, arguments, stdin=self._wanted, stderr=self._errors, apart=True)
        self._git: Running = self._run.enter_context(running)
        self._run.callback(self._git.process.kill)

    def _ended(self) -> None:
        """Ends git, and keeps what it complained of."""
        self._run.close()
        self._errors.seek(0)
        self.complaints += self._errors.read()

    def _line(self) -> bytes | None:
        """What git says of the next id; None when it says nothing, and then it has been started again."""
        line = self._git.out.readline()
        if line.endswith(b"\n"):
            return line
        if self._git.stalled:
            self._silent()
        else:
            self._git.process.wait()
            self._skip("git cannot read it", explained=True)
            self._again()
        return None

    def _pieces(self, size: int) -> Iterator[bytes]:
        taken = 0
        while taken < size and not self._torn:
            wanted = min(self._chunk, size - taken)
            piece = self._git.out.read(wanted)
            taken += len(piece)
            if piece:
                yield piece
            if len(piece) < wanted and not self._resumed(size, taken):
                self._torn = True
                raise Torn

    def _resumed(self, size: int, taken: int) -> bool:
        """Whether the same object, asked for again without `--buffer`, goes on where it stopped."""
        if not (self._git.stalled and self._buffered):
            return False
        self._buffered = False
        self._begin()
        header = self._git.out.readline().split()
        if len(header) != 3 or int(header[2]) != size:
            return False
        while taken:
            piece = self._git.out.read(min(self._chunk, taken))
            if not piece:
                return False
            taken -= len(piece)
        return True

    def _behind(self) -> None:
        """From the end of one object to the next."""
        end = b"" if self._torn else self._git.out.read(1)
        if end == b"\n":
            self._at += 1
        elif self._torn and self._git.stalled:
            self._silent()
        elif self._git.stalled and self._buffered:
            self._buffered = False
            self._at += 1  # this one is whole; it is the next that git does not come back from
            self._again()
        else:
            self._git.process.kill()
            self._git.process.wait()
            self._skip("its content is damaged", explained=True)
            self._again()

    def _silent(self) -> None:
        if self._buffered:
            self._buffered = False
        else:
            self._silences += 1
            self._skip(f"{silence()}; look at it with git cat-file on a copy, or search another clone")
            if self._silences == MOST_SILENCES and self._at < len(self._oids):
                why = f"not read, since git fell silent {MOST_SILENCES} times before; repair a copy with git fsck and search that"
                what = f"{self._repository.shown}: {len(self._oids) - self._at} objects from {self._oids[self._at]} on"
                self._skipped.append(Skipped(what, why))
                self._at = len(self._oids)
        self._again()

    def _again(self) -> None:
        if self._at < len(self._oids):
            self._begin()

    def _skip(self, why: str, *, explained: bool = False) -> None:
        if explained:
            self._errors.seek(0)
            complaints = self._errors.read()
            why = f"{why}: {last_line(complaints)}" if complaints else why
        self._skipped.append(Skipped(f"{self._repository.shown} object {self._oids[self._at]}", why))
        self._at += 1
