"""Both engines tell the same about every kind of repository git can make."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit.sources.git.objects import contents, inventory
from irkit.sources.git.pack import Engine, Match, native, scan
from irkit.sources.git.run import repository_at
from tests.needs import needs
from tests.sources.git.conftest import TOKEN, Repo
from tests.sources.git.pack.conftest import answers, opened
from tests.sources.git.test_presence import tangle

pytestmark = needs("python:numba")
Ask = Callable[..., dict[str, Any]]
LARGE_TEXT = "".join(f"line {number} of a long text that deltas well\n" for number in range(4000))


def loose(repo: Repo) -> None:
    return


def one_pack(repo: Repo) -> None:
    repo.git("repack", "-q", "-adk", "--depth=50", "--window=50")


def several_packs_and_loose(repo: Repo) -> None:
    repo.git("repack", "-q", "-d")
    repo.commit("more", {"deep/more.env": f"again {TOKEN.decode()}", "long.txt": LARGE_TEXT + "end"})
    repo.git("repack", "-q", "-d")
    repo.commit("last", {"deep/last.env": f"loose {TOKEN.decode()}"})


def same_objects_in_two_packs(repo: Repo) -> None:
    repo.git("repack", "-q", "-d")
    repo.git("repack", "-q", "-a", "-k")
    for pack in (repo.path / ".git/objects/pack").glob("*.pack"):
        pack.with_suffix(".keep").touch()
    repo.commit("more", {"more.env": f"again {TOKEN.decode()}"})
    repo.git("repack", "-q", "-a", "-d", "--pack-kept-objects")


def multi_pack_index(repo: Repo) -> None:
    several_packs_and_loose(repo)
    repo.git("multi-pack-index", "write")


def reference_deltas(repo: Repo) -> None:
    repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-q", "-adkf", "--depth=50")


@pytest.mark.parametrize("id_format", ["sha1", "sha256"])
@pytest.mark.parametrize(
    "stored",
    [loose, one_pack, several_packs_and_loose, same_objects_in_two_packs, multi_pack_index, reference_deltas],
)
def test_a_tangled_history_is_told_alike_however_it_is_stored(
    make_repo: Callable[..., Repo], both: Ask, stored: Callable[[Repo], None], id_format: str
) -> None:
    repo = make_repo("tangled", f"--object-format={id_format}")
    repo.commit("long", {"long.txt": LARGE_TEXT})
    tangle(repo)
    repo.commit("longer", {"long.txt": LARGE_TEXT.replace("line 77 ", f"line 77 {TOKEN.decode()} "), "x": "y"})
    repo.commit("longest", {"long.txt": LARGE_TEXT.replace("line 3999", f"line {TOKEN.decode()}"), "x": None})
    stored(repo)
    told = both(repo.path, [TOKEN, TOKEN[:9], b"deltas well\nline 77 ", b"Fake <fake@example.org>"])
    kinds = {match.kind for match in told["matches"] if match.needle == 0}
    assert kinds == {"blob", "commit", "tag"}
    assert len(told["presence"]) >= 8


def test_objects_of_an_alternate_count_as_the_repositorys_own(
    make_repo: Callable[..., Repo], both: Ask, tmp_path: Path
) -> None:
    origin = make_repo("origin")
    tangle(origin)
    origin.git("repack", "-q", "-d")
    subprocess.run(["git", "clone", "-q", "--shared", str(origin.path), str(tmp_path / "clone")], check=True)
    told = both(tmp_path / "clone", [TOKEN])
    assert {match.kind for match in told["matches"]} == {"blob", "commit", "tag"}


def test_a_token_that_appears_where_a_delta_joins_two_copies_is_found(repo: Repo, both: Ask) -> None:
    half = len(TOKEN) // 2
    joined = LARGE_TEXT[:90000] + TOKEN[:half].decode() + "\n" + "-" * 70 + TOKEN[half:].decode() + LARGE_TEXT[90000:]
    repo.commit("apart", {"long.txt": joined})
    repo.commit("joined by a deletion", {"long.txt": joined.replace("\n" + "-" * 70, "")})
    repo.git("repack", "-q", "-adf")
    assert "chain length = 1" in repo.git(
        "verify-pack", "-v", *map(str, (repo.path / ".git/objects/pack").glob("*.idx"))
    )
    assert [match.offset for match in both(repo.path, [TOKEN])["matches"]] == [90000]


def test_random_pieces_of_real_objects_are_found_wherever_git_finds_them(
    make_repo: Callable[..., Repo], both: Ask
) -> None:
    """Some 100,000 pairs of object and needle over a history of many small changes to long files."""
    repo, chance, pairs = make_repo("many"), random.Random(7), 0  # noqa: S311
    lines = [f"{chance.getrandbits(90):x} {number}\n" for number in range(600)]
    for number in range(160):
        for _ in range(4):
            at = chance.randrange(len(lines))
            lines[at : at + chance.randrange(3)] = [f"{chance.getrandbits(90):x} {number}\n"]
        repo.commit(
            f"change {number} {chance.getrandbits(60):x}", {"a/one.txt": "".join(lines), "two.txt": "".join(lines[:99])}
        )
    repo.git("repack", "-q", "-adf", "--depth=30", "--window=30")
    repository = repository_at(repo.path)
    assert repository is not None
    texts = [b"".join(pieces) for _, pieces in contents(repository, inventory(repository).blobs, [])]
    for least, most, count in ((8, 12, 300), (16, 64, 300), (5, 200, 700)):
        sought = set()
        while len(sought) < count:
            text, size = chance.choice(texts), chance.randrange(least, most)
            at = chance.randrange(max(1, len(text) - size))
            sought.add(text[at : at + size])
        pairs += len(both(repo.path, sorted(sought))["matches"])
    assert pairs >= 100_000


def test_zlib_answers_as_libdeflate_does(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    tangle(repo)
    repo.commit("long", {"long.txt": LARGE_TEXT, "empty": ""})
    repo.commit("longer", {"long.txt": LARGE_TEXT + TOKEN.decode()})
    repo.git("repack", "-q", "-adk")
    best = answers(repo.path, Engine.KERNEL, [TOKEN])
    monkeypatch.setattr(native, "_libraries", lambda: ((1, "libz.so.1"), (1, "libz.1.dylib")))
    native.inflater.cache_clear()
    try:
        assert native.inflater().kind == 1
        assert answers(repo.path, Engine.KERNEL, [TOKEN]) | {"engine": ""} == best | {"engine": ""}
    finally:
        native.inflater.cache_clear()


def test_more_occurrences_than_are_listed_are_said_to_be_skipped(repo: Repo, both: Ask) -> None:
    repo.commit("many", {"many.txt": "FAKEneedle " * 5000, "few.txt": "FAKEneedle"})
    repo.commit("more", {"many.txt": "FAKEneedle " * 5000 + "end"})
    repo.git("repack", "-q", "-adf")
    database = opened(repo.path, Engine.KERNEL)
    matches = list(database.search([b"FAKEneedle"]))
    assert len(matches) == 2001
    assert len([one for one in database.skipped if "more than" in one.why]) == 2


def test_an_object_too_large_for_the_kernel_is_read_through_git(
    repo: Repo, both: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from irkit.sources.git.pack import walk

    monkeypatch.setattr(walk, "LARGE", 50_000)
    repo.commit("large", {"long.txt": LARGE_TEXT + TOKEN.decode(), "small.txt": TOKEN.decode()})
    repo.commit("larger", {"long.txt": "x" + LARGE_TEXT + TOKEN.decode()})
    repo.git("repack", "-q", "-adf")
    assert len(both(repo.path, [TOKEN])["matches"]) == 3


def test_a_needle_that_is_too_short_for_the_kernel_goes_through_git(repo: Repo) -> None:
    repo.commit("short", {"a.txt": "xyz"})
    found = scan(repository_at(repo.path), [b"xyz"], engine=Engine.KERNEL)  # type: ignore[arg-type]
    assert (found.engine, len(found.matches)) == ("git cat-file", 1)


def test_a_small_repository_is_read_through_git_without_being_told(repo: Repo) -> None:
    oid = repo.commit(f"message {TOKEN.decode()}", {"a.txt": "a"})
    found = scan(repository_at(repo.path), [TOKEN])  # type: ignore[arg-type]
    assert found.engine == "git cat-file"
    assert found.matches == (Match(oid, "commit", 0, found.matches[0].offset),)


def test_commits_written_oddly_are_read_as_git_reads_them(repo: Repo, both: Ask) -> None:
    base = repo.commit("base", {"a.txt": TOKEN.decode()})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    odd = [
        f"tree {tree}\nparent {base}\nauthor A <a> 12 +0000\ncommitter B <b> 99999999999999 +0000\n\nodd",
        f"tree {tree}\nparent {base}\nauthor nobody\ncommitter B <b> -5 +0000\n\nodd",
        f"tree {tree}\nauthor A <a@example.org> 1700000000\ncommitter B <b@example.org> 1700000000\nencoding x\n\nodd",
        f"tree {tree}\nparent {'1' * 40}\nauthor A <a@example.org> 1 +0000\ncommitter B <b@example.org> 2 +0000\n\n",
    ]
    for number, text in enumerate(odd):
        oid = repo.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)
        (repo.path / f".git/refs/heads/odd{number}").write_text(oid + "\n")
    everything = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    repo.git("pack-objects", "-q", ".git/objects/pack/pack", stdin=everything + "\n")
    repo.git("prune-packed")
    told = both(repo.path, [TOKEN])
    assert told["presence"][0][2] == 5


def test_what_is_not_here_is_unknown_to_both(repo: Repo, both: Ask) -> None:
    tangle(repo)
    tree = repo.git("rev-parse", "HEAD:deep")
    (repo.path / ".git/objects" / tree[:2] / tree[2:]).unlink()
    assert both(repo.path, [TOKEN])["unknown"] > 0


def test_a_repository_without_objects_has_no_occurrences(repo: Repo, both: Ask) -> None:
    assert both(repo.path, [TOKEN])["matches"] == []


def test_an_index_of_garbage_is_left_to_git_and_said_so(repo: Repo) -> None:
    tangle(repo)
    repo.git("repack", "-q", "-ad")
    repo.commit("after", {"late.txt": TOKEN.decode()})
    for index in (repo.path / ".git/objects/pack").glob("*.idx"):
        index.chmod(0o644)
        index.write_bytes(b"garbage" * 500)
    database = opened(repo.path, Engine.KERNEL)
    assert {match.kind for match in database.search([TOKEN])} >= {"blob"}
    assert any("index" in one.why for one in database.skipped)
