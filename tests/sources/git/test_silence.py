"""A git that never comes back is ended; what it said before stays, what it was asked of is listed, the rest is read."""

from __future__ import annotations

import os
import shutil
import zlib
from collections.abc import Callable

import pytest

from irkit.errors import StepFailed
from irkit.sources.git import locate_in_repository, repository_at
from irkit.sources.git.answers import MOST_SILENCES
from irkit.sources.git.objects import Torn, contents, inventory
from irkit.sources.git.pack import Engine
from irkit.sources.git.run import Repository, git
from tests.needs import needs
from tests.sources.git.conftest import HUNTED, TOKEN, Repo
from tests.sources.git.packs import DELTA, header, oid_of, packed

SECRET = TOKEN.decode()
BOTH = [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))]


def reference(number: int, base: int) -> tuple[bytes, bytes]:
    return oid_of(number), header(7, 4) + oid_of(base) + zlib.compress(DELTA)


CIRCLES = {
    "two in a circle": ([reference(1, 2), reference(2, 1)], {1, 2}),
    "on itself": ([reference(1, 1)], {1}),
    "a chain into a circle": ([reference(1, 2), reference(2, 3), reference(3, 2)], {1, 2, 3}),
    "a circle closed by a distance": (
        [reference(1, 2), (oid_of(2), header(6, 4) + bytes([len(reference(1, 2)[1])]) + zlib.compress(DELTA))],
        {1, 2},
    ),
    "a chain that ends": (
        [(oid_of(1), header(3, 4) + zlib.compress(b"base")), reference(2, 1), reference(3, 2)],
        set(),
    ),
    "a base that is not here": ([reference(1, 9)], set()),
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("irkit.sources.git.run.PATIENCE", 0.4)


@pytest.fixture
def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """Circles are not seen beforehand: git turns in them until it is ended."""
    monkeypatch.setattr("irkit.sources.git.objects.circles", lambda _repository, _id_bytes: set())


def opened(repo: Repo) -> Repository:
    found = repository_at(repo.path)
    assert found is not None
    return found


@pytest.mark.parametrize("version", [1, 2], ids=["index version 1", "index version 2"])
@pytest.mark.parametrize("case", CIRCLES)
def test_deltas_in_a_circle_are_listed_and_never_asked_for(repo: Repo, case: str, version: int) -> None:
    entries, turning = CIRCLES[case]
    repo.commit("good", {"good.txt": SECRET})
    packed(repo.path / ".git/objects/pack", entries, version=version)
    found = locate_in_repository(repo.path, HUNTED)
    assert [one.path for one in found.occurrences] == ["good.txt"]
    listed = {one.what.split()[-1] for one in found.skipped if "circle" in one.why}
    assert listed == {oid_of(number).hex() for number in turning}


@pytest.mark.usefixtures("impatient", "unaware")
def test_a_git_that_turns_in_a_circle_is_ended_and_the_rest_is_read(repo: Repo) -> None:
    repo.commit("good", {f"{number}.txt": f"{number} {SECRET}" for number in range(200)})
    packed(repo.path / ".git/objects/pack", [reference(1, 2), reference(2, 1)])
    found = locate_in_repository(repo.path, HUNTED)
    assert len(found.occurrences) == 200
    assert {one.what.split()[-1] for one in found.skipped} == {oid_of(1).hex(), oid_of(2).hex()}
    assert all("was ended; look at it with" in one.why for one in found.skipped)


@pytest.mark.usefixtures("impatient", "unaware")
@pytest.mark.parametrize("size", [1, 100, 4095, 4096, 5000, 300_000])
def test_an_object_before_the_silence_is_whole_whatever_git_had_still_to_say(repo: Repo, size: int) -> None:
    """With --buffer, what git said last is lost when it is ended."""
    texts = [f"{number} {'x' * size}" for number in range(3)]
    good = [repo.git("hash-object", "-w", "--stdin", stdin=text) for text in texts]
    packed(repo.path / ".git/objects/pack", [reference(1, 1)])
    asked = [good[0], good[1], oid_of(1).hex(), good[2]]
    skipped: list[object] = []
    read = {oid: b"".join(pieces).decode() for oid, pieces in contents(opened(repo), asked, skipped)}  # type: ignore[arg-type]
    assert read == dict(zip(good, texts, strict=True))
    assert len(skipped) == 1


@pytest.mark.usefixtures("impatient", "unaware")
def test_after_some_silences_the_rest_is_counted_and_not_read(repo: Repo) -> None:
    good = [repo.git("hash-object", "-w", "--stdin", stdin=text) for text in "ab"]
    numbers = range(1, MOST_SILENCES + 1)
    packed(repo.path / ".git/objects/pack", [reference(number, number) for number in numbers])
    skipped: list[object] = []
    asked = [good[0], *(oid_of(number).hex() for number in numbers), good[1]]
    assert [oid for oid, _ in contents(opened(repo), asked, skipped)] == [good[0]]  # type: ignore[arg-type]
    assert f"1 objects from {good[1]} on" in str(skipped[-1])
    assert len(skipped) == MOST_SILENCES + 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", BOTH)
def test_a_named_pipe_in_the_place_of_an_object_is_not_waited_for(
    repo: Repo, ask: Callable[..., object], engine: Engine
) -> None:
    repo.commit("add", {f"{name}.env": f"{name} {SECRET}" for name in "abc"})
    file = repo.loose(repo.git("rev-parse", "HEAD:b.env"))
    file.unlink()
    os.mkfifo(file)
    found = ask(repo.path, engine)
    assert [one.path for one in found.occurrences] == ["a.env", "c.env"]  # type: ignore[attr-defined]
    assert any(file.name in one.what for one in found.skipped)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("place", ["objects/info/alternates", "packed-refs", "commondir", "shallow", "config"])
def test_a_named_pipe_among_gits_own_files_is_not_waited_for(repo: Repo, place: str) -> None:
    repo.commit("add", {"key.env": SECRET})
    file = repo.path / ".git" / place
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    found = locate_in_repository(repo.path, HUNTED)
    assert [one.path for one in found.occurrences] == ["key.env"]


@pytest.mark.usefixtures("impatient")
def test_a_command_that_does_not_come_back_fails_in_words(repo: Repo) -> None:
    (repo.path / ".git/config").unlink()
    os.mkfifo(repo.path / ".git/config")
    with pytest.raises(StepFailed, match="gave nothing for"):
        git(opened(repo), "rev-parse", "HEAD")


def test_many_damaged_objects_cost_no_whole_one(repo: Repo) -> None:
    repo.commit("add", {f"{number:03}": f"{number} {SECRET} " + os.urandom(300).hex() for number in range(120)})
    listed = [line.split() for line in repo.git("ls-tree", "HEAD").splitlines()]
    for _, _, oid, name in listed:
        if int(name) % 3:
            file = repo.loose(oid)
            file.chmod(0o600)
            file.write_bytes(file.read_bytes()[:200])
    found = locate_in_repository(repo.path, HUNTED)
    # What came before the damage is evidence too: the token stands before it in all of them.
    assert {one.path for one in found.occurrences} >= {f"{number:03}" for number in range(0, 120, 3)}
    assert {one.what.split()[-1] for one in found.skipped} == {oid for _, _, oid, name in listed if int(name) % 3}
    skipped: list[object] = []
    torn = 0
    for _, pieces in contents(opened(repo), inventory(opened(repo)).blobs, skipped):  # type: ignore[arg-type]
        try:
            b"".join(pieces)
        except Torn:
            torn += 1
    assert torn <= len(skipped) == 80


def test_a_pack_of_references_is_read_without_being_taken_for_circles(repo: Repo) -> None:
    text = "".join(f"line {number}\n" for number in range(2000))
    for number in range(5):
        repo.commit(f"change {number}", {"long.txt": text.replace(f"line {number * 300}\n", f"{SECRET}\n")})
    repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adf")
    shutil.rmtree(repo.path / ".git/objects/info", ignore_errors=True)
    found = locate_in_repository(repo.path, HUNTED)
    assert len({one.git.blob for one in found.occurrences if one.git}) == 5
    assert not found.skipped
