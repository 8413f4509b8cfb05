"""A stream is redacted as it reads on a terminal, and is otherwise the same to the byte."""

from __future__ import annotations

import hashlib
import re
import secrets
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from irkit.guard.piping.reading import ReadingStream
from irkit.needles import token_needles
from irkit.redact import Hidden, Redactor
from irkit.sources.archives.terminal import plain

SECRET = f"irkitFAKE-{secrets.token_hex(12)}"
REDACTOR = Redactor([Hidden("fp:x", token_needles(SECRET.encode()))])
LABEL = "[redacted fp:x]"
RED, NONE, TITLE = "\x1b[01;31m\x1b[K", "\x1b[m\x1b[K", "\x1b]0;{}\x07"

Piece = bytes | None
"""What comes in at once, or a pause."""


def said(*pieces: Piece) -> bytes:
    stream = ReadingStream(REDACTOR)
    out = [stream.pause() if one is None else stream.feed(one) for one in pieces]
    assert pieces[-1:] != (None,) or not stream.holds
    return b"".join(out) + stream.end()


def all_at_once(text: str) -> str:
    return said(text.encode()).decode()


WAYS = {
    "a part of it in colour": f"{SECRET[:5]}{RED}{SECRET[5:12]}{NONE}{SECRET[12:]}",
    "its beginning in colour": f"{RED}{SECRET[:12]}{NONE}{SECRET[12:]}",
    "each letter in a colour": "".join(f"\x1b[3{at % 8}m{letter}" for at, letter in enumerate(SECRET)),
    "each letter over itself": "".join(f"{letter}\b{letter}" for letter in SECRET),
    "each letter underlined": "".join(f"_\b{letter}" for letter in SECRET),
    "letters rubbed out": f"{SECRET[:12]}xyz\b\b\b{SECRET[12:]}",
    "rubbed out and in colour": f"{SECRET[:12]}x{RED}y{NONE}\b\b{SECRET[12:]}",
    "a return in it": f"{SECRET[:9]}\r{SECRET[9:]}",
    "a full line's last letter twice": f"{SECRET[:12]}{SECRET[12]}\r{SECRET[12:]}",
    "a blank and a return": f"{SECRET[:12]} \r{SECRET[12:]}",
    "in a title": TITLE.format(SECRET),
    "around a title": f"{SECRET[:12]}{TITLE.format('x')}{SECRET[12:]}",
    "behind half a sequence": f"\x1b[{SECRET}",
    "as a link": f"\x1b]8;;https://h/{SECRET}\x1b\\text\x1b]8;;\x1b\\",
    "over two lines, in colour": f"{SECRET[:12]}{NONE}\r\n{RED}{SECRET[12:]}",
}


@pytest.mark.parametrize("way", WAYS)
def test_however_it_is_shown_it_is_hidden(way: str) -> None:
    text = f"a {WAYS[way]} b\n"
    out = all_at_once(text)
    assert LABEL in out
    read = plain(out.encode()).decode()
    for shown in (out, read):
        assert not any(SECRET[at : at + 6] in shown for at in range(len(SECRET) - 6)), way
    assert read.startswith("a ")
    assert read.endswith(" b\n")


@pytest.mark.parametrize("way", WAYS)
def test_letter_by_letter_it_is_hidden_too(way: str) -> None:
    """Rubbed-out letters that were shown already are: what they wrote over is seen apart."""
    out = said(*(bytes((byte,)) for byte in f"{RED}a {WAYS[way]} b\n".encode()))
    assert SECRET not in out.decode()
    if "\b" not in WAYS[way]:
        assert out.decode() == all_at_once(f"{RED}a {WAYS[way]} b\n")


def test_colours_within_it_stay_so_that_what_follows_has_its_own() -> None:
    assert all_at_once(f"a {SECRET[:12]}{RED}{SECRET[12:]}{NONE} b") == f"a {LABEL}{RED}{NONE} b"


def test_a_prompt_in_colour_is_shown_at_a_pause_and_so_is_half_a_sequence() -> None:
    stream = ReadingStream(REDACTOR)
    out = stream.feed(f"{RED}name? {NONE}ir{RED}".encode())
    assert (out + stream.pause()).decode() == f"{RED}name? {NONE}ir{RED}"
    assert not stream.holds
    out = stream.feed(b"|\b") + stream.pause() + stream.feed(b"/\b") + stream.pause()
    assert out == b"|\b/\b"
    out = stream.feed(b"x\x1b[3") + stream.pause()
    assert out == b"x\x1b[3"
    assert stream.feed(b"1mred") + stream.pause() == b"1mred"
    assert not stream.holds


