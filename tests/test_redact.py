"""Whatever form a secret takes and wherever a stream cuts it, it does not come out."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.errors import BadInput
from irkit.needles import key_needles, token_needles
from irkit.redact import Hidden, Redactor

TOKEN = b"fake/token+with=odd&signs-0123456789"
REDACTOR = Redactor([Hidden("fp:test", token_needles(TOKEN))])

FORMS = {
    "raw": TOKEN,
    "base64 alone": base64.b64encode(TOKEN),
    "base64 after one byte": base64.b64encode(b":" + TOKEN),
    "base64 after two bytes": base64.b64encode(b"u:" + TOKEN),
    "base64 with a tail": base64.b64encode(b"user:" + TOKEN + b":rest"),
    "url-safe base64": base64.urlsafe_b64encode(b"\xff\xff" + TOKEN),
    "hex": TOKEN.hex().encode(),
    "upper hex": TOKEN.hex().upper().encode(),
    "percent-encoded": quote(TOKEN.decode(), safe="").encode(),
    "in JSON": json.dumps({"token": TOKEN.decode()}).encode(),
    "utf-16le": TOKEN.decode().encode("utf-16-le"),
    "utf-16be": TOKEN.decode().encode("utf-16-be"),
}


def betrays(data: bytes) -> bool:
    """A check that shares nothing with the redactor: the token itself, or what base64 of it always contains."""
    middle = base64.b64encode(TOKEN)[4:-8]
    return any(form in data for form in (TOKEN, middle, TOKEN.hex().encode(), TOKEN.decode().encode("utf-16-le")))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_hidden(form):
    data = b"before " + FORMS[form] + b" after"
    clean = REDACTOR.data(data)
    assert REDACTOR.finds(data) == ("[redacted fp:test]",)
    assert REDACTOR.finds(clean) == ()
    assert b"[redacted fp:test]" in clean
    assert clean.startswith(b"before ")
    assert clean.endswith(b" after")
    assert not betrays(clean)


@given(
    pieces=st.lists(st.sampled_from([*FORMS.values(), b"plain text ", b"\x00\xff", TOKEN[:10]]), max_size=6),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=30),
)
def test_a_stream_cut_anywhere_gives_what_the_whole_gives(pieces, cuts):
    data = b"".join(pieces)
    stream, out, position = REDACTOR.stream(), b"", 0
    for cut in cuts:
        out += stream.feed(data[position : position + cut])
        position += cut
    out += stream.feed(data[position:]) + stream.end()
    assert out == REDACTOR.data(data)


CUT_UP = [
    *(TOKEN[:9], TOKEN[9:], TOKEN[:3], TOKEN[3:], TOKEN[:20], TOKEN[20:], TOKEN, b"aaaa", b"a" * 16),
    *(b'" + "', b"'\n  '", b"\\\n", b"\n", b'"', b" ", b"+", b"\\n", b"\0"),
    *(base64.b64encode(TOKEN)[:20], base64.b64encode(TOKEN)[20:], TOKEN.hex().encode()[:31], TOKEN.hex().encode()[31:]),
]
SEVERAL = Redactor(
    Hidden(label, token_needles(value))
    for label, value in (("a", TOKEN), ("b", TOKEN[10:] + b"more"), ("c", b"a" * 16))
)


@settings(max_examples=300, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(CUT_UP), max_size=12), sizes=st.lists(st.sampled_from([1, 2, 7, 30]), min_size=1)
)
def test_secrets_in_pieces_that_overlap_are_hidden_alike_however_the_stream_is_cut(pieces, sizes):
    data, out, position = b"".join(pieces), b"", 0
    stream = SEVERAL.stream()
    for size in sizes * (len(data) + 1):
        out += stream.feed(data[position : position + size])
        position += size
        if position >= len(data):
            break
    assert out + stream.end() == SEVERAL.data(data)


def test_text_with_lone_surrogates_survives():
    text = "a\udcff" + TOKEN.decode()
    assert REDACTOR.text(text) == "a\udcff[redacted fp:test]"


def test_trees_are_redacted_in_keys_and_values():
    tree = {TOKEN.decode(): [1, None, {"x": "y " + TOKEN.decode()}]}
    assert REDACTOR.tree(tree) == {"[redacted fp:test]": [1, None, {"x": "y [redacted fp:test]"}]}


def test_nothing_to_hide_changes_nothing():
    assert Redactor().data(b"anything") == b"anything"
    assert Redactor().stream().feed(b"anything") == b"anything"


def test_the_hash_of_a_token_stays_because_logs_are_read_by_it():
    weak = [needle for needle in token_needles(TOKEN) if needle.weak]
    assert {needle.form for needle in weak} == {"sha256-hex", "sha256-base64"}
    assert all(REDACTOR.finds(needle.pattern) == () for needle in weak)


def test_a_private_key_is_hidden_however_it_is_wrapped():
    material = bytes(range(100, 132))
    redactor = Redactor([Hidden("key", key_needles([material]))])
    packet = b"\x94\x58" + b"head of the packet" + material + b"tail"
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + packet)
        for width in (64, 76, 61):
            wrapped = b"\n".join(encoded[start : start + width] for start in range(0, len(encoded), width))
            assert redactor.finds(wrapped) == ("[redacted key]",), (shift, width)
    assert redactor.finds(packet) == ("[redacted key]",)


@pytest.mark.parametrize("value", [b"", b"short"])
def test_what_is_too_short_to_search_for_is_refused(value):
    with pytest.raises(BadInput):
        token_needles(value)
