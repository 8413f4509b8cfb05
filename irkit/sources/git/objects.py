"""The object database, read whole through `git cat-file`: every object, reachable or not.

This is the seam for any faster reader: `inventory` names the objects, `contents` gives their bytes, and
nothing else in this folder knows how they are stored. https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.errors import StepFailed
from irkit.model import Skipped
from irkit.sources.git.run import Repository, git, last_line, start

CHUNK = 8 << 20
"""A larger object comes in pieces of this many bytes."""


@dataclass
class Inventory:
    """The ids of all objects by kind, in the order of the packs, and those whose kind could not be read."""

    blobs: list[str] = field(default_factory=list)
    trees: list[str] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def inventory(repository: Repository) -> Inventory:
    """Lists every object with its kind. StepFailed when git cannot even list the names of the objects."""
    everything = ["cat-file", "--batch-all-objects", "--unordered", "--buffer"]
    code, lines, complaints = _lines(repository, [*everything, f"--batch-check={_KIND}"])
    if code:
        # git gives up at the first pack it cannot open. Asked name by name, it answers for all the others.
        code, names, complaints = _lines(repository, [*everything, "--batch-check=%(objectname)"])
        if code:
            raise StepFailed(
                "git could not list the objects",
                on=repository.shown,
                why=last_line(complaints),
                do="work on a copy and check it with git fsck",
            )
        _, lines, complaints = _lines(repository, ["cat-file", "--buffer", f"--batch-check={_KIND}"], names)
    found = Inventory()
    by_kind = {b"blob": found.blobs, b"tree": found.trees, b"commit": found.commits, b"tag": found.tags}
    for line in lines:
        oid, _, kind = line.partition(b" ")
        if kind in by_kind:
            by_kind[kind].append(oid.decode())
        else:
            found.skipped.append(_corrupt(repository, oid.decode(), "it cannot be read"))
    found.skipped += _pack_complaints(repository, complaints)
    return found


_KIND = "%(objectname) %(objecttype)"


def _lines(repository: Repository, arguments: list[str], asked: Sequence[bytes] = ()) -> tuple[int, list[bytes], bytes]:
    """Exit code, output lines, standard error; `asked` goes in line by line."""
    with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as errors:
        wanted.write(b"".join(line + b"\n" for line in asked))
        wanted.seek(0)
        with start(repository, arguments, stdin=wanted, stderr=errors) as process:
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
        errors.seek(0)
        return process.returncode, lines, errors.read()


def contents(
    repository: Repository, oids: Sequence[str], skipped: list[Skipped]
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each object's id and its bytes in pieces, in the order asked. One that cannot be read goes to `skipped`, the rest follow.

    The pieces of one object must be taken before the next object is asked for; what is left is passed over.
    A piece may raise `Torn` when the object turns out to be corrupt in its middle; it is in `skipped` then.
    """
    done = 0
    while done < len(oids):
        yield from (stream := _Stream(repository, oids[done:]))
        skipped += stream.skipped
        done += stream.done


class Torn(Exception):
    """The object ended before its size: it is corrupt, and what came before its end is still evidence."""


class _Stream:
    """One run of `git cat-file --batch`. git dies on an object it cannot unpack; `done` counts it as dealt with."""

    def __init__(self, repository: Repository, oids: Sequence[str]) -> None:
        self._repository, self._oids = repository, oids
        self.done = 0
        self.skipped: list[Skipped] = []

    def __iter__(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        # The ids go through a file: with two pipes to one process, each side could wait for the other.
        with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as errors:
            wanted.write("".join(f"{oid}\n" for oid in self._oids).encode())
            wanted.seek(0)
            with start(self._repository, ["cat-file", "--batch", "--buffer"], stdin=wanted, stderr=errors) as process:
                assert process.stdout is not None
                self._out = process.stdout
                try:
                    yield from self._objects()
                finally:
                    process.kill()
            errors.seek(0)
            self._explain(errors.read())

    def _objects(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        for oid in self._oids:
            self._torn = False
            header = self._out.readline().split()
            if len(header) != 3:
                self.done += 1
                self.skipped.append(_corrupt(self._repository, oid, "git cannot read it"))
                if header:
                    continue
                return
            self._left = int(header[2])
            pieces = self._pieces()
            yield oid, pieces
            self.done += 1
            try:
                for _ in pieces:
                    pass
            except Torn:
                pass
            if self._torn or self._out.read(1) != b"\n":
                self.skipped.append(_corrupt(self._repository, oid, "its content is damaged"))
                return

    def _pieces(self) -> Iterator[bytes]:
        while self._left:
            piece = self._out.read(min(CHUNK, self._left))
            if not piece:
                self._torn, self._left = True, 0
                raise Torn
            self._left -= len(piece)
            yield piece

    def _explain(self, complaints: bytes) -> None:
        if self.skipped and complaints:
            last = self.skipped[-1]
            self.skipped[-1] = Skipped(last.what, f"{last.why}: {last_line(complaints)}")


def refs(repository: Repository) -> dict[str, str]:
    """Every ref by full name, and each detached HEAD (`HEAD`, `worktrees/NAME/HEAD`), with the id it names. Loads no object."""
    named = dict(
        line.split(" ", 1)[::-1]
        for line in git(repository, "for-each-ref", "--format=%(objectname) %(refname)")
        .decode("utf-8", "backslashreplace")
        .splitlines()
    )
    for name, head in _heads(repository):
        text = head.read_text(errors="replace").strip() if head.is_file() else "ref:"
        if not text.startswith("ref:"):
            named[name] = text
    return named


def _heads(repository: Repository) -> Iterator[tuple[str, Path]]:
    """HEAD of the main work tree and of every linked one (gitrepository-layout, worktrees)."""
    yield "HEAD", repository.common / "HEAD"
    for head in sorted(repository.common.glob("worktrees/*/HEAD")):
        yield f"worktrees/{head.parent.name}/HEAD", head


def id_bytes(repository: Repository) -> int:
    """How long an object id is: 20 bytes, or 32 in a SHA-256 repository."""
    return 32 if git(repository, "rev-parse", "--show-object-format").strip() == b"sha256" else 20


def _corrupt(repository: Repository, oid: str, why: str) -> Skipped:
    return Skipped(f"{repository.shown} object {oid}", why)


def _pack_complaints(repository: Repository, complaints: bytes) -> list[Skipped]:
    """A damaged pack loses many objects that are then not even listed; git says so on standard error."""
    lines = dict.fromkeys(complaints.decode("utf-8", "replace").splitlines())
    return [Skipped(str(repository.shown), line) for line in lines if "pack" in line.lower() and "unpack" not in line]
