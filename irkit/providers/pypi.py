"""PyPI and indexes like it: API tokens that are macaroons. There is no API to ask about or to revoke one.

The token is `pypi-` and a macaroon in base64, binary format version 2:
https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt. The caveats are warehouse's:
https://github.com/pypi/warehouse/tree/main/warehouse/macaroons/caveats
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from irkit.model import iso
from irkit.plan import HumanTask
from irkit.providers.interface import Provider, Shape
from irkit.providers.usual import replaced_by_hand

_LOCATION, _IDENTIFIER, _END = 1, 2, 0


@dataclass(frozen=True)
class Macaroon:
    """What a token says of itself: anybody can read it, and only its issuer can check it."""

    location: str
    identifier: str
    caveats: tuple[str, ...]


def macaroon(value: str) -> Macaroon | None:
    """Decode offline; None when it is not a version 2 macaroon."""
    text = value.removeprefix("pypi-")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return _sections(data) if data[:1] == b"\x02" else None
    except (ValueError, IndexError):
        return None


def _sections(data: bytes) -> Macaroon | None:
    """Header packets, then caveats, each ended by a zero byte; an empty section ends the list, the signature follows."""
    position, sections, current = 1, list[dict[int, str]](), dict[int, str]()
    while True:
        kind, position = data[position], position + 1
        if kind == _END:
            if not current:
                break
            sections.append(current)
            current = {}
            continue
        length, position = _varint(data, position)
        current[kind] = data[position : position + length].decode("utf-8")
        position += length
    if not sections or _IDENTIFIER not in sections[0]:
        return None
    caveats = tuple(section.get(_IDENTIFIER, "") for section in sections[1:])
    return Macaroon(sections[0].get(_LOCATION, ""), sections[0][_IDENTIFIER], caveats)


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte, position = data[position], position + 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    found = macaroon(value)
    if found is None:
        return ()
    facts = [("issued by (as the token says)", found.location), ("token id", found.identifier)]
    facts += [("restriction", _caveat(caveat)) for caveat in found.caveats]
    return tuple(facts if found.caveats else [*facts, ("restriction", "none: the whole account")])


def _caveat(text: str) -> str:
    """Warehouse writes a caveat as a list whose first number is its kind; older ones are objects."""
    try:
        caveat: Any = json.loads(text)
        match caveat:
            case [0, int(expires), int(not_before)]:
                return f"valid from {_time(not_before)} until {_time(expires)}"
            case [1, [*names]]:
                return "projects " + ", ".join(map(str, names))
            case [2, [*ids]]:
                return "project ids " + ", ".join(map(str, ids))
            case [3, user]:
                return f"user id {user}"
            case {"permissions": "user"}:
                return "the whole account"
            case {"permissions": {"projects": [*names]}}:
                return "projects " + ", ".join(map(str, names))
    except (ValueError, OverflowError, OSError):
        pass
    return f"not understood: {text[:80]}"


def _time(seconds: int) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))


def _look_alike() -> str:
    body = (
        b"\x02\x01\x07example" + b"\x02\x10" + secrets.token_hex(8).encode() + b"\0\0\x06\x20" + secrets.token_bytes(32)
    )
    return "pypi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


BY_HAND = HumanTask(
    "Remove the API token in the index's account settings",
    "your index's account settings, API tokens (for a token of one project: that project's settings)",
    (
        "Sign in as the token's owner, find the token by its id or last use, and remove it",
        "Look at the security history of the account and of each project the token could upload to",
        "Compare the files uploaded since the exposure began with your own builds; yank what is not yours",
        "Replace it by a trusted publisher, which leaves no token to leak",
    ),
)


PYPI = Provider(
    name="pypi",
    title="PyPI, or an index like it",
    docs="docs/providers/pypi.md",
    shapes=(
        Shape(
            "pypi-token",
            r"pypi-[A-Za-z0-9_-]{32,}",
            "https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt",
            lambda value: macaroon(value) is not None,
            _look_alike,
        ),
    ),
    by_hand=BY_HAND,
    tested="unverified: the token is decoded offline (tested); removal is by hand and no probe exists",
    survives=(
        "files uploaded with the token",
        "macaroons derived from it die with it, but cannot be listed",
        "trusted publishers and collaborators added by whoever took over the account",
    ),
    describe=_describe,
    public_id=lambda value: found.identifier if (found := macaroon(value)) else "",
    replacement=replaced_by_hand(
        "the index",
        BY_HAND.page,
        "a trusted publisher (OIDC): the index trusts one workflow of one repository, and no token exists that could leak",
    ),
    proved={"identify": "offline", "scope": "offline"},
    tells_scope=True,
)
