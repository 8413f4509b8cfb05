"""The usage report: what is counted where, and the exact shape of its document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.exposure.usage import UsageReport, summarise
from irkit.model import Bound, Clock, Instant, MatchKind, Skipped, Trust, UsageEvent, Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def use(minute: float, number: int = 0, **more: Any) -> UsageEvent:
    base = UsageEvent(
        source="aws-cloudtrail", event_id=f"e{number or minute}", at=NOON + timedelta(minutes=minute), key="AKIAFAKE",
        match=MatchKind.EXACT_ID, action="ListUsers", service="iam.amazonaws.com", principal="arn:user/fake",
        address="192.0.2.1", agent="fake/1", region="us-east-1", outcome="ok", writes=False,
    )  # fmt: skip
    return replace(base, **more)


def report(*events: UsageEvent, **more: Any) -> UsageReport:
    return summarise(events, credential={"name": "fake"}, **more)


def test_the_document_is_exactly_the_contract() -> None:
    events = (
        use(1, action="AssumeRole", service="sts.amazonaws.com", begot=("session:ASIAFAKE",)),
        use(2, writes=True, outcome="denied", error="AccessDenied", address="192.0.2.9"),
        use(3, key="ASIAFAKE", match=MatchKind.DERIVED, parent="AKIAFAKE"),
        use(4, action="CreateUser", begot=("user:eve",), writes=True),
        use(5, key="AKIAadmin", match=MatchKind.MENTION_ONLY, parent="AKIAFAKE"),
    )
    document = report(*events, skipped=[Skipped("x.json:3", "not JSON")]).document()
    assert list(document) == [
        "credential", "by_key", "derived", "created", "mentions", "findings", "skipped",
        "within", "matches", "same_principal", "descent", "as_of", "flags", "strangers", "regions_read",
    ]  # fmt: skip
    assert document["by_key"] == {
        "events": 3,
        "duplicates": 0,
        "first": "2026-03-01T12:01:00Z",
        "last": "2026-03-01T12:04:00Z",
        "addresses": {"192.0.2.1": 2, "192.0.2.9": 1},
        "agents": {"fake/1": 3},
        "regions": {"us-east-1": 3},
        "actions": {
            "iam.amazonaws.com:CreateUser": 1,
            "iam.amazonaws.com:ListUsers": 1,
            "sts.amazonaws.com:AssumeRole": 1,
        },
        "errors": {"AccessDenied": 1},
        "writes": 2,
    }
    [derived] = document["derived"]
    assert (derived["key"], derived["parent"], derived["events"]) == ("ASIAFAKE", "AKIAFAKE", 1)
    assert set(derived) == {"key", "parent", *document["by_key"]}
    assert document["created"] == [{"kind": "user", "id": "eve", "at": "2026-03-01T12:04:00Z", "by": "AKIAFAKE"}]
    assert document["mentions"] == 1
    assert document["skipped"] == [{"what": "x.json:3", "why": "not JSON"}]
    finding = document["findings"][0]
    assert set(finding) == {"title", "severity", "confidence", "attack", "evidence", "benign", "detail", "rows"}
    assert set(finding["rows"][0]) == {"event", "at", "key", "action", "address", "agent", "outcome", "file", "line"}


def test_no_events_give_a_report_that_says_so() -> None:
    document = report().document()
    assert (document["by_key"]["events"], document["by_key"]["first"], document["derived"]) == (0, None, [])


def test_a_copy_of_an_event_is_a_duplicate_of_the_key_it_belongs_to_and_counts_nowhere_else() -> None:
    mine, child = use(1, writes=True), use(2, key="ASIAFAKE", match=MatchKind.DERIVED, parent="AKIAFAKE")
    mention = use(3, match=MatchKind.MENTION_ONLY)
    found = report(mine, mine, mine, child, child, mention, mention)
    assert (found.by_key.events, found.by_key.duplicates, found.by_key.writes) == (1, 2, 1)
    assert (found.derived[0].uses.events, found.derived[0].uses.duplicates) == (1, 1)
    assert found.mentions == 1


def test_one_id_in_two_sources_is_two_events() -> None:
    assert report(use(1), use(1, source="github-audit")).by_key.events == 2


def test_since_is_included_and_until_is_not() -> None:
    events = [use(minute) for minute in range(5)]
    found = report(*events, since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3))
    assert (found.by_key.events, found.by_key.first, found.by_key.last) == (
        2,
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=2),
    )


def test_an_event_without_a_time_counts_unless_a_time_is_asked_for() -> None:
    timeless = use(1, at=None, time_text="?", file="log", line=7)
    assert report(timeless).by_key.events == 1
    clipped = report(timeless, since=NOON)
    assert clipped.by_key.events == 0
    assert [one.what for one in clipped.skipped] == ["log:7"]


def test_a_created_key_carries_its_own_uses_and_a_session_that_was_never_used_is_listed() -> None:
    found = report(
        use(1, begot=("access-key:AKIANEW", "session:ASIAUNUSED")),
        use(2, key="AKIANEW", match=MatchKind.CREATED, parent="AKIAFAKE"),
    )
    assert [(one.id, one.by, one.uses and one.uses.events) for one in found.created] == [("AKIANEW", "AKIAFAKE", 1)]
    assert [(one.key, one.uses.events) for one in found.derived] == [("ASIAUNUSED", 0)]
    assert found.by_key.events == 1


def opened(earliest: int | None, latest: int | None) -> Window:
    def at(minute: int | None) -> Instant | None:
        return None if minute is None else Instant(NOON + timedelta(minutes=minute), Clock.PUSH, "x", Trust.INDEPENDENT)

    return Window(Bound(at(earliest), at(latest)), Bound())


def test_uses_are_clipped_to_the_window_with_three_answers() -> None:
    found = report(use(0), use(10), use(20), window=opened(5, 15))
    assert found.within == {"no": 1, "unknown": 1, "yes": 1}


@pytest.mark.parametrize(
    ("events", "window", "title", "severity"),
    [
        ([use(1, action="StopLogging")], None, "Logging was tampered with: 1 succeeded, 0 did not", "high"),
        ([use(1, action="StopLogging", outcome="failed")], None, "Logging was tampered with: 0 succeeded, 1 did not", "medium"),
        ([use(1, action="CreateAccessKey")], None, "New credentials were made: 1 succeeded, 0 did not", "high"),
        ([use(1, action="AddPermission20150331v2")], None, "Permissions were widened: 1 succeeded, 0 did not", "high"),
        ([use(n / 3, n + 1, outcome="denied") for n in range(12)], None, "12 refusals within 5 min with AKIAFAKE", "medium"),
        ([use(n, n + 1, action="git.clone") for n in range(10)], None, "Many repositories were cloned: 10 succeeded, 0 did not", "high"),
        ([use(1), use(9, address="203.0.113.9")], opened(5, 6),
         "203.0.113.9 used arn:user/fake 1 times and never before the window", "medium"),
        ([use(1), use(9)], opened(5, 6), "1 uses before the earliest moment it could have been exposed", "info"),
    ],
)  # fmt: skip
def test_what_stands_out(events: list[UsageEvent], window: Window | None, title: str, severity: str) -> None:
    found = {one.title: one.severity for one in report(*events, window=window).findings}
    assert found.get(title) == severity


@pytest.mark.parametrize(
    ("events", "window"),
    [
        ([use(1), use(2)], None),
        ([use(n * 10, n + 1, outcome="denied") for n in range(20)], None),
        ([use(n, n + 1, action="git.clone") for n in range(9)], None),
        ([use(1, action="StopLogging", match=MatchKind.MENTION_ONLY)], None),
    ],
    ids=["reading", "refusals spread out", "nine clones", "a mention"],
)
def test_what_does_not_stand_out(events: list[UsageEvent], window: Window | None) -> None:
    assert report(*events, window=window).findings == ()


def test_without_a_past_nothing_is_called_new_and_the_report_says_that_it_cannot_be_told() -> None:
    found = report(use(9, address="203.0.113.9"), window=opened(5, 6)).findings
    assert [(one.title, one.severity, one.confidence) for one in found] == [
        ("No use before the window was read of arn:user/fake", "info", "unknown")
    ]


def test_addresses_from_before_the_reported_time_still_count_as_known() -> None:
    events = [use(1), use(9), use(10, address="203.0.113.9")]
    found = report(*events, window=opened(5, 6), since=NOON + timedelta(minutes=8))
    assert [one.title.split()[0] for one in found.findings] == ["203.0.113.9"]
