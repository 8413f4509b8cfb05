"""A token planted in ten objects of one repository: all are found, and `git log -S` is asked beside to see what it misses."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.sources.git.pack import Engine, scan
from irkit.sources.git.run import repository_at
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo

SECRET = TOKEN.decode()
BOTH = [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))]
LINES = [f"line {number} of a file that many commits change a little\n" for number in range(3000)]


def plant(repo: Repo) -> dict[str, str]:
    """The ten objects by what they are. All blobs are different, so that each is an object of its own."""
    places: dict[str, str] = {}

    def blob(place: str, name: str) -> None:
        places[place] = repo.git("rev-parse", f"HEAD:{name}")

    half = len(SECRET) // 2
    apart = [*LINES[:1500], f"key = {SECRET[:half]}", "\n" + "-" * 60 + "\n", f"{SECRET[half:]}\n", *LINES[1500:]]
    repo.commit("root", {"long.txt": "".join(LINES), "readme": "clean\n"})
    repo.git("switch", "-q", "-c", "side")
    for number in range(3):
        repo.commit(f"side {number}", {"conf/side.env": f"KEY={SECRET}\nversion={number}\n"})
        blob(f"side branch, version {number}", "conf/side.env")
    repo.commit("side drops it", {"conf/side.env": None})
    repo.git("switch", "-q", "-c", "tip", "main")
    repo.commit("tip of another branch", {"deep/er/tip.json": f'{{"key": "{SECRET}"}}'})
    blob("tip of another branch", "deep/er/tip.json")
    repo.git("switch", "-q", "main")
    repo.commit("in two parts", {"long.txt": "".join(apart)})
    repo.commit("joined by a deletion", {"long.txt": "".join([*apart[:1501], *apart[1502:]])})
    blob("joined by a deletion", "long.txt")
    repo.commit("rewritten", {"long.txt": "".join(LINES)})
    repo.write("readme", f"stashed {SECRET}\n")
    repo.git("stash", "-q")
    places["stash"] = repo.git("rev-parse", "stash@{0}:readme")
    repo.commit("lost", {"lost/a.env": f"a {SECRET}", "lost/b.env": f"b {SECRET}"})
    blob("unreachable commit, first", "lost/a.env")
    blob("unreachable commit, second", "lost/b.env")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "refs/heads/main", "HEAD")
    places["commit message"] = repo.commit(f"how to\n\nlog in with {SECRET}")
    repo.git("tag", "-a", "v1", "-m", f"release made with {SECRET}")
    places["tag message"] = repo.git("rev-parse", "v1")
    repo.git("repack", "-q", "-a", "-d", "-k", "-f", "--depth=50", "--window=50")
    return places


def deltas(repo: Repo) -> set[str]:
    """The objects that the pack keeps as deltas (they have a depth and a base in `verify-pack -v`)."""
    [index] = (repo.path / ".git/objects/pack").glob("*.idx")
    rows = (line.split() for line in repo.git("verify-pack", "-v", str(index)).splitlines())
    return {row[0] for row in rows if len(row) == 7}


@pytest.mark.parametrize("engine", BOTH)
def test_all_ten_objects_are_found(repo: Repo, ask: Callable[[Path, Engine], Found], engine: Engine) -> None:
    places = plant(repo)
    assert len(set(places.values())) == 10
    assert places["joined by a deletion"] in deltas(repo)
    found = ask(repo.path, engine)
    assert {one.git.blob for one in found.occurrences if one.git} == set(places.values())
    assert len(found.occurrences) == 10
    assert not found.skipped
    repository = repository_at(repo.path)
    assert repository is not None
    told = scan(repository, [TOKEN], engine=engine)
    assert sorted(match.oid for match in told.matches) == sorted(places.values())
    assert (told.engine == "git cat-file") == (engine is Engine.GIT)


@pytest.mark.parametrize("engine", BOTH)
def test_each_place_says_what_a_responder_must_know(
    repo: Repo, ask: Callable[[Path, Engine], Found], engine: Engine
) -> None:
    places = {oid: place for place, oid in plant(repo).items()}
    told = {places[one.git.blob]: one for one in ask(repo.path, engine).occurrences if one.git}
    rows = {
        place: (one.path, one.live, one.git.reachable, one.git.commits, len(one.git.added), len(one.git.removed), one.git.refs)
        for place, one in told.items() if one.git and one.place == "git"
    }  # fmt: skip
    assert rows == {
        "side branch, version 0": ("conf/side.env", False, True, 1, 1, 1, ()),
        "side branch, version 1": ("conf/side.env", False, True, 1, 1, 1, ()),
        "side branch, version 2": ("conf/side.env", False, True, 1, 1, 1, ()),
        "tip of another branch": ("deep/er/tip.json", True, True, 1, 1, 0, ("refs/heads/tip",)),
        "joined by a deletion": ("long.txt", False, True, 1, 1, 1, ()),
        "stash": ("readme", False, True, 1, 1, 0, ("refs/stash",)),
        "unreachable commit, first": ("lost/a.env", False, False, 1, 1, 0, ()),
        "unreachable commit, second": ("lost/b.env", False, False, 1, 1, 0, ()),
    }
    message, tag = told["commit message"], told["tag message"]
    assert (message.place, message.live, tag.place, tag.path) == ("git-commit", True, "git-tag", "v1")


def test_git_log_finds_fewer(repo: Repo) -> None:
    """The comparison that the issue asks for: commits that change how often the token stands in a file, on refs alone."""
    places = plant(repo)
    logged = subprocess.run(
        ["git", "log", "--all", "--no-abbrev", "--raw", "--format=", f"-S{SECRET}"],
        cwd=repo.path, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    mentioned = {oid for oid in places.values() if oid in logged}
    assert len(mentioned) < 10
    missed = {place for place, oid in places.items() if oid not in mentioned}
    assert missed >= {"unreachable commit, first", "unreachable commit, second", "commit message", "tag message"}
