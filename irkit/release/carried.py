"""Signatures that git objects carry within themselves, and the bytes each is over. Pure.

A tag has its signature at the end of its message, a commit in a header of its own; a merge of a signed tag keeps that whole tag in a
`mergetag` header. What is signed is the object without any signature header.
https://git-scm.com/docs/gitformat-signature, https://git-scm.com/docs/hash-function-transition (section "Signed commits")
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

Form = Literal["openpgp", "ssh", "x509", "unknown"]

_BEGINS: tuple[tuple[bytes, Form], ...] = (
    (b"-----BEGIN PGP SIGNATURE-----", "openpgp"),
    (b"-----BEGIN PGP MESSAGE-----", "openpgp"),
    (b"-----BEGIN SSH SIGNATURE-----", "ssh"),
    (b"-----BEGIN SIGNED MESSAGE-----", "x509"),
)
_FIRST = re.compile(b"^(?:" + b"|".join(re.escape(begin) for begin, _form in _BEGINS) + b")", re.MULTILINE)
_HEADERS = {"sha1": b"gpgsig", "sha256": b"gpgsig-sha256"}


class Carried(NamedTuple):
    """A signature as it stands in the object, what it is over, and of which kind it is."""

    payload: bytes
    signature: bytes
    form: Form


def in_tag(data: bytes) -> Carried | None:
    """The signature of a tag object; None when it has none. As git does, the last line that begins one counts."""
    begins = [match.start() for match in _FIRST.finditer(data)]
    if not begins:
        return None
    signature = data[begins[-1] :]
    return Carried(_unsigned(data[: begins[-1]]), signature, _form(signature))


def in_commit(data: bytes, object_format: str) -> Carried | None:
    """The signature of a commit in a repository of this object format ("sha1" or "sha256"); None when it has none."""
    wanted = _HEADERS[object_format]
    found = [value for name, value in _headers(data) if name == wanted]
    if not found:
        return None
    signature = b"".join(found)  # git joins them too
    return Carried(_unsigned(data), signature, _form(signature))


def merged_tags(data: bytes) -> tuple[bytes, ...]:
    """The tag objects that a merge commit keeps, as they were."""
    return tuple(value for name, value in _headers(data) if name == b"mergetag")


def field(data: bytes, name: bytes) -> str:
    """The first header of that name, "" without one."""
    value = next((value for key, value in _headers(data) if key == name), b"")
    return value.rstrip(b"\n").decode("utf-8", "backslashreplace")


def _form(signature: bytes) -> Form:
    return next((form for begin, form in _BEGINS if signature.startswith(begin)), "unknown")


def _headers(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, value) of each header; a line that begins with a space continues the one before it."""
    name, lines = b"", [b""]
    for line in data.partition(b"\n\n")[0].split(b"\n"):
        if line[:1] == b" ":
            lines.append(line[1:])
            continue
        if name:
            yield name, b"\n".join(lines) + b"\n"
        name, _, value = line.partition(b" ")
        lines = [value]
    if name:
        yield name, b"\n".join(lines) + b"\n"


def _unsigned(data: bytes) -> bytes:
    """The object without its signature headers, whichever object format they are for."""
    if b"\ngpgsig" not in data:
        return data
    head, end, rest = data.partition(b"\n\n")
    kept, dropping = [], False
    for line in head.split(b"\n"):
        dropping = line.startswith(b"gpgsig") or (dropping and line[:1] == b" ")
        if not dropping:
            kept.append(line)
    return b"\n".join(kept) + end + rest
