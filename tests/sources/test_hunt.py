"""The matcher: every form, one hit per place, the same answer however the data is cut."""

from __future__ import annotations

import base64
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.needles import id_needles, key_needles, public_key_needles, token_needles
from irkit.sources.hunt import Hit, Hits, Hunted

TOKEN = b"FAKEtokenFAKEtokenFAKE0123456789"
TOKENS = Hits([Hunted("t", token_needles(TOKEN))])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\nb " + TOKEN, [("raw", 4, 2)]),
        (TOKEN + b"\n" + TOKEN, [("raw", 0, 1), ("raw", 33, 2)]),
        (TOKEN[:-1], []),
        (b"x " + TOKEN.hex().encode(), [("hex", 2, 1)]),
        (b"x " + TOKEN.hex().upper().encode(), [("hex", 2, 1)]),
        (TOKEN.decode().encode("utf-16-le"), [("utf-16le", 0, None)]),
        (b"\0\n" + TOKEN, [("raw", 2, None)]),
        (b"\n" * 9000 + b"\0" + TOKEN, [("raw", 9001, 9001)]),
        (b"", []),
    ],
)
def test_forms_offsets_and_lines(data: bytes, expected: list[tuple[str, int, int | None]]) -> None:
    assert [(hit.form, hit.offset, hit.line) for hit in TOKENS.find(data)] == expected


@pytest.mark.parametrize("shift", range(3))
def test_base64_is_found_at_every_alignment(shift: int) -> None:
    [hit] = TOKENS.find(base64.b64encode(b"x" * shift + TOKEN + b"yz"))
    assert hit.form == "base64"


def test_the_secret_outranks_its_own_name_at_the_same_spot() -> None:
    needles = (*token_needles(TOKEN), *id_needles(TOKEN[:12].decode()))
    assert [hit.form for hit in Hits([Hunted("t", needles)]).find(TOKEN + b" " + TOKEN[:12])] == ["raw", "id"]


def test_two_credentials_that_overlap_are_both_reported() -> None:
    hunted = [Hunted("a", token_needles(TOKEN)), Hunted("b", token_needles(TOKEN[10:] + b"more"))]
    hunted.append(Hunted("c", id_needles(TOKEN[:9].decode())))
    found = Hits(hunted).find(b"> " + TOKEN + b"more")
    assert found == [Hit("a", "raw", 2, 1), Hit("c", "id", 2, 1), Hit("c", "id", 11, 1), Hit("b", "raw", 12, 1)]


def key_block(material: list[bytes], width: int) -> bytes:
    text = base64.b64encode(b"\x95" * 40 + b"".join(part + b"\x08\0" for part in material) + b"\x99" * 700)
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    begin, end = b"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n", b"\n=AbCd\n-----END PGP PRIVATE KEY BLOCK-----\n"
    return begin + b"\n".join(lines) + end


@pytest.mark.parametrize("width", [64, 76, 10_000])
def test_a_private_key_block_is_one_hit_however_it_is_wrapped(width: int) -> None:
    material = [secrets.token_bytes(256), secrets.token_bytes(128), secrets.token_bytes(128)]
    hits = Hits([Hunted("k", key_needles(material))])
    block = key_block(material, width)
    found = hits.find(b"first\n" + block + b"between\n" + block)
    assert [hit.form for hit in found] == ["armor", "armor"]
    assert found[1].offset - found[0].offset == len(block) + len(b"between\n")


def test_the_same_key_in_binary_is_one_hit() -> None:
    material = [secrets.token_bytes(256), secrets.token_bytes(128)]
    data = b"\x95\0" + material[0] + b"\x08\0" + material[1]
    assert Hits([Hunted("k", key_needles(material))]).find(data) == [Hit("k", "binary", 2, None)]


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from([TOKEN, TOKEN[:20], b"\n", b"plain text ", base64.b64encode(TOKEN), b"\xff"]), max_size=12
    ),
    size=st.integers(1, 90),
)
def test_cutting_the_data_anywhere_changes_nothing(parts: list[bytes], size: int) -> None:
    data = b"".join(parts)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert TOKENS.stream(pieces) == TOKENS.find(data)


def test_cutting_a_long_stream_changes_nothing() -> None:
    material = [secrets.token_bytes(256), secrets.token_bytes(128)]
    hits = Hits([Hunted("k", key_needles(material)), Hunted("t", token_needles(TOKEN))])
    data = (b"some text\n" * 9000 + TOKEN + b"\n" + key_block(material, 64)) * 4
    for size in (1000, 65_536, 70_001):
        assert hits.stream(data[start : start + size] for start in range(0, len(data), size)) == hits.find(data)
    assert len(hits.find(data)) == 8


@settings(max_examples=200, deadline=None)
@given(
    parts=st.lists(
        st.sampled_from([TOKEN, TOKEN[:9], TOKEN[9:], b"\n", b'" + "', b"\\\n", b"text ", TOKEN[:3]]), max_size=12
    )
)
def test_what_holds_no_head_holds_no_hit(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert TOKENS.heads is not None
    if TOKENS.find(data):
        assert any(head in data for head in TOKENS.heads)


def test_a_public_key_has_no_head() -> None:
    assert Hits([Hunted("k", public_key_needles("AB" * 20))]).heads is None
