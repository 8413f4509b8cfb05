"""Sigma rules over events as the log had them: what fires, by whom, and what cannot be asked."""

from __future__ import annotations

import pytest

pytest.importorskip("sigma.backends.sqlite", reason="pip install '.[sigma]'")

from irkit.exposure.usage.sigma import RuleBook, RuleHits
from irkit.model import MatchKind, UsageEvent
from tests.exposure.usage.events import use

HEAD = "title: {title}\nid: 11111111-1111-4111-8111-111111111111\nstatus: test\nlevel: high\ntags: [attack.t1098, attack.persistence]\n"
CLOUDTRAIL = "logsource: {{product: aws, service: cloudtrail}}\ndetection:\n  selection:\n    {selection}\n  condition: selection\n"


def rule(selection: str, title: str = "A rule") -> str:
    return HEAD.format(title=title) + CLOUDTRAIL.format(selection=selection)


RAW = {
    "eventName": "CreateUser",
    "eventSource": "iam.amazonaws.com",
    "userIdentity": {"type": "IAMUser", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
    "sourceIPAddress": "203.0.113.9",
    "userAgent": "Boto3/1.34",
    "readOnly": False,
    "requestParameters": {"userName": "eve", "items": [{"cidr": "0.0.0.0/0"}]},
}
EVENT = use(1, action="CreateUser", raw=RAW)


def asked(text: str, *events: UsageEvent) -> tuple[RuleHits, ...]:
    book = RuleBook([("rule.yml", text)])
    assert book.skipped == []
    for event in events:
        book.take(event)
    return book.hits()


@pytest.mark.parametrize(
    ("selection", "fires"),
    [
        ("eventName: CreateUser", True),
        ("eventName: createuser", True),  # Sigma compares without case
        ("eventName: DeleteUser", False),
        ("eventName|startswith: Create", True),
        ("userIdentity.type: IAMUser", True),
        ("userIdentity.sessionContext.attributes.mfaAuthenticated: 'false'", True),
        ("readOnly: 'false'", True),
        ("readOnly: false", True),
        ("userAgent|re: '^Boto3/1'", True),
        ("sourceIPAddress|cidr: 203.0.113.0/24", True),
        ("requestParameters.items.cidr: 0.0.0.0/0", True),
        ("requestParameters.absent: null", True),
        ("requestParameters.userName|contains: v", True),
    ],
)
def test_what_fires(selection: str, fires: bool) -> None:
    assert bool(asked(rule(selection), EVENT)) is fires


def test_hits_are_told_by_whose_they_are_and_a_copy_counts_once() -> None:
    child = use(2, raw=RAW, match=MatchKind.DERIVED, key="ASIAX")
    other = use(3, raw=RAW, match=MatchKind.MENTION_ONLY, key="ADMIN")
    [hits] = asked(rule("eventName: CreateUser"), EVENT, EVENT, child, other)
    assert hits.by == {"itself": 1, "sessions": 1, "others, naming it": 1}
    assert (hits.ours, hits.attack, hits.level) == (2, "T1098", "high")
    found = hits.finding()
    assert (found.title, found.severity, found.confidence, found.evidence) == (
        "Sigma: A rule: 2 events",
        "high",
        "medium",
        ("e1", "e2"),
    )


def test_a_rule_is_asked_of_its_own_kind_of_log_alone() -> None:
    github = rule("action: repo.destroy").replace(
        "product: aws, service: cloudtrail", "product: github, service: audit"
    )
    raw = {"action": "repo.destroy"}
    assert asked(github, use(1, source="github-audit", raw=raw))
    assert not asked(github, use(1, raw=raw))


def test_an_event_whose_raw_form_was_not_kept_fires_nothing() -> None:
    assert asked(rule("eventName: CreateUser"), use(1, action="CreateUser")) == ()


CANNOT = {
    "not yaml": ("{{{", "not"),
    "no rule": ("- 1\n- 2\n", "not"),
    "another log": (
        rule("EventID: 1").replace("product: aws, service: cloudtrail", "product: windows"),
        "its log source (windows)",
    ),
    "a wrong condition": (
        rule("eventName: X").replace("condition: selection", "condition: nothing"),
        "cannot be converted",
    ),
}


@pytest.mark.parametrize(("text", "why"), CANNOT.values(), ids=CANNOT)
def test_what_cannot_be_asked_is_listed_with_its_reason_and_the_rest_is_asked(text: str, why: str) -> None:
    book = RuleBook([("bad.yml", text), ("good.yml", rule("eventName: CreateUser"))])
    book.take(EVENT)
    assert [hits.file for hits in book.hits()] == ["good.yml"]
    [skipped] = book.skipped
    assert skipped.what == "rule bad.yml"
    assert why in skipped.why


def test_a_correlation_is_listed_and_the_rule_beside_it_is_asked() -> None:
    single = rule("eventName: CreateUser").replace("title:", "name: one\ntitle:", 1)
    correlation = "title: many\ncorrelation: {type: event_count, rules: [one], group-by: [x], timespan: 5m, condition: {gte: 3}}\n"
    book = RuleBook([("both.yml", f"{single}---\n{correlation}")])
    book.take(EVENT)
    assert "a correlation" in book.skipped[0].why
    assert len(book.hits()) == 1


def test_a_pattern_that_is_none_fails_alone() -> None:
    book = RuleBook([("re.yml", rule("userAgent|re: '(?P<x'")), ("good.yml", rule("eventName: CreateUser"))])
    book.take(EVENT)
    assert [hits.file for hits in book.hits()] == ["good.yml"]
    assert [one.what for one in book.skipped] == ["rule re.yml"]


def test_fields_that_differ_by_case_alone_are_both_seen() -> None:
    one, other = rule("operationName: read", "one"), rule("OperationName: read", "other")
    book = RuleBook([("one.yml", one), ("other.yml", other)])
    book.take(use(1, raw={"operationName": "read"}))
    book.take(use(2, raw={"OperationName": "read"}))
    assert {hits.title for hits in book.hits()} == {"one", "other"}
