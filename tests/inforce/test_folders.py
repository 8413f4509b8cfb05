"""A team's readiness and a rotation, each in a folder of its own that irkit made: run, judged, broken, gone."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case
from irkit.inforce import look
from irkit.model import Clock, Instant, Kind, SecretRef, Standing, State, Trust
from irkit.openpgp import generate
from irkit.plan import document
from tests.inforce.world import Desk

IN_FORCE, NOT, UNKNOWN = "in force", "not in force", "unknown"
POLICY = "approvals: 1\nrules:\n  age: {days: 90}\n  no-escrow: {severity: bad}\n  nobody-approves: {}\n"


@pytest.fixture
def team(desk: Desk, gpg_home: Path) -> Case:
    """A team with a release key, and a policy of it."""
    generate(gpg_home, "Releases <releases@example.test>")
    made = Case.create_readiness(desk.folder / "team", settings={"responder": "carol"})
    (desk.folder / "policy.yaml").write_text(POLICY)
    (desk.folder / "certificates").mkdir()
    made.inventory(
        desk.folder / "policy.yaml", homes=[f"automation:{gpg_home}"], certificates=[desk.folder / "certificates"]
    )
    made.judge(desk.folder / "policy.yaml")
    return made


def run(desk: Desk, **more: Any) -> Any:
    return desk.look(check="readiness", folder="../team", **more)


def test_a_run_is_in_force_for_as_many_days_as_it_may_be_old(desk: Desk, team: Case) -> None:
    found = run(desk, policy="../policy.yaml")
    assert found.answer == IN_FORCE
    assert "unbroken" in found.looked[0].found
    (later,) = look(desk.case, datetime.now(UTC) + timedelta(days=9)).checks
    assert (later.answer, later.do) == (NOT, "irkit run readiness TEAM -p policy=policy.yaml")


def test_a_policy_that_was_changed_since_was_not_judged_by(desk: Desk, team: Case) -> None:
    (desk.folder / "policy.yaml").write_text(POLICY.replace("90", "30"))
    assert run(desk, policy="../policy.yaml").answer == NOT
    (desk.folder / "policy.yaml").write_text(POLICY.replace("age", "colour"))
    broken = run(desk, policy="../policy.yaml")
    assert broken.answer == UNKNOWN
    assert "policy.yaml:3" in broken.why


def test_rules_are_answered_by_the_run(desk: Desk, team: Case) -> None:
    found = run(desk, rules=["no-escrow"])
    assert found.answer == NOT
    assert "no-escrow of openpgp:" in found.why
    assert run(desk, rules=["shared"]).answer == UNKNOWN, "the policy does not ask it"
    assert run(desk, rules=["age"], match="aws:*").answer == UNKNOWN, "nothing fits"


def test_to_judge_again_is_no_new_run(desk: Desk, team: Case) -> None:
    """What counts is when it was looked at, not when a policy was held against it."""
    (desk.folder / "policy.yaml").write_text(POLICY.replace("90", "91"))
    desk.name({"check": "readiness", "folder": "../team", "within_days": 1})
    team.judge(desk.folder / "policy.yaml")
    (found,) = look(desk.case, datetime.now(UTC) + timedelta(days=2)).checks
    assert found.answer == NOT


def test_a_folder_where_nothing_was_judged_and_one_of_an_incident(desk: Desk) -> None:
    Case.create_readiness(desk.folder / "team")
    assert run(desk).answer == NOT
    incident = desk.look(check="readiness", folder=".")
    assert (incident.answer, "of an incident" in incident.why) == (UNKNOWN, True)


def test_a_journal_that_somebody_changed_says_nothing(desk: Desk, team: Case) -> None:
    team.journal.close()
    with sqlite3.connect(team.folder / "journal.sqlite") as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute("update journal set body = replace(body, 'readiness', 'Readiness')")
    found = run(desk)
    assert found.answer == UNKNOWN
    assert "its journal is not whole" in found.why


@pytest.mark.parametrize("check", ["readiness", "rotation"])
def test_a_folder_that_is_none_is_unknown(desk: Desk, check: str) -> None:
    named = {"readiness": "folder", "rotation": "case"}[check]
    found = desk.look(check=check, **{named: "../gone"})
    assert (found.answer, "no folder of irkit's" in found.why) == (UNKNOWN, True)
    assert found.do


# The old one, by the journal of its case


def stood(case: Case, state: State, moment: str = "after") -> None:
    (one,) = case.credentials
    at = Instant(datetime.now(UTC), Clock.CONFIRMED_DEAD, "the provider's answer", Trust.INDEPENDENT)
    standing = Standing(state, "as its provider answered", at)
    case.write(Kind.STANDING, {"credential": one.name, "moment": moment, "standing": document(standing)})


def verdict(case: Case, said: str) -> None:
    case.write(Kind.VERDICT, {"credential": case.credentials[0].name, "verdict": said, "why": "asked before and after"})


def old_one(desk: Desk, **more: Any) -> Any:
    return desk.look(check="rotation", **{"case": ".", **more})


def test_the_old_one_is_dead_when_its_case_proved_it_and_until_it_lives_again(desk: Desk) -> None:
    assert old_one(desk).answer == UNKNOWN
    stood(desk.case, State.ALIVE, "before")
    assert old_one(desk).answer == NOT
    verdict(desk.case, "inconclusive")
    assert old_one(desk).answer == UNKNOWN
    verdict(desk.case, "dead")
    assert old_one(desk).answer == IN_FORCE
    assert old_one(desk, credential="another").answer == UNKNOWN
    stood(desk.case, State.ALIVE)
    assert old_one(desk).answer == NOT


def test_a_rotation_needs_a_fresh_one_in_its_places_and_is_due_again(desk: Desk) -> None:
    rotation = Case.create(desk.folder / "rotation", [SecretRef(f"file:{desk.folder / 'leaked'}")], purpose="rotation")
    verdict(rotation, "dead")
    found = old_one(desk, case="../rotation")
    assert (found.answer, "no fresh one" in found.why) == (NOT, True)
    verdict(desk.case, "dead")
    desk.name({"check": "rotation", "case": ".", "within_days": 90})
    (later,) = look(desk.case, datetime.now(UTC) + timedelta(days=91)).checks
    assert later.answer == NOT