def test_with_pauses_between_its_letters_and_colours_only_its_first_are_seen() -> None:
    pieces: list[Piece] = []
    for letter in SECRET:
        pieces += [RED.encode(), None, letter.encode(), None]
    read = plain(said(*pieces, b"\n", None)).decode()
    assert read == f"{SECRET[:5]}{LABEL}\n"


def test_typed_slowly_over_the_end_of_a_line_only_its_first_letters_are_seen() -> None:
    """As bash echoes it: what fills a line comes with a blank and a return, and then nothing for a while."""
    pieces: list[Piece] = [b"\x1b[?2004h$ ", None]
    for at, letter in enumerate(SECRET):
        pieces += [f"{letter} \r".encode() if at in (8, 20) else letter.encode(), None]
    out = said(*pieces, b"\r\n", None).decode()
    assert out.replace(" \r", "") == f"\x1b[?2004h$ {SECRET[:5]}{LABEL}\r\n"


def test_in_a_program_or_an_archive_it_is_hidden_and_the_rest_is_the_same() -> None:
    noise = b"".join(hashlib.sha512(bytes((number,))).digest() for number in range(250)) + b"\0" * 100
    data = noise + SECRET.encode() + noise + RED.encode()
    assert said(data[:9000], data[9000:]) == data.replace(SECRET.encode(), LABEL.encode())
    assert said(f"{RED}x".encode(), data) == f"{RED}x".encode() + data.replace(SECRET.encode(), LABEL.encode())


SOME = st.sampled_from(
    [
        SECRET[:3],
        SECRET[:8],
        SECRET[4:12],
        *(
            "x",
            "\n",
            " ",
            "\r\n",
            "\r",
            "\b",
            "\x1b",
            "\x1b[",
            "\x1b[31m",
            "\x1b]0;",
            "\x07",
            "\x1b\\",
            "\x1bP",
            "\x1b(B",
            "é",
            "\0",
        ),
    ]
)


@given(parts=st.lists(SOME | st.text(max_size=3), max_size=30), cuts=st.lists(st.integers(0, 150), max_size=12))
@example(parts=["x", "\x1b[31m", "\b"], cuts=[])
@settings(max_examples=300, deadline=None)
def test_what_holds_no_secret_is_the_same_to_the_byte(parts: list[str], cuts: list[int]) -> None:
    data = "".join(parts).encode("utf-8", "surrogatepass")
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[a:b] for a, b in pairwise(edges)]
    if SECRET.encode() not in plain(data) and LABEL.encode() not in said(data):
        assert said(*pieces) == data
    if not any(SECRET[:6].encode() in one for one in (data, plain(data), re.sub(rb"[\x1b\r\b].?", b"", data))):
        paused: list[Piece] = [each for one in pieces for each in (one, None)]
        if LABEL.encode() not in said(*paused):
            assert said(*paused) == data


@given(
    marks=st.lists(
        st.tuples(st.integers(1, len(SECRET) - 1), st.sampled_from([RED, NONE, "\r", "x\b", " \r", TITLE.format("t")])),
        max_size=6,
    ),
    cuts=st.lists(st.tuples(st.integers(0, 120), st.booleans()), max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_wherever_marks_and_cuts_and_pauses_are_no_secret_can_be_read(
    marks: list[tuple[int, str]], cuts: list[tuple[int, bool]]
) -> None:
    text, last = f"{RED}a ", 0
    for at, mark in sorted(marks):
        if mark == "\r" and SECRET[at - 1] == SECRET[at]:
            continue  # it reads as a letter that is written twice
        text, last = text + SECRET[last:at] + mark, at
    data = f"{text}{SECRET[last:]} b".encode()
    pieces: list[Piece] = []
    last = 0
    for at, pause in sorted(cuts):
        pieces += [data[last:at], None] if pause else [data[last:at]]
        last = max(last, at)
    out = said(*pieces, data[last:])
    if not cuts:
        assert LABEL.encode() in out
    assert SECRET.encode() not in out
    if not (
        any(pause for _, pause in cuts) and any(mark in data for mark in (b"\b", b" \r"))
    ):  # what is shown is not rubbed out
        assert SECRET.encode() not in plain(out.replace(b" \r", b"").replace(b"\r", b""))
