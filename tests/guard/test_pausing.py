"""A stream whose source pauses: nothing is held back for ever, and no pause lets a secret through."""

from __future__ import annotations

import secrets

from hypothesis import example, given, settings
from hypothesis import strategies as st

from irkit.needles import token_needles
from irkit.redact import Hidden, Redactor

SECRET = f"irkitFAKE-{secrets.token_hex(12)}"
REDACTOR = Redactor([Hidden("fp:x", token_needles(SECRET.encode()))])
SHOWN = 5  # of a secret's beginning, at most, when its source pauses there


def said(*pieces: str | None) -> str:
    """What comes out when these come in, None being a pause."""
    stream = REDACTOR.stream()
    out = [stream.pause() if one is None else stream.feed(one.encode()) for one in pieces]
    return (b"".join(out) + stream.end()).decode()


def test_a_prompt_that_ends_like_a_secret_begins_is_shown_at_a_pause() -> None:
    stream = REDACTOR.stream()
    assert stream.feed(b"name? ir") == b"name? "
    assert stream.holds
    assert stream.pause() == b"ir"
    assert not stream.holds
    assert stream.pause() == b""
    assert stream.feed(b"ritated\n") + stream.end() == b"ritated\n"


def test_a_secret_with_a_pause_in_it_is_hidden_behind_what_was_shown() -> None:
    for cut in range(1, len(SECRET)):
        text = said("a ", SECRET[:cut], None, SECRET[cut:], " b")
        beginning = SECRET[:cut] if cut <= SHOWN else ""
        assert text == f"a {beginning}[redacted fp:x] b"


def test_letter_by_letter_with_pauses_only_its_first_letters_are_seen() -> None:
    pieces = [one for char in SECRET for one in (char, None)]
    assert said(*pieces, "\n", None) == f"{SECRET[:SHOWN]}[redacted fp:x]\n"


def test_what_only_began_like_it_is_hidden_when_it_paused_there() -> None:
    assert said(SECRET[:12], None, " no", None, "\n") == "[redacted fp:x] no\n"


@given(
    text=st.lists(
        st.sampled_from([SECRET, SECRET[:3], SECRET[:8], SECRET[4:], "x", "\n", " ", SECRET.encode().hex()]), max_size=6
    ),
    cuts=st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=12),
)
@example(text=[SECRET[:3], SECRET], cuts=[(3, True), (6, True)])
@settings(max_examples=200, deadline=None)
def test_wherever_it_is_cut_and_paused_no_secret_comes_out(text: list[str], cuts: list[tuple[int, bool]]) -> None:
    whole = "".join(text)
    pieces: list[str | None] = []
    last = 0
    for at, pause in sorted(cuts):
        pieces += [whole[last:at], None] if pause else [whole[last:at]]
        last = max(last, at)
    out = said(*pieces, whole[last:])
    assert SECRET not in out
    assert SECRET.encode().hex() not in out
    if not any(pause for _, pause in cuts):
        assert out == REDACTOR.text(whole)
