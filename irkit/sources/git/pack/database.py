"""Which way a repository is read: through the kernel where it can run and pays, through git everywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from irkit.model import Skipped
from irkit.sources.git.folders import object_folders, pack_bytes
from irkit.sources.git.objects import id_bytes
from irkit.sources.git.pack.model import Database, Match, Scan
from irkit.sources.git.pack.plain import PlainDatabase
from irkit.sources.git.presence import Presence
from irkit.sources.git.run import Repository

Progress = Callable[[str, int, int | None], None]

WORTH_LOADING = 4 << 20
"""Bytes of packs from which loading the kernel costs less than it saves (docs/adr/0003)."""
WORTH_COMPILING = 150 << 20
"""The same when it must be compiled first, once per machine."""
SHORTEST = 4
"""Shorter needles are sought through git: the kernel skips by the length of the shortest, and would look at every byte."""


class Engine(StrEnum):
    AUTO = "auto"
    KERNEL = "kernel"
    GIT = "git"


def open_database(
    repository: Repository,
    *,
    needles: Sequence[bytes] = (),
    engine: Engine = Engine.AUTO,
    progress: Progress | None = None,
) -> Database:
    """The repository's objects, by the quickest way that works here; all ways give the same answers.

    StepFailed when git cannot read the repository; ImportError or OSError when `engine` insists on a kernel that cannot run.
    """
    if engine is Engine.GIT or any(len(needle) < SHORTEST for needle in needles):
        return PlainDatabase(repository)
    if engine is Engine.AUTO and not pays(repository):
        return PlainDatabase(repository)
    from irkit.sources.git.pack.packed import PackedDatabase
    from irkit.sources.git.pack.packfile import Unreadable

    try:
        return PackedDatabase(repository, id_bytes(repository), progress)
    except Unreadable as why:
        database = PlainDatabase(repository)
        database.skipped.append(Skipped(str(repository.shown), f"{why}; what git makes of it was read"))
        return database
    except (ImportError, OSError, MemoryError):
        if engine is Engine.KERNEL:
            raise
        return PlainDatabase(repository)


def search(
    repository: Repository, needles: Sequence[bytes], *, skipped: list[Skipped], engine: Engine = Engine.AUTO
) -> Iterator[Match]:
    """Every occurrence of every needle in blobs, commits and annotated tags; what could not be read goes to `skipped`."""
    database = open_database(repository, needles=needles, engine=engine)
    yield from database.search(needles)
    skipped += database.skipped
    database.close()


def presence(
    repository: Repository, blobs: Sequence[str], *, skipped: list[Skipped], engine: Engine = Engine.AUTO
) -> list[Presence]:
    """Per blob and path: how many commits hold it, which added and removed it, the refs that hold it."""
    database = open_database(repository, engine=engine)
    found = database.presence(blobs)
    skipped += database.skipped
    database.close()
    return found


def scan(repository: Repository, needles: Sequence[bytes], *, engine: Engine = Engine.AUTO) -> Scan:
    """Both questions of one reading: where the needles stand, and which commits hold the blobs they stand in."""
    database = open_database(repository, needles=needles, engine=engine)
    found = tuple(database.search(needles))
    rows = database.presence(sorted({match.oid for match in found if match.kind == "blob"}))
    database.close()
    return Scan(database.engine, found, tuple(rows), tuple(dict.fromkeys(database.skipped)))


def pays(repository: Repository) -> bool:
    """Whether the kernel can run here and is quicker than git."""
    size = pack_bytes(repository)
    if size < WORTH_LOADING or not object_folders(repository):
        return False
    from irkit.sources.git.pack import native

    return native.installed() and (size >= WORTH_COMPILING or native.stored())
