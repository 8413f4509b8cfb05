"""Every kind of repository that git makes, and every place in one where a token can stand: both ways of reading tell it."""

from __future__ import annotations

import gzip
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.sources import locate
from irkit.sources.git import objects
from irkit.sources.git.pack import Engine
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

SECRET = TOKEN.decode()
BOTH = [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))]
Ask = Callable[[Path, Engine], Found]
both = pytest.mark.parametrize("engine", BOTH)


def told(found: Found) -> set[tuple[str, str]]:
    return {(one.place, one.path) for one in found.occurrences}


def written(repo: Repo, kind: str, text: str | bytes) -> str:
    return repo.git("hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=text)


HEADERS = {
    "an author's name": "tree {tree}\nauthor {token} <a@example.org> 1 +0000\ncommitter C <c@example.org> 1 +0000\n\nm\n",
    "an author's address": "tree {tree}\nauthor A <{token}@example.org> 1 +0000\ncommitter C <c@example.org> 1 +0000\n\nm\n",
    "a committer's name": "tree {tree}\nauthor A <a@example.org> 1 +0000\ncommitter {token} <c@example.org> 1 +0000\n\nm\n",
    "a signature": "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\n"
    "gpgsig -----BEGIN PGP SIGNATURE-----\n Comment: {token}\n \n iQ==\n -----END PGP SIGNATURE-----\n\nm\n",
    "an encoding": "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nencoding {token}\n\nm\n",
    "a merged tag": "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nmergetag object {tree}\n type commit\n"
    " tag v\n tagger T <t@e> 1 +0000\n \n {token}\n\nm\n",
    "a header nobody knows": "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nx-token {token}\n\nm\n",
    "a message without an end": "tree {tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\n\n{token}",
}


@both
@pytest.mark.parametrize("where", HEADERS)
def test_the_whole_of_a_commit_is_searched(repo: Repo, ask: Ask, engine: Engine, where: str) -> None:
    repo.commit("root", {"a": "a"})
    oid = written(repo, "commit", HEADERS[where].format(tree=repo.git("rev-parse", "HEAD^{tree}"), token=SECRET))
    repo.git("branch", "odd", oid)
    repo.git("repack", "-q", "-ad")
    [one] = ask(repo.path, engine).occurrences
    assert (one.place, one.path, one.live) == ("git-commit", oid, True)
    assert one.git is not None
    assert one.git.refs == ("refs/heads/odd",)


@both
def test_the_whole_of_a_tag_is_searched_whatever_it_names(repo: Repo, ask: Ask, engine: Engine) -> None:
    head = repo.commit("root", {"a": "a"})
    made = {}
    for name, kind, target in (
        ("commit", "commit", head),
        ("tree", "tree", repo.git("rev-parse", "HEAD^{tree}")),
        ("blob", "blob", repo.git("rev-parse", "HEAD:a")),
    ):
        text = f"object {target}\ntype {kind}\ntag of-{name}\ntagger {SECRET} <t@example.org> 1 +0000\n\nm\n"
        made[name] = written(repo, "tag", text)
        repo.git("update-ref", f"refs/tags/of-{name}", made[name])
    text = f"object {made['tree']}\ntype tag\ntag of-tag\ntagger T <t@example.org> 1 +0000\n\nm {SECRET}\n"
    repo.git("update-ref", "refs/tags/of-tag", written(repo, "tag", text))
    written(repo, "tag", f"object {head}\ntype commit\ntag lost\ntagger T <t@example.org> 1 +0000\n\n{SECRET}\n")
    repo.git("repack", "-q", "-adk")
    found = ask(repo.path, engine)
    assert {(one.path, one.git.tags, one.git.reachable) for one in found.occurrences if one.git} == {
        ("of-commit", ("of-commit",), True),
        ("of-tree", ("of-tag", "of-tree"), True),
        ("of-blob", ("of-blob",), True),
        ("of-tag", ("of-tag",), True),
        ("lost", (), False),
    }


@both
@pytest.mark.parametrize("ref", ["refs/pull/7/head", "refs/notes/x", "refs/stash", "refs/original/refs/heads/main",
                                 "refs/changes/01/1/1", "refs/keep-around/1", "refs/remotes/fork/main"])  # fmt: skip
def test_a_ref_of_any_kind_leads_to_what_it_names(repo: Repo, ask: Ask, engine: Engine, ref: str) -> None:
    repo.commit("root", {"a": "a"})
    lost = repo.commit("fork", {"key.env": SECRET})
    repo.git("update-ref", ref, lost)
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("pack-refs", "--all")
    repo.git("repack", "-q", "-adk")
    [one] = ask(repo.path, engine).occurrences
    assert one.git is not None
    assert (one.git.refs, one.git.reachable, one.live) == ((ref,), True, ref.startswith("refs/remotes/"))


@both
def test_a_ref_to_a_tree_or_a_blob_carries_it(repo: Repo, ask: Ask, engine: Engine) -> None:
    repo.commit("root", {"dir/key.env": SECRET, "other": f"other {SECRET}"})
    repo.git("update-ref", "refs/tags/tree", repo.git("rev-parse", "HEAD:dir"))
    repo.git("update-ref", "refs/tags/blob", repo.git("rev-parse", "HEAD:other"))
    rows = {one.path: one.git.tags for one in ask(repo.path, engine).occurrences if one.git}
    assert rows == {"dir/key.env": (), "key.env": ("tree",), "other": (), "": ("blob",)}


@both
def test_a_detached_head_and_that_of_a_worktree_are_live(repo: Repo, ask: Ask, tmp_path: Path, engine: Engine) -> None:
    repo.commit("root")
    repo.git("switch", "-q", "--detach")
    repo.commit("detached", {"main.env": SECRET})
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"), "main")
    (tmp_path / "tree" / "tree.env").write_text(f"{SECRET} tree")
    subprocess.run(["git", "add", "."], cwd=tmp_path / "tree", check=True)
    commit = ["git", "-c", "user.name=Fake", "-c", "user.email=fake@example.org", "commit", "-qm", "in the tree"]
    subprocess.run(commit, cwd=tmp_path / "tree", check=True)
    subprocess.run(["git", "bisect", "start"], cwd=tmp_path / "tree", check=True, capture_output=True)
    subprocess.run(["git", "bisect", "bad"], cwd=tmp_path / "tree", check=True, capture_output=True)
    for path in (repo.path, tmp_path / "tree"):
        rows = {one.path: (one.live, one.git.refs) for one in ask(path, engine).occurrences if one.git}
        assert rows == {
            "main.env": (True, ("HEAD",)),
            "tree.env": (True, ("worktrees/tree/HEAD", "worktrees/tree/refs/bisect/bad")),
        }


@both
def test_what_was_staged_or_overwritten_and_never_committed_is_found(repo: Repo, ask: Ask, engine: Engine) -> None:
    repo.commit("root", {"a": "a"})
    repo.write("key.env", SECRET)
    repo.git("add", "key.env")
    repo.write("key.env", "clean")
    repo.git("add", "key.env")
    repo.commit("amended", {"b": f"{SECRET} b"})
    repo.git("commit", "-q", "--amend", "-m", "amended again")
    repo.git("rm", "-q", "b")
    repo.git("commit", "-q", "--amend", "-m", "amended without")
    rows = {one.path: one.git.commits for one in ask(repo.path, engine).occurrences if one.git}
    assert rows == {"": 0, "b": 2}


NAMES = [b"caf\xe9", b"\xff\xfe", b"a\tb", b'quote"', b"back\\slash", b"-dash", b" lead", b"trail ", b"\xf0\x9f\x94\x91", b"40000 x",
         b"a\nb", b"\x01\x7f", b"con:aux", b"!bang"]  # fmt: skip


@both
def test_names_of_any_bytes_are_told_so_that_they_can_be_told_apart(repo: Repo, ask: Ask, engine: Engine) -> None:
    blobs = [repo.git("hash-object", "-w", "--stdin", stdin=f"{SECRET} {number}") for number in range(len(NAMES))]
    rows = b"".join(
        b"100644 blob " + oid.encode() + b"\t" + name + b"\0" for oid, name in zip(blobs, NAMES, strict=True)
    )
    inner = repo.git("mktree", "-z", stdin=rows)
    outer = repo.git("mktree", "-z", stdin=b"040000 tree " + inner.encode() + b"\tdir\xe9\0")
    repo.git("update-ref", "refs/heads/main", repo.git("commit-tree", "-m", "odd", outer))
    repo.git("repack", "-q", "-ad")
    paths = {one.path for one in ask(repo.path, engine).occurrences}
    assert paths == {f"dir\\xe9/{name.decode('utf-8', 'backslashreplace')}" for name in NAMES}
    "".join(paths).encode()


def stored_with_alternates(repo: Repo, tmp_path: Path) -> Path:
    middle, last = tmp_path / "middle", tmp_path / "last"
    subprocess.run(["git", "clone", "-q", "--shared", str(repo.path), str(middle)], check=True)
    subprocess.run(["git", "clone", "-q", "--shared", "--bare", str(middle), str(last)], check=True)
    return last


def stored_with_an_old_index(repo: Repo, _tmp_path: Path) -> Path:
    repo.git("-c", "pack.indexVersion=1", "repack", "-q", "-adf")
    return repo.path


def stored_with_every_index_git_writes(repo: Repo, _tmp_path: Path) -> Path:
    repo.git("repack", "-q", "-ad", "--write-midx", "--write-bitmap-index")
    repo.git("commit-graph", "write", "--reachable", "--changed-paths")
    return repo.path


def stored_in_many_packs(repo: Repo, _tmp_path: Path) -> Path:
    repo.git("-c", "pack.packSizeLimit=1m", "repack", "-q", "-adf")
    repo.git("repack", "-q", "-d", "--geometric=2", "--write-midx")
    repo.git("prune-packed")
    return repo.path


def stored_cruft(repo: Repo, _tmp_path: Path) -> Path:
    repo.git("repack", "-q", "-d", "--cruft")
    return repo.path


def stored_uncompressed(repo: Repo, _tmp_path: Path) -> Path:
    repo.git("-c", "core.compression=0", "repack", "-q", "-adF")
    return repo.path


def stored_as_promised(repo: Repo, tmp_path: Path) -> Path:
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "promised"
    subprocess.run(
        ["git", "clone", "-q", "--bare", "--filter=blob:limit=1m", f"file://{repo.path}", str(clone)], check=True
    )
    return clone


STORED = [stored_with_alternates, stored_with_an_old_index, stored_with_every_index_git_writes, stored_in_many_packs, stored_cruft,
          stored_uncompressed, stored_as_promised]  # fmt: skip


@both
@pytest.mark.parametrize("id_format", ["sha1", "sha256"])
@pytest.mark.parametrize("stored", STORED)
def test_however_it_is_stored_the_same_is_told(
    make_repo: Callable[..., Repo],
    ask: Ask,
    tmp_path: Path,
    engine: Engine,
    id_format: str,
    stored: Callable[[Repo, Path], Path],
) -> None:
    repo = make_repo("repo", f"--object-format={id_format}")
    bulk = os.urandom(400_000).hex()
    repo.commit("root", {"a/key.env": SECRET, "bulk": bulk})
    repo.commit("change", {"bulk": f"{bulk}\n{SECRET}\n", "z.gz": gzip.compress(TOKEN)})
    repo.commit(f"removed {SECRET}", {"a/key.env": None})
    expected = ask(repo.path, Engine.GIT)
    repo.git("reflog", "expire", "--expire=now", "--all")
    found = ask(stored(repo, tmp_path), engine)
    assert told(found) == told(expected)
    assert {path.partition("!")[0] for _, path in told(found)} >= {"a/key.env", "bulk", "z.gz"}
    marks = {(one.path, m.commit) for one in found.occurrences if one.git for m in (*one.git.added, *one.git.removed)}
    assert marks == {
        (one.path, m.commit) for one in expected.occurrences if one.git for m in (*one.git.added, *one.git.removed)
    }
    assert {one.why.partition(":")[0] for one in found.skipped} <= {"a partial clone"}


@both
def test_a_repository_without_a_configuration_is_read_for_what_it_is(
    make_repo: Callable[..., Repo], ask: Ask, engine: Engine
) -> None:
    repo = make_repo("repo", "--object-format=sha256")
    repo.commit("root", {"key.env": SECRET})
    for text in (None, "[core\nbroken", "[extensions]\n\tmadeUp = true\n[core]\n\trepositoryformatversion = 9\n"):
        config = repo.path / ".git/config"
        config.unlink(missing_ok=True)
        if text is not None:
            config.write_text(text)
        assert told(ask(repo.path, engine)) == {("git", "key.env")}


def test_what_a_clone_is_without_is_listed(repo: Repo, tmp_path: Path) -> None:
    repo.commit("root", {"key.env": SECRET})
    shared = tmp_path / "shared"
    subprocess.run(["git", "clone", "-q", "--shared", str(repo.path), str(shared)], check=True)
    repo.path.rename(tmp_path / "moved")
    found = locate([shared / ".git"], HUNTED)
    assert any(one.what == str(repo.path / ".git/objects") and "is not here" in one.why for one in found.skipped)
    moved = tmp_path / "moved/.git/objects/pack"
    subprocess.run(["git", "repack", "-qad"], cwd=tmp_path / "moved", check=True)
    [index] = moved.glob("*.idx")
    index.unlink()
    (moved / "tmp_pack_fake").write_bytes(b"PACK")
    found = locate([tmp_path / "moved" / ".git"], HUNTED)
    assert any(one.what.endswith(".pack") and "without its index" in one.why for one in found.skipped)
    assert any("tmp_pack_fake" in one.what for one in found.skipped)


def test_a_submodule_is_read_and_its_address_is_found_in_every_place_git_keeps_it(tmp_path: Path) -> None:
    library, outer = Repo(tmp_path / f"library-{SECRET}"), Repo(tmp_path / "outer")
    library.commit("add", {"inner.env": f"{SECRET} inner"})
    outer.commit("root")
    outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", "--name", "lib", str(library.path), "lib")
    outer.commit("submodule")
    found = locate([outer.path], HUNTED)
    files = {one.path.removeprefix(f"{outer.path}/") for one in found.occurrences if one.place == "file"}
    assert files >= {".gitmodules", ".git/config", ".git/modules/lib/config", "lib/inner.env"}
    assert {one.path for one in found.occurrences if one.place == "git"} == {".gitmodules", "inner.env"}


def test_what_forks_share_is_read_once_and_told_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = Repo(tmp_path / "all/origin")
    origin.commit(f"root {SECRET}", {"key.env": SECRET, "x.gz": gzip.compress(TOKEN), "other": "o"})
    origin.git("tag", "-a", "v1", "-m", f"tagged {SECRET}")
    forks = []
    for name in ("one", "two"):
        subprocess.run(["git", "clone", "-q", str(origin.path), str(tmp_path / f"all/{name}")], check=True)
        fork = Repo(tmp_path / f"all/{name}")
        fork.commit(f"own {name}", {f"{name}.env": f"{SECRET} {name}"})
        forks.append(fork)
    asked: list[str] = []
    real = objects.contents
    alone = {one.path: locate([one.path], HUNTED) for one in (origin, *forks)}

    def counted(repository, oids, skipped):  # type: ignore[no-untyped-def]
        asked.extend(oids)
        return real(repository, oids, skipped)

    monkeypatch.setattr(objects, "contents", counted)
    together = locate([one.path for one in (origin, *forks)], HUNTED)
    assert together.occurrences == tuple(dict.fromkeys(one for found in alone.values() for one in found.occurrences))
    kinds = origin.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines()
    searched = {line.split()[1] for line in kinds if not line.startswith("tree")}
    assert {oid: asked.count(oid) for oid in searched} == dict.fromkeys(searched, 1)


def test_a_damaged_copy_in_one_fork_does_not_hide_the_whole_one_in_another(tmp_path: Path) -> None:
    for name in ("first", "second"):
        repo = Repo(tmp_path / name)
        repo.commit("root", {"key.env": os.urandom(0).hex() + "x" * 9000 + SECRET})
    broken = Repo(tmp_path / "first")
    file = broken.loose(broken.git("rev-parse", "HEAD:key.env"))
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-30])
    found = locate([tmp_path / "first/.git", tmp_path / "second/.git"], HUNTED)
    assert str(tmp_path / "second/.git") in {one.git.repository for one in found.occurrences if one.git}
