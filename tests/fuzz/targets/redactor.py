"""The redactor and the finder over streams: however one is cut, what comes out is the same, and no secret does.

Of the input, some bytes say where the stream is cut; in the rest each byte past ASCII stands for a form of the secret, or
for a piece of one, so that libFuzzer puts them together in every order.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from irkit.needles import token_needles
from irkit.redact import Hidden, Redactor
from irkit.sources.hunt import Hits, Hunted
from tests.fuzz.target import Target

TOKEN = b"fake/token+with=odd&signs-0123456789"
SECOND = TOKEN[10:] + b"more"
NEEDLES = {b"one": token_needles(TOKEN), b"two": token_needles(SECOND), b"run": token_needles(b"a" * 16)}
REDACTOR = Redactor(Hidden(label.decode(), needles) for label, needles in NEEDLES.items())
HITS = Hits([Hunted(label.decode(), needles) for label, needles in NEEDLES.items()])
ENCODED = base64.b64encode(TOKEN)
PIECES = (
    TOKEN, SECOND, b"a" * 16, ENCODED, ENCODED[:20], ENCODED[20:], base64.b64encode(b":" + TOKEN), base64.b64encode(ENCODED),
    TOKEN.hex().encode(), TOKEN.hex(" ").encode(), TOKEN[:9], TOKEN[9:], TOKEN[:3], TOKEN[3:], TOKEN[:20], TOKEN[20:], b"aaaa",
    TOKEN.decode().encode("utf-16-le"), TOKEN.replace(b"/", b"%2F").replace(b"+", b"%2B"), b'" + "', b"'\n  '", b"\\\n", b"\\n", b"\r\n",
    b"\\u0066", b"\xc3\xa9", b"\xff", b"\0", b"&#102;", b"=\n", b"+",
)  # fmt: skip
MOST_CHUNKS = 16
LABELS = ("[redacted one]", "[redacted two]", "[redacted run]")


def spelled(data: bytes) -> tuple[bytes, list[int]]:
    """The stream, and the sizes of its chunks in turn."""
    sizes = [1 + byte % 64 for byte in data[1 : 1 + data[0] % 8]] if data else []
    spelled_out = (
        PIECES[(byte - 128) % len(PIECES)] if byte > 127 else bytes((byte,)) for byte in data[1 + len(sizes) :]
    )
    text = b"".join(spelled_out)
    least = len(text) // MOST_CHUNKS
    return text, [max(size, least) for size in sizes] or [max(1, least)]


def chunks(text: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(text):
        yield text[at : at + sizes[turn % len(sizes)]]
        at += sizes[turn % len(sizes)]
        turn += 1


def _redacted(data: bytes) -> None:
    text, sizes = spelled(data)
    whole = REDACTOR.data(text)
    stream = REDACTOR.stream()
    assert b"".join([*map(stream.feed, chunks(text, sizes)), stream.end()]) == whole
    assert TOKEN not in whole
    assert SECOND not in whole
    assert bool(REDACTOR.finds(text)) == any(label.encode() in whole for label in LABELS) or b"[redacted" in text


def _found(data: bytes) -> None:
    text, sizes = spelled(data)
    assert HITS.stream(chunks(text, sizes)) == HITS.find(text)
    if TOKEN in text:
        assert HITS.find(text)


def seeds() -> Iterator[bytes]:
    for number in range(len(PIECES)):
        yield b"\1\3before " + bytes([128 + number]) + b" after"
    yield b"\3\1\2\7" + bytes(range(128, 128 + len(PIECES)))
    yield b"\1\1" + b"x".join(bytes([128 + number]) for number in (4, 21, 5, 10, 20, 11, 12, 22, 13))


TARGET = Target(readers=(), never_refuse=(_redacted, _found), seeds=seeds, longest=128)
