"""Consumers from logs, and whether one switched over: yes only when the new credential was seen, no when the old one was, else unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from irkit.exposure.consumers import seen_in_use, switched
from irkit.model import Bound, Clock, Consumer, Instant, MatchKind, Sure, Trust, UsageEvent, Window

OPENED = datetime(2026, 3, 1, tzinfo=UTC)
REPLACED = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(Bound(latest=Instant(OPENED, Clock.JOURNAL, "fake", Trust.OURS)), Bound())


def event(hours: float | None, agent: str = "deploy/1.0 linux", address: str = "192.0.2.1", **more) -> UsageEvent:
    at = None if hours is None else REPLACED + timedelta(hours=hours)
    fields = {"match": MatchKind.EXACT_ID, "outcome": "ok", "principal": "user/deploy"} | more
    return UsageEvent(
        "cloudtrail", f"id{hours}{agent}", at, "KEY", action="List", agent=agent, address=address, **fields
    )


def test_each_program_and_address_is_a_consumer_the_most_frequent_first():
    seen = seen_in_use([event(-40), event(-1), event(-2, "curl/8", "203.0.113.9"), event(-3, repeated=5)], WINDOW)
    assert [(one.what, one.where) for one in seen] == [("deploy/1.0 linux", "192.0.2.1"), ("curl/8", "203.0.113.9")]
    assert seen[0].how.startswith("7 uses in cloudtrail logs, last 2026-03-01")
    assert seen[0].owner == "user/deploy"
    assert seen[0].sure is Sure.USED


def test_who_was_not_seen_before_the_exposure_may_be_the_intruder():
    ours, other = seen_in_use([event(-40), event(-30), event(-2, "curl/8", "203.0.113.9")], WINDOW)
    assert "ours" in ours.note
    assert "intruder" in other.note
    (unknown,) = seen_in_use([event(-40)], None)
    assert "nothing tells" in unknown.note


def test_what_only_mentions_it_or_descends_from_it_is_no_consumer():
    others = [event(1, match=kind) for kind in (MatchKind.MENTION_ONLY, MatchKind.SAME_PRINCIPAL, MatchKind.DERIVED)]
    assert seen_in_use(others, WINDOW) == ()


USED = seen_in_use([event(-40)], WINDOW)[0]
FILE = Consumer("job publish", "github-actions", "acme/web/x.yml:1", "env NPM_TOKEN", "NPM_TOKEN")
CASES = [
    # consumer, uses of the old one, uses of the new one, replaced at, answer, why (a part)
    (USED, [], [event(2)], REPLACED, "yes", "used the new one"),
    (USED, [], [event(2, "deploy/2.0 linux")], REPLACED, "yes", "used the new one"),  # another version of the program
    (USED, [event(1)], [event(2)], REPLACED, "yes", "used the new one"),
    (USED, [event(3)], [event(2)], REPLACED, "no", "still used the old one"),
    (USED, [event(3)], [], REPLACED, "no", "still used the old one"),
    (USED, [event(3, outcome="denied")], [], REPLACED, "no", "still used the old one"),  # it still tries
    (USED, [], [event(2, outcome="denied")], REPLACED, "unknown", "not seen"),
    (USED, [event(-1)], [], REPLACED, "unknown", "not seen"),
    (USED, [], [event(-1)], REPLACED, "unknown", "not seen"),  # before the replacement was in place
    (USED, [], [event(2, address="203.0.113.9")], REPLACED, "unknown", "not seen"),
    (USED, [], [event(2, "other/1")], REPLACED, "unknown", "not seen"),
    (USED, [], [event(None)], REPLACED, "unknown", "not seen"),
    (USED, [], [event(2, match=MatchKind.MENTION_ONLY)], REPLACED, "unknown", "not seen"),
    (USED, [event(1)], [event(2)], None, "unknown", "no replacement"),
    (FILE, [event(1)], [event(2)], REPLACED, "unknown", "no log ties"),
]


@pytest.mark.parametrize(("consumer", "old", "new", "at", "answer", "why"), CASES)
def test_whether_it_switched_over(consumer, old, new, at, answer, why):
    told = switched(consumer, old, new, at)
    assert told.switched == answer
    assert why in told.switched_why
