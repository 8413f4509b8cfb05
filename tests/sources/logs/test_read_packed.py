"""Logs in every packing and in one another: the content decides, damage is said, and what comes before it is read."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irkit.sources.logs import content, inflate
from tests.sources.logs.test_read import FIVE, WHOLE, lines, read, trail

IDS = [f"id-{number}" for number in range(5)]
LINES = lines(FIVE)


def zstd(data: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    packed: bytes = zstandard.ZstdCompressor().compress(data)
    return packed


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(**members: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstd,
    "xz": lzma.compress,
    "bzip2": lambda data: bz2.compress(data, 1),
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zip": lambda data: zipped(log=data),
    "tar": lambda data: tarred(log=data),
    "tar.gz": lambda data: gzip.compress(tarred(log=data)),
    "tar.xz": lambda data: lzma.compress(tarred(log=data)),
    "zip of gzip": lambda data: zipped(log=gzip.compress(data)),
    "tar of gzip": lambda data: tarred(log=gzip.compress(data)),
    "zip of tar of zip of gzip": lambda data: zipped(a=tarred(b=zipped(c=gzip.compress(data)))),
    "gzip of gzip": lambda data: gzip.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("shape", [WHOLE, LINES, WHOLE.decode().encode("utf-16")], ids=["document", "lines", "UTF-16"])
@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS)
def test_every_packing_gives_the_same_events(tmp_path: Path, pack: Callable[[bytes], bytes], shape: bytes) -> None:
    (tmp_path / "named-like-nothing.txt").write_bytes(pack(shape))
    reading, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert (reading.skipped, reading.texts) == ([], 1)


def test_members_of_an_archive_are_named_and_told_apart(tmp_path: Path) -> None:
    (tmp_path / "outer.zip").write_bytes(zipped(a=lines(FIVE[:2]), b=gzip.compress(lines(FIVE[2:])), c=b"no log"))
    reading, found = read(tmp_path)
    outer = str(tmp_path / "outer.zip")
    assert [(event.event_id, event.file, event.line) for event in found] == [
        ("id-0", f"{outer}!a", 1), ("id-1", f"{outer}!a", 2),
        ("id-2", f"{outer}!b", 1), ("id-3", f"{outer}!b", 2), ("id-4", f"{outer}!b", 3),
    ]  # fmt: skip
    assert [one.what for one in reading.skipped] == [f"{outer}!c"]
    assert reading.texts == 2


MANY = [trail(number) | {"eventID": f"id-{number}", "requestID": f"{number * 7919:x}"} for number in range(3000)]


@pytest.mark.parametrize("kind", ["gzip", "xz", "bzip2", "zstd", "tar.gz", "zip of gzip"])
def test_what_comes_before_a_break_is_read(tmp_path: Path, kind: str) -> None:
    noisy = random.Random(3)  # noqa: S311
    many = [one | {"requestID": f"{noisy.getrandbits(256):064x}"} for one in MANY]
    data = PACKINGS[kind](lines(many))
    if kind == "zip of gzip":
        broken = gzip.compress(lines(many))
        data = zipped(log=broken[: len(broken) // 2])
    else:
        data = data[: len(data) * 2 // 3]
    (tmp_path / "log").write_bytes(data)
    reading, found = read(tmp_path)
    ids = [event.event_id for event in found]
    assert ids == [f"id-{number}" for number in range(len(ids))]
    assert 500 < len(ids) < 2900
    assert any("ends early" in one.why or "damaged" in one.why for one in reading.skipped), reading.skipped


@pytest.mark.parametrize("most", [1000, 64 << 10, 8 << 20], ids=["streamed", "in pieces", "whole"])
@pytest.mark.parametrize("change", ["cut", "flipped", "garbage behind", "checksum"])
def test_every_library_reads_damaged_gzip_to_the_same_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, most: int
) -> None:
    """isal and libdeflate where installed, and zlib alone, are one reader."""
    data = bytearray(gzip.compress(lines(MANY)))
    at = len(data) * 2 // 3
    if change == "cut":
        del data[at:]
    elif change == "flipped":
        data[at] ^= 0x55
    elif change == "checksum":
        data[-6] ^= 1
    else:
        data += b"garbage"
    (tmp_path / "log.gz").write_bytes(data)
    monkeypatch.setattr(content, "SMALL", most)
    fast = read(tmp_path)
    monkeypatch.setattr(inflate, "_fast", zlib)
    monkeypatch.setattr(inflate, "_at_once", None)
    plain = read(tmp_path)
    assert plain[1] == fast[1]
    assert plain[0].skipped == fast[0].skipped
    assert plain[0].skipped
    assert len(plain[1]) > 1500


def test_only_the_damaged_member_of_an_archive_is_lost(tmp_path: Path) -> None:
    (tmp_path / "log.zip").write_bytes(zipped(a=gzip.compress(LINES)[:60], b=LINES))
    reading, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert {one.what for one in reading.skipped} <= {str(tmp_path / "log.zip!a"), f"{tmp_path / 'log.zip!a'}:1"}
    assert any("ends early" in one.why for one in reading.skipped)


def bomb(data: bytes) -> bytes:
    """Some kilobytes that expand to 64 MiB of spaces behind the data."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(data) + b"".join(packer.compress(b" " * (1 << 20)) for _ in range(64)) + packer.flush()


@pytest.mark.parametrize("pack", [bomb, lambda data: zipped(log=bomb(data)), lambda data: gzip.compress(bomb(data))],
                         ids=["gzip", "zip", "gzip in gzip"])  # fmt: skip
def test_a_bomb_is_read_to_a_bound_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(content, "ALWAYS", 8 << 20)
    monkeypatch.setattr(content, "SMALL", 1000)
    (tmp_path / "log").write_bytes(pack(LINES))
    reading, found = read(tmp_path)
    assert [event.event_id for event in found] == IDS
    assert ["expands to more than" in one.why for one in reading.skipped] == [True]


def test_a_nest_without_end_is_not_followed(tmp_path: Path) -> None:
    data = LINES
    for _ in range(9):
        data = zipped(log=data)
    (tmp_path / "log").write_bytes(data)
    reading, found = read(tmp_path)
    assert found == []
    assert ["levels deep" in one.why for one in reading.skipped] == [True]


def test_an_encrypted_member_is_said(tmp_path: Path) -> None:
    data = bytearray(zipped(log=LINES))
    for at in (6, data.rindex(b"PK\1\2") + 8):
        data[at] |= 1  # the flag: encrypted
    (tmp_path / "log.zip").write_bytes(data)
    reading, found = read(tmp_path)
    assert (found, ["encrypted" in one.why for one in reading.skipped]) == ([], [True])


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_text_of_two_bytes_a_character_is_read(tmp_path: Path, mark: str) -> None:
    named: list[Any] = [trail(number, userAgent="caf\u00e9 \u4e2d") for number in range(5)]
    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in named)
    (tmp_path / "log").write_bytes(text.encode(mark))
    reading, found = read(tmp_path)
    assert ([event.agent for event in found], reading.skipped) == (["caf\u00e9 \u4e2d"] * 5, [])
