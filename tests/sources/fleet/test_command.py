"""`irkit locate` over a list and an organisation, and `irkit capture`, as typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.loopback import serving
from tests.sources.clocks.test_capture import GITHUB, answering
from tests.sources.fleet.test_fleet import NAMES, RESPONDER, bare, hosting
from tests.sources.git.conftest import TOKEN

__all__ = ["bare"]


@pytest.fixture
def typed(tmp_path: Path):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "FAKE_TOKEN": TOKEN.decode(), "FAKE_RESPONDER": RESPONDER, "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "irkit", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.mark.parametrize("workers", ["1", "2"])
def test_locate_searches_a_list_and_an_organisation(typed, bare: list[Path], tmp_path: Path, workers: str) -> None:
    (tmp_path / "list").write_text(f"{bare[0]}\n")
    with hosting(tmp_path / "served") as server:
        done = typed(
            "locate", "env:FAKE_TOKEN", str(bare[1]), "--list", str(tmp_path / "list"), "--organisation", "github:acme",
            "--base", server.url, "--responder", "env:FAKE_RESPONDER", "--workers", workers, "--format", "json",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        expected = [str(bare[0]), f"{server.url}/{NAMES[0]}.git", f"{server.url}/{NAMES[2]}.git"]
    assert [row["repository"] for row in found["occurrences"]] == expected
    assert found["skipped"] == []
    assert TOKEN.decode() not in done.stdout + done.stderr
    assert RESPONDER not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "nothing to search"),
        (("--list", "nowhere"), 2, "list cannot be read"),
        (("--organisation", "acme"), 2, "github:ORG"),
        (("--organisation", "github:acme", "--base", "http://127.0.0.1:9"), 1, "could not be listed"),
        (("--organisation", "github:acme", "--base", "http://code.example"), 2, "unencrypted"),
        ((".", "--responder", "ghp_FAKE"), 2, "as a reference"),
        ((".", "--workers", "0"), 2, "workers"),
        (("https://alice:FAKEpass@code.example/x",), 4, "address with a password in it"),
    ],
)
def test_bad_input_is_a_sentence(typed, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = typed("locate", "env:FAKE_TOKEN", *arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr
    assert "FAKEpass" not in done.stderr


def test_capture_saves_what_the_host_recorded_and_says_what_is_missing(typed, tmp_path: Path) -> None:
    with serving(answering({path: GITHUB[path] for path in GITHUB if "forks" not in path})) as server:
        arguments = ("capture", "o/r", "--base", server.url, "--responder", "env:FAKE_RESPONDER", "--out")
        done = typed(*arguments, str(tmp_path / "saved"))
        again = typed(*arguments, str(tmp_path / "saved"))
    assert done.returncode == 0, done.stderr
    assert "1 thing could not be read" in done.stderr
    assert len(list((tmp_path / "saved").iterdir())) == len(GITHUB) - 1
    assert again.returncode == 2
    assert RESPONDER not in "".join(path.read_text() for path in (tmp_path / "saved").iterdir())
