"""Signatures and certificates of strangers, given to Sequoia: what it holds for good says what was signed, and nothing else.

The certificate is of a key that was made for this file; nobody has its secret part any more.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from irkit.openpgp.armor import SIGNATURE, armored, blocks
from irkit.openpgp.cleartext import clearsigned, whole
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.signatures import Sequoia
from tests.fuzz.target import Target

CERTIFICATE = base64.b64decode(
    "mDMEaaQqQBYJKwYBBAHaRw8BAQdAOmxFLXexXA3JYTdNY/Ys0pEYsHqapoCB35RqGzRg2YW0HEZ1enplZCA8ZnV6emVkQGV4YW1w"
    "bGUudGVzdD6IkAQTFggAOBYhBC6mkgzq7ytoSJNTJy5qy3LQrdEyBQJppCpAAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJ"
    "EC5qy3LQrdEyTigBAJG5ZhrIG08lMKWRZ69ZhdC82t0SFw6DFmX9/xWfB1JlAP9qnLjvKDJa3CI7/eiSqKsX3XKjiniZydtXTsIA"
    "3raKCA=="
)
DETACHED = base64.b64decode(
    "iHUEABYIAB0WIQQuppIM6u8raEiTUycuasty0K3RMgUCaaQqQAAKCRAuasty0K3RMvUbAP0ZQEb9Rvu4BzzRQv3qatJB8RtEGDLq"
    "pDYlRJOxx+EkggD/URw/kmkJArm7KbACDv5lH2NZtZ43sM7xK7wRCNR0QQo="
)
_OF_TEXT = base64.b64decode(
    "iHUEARYIAB0WIQQuppIM6u8raEiTUycuasty0K3RMgUCaaQqQAAKCRAuasty0K3RMtvIAQDduVzfl03i67ZvoyMNVRswzLGd9UQH"
    "MaqlWmUrt7V2fAEA/zoMyjFi1iO2+1vfWqm2hVXs1FH7+XVgCRGkPuKrVwc="
)
CLEAR = clearsigned(b"text\n- dash\nend\n", lambda _hashed: armored(_OF_TEXT, SIGNATURE), "SHA256")
SEQUOIA = Sequoia([CERTIFICATE])
(SIGNED,) = read_signatures(DETACHED)


def _detached(data: bytes) -> None:
    for one in read_signatures(data)[:4]:
        verdict = SEQUOIA.verdict(one, b"text")
        if verdict.good:
            assert (one.issuer, one.created, one.kind, one.hash_algorithm) == (
                SIGNED.issuer, SIGNED.created, SIGNED.kind, SIGNED.hash_algorithm,
            )  # fmt: skip


def _clear(data: bytes) -> None:
    signatures = read_signatures(data)
    verdict = SEQUOIA.clear_verdict(signatures[0], data)
    frame = whole(data)
    if len(signatures) == 1 and frame and verdict.good:
        assert frame.signed == b"text\r\n- dash\r\nend"


def _certificate(data: bytes) -> None:
    Sequoia([data]).verdict(SIGNED, b"text")


def seeds() -> Iterator[bytes]:
    yield CERTIFICATE
    yield DETACHED
    yield DETACHED + _OF_TEXT
    yield CLEAR
    yield CLEAR.replace(b"\n", b"\r\n")
    yield CLEAR.replace(b"end", b"end \t")
    yield armored(DETACHED)
    yield armored(CERTIFICATE, "PGP PUBLIC KEY BLOCK")
    yield CERTIFICATE + CERTIFICATE
    assert blocks(CLEAR)


TARGET = Target(readers=(_detached, _clear, _certificate), seeds=seeds)
