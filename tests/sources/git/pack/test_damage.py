"""Damaged packs and indexes never crash, hang or mislead: what is still whole is found, what is not is listed."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irkit.errors import StepFailed
from irkit.sources.git.pack import Engine, Match
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo
from tests.sources.git.pack.conftest import opened
from tests.sources.git.packs import DELTA, header, oid_of, packed

pytestmark = needs("python:numba")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = Repo(tmp_path_factory.mktemp("pristine") / "repo")
    text = "".join(f"line {number} of a text\n" for number in range(900))
    for number in range(12):
        repo.commit(
            f"change {number}",
            {"a/long.txt": text.replace(f"line {number * 7} ", f"{TOKEN.decode()} "), "b": str(number)},
        )
    repo.git("tag", "-a", "v1", "-m", f"message {TOKEN.decode()}")
    repo.git("repack", "-q", "-adf")
    return repo.path / ".git"


def everything(git_dir: Path, engine: Engine) -> tuple[set[Match], list[str]]:
    database = opened(git_dir, engine)
    matches = set(database.search([TOKEN, b"a text\nline 7"]))
    database.presence(sorted({match.oid for match in matches if match.kind == "blob"}))
    return matches, [one.what for one in database.skipped]


def damaged(pristine: Path, tmp_path: Path, suffix: str, change: Callable[[bytes], bytes]) -> Path:
    copy = tmp_path / "copy.git"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(pristine, copy)
    file = next((copy / "objects/pack").glob(f"*{suffix}"))
    file.chmod(0o644)
    file.write_bytes(change(file.read_bytes()))
    return copy


_quiet = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
_places = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6)


def _overwritten(data: bytes, places: list[tuple[float, int]]) -> bytes:
    changed = bytearray(data)
    for place, value in places:
        changed[int(place * len(data))] = value
    return bytes(changed)


@_quiet
@given(places=_places, suffix=st.sampled_from([".pack", ".idx"]))
def test_bytes_overwritten_anywhere_cost_only_what_they_hit(
    pristine: Path, tmp_path_factory: pytest.TempPathFactory, places: list[tuple[float, int]], suffix: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("overwritten")
    copy = damaged(pristine, tmp_path, suffix, lambda data: _overwritten(data, places))
    try:
        whole, _ = everything(pristine, Engine.KERNEL)
        found, skipped = everything(copy, Engine.KERNEL)
    except StepFailed:
        return  # git cannot read the repository either, and says why
    finally:
        shutil.rmtree(tmp_path)
    # An index that gives an object another's place misleads git as well; nothing else may make up a match.
    assert suffix == ".idx" or found <= whole
    assert found >= whole or skipped or suffix == ".idx"


@_quiet
@given(length=st.floats(0, 1), suffix=st.sampled_from([".pack", ".idx"]))
def test_a_file_cut_off_anywhere_is_read_as_far_as_git_reads_it(
    pristine: Path, tmp_path_factory: pytest.TempPathFactory, length: float, suffix: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("cut")
    copy = damaged(pristine, tmp_path, suffix, lambda data: data[: int(length * len(data))])
    try:
        found, _ = everything(copy, Engine.KERNEL)
        assert found <= everything(pristine, Engine.KERNEL)[0]
    except StepFailed:
        return
    finally:
        shutil.rmtree(tmp_path)


CASES = {
    "a loop of two reference deltas": [
        (oid_of(1), header(7, 4) + oid_of(2) + zlib.compress(DELTA)),
        (oid_of(2), header(7, 4) + oid_of(1) + zlib.compress(DELTA)),
    ],
    "a delta on itself": [(oid_of(1), header(7, 4) + oid_of(1) + zlib.compress(DELTA))],
    "an offset delta on itself": [(oid_of(1), header(6, 4) + b"\0" + zlib.compress(DELTA))],
    "an offset before the pack": [
        (oid_of(1), header(6, 4) + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f" + zlib.compress(DELTA))
    ],
    "a base that is not here": [(oid_of(1), header(7, 4) + oid_of(9) + zlib.compress(DELTA))],
    "a huge declared size": [(oid_of(1), header(3, 1 << 50) + zlib.compress(b"x"))],
    "a size just under the limit and nothing behind it": [(oid_of(1), header(3, (64 << 20) - 1) + zlib.compress(b"x"))],
    "a size that never ends": [(oid_of(1), b"\xbf" + b"\xff" * 40)],
    "an unknown kind": [(oid_of(1), header(5, 4) + zlib.compress(b"four"))],
    "more bytes than declared": [(oid_of(1), header(3, 2) + zlib.compress(TOKEN))],
    "a stream that is none": [(oid_of(1), header(3, 9) + b"\0" * 30)],
    "a delta that copies past its base": [
        (oid_of(1), header(3, 4) + zlib.compress(b"base")),
        (oid_of(2), header(7, 7) + oid_of(1) + zlib.compress(bytes([4, 90, 0x91, 1, 90, 0, 0]))),
    ],
    "a delta of half an instruction": [
        (oid_of(1), header(3, 4) + zlib.compress(b"base")),
        (oid_of(2), header(7, 3) + oid_of(1) + zlib.compress(bytes([4, 90, 0xFF]))),
    ],
    "a delta that promises another size": [
        (oid_of(1), header(3, 4) + zlib.compress(b"base")),
        (oid_of(2), header(7, 4) + oid_of(1) + zlib.compress(bytes([4, 90, 0x90, 4]))),
    ],
    "a commit of rubbish": [(oid_of(1), header(1, 5) + zlib.compress(b"tree "))],
    "a tree of rubbish": [(oid_of(1), header(2, 9) + zlib.compress(b"40000 abc"))],
}


@pytest.mark.parametrize("case", CASES)
def test_nonsense_is_skipped_and_the_rest_is_answered(repo: Repo, case: str) -> None:
    repo.commit("good", {"good.txt": TOKEN.decode()})
    packed(repo.path / ".git/objects/pack", CASES[case])
    matches, skipped = everything(repo.path, Engine.KERNEL)
    assert len(matches) == 1
    if "rubbish" not in case:
        assert any("0101" in what or "0202" in what for what in skipped)


@pytest.mark.parametrize("case", CASES)
def test_both_ways_make_the_same_of_nonsense(repo: Repo, case: str) -> None:
    repo.commit("good", {"good.txt": TOKEN.decode()})
    packed(repo.path / ".git/objects/pack", CASES[case])
    told = {engine: everything(repo.path, engine) for engine in (Engine.KERNEL, Engine.GIT)}
    assert told[Engine.KERNEL][0] == told[Engine.GIT][0]
    assert len(told[Engine.GIT][0]) == 1
    listed = {engine: {what for what in whats if " object " in what} for engine, (_, whats) in told.items()}
    assert listed[Engine.KERNEL] == listed[Engine.GIT]
