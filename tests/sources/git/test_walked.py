"""Reading only what the walk names gives the same answers as reading every object."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from irkit.sources.git import repository_at
from irkit.sources.git.pack import Engine
from irkit.sources.git.repository import locate_in_repository
from irkit.sources.git.walked import locate_by_walk
from irkit.sources.hunt import Hits
from tests.needs import needs
from tests.sources.git.conftest import HUNTED, TOKEN

ENGINES = [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))]


def in_tar(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        member = tarfile.TarInfo("inner.txt.gz")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def in_zip(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", data)
    return out.getvalue()


TEXT = b"filler\n" * 50 + b"token = " + TOKEN + b"\n"
FILES = {
    "plain.txt": TEXT,
    "hex.txt": TOKEN.hex().encode(),
    "split.py": b'token = "' + TOKEN[:12] + b'" + "' + TOKEN[12:] + b'"\n',
    "a.gz": gzip.compress(TEXT),
    "a.bz2": bz2.compress(TEXT),
    "a.xz": lzma.compress(TEXT),
    "a.lzma": lzma.compress(TEXT, lzma.FORMAT_ALONE),
    "a.zip": in_zip(TEXT),
    "a.tar": in_tar(gzip.compress(TEXT)),
    "app.pyz": b"#!/usr/bin/env python3\n" + in_zip(TEXT),
    "none.gz": gzip.compress(b"nothing here"),
    "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n",
}


@pytest.fixture
def told(repo):
    repo.commit("first", FILES)
    repo.git("checkout", "-qb", "side")
    repo.commit(f"run it with {TOKEN.decode()}", {"deep/er/file.txt": b"again " + TOKEN})
    repo.git("tag", "-a", "v1", "-m", f"made with {TOKEN.decode()}")
    repo.git("checkout", "-q", "main")
    repo.commit("remove", {"plain.txt": None, "a.zip": None})
    repo.git("merge", "-q", "--no-edit", "side")
    lost = repo.commit("lost", {"lost.txt": TOKEN})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("repack", "-adkq")
    assert lost
    return repo


@pytest.mark.parametrize("engine", ENGINES)
def test_the_walk_answers_as_reading_everything_does(told, engine):
    every = locate_in_repository(told.path, HUNTED)
    repository = repository_at(told.path)
    assert repository is not None
    walked = locate_by_walk(repository, Hits(HUNTED), None, engine)
    assert walked is not None
    assert set(walked.occurrences) == set(every.occurrences)
    assert set(walked.skipped) == set(every.skipped)
    assert {one.path.split("!")[0] for one in walked.occurrences} >= FILES.keys() - {"none.gz", "pointer"}
