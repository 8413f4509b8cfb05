"""The tree: who made what, whether it was used, whether it lives, and how it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from irkit.exposure.usage import living, tree
from irkit.exposure.usage.descent import Begotten, Ended, Made, Used, descent
from irkit.model import MatchKind, UsageEvent
from irkit.show import View
from irkit.show.svg import fault
from tests.exposure.usage.events import NOON, report, use

HOUR = timedelta(hours=1)
SESSION = Made("session", "ASIAFAKE", "AKIAFAKE", NOON, "AssumeRole", "role/x", NOON + HOUR)
NEW_KEY = Made("access-key", "AKIANEW", "AKIAFAKE", NOON, "CreateAccessKey", "eve")
NEW_USER = Made("user", "eve", "AKIAFAKE", NOON, "CreateUser")

LIVES: list[tuple[str, Made, Ended | None, Used, timedelta, bool | None, str]] = [
    ("a session past its end", SESSION, None, Used(), 2 * HOUR, False, "expired at"),
    ("a session before its end", SESSION, None, Used(), HOUR / 2, True, "valid until"),
    ("no end told, past the longest", replace(SESSION, until=None), None, Used(), 13 * HOUR, False, "the longest life documented"),
    ("no end told, before it", replace(SESSION, until=None), None, Used(), 3 * HOUR, None, "may live until"),
    ("no end, no longest", replace(SESSION, until=None, how="GetSession"), None, Used(), 99 * HOUR, None, "do not say"),
    ("a key that was deleted", NEW_KEY, Ended(NOON + HOUR, "DeleteAccessKey", "arn:aws:iam::1:user/tobias"), Used(), 2 * HOUR, False,
     "DeleteAccessKey by user/tobias"),
    ("a key deleted before it was made again", NEW_KEY, Ended(NOON - HOUR, "DeleteAccessKey", "x"), Used(), HOUR, None, "ask the provider"),
    ("a key used after its removal", NEW_KEY, Ended(NOON + HOUR, "UpdateAccessKey", "x"), Used(1, NOON, NOON, NOON + 2 * HOUR), 3 * HOUR,
     None, "used with success after"),
    ("a key let in again after its removal", replace(NEW_KEY, again=NOON + 2 * HOUR), Ended(NOON + HOUR, "UpdateAccessKey", "x"), Used(),
     3 * HOUR, None, "let in again at 2026-03-01"),
    ("a key removed after it was let in again", replace(NEW_KEY, again=NOON + HOUR), Ended(NOON + 2 * HOUR, "DeleteAccessKey", "x"), Used(),
     3 * HOUR, False, "DeleteAccessKey by x"),
    ("a key nobody removed", NEW_KEY, None, Used(), HOUR, None, "ask the provider"),
    ("a user nobody removed", NEW_USER, None, Used(), HOUR, None, "ask the provider"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("made", "end", "used", "later", "alive", "why"), [row[1:] for row in LIVES], ids=[row[0] for row in LIVES]
)
def test_life_and_death_as_of_an_instant(
    made: Made, end: Ended | None, used: Used, later: timedelta, alive: bool | None, why: str
) -> None:
    ended = {(made.kind, made.id): end} if end else {}
    [one] = descent([made], ended, {made.id: used}, {}, as_of=NOON + later)
    assert one.alive is alive
    assert why in one.why
    assert (one in living([one])) is (alive is not False)


def test_sessions_of_sessions_stand_under_them_in_order_of_time() -> None:
    events = [
        use(9, begot=("session:ASIALATE",), action="AssumeRole"),
        use(1, begot=("session:ASIAONE",), action="GetSessionToken"),
        use(
            2,
            key="ASIAONE",
            match=MatchKind.DERIVED,
            parent="AKIAFAKE",
            begot=("session:ASIATWO",),
            action="AssumeRole",
        ),
        use(
            3,
            key="ASIATWO",
            match=MatchKind.DERIVED,
            parent="ASIAONE",
            begot=("access-key:AKIANEW",),
            action="CreateAccessKey",
        ),
    ]
    found = report(*events, as_of=NOON + 99 * HOUR).descent
    assert [(one.depth, one.id, one.parent, one.uses) for one in found] == [
        (1, "ASIAONE", "AKIAFAKE", 1),
        (2, "ASIATWO", "ASIAONE", 1),
        (3, "AKIANEW", "ASIATWO", 0),
        (1, "ASIALATE", "AKIAFAKE", 0),
    ]


def test_keys_that_beget_each_other_do_not_go_round_forever() -> None:
    events = [
        use(1, begot=("session:ASIAONE",)),
        use(2, key="ASIAONE", match=MatchKind.DERIVED, parent="AKIAFAKE", begot=("session:ASIATWO",)),
        use(
            3,
            key="ASIATWO",
            match=MatchKind.DERIVED,
            parent="ASIAONE",
            begot=("session:ASIAONE", "access-key:AKIAFAKE"),
        ),
    ]
    assert {one.id for one in report(*events, as_of=NOON).descent} == {"ASIAONE", "ASIATWO", "AKIAFAKE"}


def test_a_key_whose_making_was_not_read_is_known_by_its_uses() -> None:
    [one] = report(use(1, key="ASIAX", match=MatchKind.DERIVED, parent="AKIAFAKE"), as_of=NOON).descent
    assert (one.id, one.at, one.uses, one.alive) == ("ASIAX", None, 1, None)


def named(*events: UsageEvent) -> dict[str, Any]:
    made = [use(1, begot=("user:eve",), action="CreateUser"), use(2, begot=("access-key:AKIANEW",), target="eve")]
    return {one.id: one for one in report(*made, named=events, as_of=NOON).descent}


def test_others_events_that_name_what_was_made_tell_its_use_and_its_end_and_count_as_no_use_of_the_credential() -> None:
    admin = {"key": "ADMIN", "match": MatchKind.MENTION_ONLY, "principal": "arn:aws:iam::1:user/tobias"}
    eve = {"key": "ASIACONSOLE", "match": MatchKind.MENTION_ONLY, "principal": "arn:aws:iam::1:user/eve"}
    found = named(
        use(5, action="ConsoleLogin", **eve), use(9, action="DeleteAccessKey", ended=("access-key:AKIANEW",), **admin)
    )
    assert (found["eve"].used, found["eve"].alive) == (True, None)
    assert (found["AKIANEW"].alive, "user/tobias" in found["AKIANEW"].why) == (False, True)
    assert named()["eve"].used is False  # the logs were searched for the name, and nobody acted as it


def test_without_a_search_for_names_the_use_of_a_user_is_unknown() -> None:
    [one] = report(use(1, begot=("user:eve",)), as_of=NOON).descent
    assert (one.used, one.document()["used"]) == (None, "unknown")


def test_a_name_that_only_begins_the_same_is_somebody_else() -> None:
    other = use(5, key="K", match=MatchKind.MENTION_ONLY, principal="arn:aws:iam::1:user/evelyn")
    assert named(other)["eve"].used is False


def test_the_document_can_be_read_back() -> None:
    for one in report(use(1, begot=("user:eve", "session:ASIA1")), as_of=NOON).descent:
        assert Begotten.from_document(one.document()) == one


def test_the_picture_is_a_picture_and_says_the_same_as_its_table() -> None:
    nodes = report(
        use(1, begot=("session:ASIAONE",), begot_until=NOON + 5 * HOUR),
        use(2, begot=("user:<b>eve</b>",)),
        use(3, key="ASIAONE", match=MatchKind.DERIVED, parent="AKIAFAKE", begot=("access-key:$x_1$",)),
        as_of=NOON + HOUR,
    ).descent
    drawn = tree.figure("AKIAFAKE", nodes)
    assert fault(drawn.svg) == ""
    assert drawn.svg == tree.figure("AKIAFAKE", nodes).svg
    words = " ".join(ElementTree.fromstring(drawn.svg).itertext())  # noqa: S314  (our own)
    assert "ALIVE: valid until" in words
    assert "<b>eve</b>" in words
    assert drawn.data is not None
    assert [row[1] for row in drawn.data.rows] == [one.id for one in nodes]
    assert "1 alive, 0 dead, 2 unknown" in drawn.alt
    for shown in (View("t", (drawn,)).text(), View("t", (drawn,)).markdown()):
        assert "└─── access-key" in shown


@pytest.mark.parametrize("by", [MatchKind.EXACT_ID, MatchKind.MENTION_ONLY])
def test_what_was_made_again_under_its_old_name_is_not_dead_by_its_first_removal(by: MatchKind) -> None:
    """Whoever takes it out and brings it back, in any order of the logs."""
    made = use(0, 1, action="CreateUser", begot=("user:eve",))
    gone = use(5, 2, action="DeleteUser", ended=("user:eve",))
    back = use(9, 3, action="CreateUser", begot=("user:eve",), match=by)
    for events in ((made, gone, back), (back, gone, made)):
        [one] = report(*events, as_of=NOON + HOUR).descent
        assert one.alive is None, events
        assert one.at == made.at


def test_a_key_that_is_switched_on_again_may_live() -> None:
    made = use(0, 1, action="CreateAccessKey", begot=("access-key:AKIANEW",))
    off = use(5, 2, action="UpdateAccessKey", ended=("access-key:AKIANEW",))
    on = use(9, 3, action="UpdateAccessKey", revived=("access-key:AKIANEW",), match=MatchKind.MENTION_ONLY)
    assert report(made, off, as_of=NOON + HOUR).descent[0].alive is False
    assert report(made, off, on, as_of=NOON + HOUR).descent[0].alive is None
