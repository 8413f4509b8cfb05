"""Looks for a secret in every form it may have been written in, and in every file, without any of irkit's own code."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from matplotlib import image

from tests.canary.picture import drawn

_PIECE = 20
"""Characters of base64 that tell one number from any other."""

Form = tuple[str, bytes | re.Pattern[bytes]]


@dataclass(frozen=True)
class Wanted:
    """One secret: its forms as bytes, or as patterns where it may be cut; `pictures` are digests of what its text looks like."""

    name: str
    forms: tuple[Form, ...]
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hit:
    """Where a secret stands, whose it is and in which form."""

    where: str
    name: str
    form: str


def token(name: str, value: bytes) -> Wanted:
    """A secret that is text."""
    return Wanted(name, tuple(_forms(value)), frozenset({pixels(drawn(value.decode()))}))


def private_key(name: str, armored: bytes, numbers: Iterable[bytes]) -> Wanted:
    """A key by its secret numbers, and by the lines of its armor in which they stand."""
    forms: list[Form] = []
    lines: set[bytes] = set()
    for number in numbers:
        forms += _forms(number)
        pieces = [one[at : at + _PIECE] for one in _base64(number) for at in range(len(one) - _PIECE + 1)]
        lines |= {line for line in armored.split() for piece in pieces if piece in line}
    for line in lines:
        forms += [(f"{form} of armor", pattern) for form, pattern in _forms(line)]
    return Wanted(name, tuple(forms))


def _forms(value: bytes) -> Iterator[Form]:
    yield "raw", value
    yield from (("base64", one) for one in _base64(value))
    yield "hex", value.hex().encode()
    yield "HEX", value.hex().upper().encode()
    yield "reversed", value[::-1]
    middle = len(value) // 2
    yield "split in two", re.compile(re.escape(value[:middle]) + rb"[^A-Za-z0-9]{1,40}" + re.escape(value[middle:]))
    with suppress(UnicodeDecodeError):
        text = value.decode()
        yield "UTF-16", text.encode("utf-16-le")[:-1]
        for form, one in (("URL", quote(text, safe="")), ("JSON", json.dumps(text)[1:-1])):
            if one != text:
                yield form, one.encode()


def _base64(value: bytes) -> list[bytes]:
    """What base64 of it always contains, at each of the three alignments."""
    return [base64.b64encode(b"x" * shift + value)[2 * (shift > 0) + (shift > 1) : -4] for shift in range(3)]


def in_bytes(data: bytes, wanted: Iterable[Wanted]) -> Iterator[tuple[str, str]]:
    """(name, form) of what stands in the data or in what it packs."""
    for content in _opened(data):
        for one in wanted:
            for form, what in one.forms:
                if what in content if isinstance(what, bytes) else what.search(content):
                    yield one.name, form
    for one in wanted:
        if one.pictures & set(_pictures(data)):
            yield one.name, "pixels"


def search(tops: Iterable[Path], wanted: list[Wanted], spare: Callable[[Path], bool]) -> tuple[list[Hit], int]:
    """What was found below `tops`, in content and in names, and how many files were read. The same content is read once."""
    found: list[Hit] = []
    known: dict[bytes, list[tuple[str, str]]] = {}
    count = 0
    for top in tops:
        for path in sorted(top.rglob("*")):
            if spare(path):
                continue
            found += [Hit(f"the name of {path}", *one) for one in in_bytes(bytes(path), wanted)]
            if not path.is_file() or path.is_symlink():
                continue
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # a program that ends takes its own away
                continue
            count += 1
            digest = hashlib.sha256(data).digest()
            if digest not in known:
                known[digest] = list(dict.fromkeys(in_bytes(data, wanted)))
            found += [Hit(str(path), *one) for one in known[digest]]
    return found, count


# What packs something


def _opened(data: bytes) -> Iterator[bytes]:
    yield data
    with suppress(OSError, EOFError, zlib.error):
        if data[:2] == b"\x1f\x8b":
            yield gzip.decompress(data)
    with suppress(zipfile.BadZipFile, OSError, RuntimeError, zlib.error):
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                yield from (packed.read(name) for name in packed.namelist())
    for picture in _pngs(data):
        yield from _chunks(picture)
        with suppress(Exception):  # whatever is no picture is none
            yield np.round(image.imread(io.BytesIO(picture)) * 255).astype(np.uint8).tobytes()


_PNG = b"\x89PNG\r\n\x1a\n"
_IN_BASE64 = re.compile(rb"iVBORw0KGgo(?:[A-Za-z0-9+/=]|\\n)+")


def _pngs(data: bytes) -> Iterator[bytes]:
    if data.startswith(_PNG):
        yield data
    for match in _IN_BASE64.finditer(data):
        with suppress(ValueError):
            yield base64.b64decode(match[0].replace(b"\\n", b""))


def _chunks(png: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at + 8 <= len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + size]
        yield body
        with suppress(zlib.error):
            if kind == b"zTXt":
                yield zlib.decompress(body.partition(b"\0")[2][1:])
            elif kind == b"IDAT":
                yield zlib.decompress(body)
        at += 12 + size


def _pictures(data: bytes) -> Iterator[str]:
    for png in _pngs(data):
        with suppress(Exception):  # whatever is no picture is none
            yield pixels(png)


def pixels(png: bytes) -> str:
    """A digest of what a picture looks like, whatever is written beside it."""
    return hashlib.sha256(np.ascontiguousarray(image.imread(io.BytesIO(png))).tobytes()).hexdigest()
