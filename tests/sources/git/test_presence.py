"""The answer for a tangled history is the answer of `git ls-tree -r` on every single commit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pytest

from irkit.model import Occurrence
from irkit.sources.git import locate_in_repository
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

SECRET = TOKEN.decode()


def tangle(repo: Repo) -> dict[str, str]:
    """Side branches, a merge, an evil merge, a merge that removes, a stash, a tag, a lost commit, a secret that comes back."""
    named = {"root": repo.commit("root", {"a.txt": "clean\n", "deep/er/keep": "x"})}
    named["add"] = repo.commit("add", {"deep/er/secret.env": f"KEY={SECRET}\n", "copy.env": f"KEY={SECRET}\n"})
    repo.git("switch", "-q", "-c", "side")
    named["side"] = repo.commit("side", {"side.txt": f"one\ntwo {SECRET}\n"})
    named["side-gone"] = repo.commit("side drops it", {"side.txt": "one\n"})
    repo.git("switch", "-q", "main")
    named["remove"] = repo.commit("remove", {"deep/er/secret.env": None, "copy.env": None})
    named["again"] = repo.commit("again", {"copy.env": f"KEY={SECRET}\n"})
    repo.git("merge", "-q", "--no-commit", "side")
    repo.write("evil.txt", f"only in the merge {SECRET}")
    named["evil"] = repo.commit("evil merge")
    repo.git("switch", "-q", "-c", "other", named["root"])
    repo.commit("other", {"b.txt": "b"})
    repo.git("merge", "-q", "--no-commit", "-s", "ours", "main")
    named["drops"] = repo.commit("a merge that drops it")
    repo.git("switch", "-q", "main")
    repo.git("tag", "-a", "v1", "-m", f"release {SECRET}", named["side"])
    repo.git("tag", "plain", named["add"])
    named["message"] = repo.commit(f"subject\n\nwe lost {SECRET}")
    repo.write("a.txt", f"stashed {SECRET}")
    repo.git("stash", "-q")
    named["lost"] = repo.commit("lost", {"lost.txt": f"lost {SECRET}"})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("hash-object", "-w", "--stdin", stdin=f"never committed {SECRET}")
    return named


def brute_force(repo: Repo) -> dict[tuple[str, str], dict[str, object]]:
    """Per blob and path: commits, added, removed, refs, tags, reachable; by listing every commit there is."""
    everything = repo.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines()
    commits = [line.split()[1] for line in everything if line.startswith("commit")]
    trees: dict[str, set[tuple[str, str]]] = {}
    for commit in commits:
        listed = repo.git("ls-tree", "-r", commit).splitlines()
        trees[commit] = {(line.split("\t")[0].split()[2], line.split("\t")[1]) for line in listed}
    blobs = {
        oid for kind, oid in map(str.split, everything) if kind == "blob" and SECRET in repo.git("cat-file", "-p", oid)
    }
    reach = set(repo.git("rev-list", "--all").split())
    tips = [
        line.split()
        for line in repo.git("for-each-ref", "--format=%(refname) %(objectname) %(*objectname)").splitlines()
    ]
    rows: dict[tuple[str, str], dict[str, object]] = defaultdict(lambda: {"commits": 0})
    for place in {place for places in trees.values() for place in places if place[0] in blobs}:
        holding = {commit for commit in commits if place in trees[commit]}
        added, removed = set(), set()
        for commit in commits:
            parents = repo.git("rev-parse", f"{commit}^@").split()
            if commit in holding and not any(parent in holding for parent in parents):
                added.add(commit)
            if commit not in holding and any(parent in holding for parent in parents):
                removed.add(commit)
        held_by = {name for name, *oids in tips if oids[-1] in holding}
        rows[place] = {
            "commits": len(holding), "added": added, "removed": removed, "reachable": bool(holding & reach),
            "refs": {name for name in held_by if not name.startswith("refs/tags/")},
            "tags": {name.removeprefix("refs/tags/") for name in held_by if name.startswith("refs/tags/")},
        }  # fmt: skip
    return dict(rows)


def as_rows(occurrences: tuple[Occurrence, ...]) -> dict[tuple[str, str], dict[str, object]]:
    rows = {}
    for one in occurrences:
        if one.place == "git" and one.path:
            assert one.git is not None
            rows[one.git.blob, one.path] = {
                "commits": one.git.commits, "reachable": one.git.reachable,
                "added": {mark.commit for mark in one.git.added}, "removed": {mark.commit for mark in one.git.removed},
                "refs": set(one.git.refs), "tags": set(one.git.tags),
            }  # fmt: skip
    return rows


@pytest.mark.parametrize("packed", [False, True], ids=["loose objects", "one pack"])
@pytest.mark.parametrize("hash_", ["sha1", "sha256"])
def test_presence_equals_brute_force(make_repo: Callable[..., Repo], hash_: str, packed: bool) -> None:
    repo = make_repo("repo", f"--object-format={hash_}")
    tangle(repo)
    if packed:
        repo.git("repack", "-q", "-a", "-d", "-k")
    expected = brute_force(repo)
    found = locate_in_repository(repo.path, HUNTED)
    assert as_rows(found.occurrences) == expected
    assert len(expected) == 6
    assert not found.skipped


def test_the_tangle_read_by_a_person(repo: Repo) -> None:
    named = tangle(repo)
    by_path = {one.path: one for one in locate_in_repository(repo.path, HUNTED).occurrences if one.place == "git"}

    def marks(path: str) -> tuple[list[str], list[str]]:
        names = {oid: name for name, oid in named.items()}
        git = by_path[path].git
        assert git is not None
        return [names[m.commit] for m in git.added], [names[m.commit] for m in git.removed]

    assert marks("copy.env") == (["add", "again"], ["remove", "drops"])
    assert marks("deep/er/secret.env") == (["add"], ["remove", "evil"])
    assert marks("side.txt") == (["side"], ["side-gone"])
    assert marks("evil.txt") == (["evil"], ["drops"])
    assert marks("lost.txt") == (["lost"], [])
    lives = {path: one.live for path, one in by_path.items()}
    assert lives == {"copy.env": True, "deep/er/secret.env": True, "side.txt": False, "evil.txt": True,
                     "lost.txt": False, "a.txt": False, "": False}  # fmt: skip
    assert by_path["a.txt"].git is not None
    assert by_path["a.txt"].git.refs == ("refs/stash",)
    assert by_path["lost.txt"].git is not None
    assert not by_path["lost.txt"].git.reachable
    assert by_path["side.txt"].line == 2
    assert by_path["side.txt"].offset == 8
    assert by_path["side.txt"].git is not None
    assert by_path["side.txt"].git.tags == ("v1",)


def test_messages_are_places_too(repo: Repo) -> None:
    named = tangle(repo)
    found = {one.place: one for one in locate_in_repository(repo.path, HUNTED).occurrences}
    commit, tag = found["git-commit"], found["git-tag"]
    assert (commit.path, commit.live) == (named["message"], True)
    assert commit.git is not None
    assert "refs/heads/main" in commit.git.refs
    assert [mark.commit for mark in commit.git.added] == [named["message"]]
    assert tag.path == "v1"
    assert tag.git is not None
    assert tag.git.tags == ("v1",)
    assert tag.git.reachable
