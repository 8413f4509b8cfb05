"""Every container, cut anywhere or with bytes changed anywhere: never a crash, and what was not read is said."""

from __future__ import annotations

import gzip
import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.sources.archives import search_file
from irkit.sources.archives.walk import Searched, recognised
from irkit.sources.hunt import Hits
from tests.needs import has
from tests.sources.archives import builders as b
from tests.sources.archives.builders import HUNTED, TEXT, TOKEN

HITS = Hits(HUNTED)
KINDS = [
    "tar",
    "tar.gz",
    "bz2",
    "xz",
    "zip",
    "stored zip",
    "rpm",
    "cpio",
    "notebook",
    "docx",
    "pdf",
    "sqlite",
    "image",
    "nest",
]
EXTRA = [kind for kind, need in (("zst", "zstandard"), ("7z", "py7zr")) if has(f"python:{need}")]


@cache
def made(kind: str) -> bytes:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            return b.database(Path(folder), padding=5000)
    filler = {"noise": bytes(range(256)) * 9, "key.env": TEXT}
    makers = {
        "tar": lambda: b.tarred(filler),
        "tar.gz": lambda: gzip.compress(b.tarred(filler)),
        "bz2": lambda: b.COMPRESSORS["bz2"](filler["noise"] + TEXT),
        "xz": lambda: b.COMPRESSORS["xz"](filler["noise"] + TEXT),
        "zst": lambda: b.zstd(filler["noise"] + TEXT),
        "7z": lambda: b.seven(filler),
        "zip": lambda: b.zipped(filler),
        "stored zip": lambda: b.zipped(filler, zipfile.ZIP_STORED),
        "rpm": lambda: b.rpm(filler),
        "cpio": lambda: b.cpio(filler),
        "notebook": lambda: b.notebook(broken_up=True),
        "docx": b.docx,
        "pdf": lambda: b.pdf(b"BT /F1 9 Tf [(" + TOKEN[:5] + b") 2 (" + TOKEN[5:] + b")] TJ ET"),
        "image": b.image,
        "nest": lambda: b.zipped({"t": gzip.compress(b.tarred({"z": b.zipped(filler)}))}),
    }
    return makers[kind]()


def searched(data: bytes) -> Searched:
    return search_file(HITS, io.BytesIO(data), "x", 1 << 20)


@pytest.mark.parametrize("kind", [*KINDS, *EXTRA])
def test_a_whole_one_is_read_without_a_complaint(kind: str) -> None:
    whole = searched(made(kind))
    assert whole.found
    assert not whole.skipped


@pytest.mark.parametrize("kind", [*KINDS, *EXTRA])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_cut_anywhere_it_is_found_or_said(kind: str, data: st.DataObject) -> None:
    whole = made(kind)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    part = searched(cut)
    nothing_yet = recognised(cut[:4096]) is None or (kind == "notebook" and b'"cell_type"' not in cut)
    assert part.found or part.skipped or nothing_yet


@pytest.mark.parametrize("kind", [*KINDS, *EXTRA])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_changed_anywhere_it_is_read_to_an_end(kind: str, data: st.DataObject) -> None:
    changed = bytearray(made(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    searched(bytes(changed))
