"""Containers made to do harm come to an end, within bounds, and what was left out is said."""

from __future__ import annotations

import gzip
import io
import os
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from irkit.model import Skipped
from irkit.sources.archives import walk
from irkit.sources.files import locate_in_files
from irkit.sources.hunt import Found
from tests.needs import needs
from tests.sources.archives.builders import HUNTED, TEXT, cpio, tarred, zipped

MIB = 1 << 20


def search(path: Path, data: bytes) -> Found:
    (path / "x").write_bytes(data)
    return locate_in_files(path / "x", HUNTED)


def reasons(found: Found) -> str:
    return " | ".join(one.why for one in found.skipped)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds, reached sooner."""
    monkeypatch.setattr(walk, "ALWAYS", 4 * MIB)


def bomb(size: int) -> bytes:
    return gzip.compress(bytes(size), 9)


def test_a_file_that_expands_a_thousandfold_is_left_with_a_reason(tmp_path: Path, small: None) -> None:
    found = search(tmp_path, bomb(64 * MIB))
    assert "expands to more than" in reasons(found)


def test_what_stands_before_the_end_of_a_bomb_is_found(tmp_path: Path, small: None) -> None:
    found = search(tmp_path, zipped({"a": TEXT, "b": bytes(64 * MIB), "c": TEXT}))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!a"]
    assert "the rest was not read" in reasons(found)


def test_layers_of_copies_are_counted_together(tmp_path: Path, small: None) -> None:
    data = zipped({str(number): bytes(MIB) for number in range(16)})
    for _ in range(3):
        data = zipped({str(number): data for number in range(16)})
    assert "expands to more than" in reasons(search(tmp_path, data))


def test_a_zip_that_contains_itself_ends_at_the_depth_bound(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(walk.DEPTH + 3):
        data = zipped({"r": data})
    found = search(tmp_path, data)
    assert [one.what for one in found.skipped] == [f"{tmp_path}/x" + "!r" * walk.DEPTH]
    assert "more than 12 containers" in reasons(found)


def test_twelve_levels_are_opened(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(walk.DEPTH):
        data = zipped({"r": data})
    assert [one.path for one in search(tmp_path, data).occurrences] == [f"{tmp_path}/x" + "!r" * walk.DEPTH]


def test_millions_of_nothings_are_counted_too(tmp_path: Path, small: None) -> None:
    found = search(tmp_path, gzip.compress(tarred({str(number): b"1" for number in range(2500)})))
    assert "expands to more than" in reasons(found)


def test_a_member_over_its_bound_is_cut_and_the_next_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MEMBER", MIB)
    found = search(tmp_path, tarred({"big": os.urandom(3 * MIB), "next": TEXT}))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!next"]
    assert "the rest of it was not read" in reasons(found)


def test_a_large_archive_in_an_archive_is_read_onward(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "HELD", 1000)
    inner = tarred({"pad": os.urandom(5000), "key.env": TEXT})
    found = search(tmp_path, tarred({"t.tar.gz": gzip.compress(inner), "z.zip": zipped({"p": os.urandom(5000)})}))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!t.tar.gz!key.env"]
    assert [one.what for one in found.skipped] == [f"{tmp_path}/x!z.zip"]
    assert "searched as it is and not opened" in reasons(found)


def test_a_header_that_claims_gigabytes_is_not_believed(tmp_path: Path) -> None:
    info = tarfile.TarInfo("@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 7 << 30
    found = search(tmp_path, gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + bytes(MIB)))
    assert "larger than any honest one" in reasons(found)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cpio", cpio({"a": TEXT}).replace(b"0000000b", b"7fffffff", 1)),
        ("rpm", b"\xed\xab\xee\xdb" + bytes(92) + b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", 2**31, 2**31)),
        ("ar", b"!<arch>\n" + b"a/".ljust(48) + b"9999999999`\n" + TEXT),
        ("gzip of nothing", b"\x1f\x8b\x08"),
        ("zip of nothing", b"PK\3\4"),
        ("notebook of brackets", b'{"cells":' + b"[" * 200_000 + b'"nbformat"'),
        ("cast of brackets", b'{"version": 2, "width": 1}\n' + b"[" * 200_000),
    ],
)
def test_lies_and_stubs_are_said(tmp_path: Path, name: str, data: bytes) -> None:
    assert search(tmp_path, data).skipped


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("lz4", b"\x04\x22\x4d\x18"),
        ("lzip", b"LZIP\1"),
        ("compress", b"\x1f\x9d\x90"),
        ("rar", b"Rar!\x1a\x07\1\0"),
        ("squashfs", b"hsqs"),
        ("compound file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("qcow", b"QFI\xfb"),
        ("Parquet", b"PAR1"),
    ],
)
def test_a_format_that_is_not_opened_is_searched_as_it_is_and_listed(tmp_path: Path, name: str, data: bytes) -> None:
    found = search(tmp_path, gzip.compress(data + bytes(100) + TEXT))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!content"]
    assert f"this {name}" in reasons(found).replace("disk of a virtual machine (qcow)", "qcow")
    assert "not opened" in reasons(found)


@needs("python:py7zr")
@pytest.mark.parametrize("names", [False, True])
def test_an_encrypted_7z_is_listed(tmp_path: Path, names: bool) -> None:
    import py7zr

    with py7zr.SevenZipFile(tmp_path / "x", "w", password="fake", header_encryption=names) as archive:
        archive.writestr(TEXT, "a")
    assert "encrypted" in reasons(locate_in_files(tmp_path / "x", HUNTED))


def test_an_encrypted_member_of_a_zip_is_listed_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"locked": TEXT, "open": TEXT}))
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(magic) + flags] |= 1
    found = search(tmp_path, bytes(data))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!open"]
    assert found.skipped == (Skipped(f"{tmp_path}/x!locked", "encrypted, so it could not be read"),)


def test_so_many_unread_parts_that_no_list_helps_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "NOTES", 2)
    found = search(tmp_path, tarred({str(number): b"\x1f\x8b\x08" for number in range(5)}))
    assert [one.what for one in found.skipped] == [f"{tmp_path}/x!0", f"{tmp_path}/x!1", f"{tmp_path}/x"]
    assert found.skipped[-1].why == "3 more parts of it were not read"


def test_a_broken_member_is_listed_and_the_others_are_read(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("broken", os.urandom(5000).hex())
        archive.writestr("good", TEXT)
    data = bytearray(made.getvalue())
    data[100:140] = bytes(40)
    found = search(tmp_path, bytes(data))
    assert [one.path for one in found.occurrences] == [f"{tmp_path}/x!good"]
    assert [one.what for one in found.skipped] == [f"{tmp_path}/x!broken"]


def test_behind_a_broken_header_of_a_tar_the_rest_is_read(tmp_path: Path) -> None:
    data = bytearray(tarred({"a": TEXT, "b": TEXT, "c": TEXT}))
    data[1024 + 10] ^= 255
    found = search(tmp_path, bytes(data))
    names = [one.path.removeprefix(f"{tmp_path}/") for one in found.occurrences]
    assert sorted(names) == ["x", "x!a", "x!c"]  # what no header leads to is found as it stands
    assert "no header" in reasons(found)


def test_nothing_is_written_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for kind in (tarred, zipped):
        search(tmp_path, kind({"../outside": TEXT, "/tmp/irkit-was-here": TEXT, "here": TEXT}))
    assert {path.name for path in tmp_path.rglob("*")} == {"home", "inner", "x"}
    assert not Path("/tmp/irkit-was-here").exists()


def test_memory_stays_within_bounds(tmp_path: Path) -> None:
    """A tar of 96 MiB in a gz, searched by a process of its own that may hold 4 MiB of it."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)
    info = tarfile.TarInfo("big")
    info.size = 96 * MIB
    with (tmp_path / "x").open("wb") as file:
        noise = os.urandom(MIB).hex().encode()
        for piece in (info.tobuf(), *(noise for _ in range(48)), tarred({"key.env": TEXT})):
            file.write(squeeze.compress(piece))
        file.write(squeeze.flush())
    program = (
        "import resource, sys; from pathlib import Path; from irkit.sources.files import locate_in_files\n"
        "from irkit.sources.archives import walk; from tests.sources.archives.builders import HUNTED\n"
        "walk.HELD = 4 << 20\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print([o.path for o in locate_in_files(Path(sys.argv[1]), HUNTED).occurrences])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "x")], capture_output=True, text=True, check=True
    )
    paths, grown = done.stdout.splitlines()
    assert paths == str([f"{tmp_path}/x!key.env"])
    assert int(grown) < 40 * 1024
