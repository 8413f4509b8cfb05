"""Index tokens: what they say of themselves, and that a person must remove them."""

from __future__ import annotations

import base64
import json

import pytest

from irkit.providers import identify
from irkit.providers.pypi import PYPI, macaroon
from tests.providers.proofs import proves


def token(*caveats: object, location: str = "index.example", identifier: str = "1b2c3d4e-fake") -> str:
    """A macaroon in binary format version 2, as an index writes it; the signature is zeros."""

    def packet(kind: int, data: bytes) -> bytes:
        length = bytes([len(data)]) if len(data) < 128 else bytes([len(data) & 0x7F | 0x80, len(data) >> 7])
        return bytes([kind]) + length + data

    body = b"\x02" + packet(1, location.encode()) + packet(2, identifier.encode()) + b"\0"
    for caveat in caveats:
        body += packet(2, json.dumps(caveat).encode()) + b"\0"
    body += b"\0" + packet(6, bytes(32))
    return "pypi-" + base64.urlsafe_b64encode(body).decode().rstrip("=")


CAVEATS = {
    "none": ((), "none: the whole account"),
    "projects": (([1, ["irkit", "other"]],), "projects irkit, other"),
    "project ids": (([2, ["1234"]],), "project ids 1234"),
    "a time": (([0, 1772366400, 1772362800],), "valid from 2026-03-01T11:00:00Z until 2026-03-01T12:00:00Z"),
    "a user": (([3, "u-1"],), "user id u-1"),
    "an older one of an account": (({"version": 1, "permissions": "user"},), "the whole account"),
    "an older one of a project": (({"version": 1, "permissions": {"projects": ["irkit"]}},), "projects irkit"),
    "an unknown kind": (([99, "x"],), 'not understood: [99, "x"]'),
    "no time at all": (([0, 10**30, 0],), "not understood"),
    "a long one": (([1, ["p" * 200]],), "projects ppp"),
}


@proves("pypi", "identify", "scope", by="offline")
@pytest.mark.parametrize("case", CAVEATS)
def test_the_restrictions_are_read_offline(case: str) -> None:
    caveats, words = CAVEATS[case]
    found = identify(token(*caveats))
    assert [(one.provider, one.shape, one.public_id, one.checked) for one in found] == [
        ("pypi", "pypi-token", "1b2c3d4e-fake", True)
    ]
    facts = dict(found[0].facts)
    assert facts["issued by (as the token says)"] == "index.example"
    assert facts["restriction"].startswith(words)


BROKEN = {
    "cut off": token()[:20],
    "cut off in the middle": token([1, ["irkit"]])[:-60],
    "another version": "pypi-" + base64.urlsafe_b64encode(b"\x01" + bytes(60)).decode(),
    "zeros": "pypi-" + base64.urlsafe_b64encode(b"\x02" + bytes(60)).decode(),
    "a length that never ends": "pypi-" + base64.urlsafe_b64encode(b"\x02\x01" + b"\xff" * 60).decode(),
    "no text": "pypi-" + base64.urlsafe_b64encode(b"\x02\x01\x02\xff\xfe" + bytes(60)).decode(),
    "not base64": "pypi-!",
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_token_says_nothing(case: str) -> None:
    assert macaroon(BROKEN[case]) is None


def test_there_is_no_api_and_a_person_is_told_so() -> None:
    assert PYPI.steps == ()
    assert PYPI.ask_standing is None
    assert PYPI.by_hand.steps
    assert PYPI.tested.startswith("unverified")
