"""Containers of every kind, and what they contain: searched as `irkit locate` does."""

from __future__ import annotations

import gzip
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from irkit.sources.archives import search_file, search_pieces, walk
from irkit.sources.hunt import Hits
from tests.fuzz.target import Target
from tests.sources.archives import builders as b

HITS = Hits(b.HUNTED)
SMALL = 4 << 20
"""A bomb ends at a limit all the same; at the real one each would cost seconds (tests/sources/archives/test_bounds.py)."""


@contextmanager
def _bounded() -> Iterator[None]:
    """Only while an input is read: other tests run in this process."""
    real, walk.ALWAYS = walk.ALWAYS, SMALL
    try:
        yield
    finally:
        walk.ALWAYS = real


def _file(data: bytes) -> None:
    with _bounded():
        search_file(HITS, io.BytesIO(data), "x", 1 << 20)


def _pieces(data: bytes) -> None:
    with _bounded():
        search_pieces(HITS, iter((data[:100], data[100:])), "x", "name.gz")


def seeds() -> Iterator[bytes]:
    files = {"noise": bytes(range(256)), "key.env": b.TEXT}
    small = {"key.env": b.TEXT}
    yield b.tarred(files)[:3072]
    yield gzip.compress(b.tarred(files))
    yield gzip.compress(b.TEXT) * 2
    for name in ("bz2", "xz"):
        yield b.COMPRESSORS[name](b.TEXT)
    yield b.zipped(files)
    yield b.zipped(small, 0)
    yield b.cpio(files)
    yield b.rpm(files)
    yield b.notebook(broken_up=True)
    yield b.notebook(broken_up=False)
    yield b.docx()
    yield b.pdf(b"BT /F1 9 Tf [(" + b.TOKEN[:5] + b") 2 (" + b.TOKEN[5:] + b")] TJ ET")
    yield b.cast(1)
    yield b.cast(2)
    yield gzip.compress(b.image())
    yield b.png(b"tEXt", b"Comment\0" + b.TOKEN)
    yield b.png(b"iTXt", b"Comment\0\1\0\0\0" + b.zlib.compress(b.TOKEN))
    yield b.zlib.compress(b.TEXT)
    yield b.zlib.compress(b"blob %d\0" % len(b.TEXT) + b.TEXT)
    yield b.SECRET.encode("utf-16")
    yield b"\n".join(
        b"%08x  %s  |%s|" % (at, b.TOKEN[at : at + 16].hex(" ").encode(), b.TOKEN[at : at + 16]) for at in (0, 16)
    )
    yield b"".join(b"\x1b[3%dm%c\b%c" % (at % 8, byte, byte) for at, byte in enumerate(b.TOKEN))
    yield b"!<arch>\n" + b"debian-binary   0           0     0     100644  4         `\n2.0\n"
    yield b.zipped({"t": gzip.compress(b.tarred({"z": b.zipped(small)}))})
    with tempfile.TemporaryDirectory() as name:
        yield b.database(Path(name))
    if shutil.which("dpkg-deb"):
        with tempfile.TemporaryDirectory() as name:
            yield b.deb(Path(name))
    if find_spec("zstandard"):
        yield b.zstd(b.TEXT)
    if find_spec("py7zr"):
        yield b.seven(small)


TARGET = Target(readers=(), never_refuse=(_file, _pieces), seeds=seeds, longest=16_384)
