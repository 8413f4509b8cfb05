"""No cut lets a secret through, and nothing is held longer than it could be the beginning of one."""

from __future__ import annotations

import pytest

from irkit.guard.streams import TextStream
from tests.guard.canary import make_canary, redactor_of


def test_no_cut_lets_a_secret_through() -> None:
    canary = make_canary()
    text = f"é before {canary} between {canary}{canary[:9]} after"
    for cut in range(len(text)):
        stream = TextStream(redactor_of(canary))
        shown = stream.feed(text[:cut]) + stream.feed(text[cut:]) + stream.end()
        assert shown == f"é before [redacted fp:canary] between [redacted fp:canary]{canary[:9]} after"


@pytest.mark.parametrize("line", ["Reading 3 of 9\n", "...", "done, é\n"])
def test_a_line_that_begins_no_secret_is_shown_at_once(line: str) -> None:
    assert TextStream(redactor_of("Xq" + make_canary())).feed(line) == line


def test_a_beginning_is_held_and_given_back_when_it_was_none() -> None:
    stream = TextStream(redactor_of("irkitCANARY-0123456789"))
    assert stream.feed("see irkitCAN") == "see "
    assert stream.feed("OE") == "irkitCANOE"
    assert stream.end() == ""
