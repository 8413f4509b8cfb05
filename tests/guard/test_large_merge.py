"""A merge commit that brings 50,000 files, searched in batches: as a push, as a range, as staged; its size does not show in memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from irkit.guard.hooks.installing import install_receiving
from irkit.guard.scanning import laying
from tests.guard.known import known_file
from tests.guard.repositories import Repo, cloned, repository

pytestmark = pytest.mark.slow
FILES = 50_000
_MOST_MB = 400


def imported(work: Repo, secret: str) -> None:
    """Two histories, and their merge on `main`: half of the files come from the side, half are in the merge alone, the secret as well."""
    who = "committer n <e@example.com> 1767225600 +0000"
    lines = ["commit refs/heads/main", who, "data 1", "a", "M 100644 inline README", "data 1", "x", ""]
    lines += ["commit refs/heads/side", who, "data 1", "b"]
    lines += [part for number in range(FILES // 2) for part in _file(f"side/{number % 97}/{number}", f"side {number}")]
    lines += ["", "commit refs/heads/merged", who, "data 1", "c", "from refs/heads/main", "merge refs/heads/side"]
    for number in range(FILES):
        if number < FILES // 2:
            lines += _file(f"side/{number % 97}/{number}", f"side {number}")
        else:
            lines += _file(f"own/{number % 97}/{number}", f"own {number}" if number != FILES - 7 else secret)
    stream = "\n".join([*lines, "", "done", ""])
    subprocess.run(
        ["git", "fast-import", "--quiet", "--done", "--force"],
        cwd=work.folder,
        input=stream.encode(),
        check=True,
        capture_output=True,
    )


def _file(name: str, text: str) -> list[str]:
    return [f"M 100644 inline {name}", f"data {len(text)}", text]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Repo, tuple[str, ...], str]:
    place = tmp_path_factory.mktemp("large")
    with pytest.MonkeyPatch.context() as patch:
        file, secret = known_file(place, patch)
        key = os.environ["TEAM_KEY"]
    bare = repository(place / "origin.git", "--bare")
    work = cloned(bare.folder, place / "work")
    imported(work, secret)
    work.git("push", "-q", "origin", "main")
    (place / "team.key").write_text(key)
    options = ("--no-rules", "--known", str(file), "--known-key", f"file:{place / 'team.key'}")
    return bare, work, options, secret


def test_a_push_of_it_is_refused_with_its_place(world: tuple[Repo, Repo, tuple[str, ...], str]) -> None:
    bare, work, options, secret = world
    assert laying.BATCH_PIECES < FILES
    install_receiving(bare.folder, options)
    ended = work.git("push", "origin", "merged:main", check=False)
    assert ended.returncode != 0
    number = FILES - 7
    assert f"own/{number % 97}/{number}, line 1" in ended.stderr
    assert secret not in ended.stdout + ended.stderr
    bare.git("config", "core.hooksPath", os.devnull)


def test_of_a_range_and_staged_it_is_found_and_takes_no_memory(world: tuple[Repo, Repo, tuple[str, ...], str]) -> None:
    _, work, options, secret = world
    for wanted in (("--range", "main..merged"), ("--staged",)):
        if wanted == ("--staged",):
            work.git("read-tree", "merged")
        command = [sys.executable, "-m", "irkit", "guard", "scan", *wanted, *options, "--format", "json"]
        done = subprocess.run(
            [sys.executable, "-c", _MEASURED, *command], cwd=work.folder, capture_output=True, text=True, check=False
        )
        *_, largest = done.stderr.splitlines()
        assert done.stdout.count('"file"') == 1
        assert f"own/{(FILES - 7) % 97}/{FILES - 7}" in done.stdout
        assert secret not in done.stdout + done.stderr
        assert int(largest) < _MOST_MB


_MEASURED = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=False)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
"""
