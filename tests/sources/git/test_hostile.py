"""Repositories made to mislead, to run something or to wear the reader out; and repositories that are merely broken."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import zlib
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

RUNS = (
    "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.gitProxy", "core.askPass", "core.alternateRefsCommand",
    "credential.helper", "diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge",
    "filter.evil.process", "merge.evil.driver", "uploadpack.packObjectsHook", "gpg.program", "gpg.ssh.defaultKeyCommand",
    "pager.cat-file", "pager.for-each-ref", "pager.log", "pager.rev-list", "alias.cat-file", "alias.for-each-ref",
    "sequence.editor", "remote.origin.uploadpack", "trailer.x.command", "interactive.diffFilter",
)  # fmt: skip


@both
def test_no_setting_of_the_repository_is_obeyed(repo: Repo, ask: Ask, tmp_path: Path, engine: Engine) -> None:
    repo.commit("add", {"key.env": SECRET, ".gitattributes": "* filter=evil diff=evil merge=evil\n"})
    repo.git("repack", "-q", "-ad")
    absent = repo.git("mktree", "--missing", stdin=f"100644 blob {'1' * 40}\tgone\n")
    repo.git("update-ref", "refs/tags/absent", absent)
    trace = tmp_path / "ran"
    command = tmp_path / "evil.sh"
    command.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n")
    command.chmod(0o700)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in (
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
        "pre-auto-gc",
        "proc-receive",
    ):
        (hooks / hook).symlink_to(command)
        (repo.path / ".git/hooks").mkdir(exist_ok=True)
        (repo.path / ".git/hooks" / hook).symlink_to(command)
    included = tmp_path / "included"
    for key in RUNS:
        repo.git("config", "--file", str(included), key, str(command))
    (repo.path / ".git/config.worktree").write_text(included.read_text())
    with (repo.path / ".git/config").open("a") as config:
        config.write(included.read_text() + f"[include]\n\tpath = {included}\n[core]\n\thooksPath = {hooks}\n")
        config.write(
            "[extensions]\n\tworktreeConfig = true\n\tpartialClone = origin\n[core]\n\trepositoryFormatVersion = 1\n"
        )
        config.write(f'[remote "origin"]\n\turl = ext::{command}\n\tpromisor = true\n')
        config.write(
            "[core]\n\tworktree = /\n\tpackedGitWindowSize = 1\n\tdeltaBaseCacheLimit = 1\n\tbigFileThreshold = 1\n"
        )
    found = ask(repo.path, engine)
    assert [one.path for one in found.occurrences] == ["key.env"]
    locate([repo.path], HUNTED)
    assert not trace.exists()


ANYWHERE = (
    b"/",
    b"/etc",
    b"../../../../..",
    b"/nowhere/at/all",
    b"objects",
    b".",
    b"#",
    b'"\\057"',
    b"\\",
    b"a\0b",
    b"\xff",
)


@both
@pytest.mark.parametrize("line", ANYWHERE)
def test_alternates_that_lead_anywhere_cost_nothing(repo: Repo, ask: Ask, engine: Engine, line: bytes) -> None:
    repo.commit("add", {"key.env": SECRET})
    repo.git("repack", "-q", "-ad")
    (repo.path / ".git/objects/info/alternates").write_bytes(line + b"\n")
    assert [one.path for one in ask(repo.path, engine).occurrences] == ["key.env"]


@both
def test_alternates_in_a_circle_are_followed_once(make_repo: Callable[..., Repo], ask: Ask, engine: Engine) -> None:
    one, two = make_repo("one"), make_repo("two")
    one.commit("one", {"one.env": f"{SECRET} one"})
    two.commit("two", {"two.env": f"{SECRET} two"})
    for mine, other in ((one, two), (two, one)):
        (mine.path / ".git/objects/info/alternates").write_text(f"{other.path}/.git/objects\n")
    assert sorted(found.path for found in ask(one.path, engine).occurrences) == ["one.env", "two.env"]


def elsewhere(repo: Repo, tmp_path: Path) -> Path:
    (tmp_path / "pointer").mkdir()
    (tmp_path / "pointer/.git").write_text(f"gitdir: {repo.path}/.git\n")
    return tmp_path / "pointer"


def relative(repo: Repo, tmp_path: Path) -> Path:
    (tmp_path / "pointer").mkdir()
    (tmp_path / "pointer/.git").write_text(f"gitdir: ../{repo.path.name}/.git")
    return tmp_path / "pointer"


def linked(repo: Repo, tmp_path: Path) -> Path:
    (tmp_path / "link").mkdir()
    (tmp_path / "link/.git").symlink_to(repo.path / ".git")
    return tmp_path / "link"


def bare(repo: Repo, tmp_path: Path) -> Path:
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "bare"))
    return tmp_path / "bare"


def mirror(repo: Repo, tmp_path: Path) -> Path:
    repo.git("clone", "-q", "--mirror", ".", str(tmp_path / "mirror.git"))
    return tmp_path / "mirror.git"


def git_directory(repo: Repo, _tmp_path: Path) -> Path:
    return repo.path / ".git"


def link_head(repo: Repo, _tmp_path: Path) -> Path:
    (repo.path / ".git/HEAD").unlink()
    (repo.path / ".git/HEAD").symlink_to("refs/heads/main")
    return repo.path


@both
@pytest.mark.parametrize("made", [elsewhere, relative, linked, bare, mirror, git_directory, link_head])
def test_wherever_the_git_directory_is_it_is_found(
    repo: Repo, ask: Ask, tmp_path: Path, engine: Engine, made: Callable[[Repo, Path], Path]
) -> None:
    repo.commit("add", {"key.env": SECRET})
    found = ask(made(repo, tmp_path), engine)
    assert [(one.path, one.live) for one in found.occurrences] == [("key.env", True)]
    assert not found.skipped


@pytest.mark.parametrize(
    "text", ["gitdir: /nowhere\n", "gitdir: .\n", "gitdir: \n", "gitdir: a\0b\n", "nonsense", "", "gitdir: /dev/zero"]
)
def test_a_gitdir_file_that_leads_nowhere_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/.git").write_text(text)
    (tmp_path / "tree/key.env").write_text(SECRET)
    found = locate([tmp_path / "tree"], HUNTED)
    assert [one.place for one in found.occurrences] == ["file"]
    assert any("no history could be read" in one.why for one in found.skipped)


BROKEN: dict[str, tuple[str, bytes | None]] = {
    "junk in a ref": ("refs/heads/bad", b"junk\n"),
    "an empty ref": ("refs/heads/bad", b""),
    "a ref to nothing": ("refs/heads/bad", b"1" * 40 + b"\n"),
    "a ref on itself": ("refs/heads/bad", b"ref: refs/heads/bad\n"),
    "a symbolic ref to nothing": ("refs/heads/bad", b"ref: refs/heads/none\n"),
    "a ref of no name git allows": ("refs/heads/a..b~^", b"2" * 40 + b"\n"),
    "junk in packed-refs": ("packed-refs", b"what is this\n"),
    "packed-refs cut short": ("packed-refs", b"# pack-refs with: peeled fully-peeled sorted \n123"),
    "HEAD of junk": ("HEAD", b"\xff\xfe\0junk"),
    "an empty HEAD": ("HEAD", b""),
    "HEAD to nothing": ("HEAD", b"ref: refs/heads/none\n"),
    "an index of junk": ("index", b"DIRC\xff\xff\xff\xff"),
    "a reflog of junk": ("logs/HEAD", b"\xff" * 90),
    "a shallow file of junk": ("shallow", b"junk\n"),
    "grafts": ("info/grafts", b"junk\n"),
    "a commit-graph of junk": ("objects/info/commit-graph", b"CGPH\xff\xff\xff\xff"),
    "a multi-pack-index of junk": ("objects/pack/multi-pack-index", b"MIDX\x01\x01\xff\xff"),
    "a configuration of junk": ("config", b"[core\n\0\0"),
}


@both
@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_costs_only_what_it_says(repo: Repo, ask: Ask, engine: Engine, case: str) -> None:
    repo.commit("add", {"key.env": SECRET})
    repo.git("branch", "kept")
    repo.git("repack", "-q", "-ad")
    name, content = BROKEN[case]
    file = repo.path / ".git" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.write_bytes(content or b"")
    [one] = ask(repo.path, engine).occurrences
    assert one.git is not None
    assert (one.path, one.live, one.git.commits) == ("key.env", True, 1)
    assert {"refs/heads/kept", "refs/heads/main"} <= set(one.git.refs)


@both
@pytest.mark.parametrize(
    "case", ["junk in a ref", "an empty ref", "junk in packed-refs", "packed-refs cut short", "HEAD of junk"]
)
def test_a_ref_that_cannot_be_read_is_listed(repo: Repo, ask: Ask, engine: Engine, case: str) -> None:
    repo.commit("add", {"key.env": SECRET})
    name, content = BROKEN[case]
    (repo.path / ".git" / name).write_bytes(content or b"")
    assert any("ref" in one.what for one in ask(repo.path, engine).skipped)


@both
def test_an_unreadable_object_costs_itself_alone(repo: Repo, ask: Ask, engine: Engine) -> None:
    repo.commit("add", {f"{name}.env": f"{name} {SECRET}" for name in "abc"})
    file = repo.loose(repo.git("rev-parse", "HEAD:b.env"))
    if os.geteuid():
        file.chmod(0)
    else:  # root may read everything; nobody may read a folder as a file
        file.unlink()
        file.mkdir()
    found = ask(repo.path, engine)
    assert [one.path for one in found.occurrences] == ["a.env", "c.env"]
    assert [file.name in one.what for one in found.skipped] == [True]


def huge(size: int, tail: bytes) -> bytes:
    """A loose blob of zeros and a tail. One compressed stretch of zeros stands for all of them; nobody hashes this much."""
    stretch = 1 << 20
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    head = packer.compress(b"blob %d\0" % (size + len(tail))) + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = packer.compress(bytes(stretch)) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(tail) + packer.flush()
    low, high = (
        zlib.adler32(b"blob %d\0" % (size + len(tail))) & 0xFFFF,
        zlib.adler32(b"blob %d\0" % (size + len(tail))) >> 16,
    )
    high = (
        high + size * low
    ) % 65521  # a zero adds nothing to the low half and the low half to the high one (RFC 1950)
    check = zlib.adler32(tail, high << 16 | low)
    return b"\x78\x9c" + head + zeros * (size // stretch) + end + check.to_bytes(4, "big")


@both
def test_a_blob_larger_than_memory_should_hold_is_read_in_pieces(
    repo: Repo, ask: Ask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of a gigabyte here, so that the test stays short; the bound on memory is far below it."""
    repo.commit("add", {"key.env": SECRET})
    size = 320 << 20
    oid = "ab" * 20
    file = repo.loose(oid)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(huge(size, SECRET.encode()))
    tree = repo.git("mktree", "--missing", stdin=f"100644 blob {oid}\thuge\n")
    repo.git("update-ref", "refs/heads/big", repo.git("commit-tree", "-m", "big", tree))
    largest: list[int] = []
    told = objects.contents

    def watched(*asked):  # type: ignore[no-untyped-def]
        for one, pieces in told(*asked):
            yield one, (largest.append(len(piece)) or piece for piece in pieces)

    monkeypatch.setattr(objects, "contents", watched)
    found = ask(repo.path, engine)
    assert {(one.path, one.offset) for one in found.occurrences} == {("key.env", 0), ("huge", size)}
    assert max(largest) <= objects.CHUNK


