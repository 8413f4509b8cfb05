"""The object database, read whole through `git cat-file`: every object, reachable or not.

This is the seam for any faster reader: `inventory` names the objects, `contents` gives their bytes, and
nothing else in this folder knows how they are stored. https://git-scm.com/docs/git-cat-file#_batch_output
"""

from __future__ import annotations

import tempfile
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.errors import StepFailed
from irkit.model import Skipped
from irkit.sources.git.answers import Answers, Torn
from irkit.sources.git.circles import WHY, circles
from irkit.sources.git.folders import object_folders, pack_files
from irkit.sources.git.refs import refs
from irkit.sources.git.run import Repository, last_line, object_format, silence, start

__all__ = ["Inventory", "Torn", "contents", "id_bytes", "inventory", "refs"]


_REPLACED_AT_MOST = 10
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
    """Lists every object with its kind. StepFailed when git cannot even list the names of the objects.

    What stands in a pack that is replaced while git lists it may be missing from the list: it is then listed again.
    """
    for _ in range(_REPLACED_AT_MOST):
        before = _packs(repository)
        found = _inventory(repository)
        if _packs(repository) == before:
            return found
    why = "its packs were replaced again and again while it was listed, so objects may be missing: look again at a copy"
    found.skipped.append(Skipped(str(repository.shown), why))
    return found


def _packs(repository: Repository) -> set[Path]:
    return {pack for folder in object_folders(repository) for pack in pack_files(folder)}


def _inventory(repository: Repository) -> Inventory:
    found = Inventory()
    turning = circles(repository, id_bytes(repository))
    whole, lines, complaints = (False, [], b"") if turning else _listed(repository, _KIND)
    if not whole:
        # git gives up at the first pack it cannot open, or never comes back. Asked name by name, it answers for all the others.
        whole, names, more = _listed(repository, "%(objectname)")
        if not whole:
            raise StepFailed(
                "git could not list the objects",
                on=repository.shown,
                why=last_line(more),
                do="work on a copy and check it with git fsck",
            )
        oids = [oid for oid in (name.decode().strip() for name in names) if oid not in turning]
        answers = Answers(repository, oids, f"--batch-check={_KIND}", found.skipped)
        lines = list(answers.lines())
        complaints += more + answers.complaints
    by_kind = {b"blob": found.blobs, b"tree": found.trees, b"commit": found.commits, b"tag": found.tags}
    for line in lines:
        oid, _, kind = line.rstrip(b"\n").partition(b" ")
        if kind in by_kind:
            by_kind[kind].append(oid.decode())
        else:
            found.skipped.append(_corrupt(repository, oid.decode(), "it cannot be read"))
    found.skipped += [_corrupt(repository, oid, WHY) for oid in sorted(turning)]
    found.skipped += _pack_complaints(repository, complaints)
    return found


_KIND = "%(objectname) %(objecttype)"


def _listed(repository: Repository, asked: str) -> tuple[bool, list[bytes], bytes]:
    """Whether all objects are listed, the lines, and what git complained of."""
    arguments = ["cat-file", "--batch-all-objects", "--unordered", "--buffer", f"--batch-check={asked}"]
    with tempfile.TemporaryFile() as errors:
        with start(repository, arguments, stdin=None, stderr=errors, apart=True) as running:
            lines = running.out.readlines()
        errors.seek(0)
        complaints = errors.read()
    if running.stalled:
        complaints += silence().encode()
    return not running.stalled and not running.code, lines, complaints


def contents(
    repository: Repository, oids: Sequence[str], skipped: list[Skipped], turning: Container[str] | None = None
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each object's id and its bytes in pieces, in the order asked. One that cannot be read goes to `skipped`, the rest follow.

    The pieces of one object must be taken before the next object is asked for; what is left is passed over.
    A piece may raise `Torn` when the object turns out to be corrupt in its middle; it is in `skipped` then. `turning` are the
    objects whose deltas lead in a circle, where that is known already.
    """
    if not oids:
        return
    if turning is None:
        turning = circles(repository, len(oids[0]) // 2)
    skipped += [_corrupt(repository, oid, WHY) for oid in oids if oid in turning] if turning else []
    asked = [oid for oid in oids if oid not in turning] if turning else oids
    yield from Answers(repository, asked, "--batch", skipped, CHUNK).contents()


def id_bytes(repository: Repository) -> int:
    """How long an object id is: 20 bytes, or 32 in a SHA-256 repository."""
    return 32 if object_format(repository) == "sha256" else 20


def _corrupt(repository: Repository, oid: str, why: str) -> Skipped:
    return Skipped(f"{repository.shown} object {oid}", why)


def _pack_complaints(repository: Repository, complaints: bytes) -> list[Skipped]:
    """A damaged pack loses many objects that are then not even listed; git says so on standard error."""
    lines = dict.fromkeys(complaints.decode("utf-8", "replace").splitlines())
    return [Skipped(str(repository.shown), line) for line in lines if "pack" in line.lower() and "unpack" not in line]
