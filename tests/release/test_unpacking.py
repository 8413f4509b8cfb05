"""Packed indexes and records: unpacked whole, whatever packed them, and never without end."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.release.apt import index
from irkit.release.unpacking import whole
from tests.needs import needs

TEXT = b"Package: a\n" * 200_000
OPENED: dict[str, tuple[Callable[[bytes], bytes], Callable[[BytesIO], Any]]] = {
    "gzip": (gzip.compress, gzip.open), "xz": (lzma.compress, lzma.open), "bzip2": (bz2.compress, bz2.open),
}  # fmt: skip


@pytest.mark.parametrize("how", OPENED)
def test_more_than_allowed_is_refused_and_no_less_is_read(how: str) -> None:
    pack, opened = OPENED[how]
    packed = pack(TEXT)
    assert whole(opened(BytesIO(packed)), len(TEXT)) == TEXT
    with pytest.raises(ValueError, match="more than"):
        whole(opened(BytesIO(packed)), len(TEXT) - 1)


@pytest.mark.parametrize(
    "end",
    [*(end for end in index.COMPRESSIONS if end != ".zst"), pytest.param(".zst", marks=needs("python:zstandard"))],
)
def test_an_index_comes_out_as_it_went_in_and_a_damaged_one_is_refused(end: str) -> None:
    packed = index.compressed(f"Packages{end}", TEXT)
    assert index.uncompressed(f"Packages{end}", packed) == TEXT
    with pytest.raises(BadInput, match="cannot be unpacked"):
        index.uncompressed(f"Packages{end}", b"\0" + packed[1:])
