"""Which blobs may be containers, told by their first bytes: the same by the kernel and through git, and never a miss."""

from __future__ import annotations

import io
import random
import tarfile
import zipfile
import zlib

import pytest

from irkit.sources.archives import FAMILIES
from irkit.sources.archives.first_bytes import LOOKED_AT, PREFIXES, FirstBytes, may_open
from irkit.sources.archives.interface import HEAD
from irkit.sources.archives.notebooks import NOTEBOOK
from irkit.sources.archives.office import OFFICE
from irkit.sources.archives.pdf import PAGE
from irkit.sources.archives.terminal import BUILD_LOG
from irkit.sources.archives.zips import PROGRAM
from irkit.sources.git import repository_at
from irkit.sources.git.pack import Engine, open_database
from tests.needs import needs
from tests.sources.git.conftest import TOKEN


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("inner.txt", b"inner")
    return out.getvalue()


def old_tar() -> bytes:
    """As tars were before `ustar`: only the checksum tells."""
    header = bytearray(tarfile.TarInfo("old.txt").tobuf(tarfile.USTAR_FORMAT))
    header[257:512] = bytes(255)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1024)


TEXT = b"".join(b"a line of text, number %d\n" % number for number in range(400))
YES = {
    **{f"prefix-{number}": prefix + TEXT for number, prefix in enumerate(PREFIXES)},
    "pdf": b"%PDF-1.7\n" + TEXT,
    "pdf-late": TEXT[:1000] + b"%PDF-1.4\n" + TEXT,
    "pdf-last-place": (b"x" * (LOOKED_AT - 5)) + b"%PDF-",
    "old-tar": old_tar(),
    "zlib": zlib.compress(b"blob 5\0inner"),
    "zstd-behind-a-skipped-frame": b"\x5a\x2a\x4d\x18\4\0\0\0skip\x28\xb5\x2f\xfd" + TEXT,
    "utf-16-le": TEXT.decode().encode("utf-16-le"),
    "utf-16-be": TEXT.decode().encode("utf-16-be"),
    "script-and-zip": b"#!/usr/bin/env python3\n" + TEXT + zipped(),
    "elf-and-zip": b"\x7fELF\2\1\1" + TEXT + zipped(),
    "exe-and-zip": b"MZ\x90" + TEXT + zipped(),
}
NO = {
    "text": TEXT,
    "empty": b"",
    "short": b"PK",
    "script": b"#!/bin/sh\n" + TEXT,
    "elf": b"\x7fELF\2\1\1" + TEXT,
    "exe": b"MZ\x90" + TEXT,
    "zip-behind-text": TEXT + zipped(),
    "pdf-too-late": (b"x" * (LOOKED_AT - 4)) + b"%PDF-1.4",
    "percents": b"%" * 2000,
}


@pytest.mark.parametrize(("name", "data", "answer"), [
    *((name, data, True) for name, data in YES.items()), *((name, data, False) for name, data in NO.items()),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_first_bytes(name, data, answer):
    watched = FirstBytes(iter((data[:700], data[700:])))
    assert b"".join(watched) == data
    assert watched.may_open() is answer


@pytest.mark.parametrize("engine", [Engine.GIT, pytest.param(Engine.KERNEL, marks=needs("python:numba"))])
def test_in_a_repository_whatever_they_are_stored_as(repo, engine):
    """Every blob in versions, so that most are deltas, of each other's kind too."""
    for version in range(4):
        grown = {name: data + b"release %d\n" % version * version for name, data in {**YES, **NO}.items()}
        repo.commit(f"version {version}", grown)
    repo.git("repack", "-adfq", "--depth=50")
    listed = (line.split() for line in repo.git("rev-list", "--objects", "--all").splitlines())
    names = {words[0]: words[1] for words in listed if len(words) == 2}
    database = open_database(repository_at(repo.path), needles=[TOKEN], engine=engine)
    found = {match.oid for match in database.search([TOKEN], containers=True) if match.needle == 1}
    database.close()
    assert {names[oid] for oid in found} == set(YES)


def test_what_a_family_recognises_is_never_missed():
    """Random first bytes around every prefix: what is opened elsewhere is opened here, readings of plain text apart."""
    dice = random.Random(7)  # noqa: S311 - nothing secret comes of it
    starts = [data[:600] for data in (*YES.values(), *NO.values())]
    for _ in range(3000):
        head = bytearray(dice.choice(starts).ljust(dice.randrange(8, HEAD), b"\0"))
        for _ in range(dice.randrange(4)):
            head[dice.randrange(len(head))] = dice.randrange(256)
        told = next((one for one in FAMILIES if one.is_one(bytes(head))), None)
        if told and told not in (NOTEBOOK, OFFICE, PAGE, BUILD_LOG, PROGRAM):
            assert may_open(bytes(head[:LOOKED_AT])), told.name
