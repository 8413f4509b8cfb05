"""What stands out, and what does not: tables of an owner's past and of what came after."""

from __future__ import annotations

from typing import Any

import pytest

from irkit.exposure.usage.places import agent_of, is_instance, network_of, principal_of
from irkit.model import MatchKind, UsageEvent
from tests.exposure.usage.events import NOON, USER, found, opened, past, report, titles, use

BOX = "arn:aws:sts::111122223333:assumed-role/web/i-0123456789abcdef0"
COUNTRIES = {"192.0.2.1": "SE", "192.0.2.2": "SE", "203.0.113.9": "BR"}


def clones(count: int, *, start: float = 1, **more: Any) -> list[UsageEvent]:
    return [
        use(
            start + n / 10,
            500 + n,
            source="github-audit",
            service="github",
            action="git.clone",
            target=f"org/r{n}",
            **more,
        )
        for n in range(count)
    ]


def steady(a_day: int) -> list[UsageEvent]:
    """An owner that clones so many different repositories every day, before and after."""
    return [
        use(
            -1440 * day + n,
            30_000 + day * 100 + n,
            source="github-audit",
            service="github",
            action="git.clone",
            target=f"org/r{n}",
        )
        for day in range(-5, 11)
        for n in range(a_day)
    ]


SAYS: list[tuple[str, list[UsageEvent], str, str, str, str]] = [
    ("a new network", [*past(), use(9, address="203.0.113.9")], "203.0.113.9 used", "medium", "high", "T1078.004"),
    ("a new address of a known network", [*past(), use(9, address="192.0.2.77")], "192.0.2.77 used", "low", "high", "T1078.004"),
    ("several addresses of one network", [*past(), use(9, address="203.0.113.9"), use(10, address="203.0.113.10")],
     "203.0.113.0/24 (2 addresses) used", "medium", "high", "T1078.004"),
    ("a thin past", [use(-9), use(9, address="203.0.113.9")], "203.0.113.9 used", "medium", "medium", "T1078.004"),
    ("a new client", [*past(), use(9, agent="curl/8")], "1 kind of client that", "low", "high", "T1078.004"),
    ("a new region", [*past(), use(9, region="ap-southeast-1")], "1 region that", "medium", "high", "T1535"),
    ("new actions", [*past(), use(9, action="A"), use(10, action="B")], "2 actions that", "low", "high", "T1078.004"),
    ("a burst of refusals", [*past(), *(use(1 + n / 3, n + 1, outcome="denied") for n in range(12))],
     "12 refusals within 5 min", "medium", "high", "T1580"),
    ("a line that stands for many", [*past(), use(1, outcome="denied", repeated=12)], "12 refusals", "medium", "high", "T1580"),
    ("enumeration", [*past(), *(use(1 + n / 9, n + 1, action=f"Describe{'x' * n}X") for n in range(20))],
     "20 different questions within 10 min", "medium", "high", "T1580"),
    ("bulk with a past", [*past(), *clones(5)], "Many repositories were cloned: 5 succeeded", "high", "medium", "T1213.003"),
    ("bulk without a past", clones(10), "Many repositories were cloned: 10 succeeded", "high", "unknown", "T1213.003"),
    ("turns from two networks", [*past(), use(1), use(2, address="203.0.113.9"), use(3)],
     "from 192.0.2.0/24 and from 203.0.113.0/24 in turns", "medium", "medium", "T1078.004"),
    ("a machine's keys off it", [*past(principal=BOX), use(1, principal=BOX, address="203.0.113.9")],
     "Keys of the machine i-0123456789abcdef0 were used off it, from 203.0.113.0/24", "high", "high", "T1552.005"),
    ("grave, and done before too", [*past(action="StopLogging"), use(1, action="StopLogging")],
     "Logging was tampered with: 1 succeeded", "high", "low", "T1562.008"),
    ("who turns up just before", [*past(), use(-60, address="203.0.113.9"), use(60, address="203.0.113.9")],
     "203.0.113.9 first used", "medium", "low", "T1078.004"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("events", "words", "severity", "confidence", "attack"), [row[1:] for row in SAYS], ids=[row[0] for row in SAYS]
)
def test_what_stands_out_against_the_past(
    events: list[UsageEvent], words: str, severity: str, confidence: str, attack: str
) -> None:
    one = found(words, *events, window=opened(0, 1))
    assert one is not None, sorted(titles(*events, window=opened(0, 1)))
    assert (one.severity, one.confidence, one.attack) == (severity, confidence, attack)
    assert one.benign
    assert one.rows
    assert {row.event for row in one.rows} <= {event.event_id for event in events}
    assert one.rows[0].where == "log.json"


SILENT: list[tuple[str, list[UsageEvent]]] = [
    ("the owner goes on as ever", [*past(), use(1), use(2)]),
    ("steady cloning of many repositories", steady(12)),
    ("a burst as long as those of before", [
        *(use(-600 + n / 3, 900 + n, outcome="denied") for n in range(12)), *(use(1 + n / 3, n + 1, outcome="denied") for n in range(12))]),
    ("two networks that took turns before", [
        use(-9, 91, address="198.51.100.1"), use(-8, 92), use(-7, 93, address="198.51.100.1"),
        use(1, 94, address="198.51.100.1"), use(2, 95), use(3, 96, address="198.51.100.1")]),
    ("a new version of the same client", [*past(agent="aws-cli/2.1 Python/3.10"), use(1, agent="aws-cli/2.9 Python/3.12")]),
    ("a mention", [*past(), use(9, address="203.0.113.9", match=MatchKind.MENTION_ONLY)]),
    ("asked whose it is, every night", [*past(action="GetCallerIdentity"), use(1, action="GetCallerIdentity")]),
]  # fmt: skip


@pytest.mark.parametrize("events", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_what_the_owner_always_did_does_not_stand_out(events: list[UsageEvent]) -> None:
    early = "before the earliest moment"
    assert [one for one in titles(*events, window=opened(0, 1)) if early not in one] == []


def test_countries_come_from_the_file_that_was_given_and_from_nothing_else() -> None:
    events = [*past(), use(1), use(2, address="203.0.113.9"), use(3, address="192.0.2.2")]
    told = titles(*events, window=opened(0, 1), country_of=lambda address: COUNTRIES.get(address, ""))
    assert told[f"1 country that {USER} never used before the window"].detail == "BR"
    assert told["AKIAFAKE was used from BR and from SE in turns within 10 min"].severity == "high"
    assert not any("country" in title for title in titles(*events, window=opened(0, 1)))


def test_the_same_principals_other_events_are_its_past_and_are_counted_apart() -> None:
    other = [
        use(n - 9000, 700 + n, address="203.0.113.9", key="OTHER", match=MatchKind.SAME_PRINCIPAL) for n in range(30)
    ]
    events = [*past(), *other, use(9, address="203.0.113.9")]
    counted = report(*events, window=opened(0, 1))
    assert found("203.0.113.9 used", *events, window=opened(0, 1)) is None
    assert counted.same_principal is not None
    assert (counted.by_key.events, counted.same_principal.events) == (31, 30)


def test_since_stands_in_for_the_window_where_there_is_none() -> None:
    one = found("203.0.113.9 used", *past(), use(9, address="203.0.113.9"), since=NOON)
    assert one is not None
    assert one.confidence == "medium"


def test_a_window_that_nothing_bounds_is_said_to_be_no_measure() -> None:
    one = found("Nothing bounds when the exposure began", use(1), window=opened(None, None))
    assert one is not None
    assert one.confidence == "unknown"


def test_a_principal_that_only_created_keys_act_as_needs_no_past() -> None:
    events = [*past(), use(9, key="AKIANEW", match=MatchKind.CREATED, parent="AKIAFAKE", principal="arn:user/backdoor")]
    assert found("No use before the window", *events, window=opened(0, 1)) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"), ("2001:db8:1:2::3", "2001:db8:1::/48"), ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("ecs.amazonaws.com", "ecs.amazonaws.com"), ("AWS Internal", "AWS Internal"), ("", ""),
    ],
)  # fmt: skip
def test_networks(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64", "aws-cli Python Linux"),
        ("[Boto3/1.34.51 md/Botocore#1.34 ua/2.0]", "Boto3"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Mozilla AppleWebKit"),
        ("git/2.43.0", "git"), ("ecs.amazonaws.com", "ecs.amazonaws.com"), ("", ""),
    ],
)  # fmt: skip
def test_agents_are_compared_without_versions(agent: str, kind: str) -> None:
    assert agent_of(agent) == kind


def test_a_role_is_one_principal_over_all_its_sessions_and_a_machine_is_known_by_its_session() -> None:
    assert principal_of(BOX) == "arn:aws:sts::111122223333:assumed-role/web"
    assert principal_of(USER) == USER
    assert is_instance(BOX)
    assert not is_instance(BOX.replace("i-0123456789abcdef0", "deploy"))
