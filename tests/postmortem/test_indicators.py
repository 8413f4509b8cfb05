"""What others may search for is what the case ties to misuse: never a machine of ours, never a credential's value."""

from __future__ import annotations

from typing import Any

import pytest

from irkit.model import Kind, Record
from irkit.postmortem.indicators import Indicator, as_blocks, defanged, indicators
from irkit.postmortem.telling import tell
from tests.postmortem import story
from tests.postmortem.story import OLD, TOKEN, Journal

STRANGER = {"address": "203.0.113.7", "events": 3, "first": "2026-03-27T03:00:00Z", "last": "2026-03-28T03:00:00Z", "near": False,
            "agents": ["curl/8"], "confidence": "medium"}  # fmt: skip


def of(**usage: Any) -> dict[tuple[str, str], Indicator]:
    journal = story.opened(TOKEN)
    by_key = {"events": 9, "addresses": {"203.0.113.7": 3, "192.0.2.1": 6}}
    digest = journal.keep(1, {"by_key": by_key, **usage}, "usage", "a log")
    journal.add(1, Kind.USAGE_READ, {"credential": TOKEN.name, "evidence": digest, "summary": by_key, "skipped": 0})
    return {(one.kind, one.value): one for one in indicators(tell(journal.records, journal.load))}


def test_of_the_whole_incident_each_value_once_and_what_it_rests_on() -> None:
    journal = story.whole()
    found = {(one.kind, one.value): one for one in indicators(tell(journal.records, journal.load))}
    address = found["ipv4", "198.51.100.23"]
    assert (address.seen, address.confidence) == (181, "high")  # a grave finding of high confidence is about it
    assert address.first is not None
    assert found["user-agent", "curl/8.5"].confidence == "low"
    assert "misuse" in found["key-id", "installation-8841"].because
    assert found["openpgp-fingerprint", OLD].seen is None
    assert len(found) == 4


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        ({}, "no past was read, so nobody is a stranger"),
        ({"strangers": [{**STRANGER, "near": True}]}, "its network is ours"),
        ({"strangers": [{**STRANGER, "address": "ec2.amazonaws.com"}]}, "a service is no address"),
        ({"strangers": "203.0.113.7", "descent": [3], "findings": {"rows": 1}}, "a document of another shape says nothing"),
    ],
)  # fmt: skip
def test_what_is_ours_or_unknown_is_none(usage: dict[str, Any], why: str) -> None:
    assert {key for key in of(**usage) if key[0] in ("ipv4", "ipv6", "key-id", "account")} == set(), why


def test_what_was_made_in_the_misuse_is_one_and_so_is_who_used_that() -> None:
    rows = [{"event": "ev-1", "address": "203.0.113.7"}]
    made = {
        "id": "AKIAFAKEFAKEFAKE0001",
        "kind": "access-key",
        "parent": "AKIA0",
        "event": "ev-1",
        "how": "CreateAccessKey",
    }
    later = {"id": "ASIAFAKEFAKEFAKE0002", "kind": "session", "parent": made["id"], "event": "ev-9"}
    ours = {"id": "ASIAFAKEFAKEFAKE0003", "kind": "session", "parent": "AKIA0", "event": "ev-3"}
    uses = {
        "addresses": {"2001:db8::7": 2, "192.0.2.1": 1},
        "first": "2026-03-29T03:00:00Z",
        "last": "2026-03-29T03:00:00Z",
    }
    found = of(
        strangers=[STRANGER], findings=[{"severity": "high", "confidence": "high", "rows": rows}], descent=[made, later, ours],
        created=[{"id": made["id"], "uses": uses}], derived=[{"key": ours["id"], "addresses": {"192.0.2.1": 1}}],
    )  # fmt: skip
    assert {key for key in found if key[0] != "user-agent"} == {
        ("ipv4", "203.0.113.7"), ("ipv6", "2001:db8::7"), ("key-id", made["id"]), ("key-id", later["id"]),
    }  # fmt: skip
    assert made["id"] in found["ipv6", "2001:db8::7"].because


def test_a_file_is_one_when_a_record_speaks_against_it() -> None:
    journal = story.opened(TOKEN)
    artifacts = [{"path": f"{verdict}.tar.gz", "verdict": verdict, "why": "x", "sha256": f"{number}a" * 32}
                 for number, verdict in enumerate(("trusted", "unproven", "suspect", "altered"))]  # fmt: skip
    journal.add(1, Kind.JUDGED, {"evidence": "", "artifacts": artifacts})
    found = {one.value[:2]: one.confidence for one in indicators(tell(journal.records, journal.load))}
    assert found == {"2a": "low", "3a": "high"}


def test_people_are_shown_no_address_that_can_be_followed() -> None:
    shown = {
        ("ipv4", "203.0.113.7"): "203[.]0[.]113[.]7",
        ("ipv6", "2001:db8::7"): "2001[:]db8[:][:]7",
        ("url", "https://evil.example/x"): "hxxps[://]evil[.]example/x",
        ("user-agent", "curl/8.5"): "curl/8.5",
    }
    for (kind, value), text in shown.items():
        assert defanged(Indicator(kind, value, "", None, None, "low")) == text  # type: ignore[arg-type]
    assert "Nothing is tied to misuse" in str(as_blocks(()))


def test_a_journal_of_nothing_has_none() -> None:
    records: list[Record] = Journal().records
    assert indicators(tell(records, {}.__getitem__)) == ()
