"""`irkit verify CASE`: the record first, then what is in force; each of its ends has a code of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.guard.hooks.installing import install
from irkit.model import Kind
from tests.guard.repositories import repository
from tests.guard.test_unknown import never_issued
from tests.inforce.world import Desk

GUARD = {"check": "guard-installed", "repository": "../web", "where": ["pre-commit"]}
GONE = {"check": "guard-installed", "repository": "../gone", "where": ["pre-commit"]}


def irkit(desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "irkit", *words],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


@pytest.fixture
def web(desk: Desk) -> Path:
    return repository(desk.folder / "web").folder


def test_each_end_has_its_code(desk: Desk, web: Path) -> None:
    assert irkit(desk, "verify", "case").returncode == 0
    desk.name(GUARD, status="done")
    missing = irkit(desk, "verify", "case")
    assert missing.returncode == 3
    assert "Case case verifies" in missing.stdout
    assert "A4 is called done in front.toml; its checks say: not in force" in missing.stdout
    assert (
        "an action item is not in force (asked): guard-installed: pre-commit: there is no pre-commit hook."
        in missing.stderr
    )
    assert irkit(desk, "verify", "case", "--no-actions").returncode == 0

    install(web)
    held = irkit(desk, "verify", "case")
    assert (held.returncode, held.stderr) == (0, "")
    desk.name(GUARD, GONE)
    unknown = irkit(desk, "verify", "case")
    assert unknown.returncode == 5
    assert "whether an action item is in force is not known (asked)" in unknown.stderr
    assert "there is nothing at this path" in unknown.stderr


def test_a_record_that_does_not_hold_is_code_1_whatever_is_in_force(desk: Desk, web: Path) -> None:
    desk.name(GUARD)
    desk.case.journal.close()
    with sqlite3.connect(desk.case.folder / "journal.sqlite") as db:
        for (name,) in db.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        db.execute("update journal set actor = 'somebody else'")
    for words in ((), ("--format", "json")):
        found = irkit(desk, "verify", "case", *words)
        assert (found.returncode, found.stdout) == (1, "")
        assert "chain is broken" in found.stderr


def test_as_json_the_record_and_the_items_stand_apart(desk: Desk, web: Path) -> None:
    desk.name(GUARD, GONE, owner="the platform team")
    found = irkit(desk, "verify", "case", "--format", "json")
    document = json.loads(found.stdout)
    assert (found.returncode, document["holds"]) == (3, True)
    assert document["record"]["Journal"].endswith("unbroken")
    one = document["actions"]["items"][-1]
    assert (one["item"], one["owner"], one["in_force"]) == ("asked", "the platform team", "not in force")
    assert [each["answer"] for each in one["checks"]] == ["not in force", "unknown"]
    assert one["checks"][0]["parameters"] == {"repository": "../web", "where": ["pre-commit"]}
    assert all(each["at"] == document["actions"]["at"] and each["why"] and each["do"] for each in one["checks"])
    by_hand = [each["in_force"] for each in document["actions"]["items"][:-1]]
    assert by_hand == ["by hand: not checked"] * len(by_hand)
    alone = json.loads(irkit(desk, "verify", "case", "--no-actions", "--format", "json").stdout)
    assert alone["actions"] is None


def test_nothing_is_written_unless_it_is_asked_for(desk: Desk, web: Path) -> None:
    desk.name(GUARD)
    irkit(desk, "verify", "case")
    assert not desk.case.journal.records(Kind.CHECKED)
    assert irkit(desk, "verify", "case", "--record").returncode == 3
    (record,) = desk.case.journal.records(Kind.CHECKED)
    assert (record.body["item"], record.body["answer"], record.body["check"]) == ("asked", "not in force", GUARD)
    install(web)
    assert irkit(desk, "verify", "case", "--record").returncode == 0
    assert irkit(desk, "export", "case", "--format", "md").returncode == 0
    text = (desk.case.folder / "postmortem.md").read_text()
    at = desk.case.journal.records(Kind.CHECKED)[-1].body["at"][:19].replace("T", " ")
    assert f"checked at {at}Z: in force" in text
    assert irkit(desk, "verify", "case").returncode == 0, "the record holds with what was written into it"
    assert irkit(desk, "verify", "case", "--record", "--no-actions").returncode == 2


def test_a_case_that_cannot_be_written_into_can_be_verified(desk: Desk, web: Path) -> None:
    install(web)
    desk.name(GUARD)
    desk.case.journal.close()
    (desk.case.folder / "journal.sqlite").chmod(0o400)
    desk.case.folder.chmod(0o500)
    try:
        assert irkit(desk, "verify", "case").returncode == 0
    finally:
        desk.case.folder.chmod(0o700)


def test_a_front_that_is_wrong_is_code_2_and_the_record_is_told_all_the_same(desk: Desk) -> None:
    desk.name({"check": "firewall"})
    found = irkit(desk, "verify", "case")
    assert (found.returncode, "Case case verifies" in found.stdout) == (2, True)
    assert "front.toml: own_actions.0.checks.0" in found.stderr
    document = json.loads(irkit(desk, "verify", "case", "--format", "json").stdout)
    assert (document["holds"], document["actions"]) == (True, None)


def secret_like() -> str:
    return "ka93jxQ0" + "b7Zt1Lm5Pq8Rw2Yc"


PLACES = {
    "of the case": lambda desk: {"check": "clean-home", "home": (desk.folder / "leaked").read_text()},
    "by its shape": lambda _: {"check": "guard-installed", "repository": never_issued(), "where": ["ci"]},
    "random": lambda _: {"check": "guard-coverage", "repositories": [secret_like()]},
    "behind a reference": lambda _: {
        "check": "known-credential",
        "file": "x",
        "credential": f"env:{never_issued()}",
        "key": "env:K",
    },
    "in an address": lambda _: {"check": "guard-coverage", "repositories": ["https://me:irkitFAKE-1@host/x.git"]},
}


@pytest.mark.parametrize("place", PLACES)
def test_no_parameter_holds_a_secret(desk: Desk, place: str) -> None:
    check = PLACES[place](desk)
    desk.name(check)
    found = irkit(desk, "verify", "case")
    assert found.returncode == 4, found.stderr
    assert "front.toml" in found.stderr
    for text in (*check.values(), *(check.get("repositories") or ())):
        if isinstance(text, str) and len(text) > 20:
            assert text not in found.stdout + found.stderr


def test_a_false_alarm_and_a_team_have_no_items_to_look_at(desk: Desk) -> None:
    made = irkit(desk, "new", "team", "--readiness")
    assert made.returncode == 0
    found = irkit(desk, "verify", "team", "--format", "json")
    assert (found.returncode, json.loads(found.stdout)["actions"]["items"]) == (0, [])


def test_what_is_rejected_is_not_looked_at(desk: Desk, web: Path) -> None:
    desk.name(GUARD, status="rejected")
    (one,) = [item for item in desk.found().items if item.id == "asked"]
    assert (one.in_force, one.checks) == ("rejected: not checked", ())
    assert irkit(desk, "verify", "case").returncode == 0
