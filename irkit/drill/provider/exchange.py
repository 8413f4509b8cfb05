"""A request as the fake provider sees it, and an answer as it gives it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """`headers` by lower-case name. The repr leaves headers and body out: they hold credentials."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What to send, and what to write into the request log: `what` was asked, by `who`, about `whom` (a token or a key id; only its hash is
    kept)."""

    status: int
    body: bytes
    what: str
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    who: str = field(default="", repr=False)
    mutates: bool = False
    carried_out: bool = False
    whom: str = field(default="", repr=False)


def json_body(value: Any) -> bytes:
    return json.dumps(value).encode()
