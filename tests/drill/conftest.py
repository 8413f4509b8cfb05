"""One built world for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from irkit.drill.world import World, build

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = build(tmp_path_factory.mktemp("drill") / "world", now=NOW)
    yield built
    built.cleanup()


def value_of(world: World, name: str) -> str:
    """A secret of the drill, for comparing; made at run time, valid nowhere."""
    return (world.folder / "vault" / name).read_text().strip()