WRITER = """
    import subprocess, sys
    number = 0
    while True:
        number += 1
        who = ["git", "-c", "user.name=Fake", "-c", "user.email=fake@example.org"]
        open(f"more{number % 7}.txt", "w").write(f"{number} {'x' * 3000}")
        subprocess.run([*who, "add", "-A"], check=False, capture_output=True)
        subprocess.run([*who, "commit", "-qm", f"m{number}"], check=False, capture_output=True)
        if number % 3 == 0:
            subprocess.run([*who, "gc", "-q", "--prune=now"], check=False, capture_output=True)
        elif number % 3 == 1:
            subprocess.run([*who, "repack", "-qd"], check=False, capture_output=True)
        print(number, flush=True)
"""


@pytest.mark.parametrize(
    "engine",
    [
        Engine.GIT,
        pytest.param(Engine.KERNEL, marks=needs("python:numba")),
    ],
)
def test_a_repository_that_is_written_to_meanwhile_is_told_rightly(repo: Repo, ask: Ask, engine: Engine) -> None:
    """Commits, packing and pruning go on beside: what was there before is found, and live, every time."""
    for number in range(12):
        repo.commit(f"add {number}", {f"key{number}.env": f"{SECRET} {number}", "long.txt": "line\n" * 300 * number})
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER)], cwd=repo.path, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    try:
        for _ in range(6):
            assert writer.stdout.readline()
            found = ask(repo.path, engine)
            rows = {one.path: (one.live, len(one.git.added)) for one in found.occurrences if one.git}
            assert rows == {f"key{number}.env": (True, 1) for number in range(12)}
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
