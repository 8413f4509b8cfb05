"""6,000 commits with merges, renames, removals and returns: the answer is that of listing the tree of every single one.

The listing knows nothing of irkit: git gives the objects, trees are taken apart here, and a sample of the listings is held
against `git ls-tree -r`.
"""

from __future__ import annotations

import random
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from irkit.model import Occurrence
from irkit.sources.git.pack import Engine
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo

COMMITS = 6_200
BOTH = [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))]
Row = dict[str, object]
Place = tuple[str, str]


def stream(chance: random.Random) -> Iterator[bytes]:
    """A history for `git fast-import`: https://git-scm.com/docs/git-fast-import#_input_format"""
    branches = [f"refs/heads/b{number}" for number in range(12)]
    files: dict[str, dict[str, bytes]] = {branch: {} for branch in branches}
    marks: dict[str, int] = {}
    names = [
        f"{'/'.join(chance.sample(['src', 'conf', 'deep', 'er'], chance.randrange(4)))}/f{n}".lstrip("/")
        for n in range(40)
    ]
    for mark in range(1, COMMITS + 1):
        branch = chance.choice(branches)
        when = 1_600_000_000 + mark * 60
        yield f"commit {branch}\nmark :{mark}\ncommitter Fake <fake@example.org> {when} +0100\ndata 2\nm\n".encode()
        yield from _begun(chance, branch, files, marks)
        others = chance.sample(sorted(marks), min(len(marks), chance.choice([0, 0, 0, 0, 1, 1, 2])))
        others = [other for other in others if other != branch]
        yield from (f"merge :{marks[other]}\n".encode() for other in others)
        for other in others if chance.random() < 0.7 else ():  # else all that they brought is dropped
            for name, text in files[other].items():
                if name not in files[branch] and chance.random() < 0.8:
                    yield from _written(files[branch], name, text)
        yield from _changed(chance, files[branch], names)
        yield b"\n"
        marks[branch] = mark
        if chance.random() < 0.01:
            yield f"reset refs/tags/light{mark}\nfrom :{mark}\n\n".encode()
        if chance.random() < 0.01:
            yield f"tag heavy{mark}\nfrom :{mark}\ntagger Fake <fake@example.org> {when} +0000\ndata 2\nt\n".encode()


def _begun(
    chance: random.Random, branch: str, files: dict[str, dict[str, bytes]], marks: dict[str, int]
) -> Iterator[bytes]:
    """The first parent. Now and then a branch begins anew elsewhere: what it was is lost, unless something else leads there."""
    if not marks:
        return
    if branch not in marks or chance.random() < 0.03:
        start = chance.choice(list(marks))
        files[branch] = dict(files[start])
        yield f"from :{marks[start]}\n".encode()
    else:
        yield f"from :{marks[branch]}\n".encode()


def _changed(chance: random.Random, mine: dict[str, bytes], names: list[str]) -> Iterator[bytes]:
    """Files written, removed, renamed, brought back."""
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        act, name = chance.random(), chance.choice(names)
        if act < 0.6 or not mine:
            held = TOKEN if chance.random() < 0.25 else b"clean"
            yield from _written(mine, name, held + b" %d" % chance.randrange(60))
        elif act < 0.8:
            gone = chance.choice(sorted(mine))
            del mine[gone]
            yield f"D {gone}\n".encode()
        else:
            old = chance.choice(sorted(mine))
            yield from _written(mine, name, text := mine[old])
            if old != name and mine[old] == text:
                del mine[old]
                yield f"D {old}\n".encode()


def _written(files: dict[str, bytes], name: str, text: bytes) -> Iterator[bytes]:
    files[name] = text
    yield f"M 100644 inline {name}\ndata {len(text)}\n".encode() + text + b"\n"


@dataclass
class Listed:
    """Every object, and per commit the places that it lists."""

    kinds: dict[str, str] = field(default_factory=dict)
    content: dict[str, bytes] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, set[Place]] = field(default_factory=dict)


