"""Both ways of reading a repository, to be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from irkit.sources.git.pack import Engine, open_database
from irkit.sources.git.pack.model import Database
from irkit.sources.git.run import repository_at


def opened(path: Path, engine: Engine, needles: Sequence[bytes] = ()) -> Database:
    repository = repository_at(path)
    assert repository is not None
    return open_database(repository, engine=engine, needles=needles)


def answers(path: Path, engine: Engine, needles: Sequence[bytes]) -> dict[str, Any]:
    """Everything a database says, in a form that compares."""
    database = opened(path, engine, needles)
    matches = list(database.search(needles))
    blobs = sorted({match.oid for match in matches if match.kind == "blob"})
    rows = [
        (
            row.blob, row.path, row.commits, [(c.oid, c.author_time, c.commit_time, c.parents) for c in row.added],
            [(c.oid, c.author_time, c.commit_time) for c in row.removed], row.refs, row.reachable,
        )
        for row in database.presence(blobs)
    ]  # fmt: skip
    messages = sorted({match.oid for match in matches if match.kind in ("commit", "tag")})
    told = {
        "engine": database.engine,
        "matches": sorted(matches),
        "presence": rows,
        "leading": {oid: database.leading(oid) for oid in messages},
        "tags": dict(database.tags()),
        "unknown": database.unknown_commits(),
        "skipped": sorted({one.what for one in database.skipped}),
    }
    database.close()
    return told


@pytest.fixture
def both() -> Callable[[Path, Iterable[bytes]], dict[str, Any]]:
    """Asks both engines, insists that they agree and are two, and gives the answer."""

    def ask(path: Path, needles: Iterable[bytes]) -> dict[str, Any]:
        sought = list(needles)
        fast, plain = answers(path, Engine.KERNEL, sought), answers(path, Engine.GIT, sought)
        assert fast.pop("engine") != plain.pop("engine")
        assert fast == plain
        return fast

    return ask
