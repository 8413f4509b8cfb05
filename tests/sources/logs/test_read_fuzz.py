"""Bytes of any kind: the reader ends, raises nothing, and whatever it says stands for something."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irkit.sources.logs import Wanted, events, inflate
from irkit.sources.logs.inflate import Damaged
from irkit.sources.logs.lines import _whole_lines
from tests.sources.logs.test_read import FIVE, KEY, SESSION, WHOLE, assume, lines
from tests.sources.logs.test_read_packed import tarred, zipped

IDS = {f"id-{number}" for number in range(6)}
GOOD = [
    WHOLE,
    lines(FIVE),
    json.dumps(FIVE, indent=1).encode(),
    lines([{"Events": [{"CloudTrailEvent": json.dumps(one)} for one in FIVE]}]),
    WHOLE.decode().encode("utf-16"),
    lines([assume(5, KEY, SESSION)]) + WHOLE,
]
PACKED = [*GOOD, *map(gzip.compress, GOOD), lzma.compress(WHOLE), bz2.compress(WHOLE), zipped(a=WHOLE, b=lines(FIVE)),
          tarred(a=WHOLE, b=gzip.compress(WHOLE)), gzip.compress(tarred(a=lines(FIVE))), zipped(a=gzip.compress(WHOLE))]  # fmt: skip
TEXT = st.text(alphabet='{}[]",:\\ \n\r\t0aé\x00' + "\ud800", max_size=200).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)
quickly = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def outcome(data: bytes) -> tuple[set[str], int]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "log").write_bytes(data)
        reading = events([Path(folder)], Wanted.of("fake", [KEY]))
        found = list(reading)
    assert all(one.what.startswith(folder) and one.why for one in reading.skipped)
    return {event.event_id for event in found}, len(reading.skipped)


@quickly
@given(
    st.binary(max_size=400) | TEXT,
    st.sampled_from([b"", KEY.encode(), b"{", b"[", b'{"Records":[', b"\x1f\x8b\x08", b"PK\3\4"]),
)
def test_any_bytes(data: bytes, head: bytes) -> None:
    outcome(head + data)
    outcome(head + data + KEY.encode())


@quickly
@given(st.sampled_from(PACKED), st.data())
def test_good_files_with_some_bytes_changed(good: bytes, data: st.DataObject) -> None:
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(broken) - 1))
        broken[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    outcome(bytes(broken))


@quickly
@given(st.sampled_from(PACKED), st.data())
def test_good_files_cut_anywhere_say_so_or_lose_nothing(good: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(good) - 1))
    found, skipped = outcome(good[:at])
    whole, _ = outcome(good)
    assert found <= whole <= IDS
    assert found == whole or skipped or good[:at].endswith((b"\n", b"}")) or good.startswith(b"\xff\xfe")


@quickly
@given(
    st.lists(st.sampled_from([*GOOD[:4], b"\n", b"{\n", b"nothing\n", b'{"x":1}\n', KEY.encode() + b"\n"]), max_size=6)
)
def test_good_parts_among_others_in_a_row(parts: list[bytes]) -> None:
    outcome(b"".join(parts))
    outcome(b"".join(map(gzip.compress, parts)))


@quickly
@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=4), st.integers(1, 5000), st.data())
def test_inflating_gives_what_was_packed_whatever_the_pieces(
    parts: list[bytes], size: int, data: st.DataObject
) -> None:
    packed = b"".join(map(gzip.compress, parts))

    def pieces() -> list[bytes]:
        return [packed[at : at + size] for at in range(0, len(packed), size)]

    assert b"".join(inflate.members(pieces)) == b"".join(parts) == b"".join(inflate.passing(pieces()))
    at_once = inflate.whole(packed)
    assert at_once is None or at_once == b"".join(parts)
    cut = data.draw(st.integers(0, len(packed)))
    given_out = b""
    try:
        for piece in inflate.members(lambda: [packed[:cut]] if cut else []):
            given_out += piece
    except Damaged:
        assert cut < len(packed)
    assert b"".join(parts).startswith(given_out)


_LONG = b'{"a":"' + b"x" * 120 + b'"}'
_LINE = st.sampled_from(
    [_LONG, _LONG + b"\r", _LONG[:-1], _LONG[1:], _LONG + b" ", b"", b"{}", b"{}\r", b"}", b"{", b"\r"]
)


@quickly
@given(st.lists(_LINE, max_size=6), st.sampled_from([b"", b"\n"]))
def test_a_line_that_was_cut_is_seen_as_if_each_were_looked_at(others: list[bytes], end: bytes) -> None:
    block = b"\n".join([_LONG, *others]) + end
    each = [one.removesuffix(b"\r") for one in block.removesuffix(b"\n").split(b"\n")]
    if all(one.startswith(b"{") and one.endswith(b"}") for one in each):
        assert _whole_lines(block) == block.count(b"\n")
    elif not all(one.strip().startswith(b"{") and one.strip().endswith(b"}") for one in each if one.strip()):
        assert _whole_lines(block) == -1