def listing(repo: Path) -> Listed:
    told = Listed()
    everything = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=repo, capture_output=True, check=True
    ).stdout
    at = 0
    while at < len(everything):
        end = everything.index(b"\n", at)
        oid, kind, size = everything[at:end].decode().split()
        told.kinds[oid], told.content[oid] = kind, everything[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    for oid, kind in told.kinds.items():
        if kind == "commit":
            head = told.content[oid].split(b"\n\n", 1)[0].decode().split("\n")
            told.parents[oid] = [line[7:] for line in head if line.startswith("parent ")]
            told.places[oid] = set(_walked(told.content, head[0][5:], ""))
    return told


def _walked(content: dict[str, bytes], tree: str, prefix: str) -> Iterator[Place]:
    data, at = content[tree], 0
    while at < len(data):
        space, nul = data.index(b" ", at), data.index(b"\0", at)
        name, oid = prefix + data[space + 1 : nul].decode(), data[nul + 1 : nul + 21].hex()
        if data[at:space] == b"40000":
            yield from _walked(content, oid, name + "/")
        else:
            yield oid, name
        at = nul + 21


def expected(repo: Repo, told: Listed) -> dict[Place, Row]:
    blobs = {oid for oid, kind in told.kinds.items() if kind == "blob" and TOKEN in told.content[oid]}
    held = {commit: {place for place in places if place[0] in blobs} for commit, places in told.places.items()}
    reach = set(repo.git("rev-list", "--all").split())
    rows: defaultdict[Place, Row] = defaultdict(
        lambda: {"commits": 0, "added": set(), "removed": set(), "refs": set(), "reachable": False}
    )
    for commit, mine in held.items():
        before = {place for parent in told.parents[commit] for place in held[parent]}
        for place in mine:
            rows[place]["commits"] += 1  # type: ignore[operator]
            rows[place]["reachable"] |= commit in reach  # type: ignore[operator]
        for place in mine - before:
            rows[place]["added"].add(commit)  # type: ignore[attr-defined]
        for place in before - mine:
            rows[place]["removed"].add(commit)  # type: ignore[attr-defined]
    for line in repo.git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").splitlines():
        name, *oids = line.split()
        for place in held[oids[-1]]:
            rows[place]["refs"].add(name)  # type: ignore[attr-defined]
    return dict(rows)


def as_rows(occurrences: tuple[Occurrence, ...]) -> dict[Place, Row]:
    return {
        (one.git.blob, one.path): {
            "commits": one.git.commits, "added": {mark.commit for mark in one.git.added},
            "removed": {mark.commit for mark in one.git.removed}, "reachable": one.git.reachable,
            "refs": {*one.git.refs, *(f"refs/tags/{tag}" for tag in one.git.tags)},
        }
        for one in occurrences if one.git
    }  # fmt: skip


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, dict[Place, Row]]:
    repo = Repo(tmp_path_factory.mktemp("thousands") / "repo")
    repo.git("fast-import", "--quiet", "--force", stdin=b"".join(stream(random.Random(20))))  # noqa: S311
    told = listing(repo.path)
    for commit in random.Random(1).sample(sorted(told.places), 60):  # noqa: S311
        lines = repo.git("ls-tree", "-r", commit).splitlines()
        assert {(line.split()[2], line.split("\t")[1]) for line in lines} == told.places[commit]
    return repo, expected(repo, told)


@pytest.mark.parametrize("engine", BOTH)
def test_every_commit_addition_and_removal_is_that_of_the_listing(
    thousands: tuple[Repo, dict[Place, Row]], ask: Callable[[Path, Engine], Found], engine: Engine
) -> None:
    repo, rows = thousands
    found = ask(repo.path, engine)
    assert as_rows(found.occurrences) == rows
    assert not found.skipped


def test_the_history_is_as_tangled_as_it_is_said_to_be(thousands: tuple[Repo, dict[Place, Row]]) -> None:
    repo, rows = thousands
    merges = set(repo.git("rev-list", "--all", "--merges").split())
    commits = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split().count("commit")
    assert commits >= 6_000
    assert len(merges) > 1_000
    assert len(rows) > 500
    assert any(row["added"] & merges for row in rows.values())  # type: ignore[operator]
    assert any(row["removed"] & merges for row in rows.values())  # type: ignore[operator]
    assert any(len(row["added"]) > 3 for row in rows.values())  # type: ignore[arg-type]
    assert any(not row["reachable"] for row in rows.values())
