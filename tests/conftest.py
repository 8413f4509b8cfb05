"""Fixtures that stand for a part of the world: throw-away gpg homes and git repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit import openpgp
from tests.leftovers import _as_it_was  # noqa: F401  (a fixture)
from tests.owners import make_owner, other, owner  # noqa: F401  (fixtures)
from tests.rehearsed import drill  # noqa: F401


@pytest.fixture(autouse=True)
def _own_world(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the developer's own git, gpg or Jupyter configuration."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    # What is compiled (a scanner's rules, the walk over packs) is compiled once for all tests of this run.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for name in ("GNUPGHOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_gpg_home() -> Iterator[Callable[[], Path]]:
    """Makes gpg homes under a short path (an agent's socket path has 108 characters at most) and stops their agents."""
    homes: list[Path] = []

    def make() -> Path:
        home = Path(tempfile.mkdtemp(prefix="irk-g-", dir="/tmp"))
        home.chmod(0o700)
        homes.append(home)
        return home

    yield make
    for home in homes:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def alice(make_gpg_home: Callable[[], Path], tmp_path: Path) -> tuple[Path, str]:
    """Somebody who can approve: her home and her key, whose public part lies in `alice.asc`."""
    home = make_gpg_home()
    key = openpgp.generate(home, "Alice <alice@example.com>")
    (tmp_path / "alice.asc").write_text(openpgp.export_public(home, key.primary))
    return home, key.primary


@pytest.fixture
def gpg_home(make_gpg_home: Callable[[], Path]) -> Path:
    return make_gpg_home()
