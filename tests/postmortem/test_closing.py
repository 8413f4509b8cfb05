"""A case is a false alarm for two facts at least, never for want of knowledge, and what comes later opens it again."""

from __future__ import annotations

import pytest

from irkit.exposure.visibly_fake import visibly_fake
from irkit.model import Clock, Kind, Standing, State
from irkit.plan import document
from irkit.postmortem.closing import CONTAINED, FAKE, NOTHING_WAITS, REFUSED, SEARCHED, UNUSED, Fact, closed, objections
from tests.postmortem.story import TOKEN, Journal, instant, opened


def facts(**answers: bool | None) -> list[Fact]:
    names = {
        "refused": REFUSED,
        "unused": UNUSED,
        "fake": FAKE,
        "searched": SEARCHED,
        "never_issued": "never issued",
        "private": "only in private",
    }
    return [Fact("t", names[name], answer, "so it is") for name, answer in answers.items()]


@pytest.mark.parametrize(
    ("known", "despite", "said"),
    [
        (facts(refused=True, unused=True, fake=True, searched=True), "", []),
        (facts(refused=True, unused=True, fake=False, searched=True, never_issued=True), "", []),
        (facts(refused=True, unused=True, fake=False, searched=True), "", ["no fact says that it never worked"]),
        (facts(unused=None, refused=None, fake=True, searched=True), "no logs exist", ["1 of at least 2 facts"]),
        (facts(searched=True, fake=True), "", ["1 of at least 2 facts"]),
        (
            facts(refused=True, unused=None, fake=True, searched=None),
            "",
            ["whether never used is not known", "whether searched for"],
        ),
        (facts(refused=True, unused=None, fake=True, searched=None), "the logs are gone", []),
        (facts(refused=False, unused=True, fake=True, searched=True), "never mind", ["not refused by its issuer"]),
        (facts(refused=True, unused=False, private=True, searched=True), "never mind", ["not never used"]),
        (facts(), "", ["nothing is known"]),
    ],
)
def test_what_speaks_against_a_false_alarm(known: list[Fact], despite: str, said: list[str]) -> None:
    told = objections("false alarm", known, despite)
    assert len(told) == len(said), told
    for text, one in zip(said, told, strict=True):
        assert text in one


def test_a_contained_case_waits_for_nothing() -> None:
    done, waits = Fact("t", CONTAINED, True, ""), Fact("", NOTHING_WAITS, False, "2 actions are not settled")
    assert objections("contained", [done]) == ()
    assert objections("contained", [done, waits], "whatever") == (
        "the case: not nothing waits: 2 actions are not settled",
    )
    assert objections("contained", [Fact("t", CONTAINED, None, "nobody asked")])


def standing(journal: Journal, minutes: float, moment: str, *, alive: bool) -> None:
    answer = Standing(
        State.ALIVE if alive else State.DEAD, "it said so", instant(minutes, Clock.JOURNAL, "a probe"), ""
    )
    journal.add(minutes, Kind.STANDING, {"credential": TOKEN.name, "moment": moment, "standing": document(answer)})


def test_what_comes_later_opens_it_again() -> None:
    journal = opened()
    assert closed(journal.records) is None
    ended = journal.add(5, Kind.CLOSED, {"as": "false alarm", "why": "a sample", "who": "carol"})
    assert closed(journal.records) == ended
    standing(journal, 6, "after", alive=False)
    assert closed(journal.records) == ended
    standing(journal, 7, "after", alive=True)
    assert closed(journal.records) is None
    again = journal.add(8, Kind.CLOSED, {"as": "contained", "why": "done", "who": "carol"})
    assert closed(journal.records) == again
    journal.add(9, Kind.USAGE_READ, {"credential": "t", "summary": {"events": 0}})
    assert closed(journal.records) == again
    journal.add(9, Kind.USAGE_READ, {"credential": "t", "summary": {"events": 3}})
    assert closed(journal.records) is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("AKIAIOSFODNN7" + "EXAMPLE", "says so itself"),
        ("ghp_" + "x" * 36, "says so itself"),
        ("your-token-here", "says so itself"),
        ("sk_live_" + "0" * 24, "four different"),
        ("key-" + "ab12" * 8, "over and over"),
        ("tok_" + "abcdefghijklmnopqrstuvwxyz", "counts up"),
        ("correct horse battery staple 42", ""),
        ("Zq8vLw2Rt6Yb1Nc4Md7Kf0Hs3Jg5Pe9X", ""),
    ],
)  # fmt: skip
def test_what_is_visibly_fake(value: str, why: str) -> None:
    told = visibly_fake(value)
    assert (why in told) if why else (told == "")
    assert value not in told


def test_a_wrong_checksum_was_never_issued() -> None:
    assert "checksum" in visibly_fake("Zq8vLw2Rt6Yb1Nc4Md7Kf0Hs3Jg5Pe9X", False)
    assert visibly_fake("Zq8vLw2Rt6Yb1Nc4Md7Kf0Hs3Jg5Pe9X", True) == ""
