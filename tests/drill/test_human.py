"""A rehearsal for people, played by a script: it runs the cells of the working copies, approves as the drill's people, and is scored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from irkit.cli import app
from irkit.drill import briefing, human, kept, practice
from irkit.drill.difficulty import LEVELS
from irkit.drill.footer import program
from irkit.drill.practice import Identity
from irkit.drill.run import do_by_hand
from irkit.drill.scenes import Scene, find_scene
from irkit.errors import BadInput, StepFailed, Waiting
from irkit.model import Kind
from tests.needs import needs

pytestmark = needs("git", "gpg")


def cells(notebook: Path) -> list[str]:
    content = json.loads(notebook.read_text())
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in content["cells"]), "it has run"
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]


def work(scene: Scene, notebook: str) -> None:
    """Run the cells one after the other; where one waits for people, do what they would, and run it again."""
    known: dict[str, Any] = {}
    for cell in cells(scene.case.folder / "notebooks" / "working" / f"{notebook}.ipynb"):
        for _ in range(4):
            try:
                exec(cell, known)  # noqa: S102  (a notebook's own cell)
                break
            except Waiting:
                chapter = "revoke" if notebook.startswith("02") else "resign"
                approvers = scene.world.truth.approvers
                for name, home in (("alice", scene.world.homes.alice), ("bob", scene.world.homes.bob)):
                    scene.case.approve(chapter, approvers[name], home)
                do_by_hand(scene.case)
        else:
            raise AssertionError(f"this cell waits for ever: {cell}")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("human")
    who = Identity("token-and-key", 3, "easy", (), "people")
    with human.staged(who, folder / "out", LEVELS["easy"], lambda _line: None) as scene:
        told = (scene.case.folder / "notebooks" / "working" / briefing.HOW).read_text()
        begun_before = practice.begun(scene.case.journal.records())
        human.begin(scene)
        for notebook in ("01_exposure", "02_revoke", "03_resign", "04_postmortem"):
            work(scene, notebook)
        result, checks = human.finish(scene.folder, folder / "drills.jsonl")
        yield {
            "folder": folder, "scene": scene, "told": told, "before": begun_before, "result": result, "checks": checks,
            "commands": list(briefing.commands(scene, "/opt/irkit")), "homes": scene.world.homes.base,
        }  # fmt: skip


def test_the_clock_starts_when_the_person_begins_and_each_step_is_timed(played: dict[str, Any]) -> None:
    assert played["before"] is None
    spans = played["result"].seconds.model_dump()
    assert None not in spans.values()
    assert 0 < spans["first_action"] < spans["contained"] < spans["resigned"] < spans["exported"]


def test_everything_was_found_and_nothing_else_was_touched(played: dict[str, Any]) -> None:
    result = played["result"]
    assert (result.right, result.missed, result.touched) == (result.checks, (), ())
    assert result.checks == len(played["checks"]) > 40
    assert result.by == "people"


def test_the_drills_people_are_said_to_be_the_drills_and_how_they_approve(played: dict[str, Any]) -> None:
    assert "test people" in played["told"]
    assert all(str(home) in played["told"] for home in (played["homes"] / "alice", played["homes"] / "bob"))
    assert any(line.startswith("/opt/irkit run token-and-key ") and "-p paths=" in line for line in played["commands"])
    assert any(line.startswith("/opt/irkit drill --score ") for line in played["commands"])


def test_scored_again_it_is_the_same_and_kept_once(played: dict[str, Any]) -> None:
    file = played["folder"] / "drills.jsonl"
    again, checks = human.finish(played["scene"].folder, file)
    assert (again, checks) == (played["result"], played["checks"])
    assert kept.kept(file) == ((played["result"],), 0)
    records = played["scene"].case.journal.records(Kind.REHEARSED)
    assert [one.body["moment"] for one in records] == ["begun", "ended"]
    assert file.stat().st_mode & 0o077 == 0


def test_scored_by_several_at_once_it_is_kept_once(played: dict[str, Any], tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(lambda _: human.finish(played["scene"].folder, tmp_path / "drills.jsonl"), range(3)))
    assert [one[0] for one in told] == [played["result"]] * 3
    assert len((tmp_path / "drills.jsonl").read_bytes().splitlines()) == 1


def test_a_result_that_could_not_be_kept_is_not_lost(
    played: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = tmp_path / "file"
    refused.touch()
    with pytest.raises(StepFailed, match="cannot be read"):
        human.finish(played["scene"].folder, refused / "drills.jsonl")
    assert human.score(played["scene"].folder) == (played["result"], played["checks"])
    monkeypatch.setenv("XDG_STATE_HOME", str(refused))
    shown = CliRunner().invoke(app, ["drill", "--score", str(played["scene"].folder)])
    assert isinstance(shown.exception, StepFailed)
    assert "Postmortem written" in shown.stdout, "the scorecard all the same"


def test_scored_from_elsewhere_it_says_that_what_is_still_open_counts_no_more(
    played: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    shown = CliRunner().invoke(app, ["drill", "--score", str(played["scene"].folder)])
    assert shown.exit_code == 0
    assert "counts no more" in shown.stderr
    assert human.finish(played["scene"].folder, tmp_path / "drills.jsonl")[0] == played["result"]
    assert len(kept.kept(tmp_path / "drills.jsonl")[0]) == 1


def test_the_page_says_all_that_only_an_insider_would_know(played: dict[str, Any]) -> None:
    told, homes = played["told"], played["homes"]
    assert f"| Alice | `{homes / 'alice'}` |" in told, "what to write into the form"
    assert program(Path("/")) + " approve" in told, "irkit as it can be typed from anywhere"
    assert all(f"- `{name}.ipynb`" in told for name in ("01_exposure", "02_revoke", "03_resign", "04_postmortem"))
    assert "*Shut Down*" in told
    assert str(played["scene"].folder / "world") in told


def test_nothing_kept_holds_a_secret(played: dict[str, Any]) -> None:
    written = (played["folder"] / "drills.jsonl").read_bytes() + (played["scene"].folder / "scored.json").read_bytes()
    written += (played["scene"].folder / "rehearsal.json").read_bytes() + played["told"].encode()
    assert not played["scene"].case.redactor.finds(written)


def test_what_was_wrongly_ended_is_named(played: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    scene = find_scene(played["scene"].folder)
    assert scene.innocents() == []
    state = json.loads(scene.world.provider_state.read_text())
    state["keys"][scene.world.truth.aws_responder_id]["status"] = "Inactive"
    before = scene.world.provider_state.read_text()
    try:
        scene.world.provider_state.write_text(json.dumps(state))
        assert scene.innocents() == [f"the access key {scene.world.truth.aws_responder_id} of ir-responder"]
    finally:
        scene.world.provider_state.write_text(before)


def test_one_in_which_nothing_was_done_is_scored_and_not_kept(tmp_path: Path) -> None:
    who = Identity("signing-key", 1, "normal", (), "people", count=12)
    with human.staged(who, tmp_path / "out", LEVELS["normal"], lambda _line: None) as scene:
        told = (scene.case.folder / "notebooks" / "working" / briefing.HOW).read_text()
        human.begin(scene)
        result, _ = human.finish(scene.folder, tmp_path / "drills.jsonl")
    assert result.seconds == practice.Seconds()
    assert result.count == 12
    assert not (tmp_path / "drills.jsonl").exists()
    assert "02_revoke" not in told, "the playbook of this scenario has no such step"
    assert "which is asked for here" in told, "the statement, by two people"


def test_where_none_was_begun_there_is_none_to_score(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no rehearsal was begun here"):
        human.finish(tmp_path)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--terminal"], "ive --human"),
        (["--no-browser"], "ive --human"),
        (["signing-key", "--human", "--difficulty", "hard"], "one difficulty"),
        (["bulk", "--difficulty", "easy"], "one difficulty"),
    ],
    ids=["terminal", "no-browser", "signing-key", "bulk"],
)
def test_what_would_be_passed_over_in_silence_is_refused(words: list[str], told: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["drill", *words, "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, BadInput)
    assert told in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_scenario_without_people_is_refused(tmp_path: Path) -> None:
    who = Identity("bulk", 1, "easy", (), "people")
    with (
        pytest.raises(BadInput, match="not one for people"),
        human.staged(who, tmp_path / "w", LEVELS["easy"], lambda _line: None),
    ):
        raise AssertionError("it was staged")
