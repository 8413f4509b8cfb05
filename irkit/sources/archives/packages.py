"""Packages of distributions: deb (an ar of tars), rpm (headers, then a compressed cpio), and the cpio itself.

ar: https://manpages.debian.org/unstable/dpkg-dev/deb.5.en.html and https://man.freebsd.org/cgi/man.cgi?ar(5);
rpm: https://rpm-software-management.github.io/rpm/manual/format_v4.html; cpio: https://man.freebsd.org/cgi/man.cgi?cpio(5)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain

from irkit.sources.archives.interface import PIECE, Family, Forward, Member, Noted, Source, printable

_AR = b"!<arch>\n"
_NEWC = (b"070701", b"070702")
_STRIPPED = b"07070X"
_PAYLOADS = (b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"\x5d\0\0", *_NEWC, _STRIPPED)
_HEADER = b"\x8e\xad\xe8"


def _ar(source: Source, _note: Noted) -> Iterator[Member]:
    forward = source.forward()
    forward.exactly(len(_AR))
    names = b""
    while header := forward.read(60):
        if len(header) < 60 or header[58:] != b"`\n":
            raise ValueError("a header that is none")
        size, name = int(header[48:58]), header[:16].rstrip(b" ")
        start = forward.tell()
        if name == b"//":  # GNU: the names that are too long for a header
            names = forward.exactly(size)
        elif name not in (b"/", b"/SYM64/"):
            if name[:1] == b"/" and name[1:].isdigit():
                name = names[int(name[1:]) :].partition(b"\n")[0]
            yield Member(printable(name.rstrip(b"/")), forward.take(size), (start, start + size))
        _skip(forward, start + size + size % 2)


def _cpio(source: Source, note: Noted) -> Iterator[Member]:
    """The "new ASCII" format: a header of 110 hexadecimal digits, the name, the content, each filled up to 4 bytes."""
    forward = source.forward()
    while header := forward.exactly(110):
        if header[:6] == _STRIPPED:
            note("", "files over 4 GiB in an rpm are listed in another way that is not read here")
            return
        if header[:6] not in _NEWC:
            raise ValueError("a header that is none")
        mode, size, length = (int(header[at : at + 8], 16) for at in (14, 54, 94))
        name = forward.exactly(length).rstrip(b"\0")
        if name == b"TRAILER!!!":  # an initramfs is several, one behind the other, the last one compressed
            yield from _behind(forward)
            return
        _skip(forward, _round(forward.tell(), 4))
        start = forward.tell()
        if mode & 0o170000 == 0o100000 and size:
            yield Member(printable(name), forward.take(size), (start, start + size))
        _skip(forward, _round(start + size, 4))


def _behind(forward: Forward) -> Iterator[Member]:
    rest = forward.rest()
    for piece in rest:
        if first := piece.lstrip(b"\0"):
            yield Member("what follows", chain((first,), rest), transparent=True)
            return


def _rpm(source: Source, _note: Noted) -> Iterator[Member]:
    """Lead (96 bytes), signature header (filled up to 8 bytes), header, then the payload to the end."""
    forward = source.forward()
    forward.exactly(96)
    _skip_header(forward)
    _skip(forward, _round(forward.tell(), 8))
    _skip_header(forward)
    first = forward.read(PIECE)
    if not first.startswith(_PAYLOADS):
        raise ValueError("its payload is missing, or compressed in an unknown way")
    yield Member("payload", chain((first,), forward.rest()), transparent=True)


def _skip_header(forward: Forward) -> None:
    intro = forward.exactly(16)
    if intro[:3] != _HEADER:
        raise ValueError("a header that is none")
    entries, size = struct.unpack(">II", intro[8:])
    _skip(forward, forward.tell() + 16 * entries + size)


def _skip(forward: Forward, to: int) -> None:
    if forward.seek(max(to, forward.tell())) < to - 1:
        raise EOFError("it ends in the middle")


def _round(number: int, to: int) -> int:
    return -(-number // to) * to


AR = Family("deb or ar", lambda head: head[:8] == _AR, _ar)
CPIO = Family("cpio", lambda head: head[:6] in (*_NEWC, _STRIPPED), _cpio)
RPM = Family("rpm", lambda head: head[:4] == b"\xed\xab\xee\xdb", _rpm)
