"""The exposure window, situation by situation. Times are minutes after noon; `?` is a side without a bound.

Evidence is written `CLOCK@minute`, with a trailing `~` where whoever wrote it could choose the time, `'` where a person
only says so; standings are `alive@`, `dead@`, `unclear@`. The answer is written
`[earliest opening, latest opening] [earliest closing, latest closing]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irkit.exposure.window import window
from irkit.model import (
    Clock,
    CommitMark,
    GitPresence,
    Instant,
    Occurrence,
    Standing,
    State,
    Trust,
    Window,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOCKS = {
    "issued": Clock.ISSUED, "push": Clock.PUSH, "public": Clock.PUBLIC, "alert": Clock.ALERT, "aware": Clock.AWARE,
    "misuse": Clock.FIRST_USE, "use": Clock.USE, "revoke": Clock.REVOKE_SENT, "confirmed": Clock.CONFIRMED_DEAD,
    "author": Clock.AUTHOR, "commit": Clock.COMMIT, "file": Clock.FILE, "seen": Clock.STILL_ALIVE,
}  # fmt: skip
STATES = {"alive": State.ALIVE, "dead": State.DEAD, "unclear": State.UNKNOWN}


@dataclass(frozen=True)
class Situation:
    told: str
    evidence: str
    opened_closed: str
    because: str = ""  # words that must stand in `why` or `narrow`


SITUATIONS = [
    Situation("nothing is known", "", "[?, ?] [?, ?]", "from the provider's console"),
    Situation("only git's dates: they bound nothing", "author@0~ commit@5~", "[?, ?] [?, ?]"),
    Situation("the code host's push record", "push@10", "[?, 10] [?, ?]", "not after 2026-03-01T12:10:00Z"),
    Situation("a push time read from a settable clock", "push@10~", "[?, ?] [?, ?]", "moves no bound"),
    Situation("issued, pushed, revoked and dead", "issued@0 push@10 alive@20 revoke@21 dead@22", "[0, 10] [20, 22]"),
    Situation("the issue time was set by the key's own maker", "issued@0~ push@10", "[?, 10] [?, ?]", "settable"),
    Situation("somebody says when it was issued", "issued@0' push@10", "[?, 10] [?, ?]", "stated"),
    Situation("the team became aware before any record turned up", "aware@30'", "[?, 30] [?, ?]", "the team knew"),
    Situation("an alert came before the team read it", "alert@25 aware@30'", "[?, 25] [?, ?]", "somebody else had found it"),
    Situation("misuse came before the alert", "misuse@12 alert@25", "[?, 12] [12, ?]", "somebody else used it"),
    Situation("ordinary uses before the leak do not open it", "issued@0 use@3 use@50 push@10", "[0, 10] [50, ?]"),
    Situation("private first, public later: the push counts", "push@10 public@500", "[?, 10] [?, ?]"),
    Situation("revocation sent but not confirmed", "push@10 revoke@21", "[?, 10] [?, ?]", "a request, not its effect"),
    Situation("the answer after revocation was not clear", "push@10 alive@20 unclear@22", "[?, 10] [20, ?]", "not answered"),
    Situation("a dead reply contradicted by a later use", "push@10 dead@22 use@25", "[?, 10] [25, ?]", "does not close"),
    Situation("and confirmed again after that use", "push@10 dead@22 use@25 dead@40", "[?, 10] [25, 40]", "between"),
    Situation("the first dead reply counts, not the last", "push@10 alive@20 dead@22 dead@60", "[?, 10] [20, 22]"),
    Situation("confirmed dead by the verdict", "push@10 seen@20 confirmed@23", "[?, 10] [20, 23]"),
    Situation("dead from the start, never seen alive", "push@10 dead@30", "[?, 10] [?, 30]", "probe whether it still works"),
    Situation("push before issue: neither bounds the opening", "issued@20 push@10", "[?, ?] [?, ?]", "one of them is wrong"),
    Situation("push before issue, but the alert came after both", "issued@20 push@10 alert@30", "[?, 30] [?, ?]"),
    Situation("dead before it was out", "issued@0 push@50 dead@30", "[0, 50] [?, 30]", "dead before the first sign"),
    Situation("issued after it was dead: one is wrong", "issued@60 dead@30", "[?, ?] [?, ?]", "neither is used"),
    Situation("a forged sign of death", "push@10 alive@20 confirmed@15~", "[?, 10] [20, ?]", "moves no bound"),
]  # fmt: skip


def instant(text: str) -> Instant:
    name, _, minute = text.partition("@")
    trust = {"~": Trust.SETTABLE, "'": Trust.STATED}.get(minute[-1], Trust.INDEPENDENT)
    clock = CLOCKS.get(name, Clock.JOURNAL)
    return Instant(NOON + timedelta(minutes=int(minute.rstrip("~'"))), clock, f"{name} record", trust)


def at_once(evidence: str, occurrences: tuple[Occurrence, ...] = ()) -> Window:
    words = evidence.split()
    standings = [Standing(STATES[w.split("@")[0]], "said so", instant(w)) for w in words if w.split("@")[0] in STATES]
    instants = [instant(word) for word in words if word.split("@")[0] in CLOCKS]
    return window(occurrences, instants=instants, standings=standings)


def bounds(found: Window) -> str:
    def minute(one: Instant | None) -> str:
        return "?" if one is None else str(int((one.at - NOON).total_seconds() // 60))

    return " ".join(f"[{minute(b.earliest)}, {minute(b.latest)}]" for b in (found.opened, found.closed))


@pytest.mark.parametrize("case", SITUATIONS, ids=lambda case: case.told)
def test_situation(case: Situation) -> None:
    found = at_once(case.evidence)
    assert bounds(found) == case.opened_closed
    assert case.because in " | ".join((*found.opened.why, *found.closed.why, *found.narrow))


def committed(minute: int, *, removed: int | None = None) -> Occurrence:
    def mark(at: int) -> CommitMark:
        return CommitMark("c0ffee" * 6 + "c0ff", NOON + timedelta(minutes=at), NOON + timedelta(minutes=at + 1))

    gone = (mark(removed),) if removed is not None else ()
    presence = GitPresence("repo", "b10b", True, 1, added=(mark(minute),), removed=gone)
    return Occurrence("fp:fake", "git", "key.env", 1, 0, "raw", removed is None, presence)


def test_git_dates_are_told_with_what_they_are_worth_and_bound_nothing() -> None:
    found = at_once("push@10", (committed(-500), committed(-20)))
    assert bounds(found) == "[?, 10] [?, ?]"
    [said] = [why for why in found.opened.why if "git says" in why]
    assert "2026-03-01T03:40:00Z by its author" in said
    assert "moves no bound" in said


def test_deleting_the_file_closes_nothing() -> None:
    found = at_once("push@10 alive@20", (committed(0, removed=15),))
    assert bounds(found) == "[?, 10] [20, ?]"
    assert any("closes nothing" in why for why in found.closed.why)


def test_what_refuses_without_a_proof_of_death_closes_nothing() -> None:
    refused = Standing(
        State.DEAD, "401", Instant(NOON + timedelta(minutes=22), Clock.CONFIRMED_DEAD, "probe", Trust.OURS)
    )
    open_ = window((), instants=[instant("push@10")], standings=[refused], proved_dead=False)
    assert bounds(open_) == "[?, 10] [?, ?]"
    assert not open_.is_closed
    assert any("not proved dead" in why for why in open_.closed.why)
    assert bounds(window((), instants=[instant("push@10")], standings=[refused])) == "[?, 10] [?, 22]"


def test_the_named_arguments_are_the_same_evidence() -> None:
    issued, misuse = instant("issued@0"), instant("use@9")
    found = window((), instants=[instant("push@10")], issued=issued, first_use=misuse)
    assert bounds(found) == "[0, 9] [9, ?]"


@pytest.mark.parametrize(
    ("evidence", "asks", "does_not_ask"),
    [
        ("", ["/activity", "console", "revoke it"], []),
        ("push@10", ["became public", "console"], ["/activity"]),
        ("issued@0 push@10 public@11 misuse@12 alive@20 dead@22", [], ["/activity", "public", "console", "revoke it", "probe"]),
        ("push@10 alive@20 dead@90", ["between its last sign of life and its death lie 1 h 10 min"], ["revoke it"]),
    ],
)  # fmt: skip
def test_narrow_asks_for_what_is_missing_and_nothing_else(
    evidence: str, asks: list[str], does_not_ask: list[str]
) -> None:
    narrow = " | ".join(at_once(evidence).narrow)
    assert all(ask in narrow for ask in asks)
    assert not any(ask in narrow for ask in does_not_ask)


WORDS = st.builds(
    lambda name, minute, mark: f"{name}@{minute}{mark}",
    st.sampled_from([*CLOCKS, *STATES]), st.integers(0, 30), st.sampled_from(["", "~", "'"]),
)  # fmt: skip


@given(st.lists(WORDS, max_size=12))
def test_no_evidence_however_contradictory_makes_it_fail(words: list[str]) -> None:
    found = at_once(" ".join(words))
    for bound in (found.opened, found.closed):
        assert not (bound.earliest and bound.earliest.forgeable)
        assert not (bound.latest and bound.latest.forgeable)


@given(st.lists(WORDS, max_size=10), st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_does_not_matter(words: list[str], chance: object) -> None:
    shuffled = list(words)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert bounds(at_once(" ".join(words))) == bounds(at_once(" ".join(shuffled)))


@given(
    st.lists(WORDS, max_size=10),
    st.sampled_from(["author@3~", "commit@3~", "push@3~", "issued@3~", "confirmed@3~", "use@3~"]),
)
def test_a_settable_date_changes_no_bound(words: list[str], forged: str) -> None:
    assert bounds(at_once(" ".join([*words, forged]))) == bounds(at_once(" ".join(words)))
