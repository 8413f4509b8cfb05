"""A folder of readiness: the same desk without a leaked credential; what is about one refuses; an incident is no such folder."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.case.readiness import assessing, page, standing, taking
from irkit.case.readiness.consumers import consumed
from irkit.case.readiness.measured import measured
from irkit.errors import BadInput
from irkit.model import Held, Incident, Kind, Record, SecretRef, Unasked
from irkit.plan import read
from irkit.readiness.estimate import Way
from irkit.readiness.policy import Policy
from irkit.readiness.run import Inventory, judged
from irkit.readiness.trend import trend
from tests.hostile import EVERY
from tests.readiness import world
from tests.readiness.test_rules import NOW


@pytest.fixture
def team(tmp_path: Path) -> Case:
    return world.folder(tmp_path, {})


STEPS: dict[str, Any] = {
    "locate": lambda case: case.locate(case.folder),
    "usage": lambda case: case.usage(case.folder),
    "window": lambda case: case.window(),
    "consumers": lambda case: case.consumers(case.folder),
    "plan_revocation": lambda case: case.plan_revocation(),
    "confirm": lambda case: case.confirm(),
    "inspect_key": lambda case: case.inspect_key(),
    "closing": lambda case: case.closing("contained"),
    "postmortem": lambda case: case.postmortem(),
    "export": lambda case: case.export(),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_about_a_leak_stops_with_a_sentence(team: Case, step: str) -> None:
    before = len(team.journal.records())
    with pytest.raises(BadInput, match="of a team's readiness, and nothing leaked"):
        STEPS[step](team)
    assert len(team.journal.records()) == before


def test_what_needs_no_leak_works(team: Case) -> None:
    assert "not taken yet" in team.status().text()
    team.note("summary", "we begin")
    assert "unbroken" in team.verify().text()
    team.gate(team.folder)
    with pytest.raises(BadInput, match="no inventory was taken"):
        team.judge(world.policy(team.folder.parent))
    with pytest.raises(BadInput, match="nothing was judged"):
        team.export_readiness()


def test_a_playbook_and_a_folder_must_be_for_the_same(
    team: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match=r"this playbook is for an incident.*team is a team's readiness"):
        books.prepare(books.find_playbook("api-token"), team, {"paths": str(tmp_path)})
    monkeypatch.setenv("LEAKED", "visibly-fake-token-0000")
    incident = Case.create(tmp_path / "incident", [SecretRef("env:LEAKED")])
    with pytest.raises(BadInput, match="this playbook is for a team's readiness"):
        books.prepare(books.find_playbook("readiness"), incident, {"policy": str(tmp_path)})
    with pytest.raises(BadInput, match="this folder is of an incident"):
        incident.inventory(world.policy(tmp_path))


def test_an_incident_still_needs_a_credential(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one credential"):
        Case.create(tmp_path / "none", [])
    assert not (tmp_path / "none").exists()


def test_a_record_of_an_irkit_without_purposes_is_of_an_incident() -> None:
    opened = {"at": "2026-01-01T00:00:00Z", "clock": "journal", "source": "x", "trust": "ours", "precision_s": 1.0}
    old = {
        "case_id": "x",
        "title": "x",
        "credentials": [],
        "opened": opened,
        "aware": None,
        "responder": "",
        "labels": [],
    }
    assert read(Incident, old).purpose == "incident"


def test_the_teams_own_access_is_hidden_in_whatever_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    value = "visibly-fake-responder-0123456789"
    monkeypatch.setenv("TEAM_OWN", value)
    case = world.folder(tmp_path, {"npm": {"base": "http://127.0.0.1:1", "responder": "env:TEAM_OWN"}})
    opened = Case.open(case.folder)
    opened.note("summary", f"it is {value}")
    assert value not in str([one.body for one in opened.journal.records(Kind.NOTE)])
    assert opened.redactor.finds(value.encode())


def test_one_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAM_GONE", raising=False)
    case = world.folder(tmp_path, {"npm": {"responder": "env:TEAM_GONE"}, "gitlab": {"responder": "prompt:GitLab"}})
    text = case.status().text()
    assert "env:TEAM_GONE cannot be read now" in text


def test_what_strangers_called_it_is_text_on_the_page(tmp_path: Path) -> None:
    """Names, ids, owners, scopes and reasons by whoever may name a credential at its issuer."""
    said = [one.text for one in EVERY if one.recordable]
    held = tuple(
        Held(
            "github",
            "deploy key",
            f"{n}/{text}",
            text,
            text,
            "automation",
            text,
            (text,),
            stored=(text,),
            consumers=(text,),
        )
        for n, text in enumerate(said)
    )
    policy = Policy.model_validate({"rules": {"age": {"days": 1}, "no-expiry": {}}})
    ways = {one.key: Way("github", "unknown", said[0], "no", "no") for one in held}
    taken = Inventory(NOW, held, tuple(Unasked(text, text, text) for text in said), (), ways)
    run = judged(taken, policy, 0, "policy.yaml", "0" * 64)
    made = page.page(run, None, trend(None, run), said[0], said[1], "0" * 64)
    assert "<script" not in made.lower()
    assert not re.search(r"<[a-z]+[^>]*\son[a-z]+=", made, re.IGNORECASE)
    assert not re.search(r"href=\"(?!#|https://)", made)
    assert made.encode()


OLD = {"held": 3, "unasked": 0}
RUN: dict[str, Any] = {
    "findings": {},
    "unasked": 0,
    "unknown": 0,
    "rules": 2,
    "verdicts": {"ready": 3, "not ready": 0, "unknown": 0},
}


@pytest.mark.parametrize(
    ("held", "run", "days", "answers"),
    [
        (OLD, RUN, 1, ["yes", "yes", "yes"]),
        (OLD, {**RUN, "unknown": 33}, 1, ["yes", "unknown", "yes"]),
        (OLD, {**RUN, "rules": 0}, 1, ["yes", "unknown", "yes"]),
        (
            OLD,
            {name: RUN[name] for name in ("findings", "unasked", "verdicts")},
            1,
            ["yes", "unknown", "yes"],
        ),  # by an irkit before
        (
            {**OLD, "held": 0},
            {**RUN, "verdicts": dict.fromkeys(RUN["verdicts"], 0)},
            1,
            ["unknown", "unknown", "unknown"],
        ),
        (OLD, RUN, 30, ["unknown", "unknown", "unknown"]),  # nobody ran it for a month
        (OLD, {**RUN, "findings": {"age": 1}}, 30, ["unknown", "no", "unknown"]),
    ],
)
def test_where_a_team_stands_is_not_good_for_want_of_an_answer(
    held: Any, run: Any, days: int, answers: list[str]
) -> None:
    records = [
        Record(n, NOW, kind, "carol", body, "0" * 64, "0" * 64)
        for n, (kind, body) in enumerate(((Kind.INVENTORIED, held), (Kind.READINESS, run)))
    ]
    assert [one.answer for one in standing.stages(records, NOW + timedelta(days=days))][:3] == answers


@pytest.mark.parametrize(
    ("held", "searched"),
    [
        (Held("aws", "access key", "AKIAFAKE0FAKE0FAKE00"), True),
        (Held("aws", "access key", "ci/access key 1"), False),
        (Held("aws", "console password", "developer1"), False),
        (Held("github", "deploy key", "octo/web/12345678"), False),
    ],
)
def test_a_number_or_a_users_name_in_a_file_is_no_consumer(tmp_path: Path, held: Held, searched: bool) -> None:
    (tmp_path / "deploy.sh").write_text("access key 1 of developer1: AKIAFAKE0FAKE0FAKE00, build 12345678\n")
    ((found,), _) = consumed([held], [tmp_path], Policy.model_validate({"rules": {}}))
    assert bool(found.consumers) is searched


def test_what_takes_it_by_a_file_of_anybodys_is_not_told_to_be_a_machines(tmp_path: Path) -> None:
    (tmp_path / "deploy.sh").write_text("AKIAFAKE0FAKE0FAKE00\n")
    ((found,), _) = consumed(
        [Held("aws", "access key", "AKIAFAKE0FAKE0FAKE00")], [tmp_path], Policy.model_validate({"rules": {}})
    )
    assert found.also == ("unknown",)


def test_times_ahead_of_this_machines_clock_are_said(tmp_path: Path) -> None:
    held = Held("npm", "access token", "f00", created=NOW + timedelta(days=40))
    (row,) = taking.behind([held], NOW)
    assert "40 days ahead of this machine's clock" in row.why
    assert taking.behind([held], NOW + timedelta(days=40)) == ()


def test_a_hostile_run_is_written_through_the_gate_and_verifies(team: Case) -> None:
    file = world.policy(team.folder.parent)
    team.inventory(file)
    team.judge(file)
    team.judge(file)
    assert len(team.journal.records(Kind.READINESS)) == 1  # the same judged twice is one run
    assert assessing.latest(team).team.can == 0
    path = team.export_readiness()
    assert path.stat().st_mode & 0o777 == 0o600
    team.verify()


@pytest.mark.parametrize(("rehearsed", "by"), [(None, "incident"), ("people", "people"), ("unattended", "unattended")])
def test_a_measured_time_says_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rehearsed: str | None, by: str
) -> None:
    monkeypatch.setenv("LEAKED", "visibly-fake-token-0000")
    case = Case.create(tmp_path / "old", [SecretRef("env:LEAKED")])
    (credential,) = case.credentials
    assert measured([case.folder]) == (
        [],
        [Unasked("measured times", str(case.folder), "no credential was proved dead there")],
    )
    if rehearsed:
        case.write(Kind.REHEARSED, {"moment": "begun", "by": rehearsed})
    case.write(Kind.PLAN, {"digest": "0" * 64})
    case.write(Kind.CONTAINED, {"credential": credential.name, "contained": None, "why": ["nobody could be asked"]})
    assert measured([case.folder])[0] == []  # unknown is no proof
    case.write(Kind.CONTAINED, {"credential": credential.name, "contained": True, "why": []})
    ((found,), unasked) = measured([case.folder])
    assert (found.by, found.case, unasked) == (by, "old", [])
    assert measured([tmp_path / "none"])[1][0].what == str(tmp_path / "none")
