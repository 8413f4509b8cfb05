"""Commits, tags and trees, loose objects, bundles, alternates: what a repository holds as single files and objects."""

from __future__ import annotations

import subprocess
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from irkit.release import carried, tags
from irkit.sources.git import bundles, history
from irkit.sources.git.folders import alternates
from irkit.sources.git.pack.stray import loose_object
from irkit.sources.git.presence import Trees
from tests.fuzz.target import Target, folder, from_file

Git = Callable[..., bytes]

OID = "ab" * 20


def _history(data: bytes) -> None:
    history.commit(OID, data)
    history.tag(OID, data)


def _trees(data: bytes) -> None:
    for size in (20, 32):
        sought = [entry.oid for entry in history.tree_entries(data, size)][:1]
        trees = Trees([OID, "cd" * 20], sought, size)
        trees.add(OID, data)
        trees.places().of(OID)


def _carried(data: bytes) -> None:
    carried.in_tag(data)
    for form in ("sha1", "sha256"):
        carried.in_commit(data, form)
    for tag in carried.merged_tags(data):
        carried.in_tag(tag)
    carried.field(data, b"tagger")
    assert b"".join(tags.tag_parts(data)) == data


def _loose(data: bytes) -> None:
    read = from_file(lambda path: loose_object(str(path)), "loose")
    read(data)
    read(zlib.compress(data, 1))


def _alternates(data: bytes) -> None:
    (folder() / "info").mkdir(exist_ok=True)
    (folder() / "info" / "alternates").write_bytes(data)
    alternates(folder())


def seeds() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="irk-f-") as name:
        git = repository(Path(name))
        for oid, kind in (
            line.split()
            for line in git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").splitlines()
        ):
            data = git("cat-file", kind.decode(), oid.decode())
            yield data
            yield kind + b" %d\0" % len(data) + data
        git("bundle", "create", "--quiet", f"{name}/all.bundle", "--all", "HEAD")
        yield (Path(name) / "all.bundle").read_bytes()
        git("bundle", "create", "--quiet", f"{name}/part.bundle", "HEAD~1..HEAD", "--branches")
        yield (Path(name) / "part.bundle").read_bytes()
        for file in sorted((Path(name) / ".git/objects").glob("??/*"))[:3]:
            yield file.read_bytes()
    yield b"40000 a\0" + bytes.fromhex(OID) + b"100644 b\0" + bytes(20) + b"40000 c\0" + b"\xcd" * 20
    signed = b"-----BEGIN PGP SIGNATURE-----\n\nRkFLRQ==\n-----END PGP SIGNATURE-----\n"
    head = (
        b"tree "
        + b"1" * 40
        + b"\nparent "
        + b"2" * 40
        + b"\nauthor A <a@example.test> 1 +0000\ncommitter A <a@example.test> 1 +0000\n"
    )
    yield head + b"gpgsig " + signed.replace(b"\n", b"\n ").rstrip(b" ") + b"\nsubject\n"
    tag = b"object " + b"3" * 40 + b"\ntype commit\ntag v1\ntagger A <a@example.test> 1 +0000\n\nmessage\n" + signed
    yield tag
    yield head + b"mergetag " + tag.replace(b"\n", b"\n ").rstrip(b" ") + b"\nmerge\n"
    yield b'../other\n"\\057tmp\\n"\n# not this\n/nowhere\n'


def repository(path: Path) -> Git:
    """A small repository with a history, the same each time."""
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(path), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in
           (("NAME", "A"), ("EMAIL", "a@example.test"), ("DATE", "1772366400 +0100"))},
    }  # fmt: skip

    def git(*args: str, stdin: bytes = b"") -> bytes:
        command = ["git", "-C", str(path), *args]
        return subprocess.run(command, input=stdin, capture_output=True, check=True, env=environment).stdout

    git("init", "-q", "-b", "main")
    text = "".join(f"line {number}\n" for number in range(60))
    for number in range(3):
        (path / "long.txt").write_text(text.replace(f"line {number * 7}\n", f"FAKEtokenFAKEtoken{number}\n"))
        (path / "sub").mkdir(exist_ok=True)
        (path / "sub" / "b").write_text(str(number))
        git("add", "long.txt", "sub")
        git("commit", "-q", "-m", f"change {number}")
    git("tag", "-a", "v1", "-m", "message")
    return git


TARGET = Target(
    readers=(),
    never_refuse=(_history, _trees, _carried, _loose, _alternates, from_file(bundles.bundle_at, "bundle")),
    seeds=seeds,
    longest=8192,
)
