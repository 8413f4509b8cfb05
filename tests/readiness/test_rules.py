"""The rules as a table: each answers yes, no and unknown, and never good where nobody could say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from irkit.model import Fact, Held
from irkit.readiness.estimate import Measured, Way, estimate
from irkit.readiness.policy import Policy
from irkit.readiness.rules import RULES, Team, judge

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BARE = Held("aws", "access key", "AKIAFAKE0FAKE0FAKE00", "ci")
KEY = Held("openpgp", "primary key", "F" * 40)
ENOUGH, FEW = Team(2, 2), Team(1, 2)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def answer(rule: str, setting: dict[str, Any], held: Held, team: Team = ENOUGH) -> tuple[Fact, str]:
    policy = Policy.model_validate({"rules": {rule: setting}})
    (found,) = judge(held, policy, team, NOW)
    return found.answer, found.why


DAYS = {"days": 90}
CASES: list[tuple[str, dict[str, Any], Held, Fact]] = [
    ("age", DAYS, replace(BARE, created=ago(91)), "yes"),
    ("age", DAYS, replace(BARE, created=ago(90)), "no"),
    ("age", DAYS, BARE, "unknown"),
    ("age", DAYS, replace(BARE, there_since=ago(91)), "yes"),
    ("age", DAYS, replace(BARE, there_since=ago(2)), "unknown"),  # it may be older than that
    ("age", DAYS, replace(BARE, created=ago(-3)), "unknown"),  # the clocks differ
    ("age", DAYS | {"person_days": 365}, replace(BARE, created=ago(91), holder="person"), "no"),
    ("age", DAYS, replace(BARE, created=ago(900), short_lived=True), "no"),
    ("no-expiry", {}, replace(BARE, expires="never"), "yes"),
    ("no-expiry", {}, replace(BARE, expires=ago(-30)), "no"),
    ("no-expiry", {}, BARE, "unknown"),
    ("no-expiry", {}, replace(BARE, short_lived=True), "no"),
    ("never-used", DAYS, replace(BARE, last_used="never", created=ago(91)), "yes"),
    ("never-used", DAYS, replace(BARE, last_used="never", there_since=ago(91)), "yes"),
    ("never-used", DAYS, replace(BARE, last_used="never", created=ago(9)), "no"),
    ("never-used", DAYS, replace(BARE, last_used="never"), "unknown"),
    ("never-used", DAYS, replace(BARE, last_used=ago(900)), "no"),
    ("never-used", DAYS, BARE, "unknown"),
    ("unused", DAYS, replace(BARE, last_used=ago(91)), "yes"),
    ("unused", DAYS, replace(BARE, last_used=ago(89)), "no"),
    ("unused", DAYS, replace(BARE, last_used="never"), "no"),
    ("unused", DAYS, BARE, "unknown"),
    ("unused", DAYS, replace(BARE, last_used=ago(-3)), "unknown"),  # the clocks differ
    ("wider-than-use", {}, replace(BARE, scope=("s3", "iam"), uses=("s3",)), "yes"),
    ("wider-than-use", {}, replace(BARE, scope=("s3",), uses=("s3", "sts")), "no"),
    ("wider-than-use", {}, replace(BARE, scope=("s3",)), "unknown"),
    ("wider-than-use", {}, replace(BARE, uses=("s3",)), "unknown"),
    ("shared", {}, replace(BARE, holder="person", also=("automation",)), "yes"),
    ("shared", {}, replace(BARE, holder="automation", consumers=("publish.yml",)), "no"),
    ("shared", {}, replace(BARE, holder="automation"), "unknown"),
    ("shared", {}, replace(BARE, holder="automation", consumers=()), "unknown"),  # that nothing was found is no answer
    ("shared", {}, BARE, "unknown"),
    ("shared", {}, replace(BARE, also=("automation",), consumers=("publish.yml",)), "unknown"),  # a machine takes somebody's
    ("shared", {}, replace(BARE, also=("automation", "person")), "yes"),
    ("shared", {}, replace(BARE, holder="person", also=("unknown",), consumers=("deploy.sh",)), "unknown"),
    ("long-lived", {}, BARE, "yes"),
    ("long-lived", {}, replace(BARE, short_lived=True), "no"),
    ("long-lived", {}, replace(BARE, created=NOW, expires=ago(-0.5)), "no"),
    ("long-lived", {}, KEY, "no"),
    ("long-lived", {}, Held("gitlab", "personal access token", "7"), "unknown"),  # a machine's has one
    ("long-lived", {}, Held("gitlab", "personal access token", "7", holder="person"), "no"),
    ("long-lived", {}, Held("aws", "console password", "mara"), "no"),
    ("long-lived", {}, Held("github-actions", "CI secret", "o/r/X"), "unknown"),
    ("long-lived", {}, Held("gitlab-variable", "CI variable", "o/r/X"), "unknown"),
    ("no-escrow", {}, replace(KEY, escrow="no"), "yes"),
    ("no-escrow", {}, replace(KEY, escrow="yes"), "no"),
    ("no-escrow", {}, KEY, "unknown"),
    ("no-escrow", {}, BARE, "no"),
    ("stale-publication", {}, replace(KEY, published=(("a", "current", ""), ("b", "stale", "old"))), "yes"),
    ("stale-publication", {}, replace(KEY, published=(("a", "current", ""), ("b", "unknown", "down"))), "unknown"),
    ("stale-publication", {}, replace(KEY, published=(("a", "current", ""),)), "no"),
    ("stale-publication", {}, KEY, "unknown"),
    ("stale-publication", {}, replace(KEY, revoked=True, published=(("a", "stale", "without it"),)), "yes"),
    ("no-expiry", {}, replace(KEY, revoked=True, expires="never"), "no"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "setting", "held", "expected"), CASES, ids=[f"{one[0]}-{n}" for n, one in enumerate(CASES)]
)
def test_a_rule(rule: str, setting: dict[str, Any], held: Held, expected: Fact) -> None:
    found, why = answer(rule, setting, held)
    assert found == expected, why
    assert why


def test_too_few_who_approve_is_a_finding_of_every_credential() -> None:
    assert answer("nobody-approves", {}, BARE, FEW) == ("yes", "1 could approve, 2 must")
    assert answer("nobody-approves", {}, BARE, ENOUGH)[0] == "no"
    assert answer("nobody-approves", {}, BARE, Team(None, 1))[0] == "unknown"


def test_every_rule_has_a_case() -> None:
    assert {one[0] for one in CASES} | {"nobody-approves"} == set(RULES)


def test_what_people_live_with_counts_again_the_day_after() -> None:
    accepted = [{"match": "aws:access key:AKIA*", "rule": "no-expiry", "why": "a legacy build", "until": "2026-03-01"}]
    policy = Policy.model_validate({"rules": {"no-expiry": {}}, "accepted": accepted})
    held = replace(BARE, expires="never")
    (found,) = judge(held, policy, ENOUGH, NOW)
    assert (found.answer, found.counts, found.accepted) == ("yes", False, "a legacy build (until 2026-03-01)")
    (found,) = judge(held, policy, ENOUGH, NOW + timedelta(days=1))
    assert found.counts


# How long it would take

WAY = Way("aws", "yes", "aws answered", "yes", "yes")
USED = replace(BARE, consumers=("publish.yml",))


@pytest.mark.parametrize(
    ("held", "way", "team", "verdict", "because"),
    [
        (USED, WAY, ENOUGH, "ready", "all that is needed"),
        (USED, WAY, FEW, "not ready", "1 could approve, 2 must"),
        (USED, replace(WAY, access="unknown", access_why="no list came"), ENOUGH, "unknown", "no list came"),
        (USED, None, ENOUGH, "unknown", "whose credential it is"),
        (BARE, WAY, ENOUGH, "unknown", "nobody looked"),
        (replace(BARE, consumers=()), WAY, ENOUGH, "unknown", "something may"),
        (replace(BARE, last_used="never"), WAY, ENOUGH, "ready", "all that is needed"),
        (replace(KEY, escrow="yes", consumers=("apt",)), None, ENOUGH, "ready", "all that is needed"),
        (replace(KEY, escrow="no", consumers=("apt",)), None, ENOUGH, "not ready", "no revocation certificate"),
        (replace(USED, revoked=True), WAY, FEW, "ready", "revoked already"),
        (replace(KEY, revoked=True), None, FEW, "unknown", "where its revocation is published is not known"),
        (replace(KEY, revoked=True, published=(("a", "current", ""),)), None, FEW, "ready", "revoked already"),
        (
            replace(KEY, revoked=True, published=(("a", "current", ""), ("b", "stale", "without it"))),
            None,
            FEW,
            "not ready",
            "b: without it",
        ),
        (replace(KEY, revoked=True, published=(("a", "unknown", "no answer"),)), None, FEW, "unknown", "a: no answer"),
    ],
)
def test_ready_not_ready_unknown(held: Held, way: Way | None, team: Team, verdict: str, because: str) -> None:
    found = estimate(held, way, team, ())
    assert found.verdict == verdict
    assert because in found.because


def test_by_hand_is_slower_and_no_obstacle() -> None:
    found = estimate(USED, replace(WAY, revokes="no", replaces="unknown"), ENOUGH, ())
    assert found.verdict == "ready"
    assert found.slower == ("a person has it revoked by hand at aws", "whether aws has it replaced by API is not known")


def test_a_time_is_told_only_where_it_was_measured_and_the_latest_counts() -> None:
    times = [
        Measured("aws", 30, "drill-1", ago(60)),
        Measured("aws", 754, "drill-2", ago(6)),
        Measured("npm", 1, "drill-3", NOW),
    ]
    assert estimate(USED, WAY, ENOUGH, times).measured == "12 min 34 s from plan to proof, in drill-2 on 2026-02-23"
    assert estimate(KEY, None, ENOUGH, times).measured == ""


def test_a_rehearsal_without_people_is_not_the_teams_time() -> None:
    alone = Measured("aws", 3, "drill-7", ago(1), "unattended")
    assert estimate(USED, WAY, ENOUGH, [alone]).measured.endswith(
        "a rehearsal without people: irkit's time, and not theirs"
    )
    people = Measured("aws", 754, "drill-2", ago(60), "people")
    assert estimate(USED, WAY, ENOUGH, [alone, people]).measured.startswith("12 min 34 s")
