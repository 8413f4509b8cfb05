"""The drill before anything leaked: scored whole; its report in a browser without a network, before axe, on paper, and as a notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case
from irkit.case.exporting import GuardedHTMLExporter
from irkit.case.readiness import assessing
from irkit.drill.readiness.run import ReadinessRehearsal, rehearse_readiness
from irkit.errors import BadInput
from irkit.readiness.remedies import REMEDIES
from irkit.readiness.rules import RULES
from tests.browser.looking import complaints, looked
from tests.needs import needs

pytestmark = pytest.mark.slow
WIDE, NARROW = 1280, 360


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> ReadinessRehearsal:
    return rehearse_readiness(tmp_path_factory.mktemp("readiness") / "out", say=lambda _line: None)


def test_every_rule_and_every_change_is_told_as_it_is(drilled: ReadinessRehearsal) -> None:
    assert [f"{one.name}: {one.got}" for one in drilled.scorecard if one.ok is not True] == []
    told = {one.name.removeprefix("breaks ") for one in drilled.scorecard}
    assert told >= RULES.keys()
    assert drilled.full


def test_no_secret_and_no_path_of_this_machine_in_the_report(drilled: ReadinessRehearsal) -> None:
    page = drilled.report.read_text()
    vault = drilled.team.parent / "world" / "vault"
    values = [one.read_text().strip().rpartition(":")[2] for one in vault.iterdir()]
    assert len(values) == 5
    assert [one for one in values if one in page] == []
    assert str(drilled.team.parent) not in page


def test_each_finding_says_what_to_do_and_the_one_table_what_each_breaks(drilled: ReadinessRehearsal) -> None:
    assert REMEDIES.keys() == RULES.keys()
    page = drilled.report.read_text()
    for words in ("What to do, the worst first", "irkit blast REF LOGS", "Consumed by", "Stored at", "Breaks"):
        assert words in page
    run = assessing.latest(Case.open(drilled.team))
    for rule in {one.rule for one in run.counting}:
        assert f"<td>{rule}</td>" in page
    assert page.index("Since the last run</h2>") < page.index("Against the policy</h2>")
    assert "2 new, 3 not seen, 1 gone, 5 better" in page
    assert "31 before, 6 of them unknown now; 34 answers are unknown" in page


def test_the_answer_comes_first_and_says_what_is_not_in_it(drilled: ReadinessRehearsal) -> None:
    page = drilled.report.read_text()
    said = (
        "4 of 14 credentials could be put out of use today with what is at hand (1 of them in part by hand, which takes longer); "
        "of 10 nobody can say. Not among them: what was not asked (3); what was held before and not seen now (3)."
    )
    assert said in page
    assert "was not measured: rehearse (irkit drill --human)" in page
    order = [
        page.index(f'id="{name}"') for name in ("summary", "today", "to-do", "unasked", "trend", "findings", "held")
    ]
    assert order == sorted(order)
    assert "classic tokens" in page
    assert "Held before, and not seen now" in page
    assert "account 111122223333" in page


def test_where_something_is_consumed_and_stored_is_said_without_this_machines_path(drilled: ReadinessRehearsal) -> None:
    held = {one.name: one for one in assessing.latest(Case.open(drilled.team)).held if one.kind != "console password"}
    assert held["mara"].consumers == ("infra/compose.yaml:7",)
    assert held["mara"].also == ("automation",)
    npm = held["publish from CI"]
    assert npm.consumers == ("job publish of workflow publish (infra/.github/workflows/publish.yml:9)",)
    assert npm.stored == (
        "github-actions:larkspur/fulfil/NPM_TOKEN",
    )  # GitHub lists a secret of the name that the policy gives


@pytest.fixture(scope="module")
def looks(drilled: ReadinessRehearsal, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The report and notebook 00, in light, in dark, narrow, and on paper."""
    exporter = GuardedHTMLExporter()
    exporter.case = str(drilled.team)
    notebook = tmp_path_factory.mktemp("pages") / "00.html"
    notebook.write_text(str(exporter.from_filename(str(drilled.team / "notebooks" / "00_readiness.ipynb"))[0]))
    wanted: dict[str, dict[str, Any]] = {}
    for name, file in (("report", drilled.report), ("notebook", notebook)):
        wanted[f"{name}, light"] = {"file": file, "width": WIDE, "axe": True}
        wanted[f"{name}, dark"] = {"file": file, "width": WIDE, "dark": True, "axe": True, "open": True}
        wanted[f"{name}, narrow"] = {"file": file, "width": NARROW, "axe": True}
        wanted[f"{name}, paper"] = {"file": file, "width": 1000, "print": True, "axe": True}
    return looked(wanted)


@needs("chromium", "npm:playwright-core", "npm:axe-core")
def test_nothing_is_asked_for_and_axe_finds_nothing(looks: dict[str, dict[str, Any]]) -> None:
    assert {name: told for name, seen in looks.items() if (told := complaints(seen))} == {}
    assert len(looks) == 8
    assert min(seen["passed"] for seen in looks.values()) > 10


def test_the_first_run_and_the_words_of_a_terminal(
    drilled: ReadinessRehearsal, capsys: pytest.CaptureFixture[str]
) -> None:
    from irkit.cli.common import Format
    from irkit.cli.readiness import show

    show(drilled.team, Format.TABLE)
    text = capsys.readouterr().out
    for words in ("What to do, the worst first", "Since the last run", "What the team holds", "The lists that came"):
        assert words in text
    show(drilled.team, Format.JSON)
    document = json.loads(capsys.readouterr().out)
    assert len(document["run"]["held"]) == 14


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "mine").write_text("x")
    with pytest.raises(BadInput):
        rehearse_readiness(tmp_path, say=lambda _line: None)
    assert [one.name for one in (tmp_path / "world").iterdir()] == ["mine"]


def test_what_a_failing_provider_did_not_tell_is_not_measured_and_not_wrong(tmp_path: Path) -> None:
    made = rehearse_readiness(tmp_path / "out", say=lambda _line: None, faults=["html"])
    assert made.scorecard.failed == ()
    assert not made.full
    (age,) = [one for one in made.scorecard if one.name == "breaks age"]
    assert (age.ok, age.got) == (None, "0; 5 could not be seen")
    (kept,) = [one for one in made.scorecard if one.name == "breaks no-escrow"]
    assert kept.ok is True  # gpg is not the provider's
