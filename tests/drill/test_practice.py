"""Results of rehearsals: what counts as better, how they are kept, and how they are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from irkit.drill import kept
from irkit.drill.beside import as_view
from irkit.drill.card import Check, Scorecard
from irkit.drill.difficulty import LEVELS, level
from irkit.drill.practice import Result, Seconds, all_signed, before, best, missed, touched
from irkit.drill.trend import history
from irkit.errors import BadInput

CHECK = (Check("aws-key: contained", "yes", "yes", True),)


def run(number: int, contained: float | None, *, right: int = 50, by: str = "people", **more: object) -> Result:
    plain = {
        "id": f"{number:016x}",
        "began": f"2026-05-{number:02}T08:00:00Z",
        "scenario": "token-and-key",
        "seed": number,
    }
    plain |= {"difficulty": "normal", "irkit": "0.1.0", "by": by, "right": right, "checks": 52}
    return Result.model_validate(plain | {"seconds": Seconds(contained=contained)} | more)


def test_the_best_run_is_the_most_right_then_the_soonest_contained() -> None:
    slow, quick, careless, never = run(1, 900), run(2, 300), run(3, 60, right=40), run(4, None)
    assert best((slow, quick, careless, never)) == quick
    assert best((never, careless)) == never, "right counts more than quick"
    assert best(()) is None


def test_runs_are_compared_with_earlier_ones_of_their_kind() -> None:
    mine = run(9, 100)
    others = (run(1, 200), run(2, 90, by="unattended"), run(3, 80, difficulty="hard"), run(12, 50), mine)
    assert before(mine, others) == (others[0],)


def test_a_sooner_run_is_said_to_be_one() -> None:
    first = as_view(run(1, 900), CHECK, ()).text()
    assert "the first run of this kind" in first
    assert "Best run" not in first
    second = as_view(run(2, 300), CHECK, (run(1, 900),)).text()
    assert "sooner than ever (15 min was the soonest before)" in second
    third = as_view(run(3, 600), CHECK, (run(1, 900), run(2, 300))).text()
    assert "the soonest run took 5 min" in third
    assert "Not everything was contained" in as_view(run(4, None), CHECK, (run(1, 900),)).text()


def test_soonest_is_the_soonest_of_all_not_of_the_one_with_the_most_right_answers() -> None:
    careless = run(1, 300, right=40)
    text = as_view(run(3, 600), CHECK, (careless, run(2, 900))).text()
    assert "the soonest run took 5 min" in text
    assert "sooner than ever" not in text
    assert "never contained before" not in as_view(run(3, 100), CHECK, (careless, run(2, None))).text()


@pytest.mark.parametrize(
    "other",
    [{"faults": ("429=3",)}, {"count": 5}, {"playbook": True}, {"difficulty": "easy"}, {"scenario": "signing-key"}],
    ids=str,
)
def test_what_is_not_of_the_same_kind_is_not_compared_with(other: dict[str, object]) -> None:
    assert before(run(9, 100), (run(1, 200, **other),)) == ()
    assert run(9, 100).kind == "token-and-key, normal, people"
    assert run(1, 200, **other).kind != run(9, 100).kind


def test_the_faults_that_a_difficulty_brings_go_without_saying() -> None:
    usual = run(1, 9, difficulty="hard", faults=("delayed-death", "429", "500-then-done"))
    assert usual.kind == "token-and-key, hard, people"
    assert run(1, 9, difficulty="hard").kind == "token-and-key, hard, people, no faults"


def test_a_time_is_unknown_where_the_clock_was_set_and_such_a_run_is_nobodys_measure() -> None:
    moved = run(1, None, clock_moved=True)
    assert "unknown" in as_view(moved, CHECK, ()).text()
    assert "Not everything was contained" not in as_view(moved, CHECK, ()).text()
    text = as_view(run(2, 300), CHECK, (moved,)).text()
    assert "the first run of this kind" in text
    assert "never contained before" not in text
    assert "time to contain: unknown, 5 min" in history((moved, run(2, 300)), 0, Path("x")).text()


def test_what_was_missed_and_what_was_touched_are_said() -> None:
    text = as_view(
        run(1, 9, missed=("aws-key: places",), touched=("ended although it never leaked: x",)), CHECK, ()
    ).text()
    assert "Missed, or not answered: aws-key: places" in text
    assert "Wrongly touched: ended although it never leaked: x" in text


def test_the_scorecard_tells_what_was_touched_and_whether_all_was_signed() -> None:
    right = Check("artifacts signed anew", "a", "a", True)
    wrong = Check("doubtful artifacts signed anew", "none", "b.tar.gz", False)
    assert all_signed(Scorecard((right, wrong)))
    assert not all_signed(Scorecard(()))
    assert touched(Scorecard((right, wrong)), ["the key of payroll"]) == (
        "doubtful artifacts signed anew: b.tar.gz",
        "ended although it never leaked: the key of payroll",
    )


def test_what_was_signed_or_set_aside_wrongly_is_touched_and_what_was_left_out_is_missed() -> None:
    signed = Check("tags: doubtful artifacts", "2 set aside", "1 quarantined, 1 resigned", False)
    aside = Check("files: good artifacts", "3 re-signed", "1 quarantined, 2 resigned", False)
    left = Check("apt: good artifacts", "3 re-signed", "1 nothing, 2 resigned", False)
    undone = Check("rpm: doubtful artifacts", "2 set aside", "2 nothing", False)
    card = Scorecard((signed, aside, left, undone, Check("places", "1", "1", True)))
    assert touched(card, ()) == (f"{signed.name}: {signed.got}", f"{aside.name}: {aside.got}")
    assert missed(card) == (left.name, undone.name)


def test_a_line_that_is_no_result_is_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    file = tmp_path / "state" / "drills.jsonl"
    kept.keep(run(1, 900), file)
    file.write_text(file.read_text() + '{"half": ')
    kept.keep(run(2, 300), file)
    results, unread = kept.kept(file)
    assert [one.seed for one in results] == [1, 2]
    assert unread == 1
    assert "1 line is no result" in history(results, unread, file).text()


def test_a_line_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    file = tmp_path / "drills.jsonl"
    for _ in range(2):
        kept.keep(run(1, 900), file)
    assert kept.kept(file) == ((run(1, 900),), 0)


def test_a_newer_irkits_line_is_read(tmp_path: Path) -> None:
    file = tmp_path / "drills.jsonl"
    file.write_text(json.dumps(run(1, 900).model_dump(mode="json") | {"mood": "calm"}) + "\n")
    assert kept.kept(file) == ((run(1, 900),), 0)


def test_the_history_is_a_picture_a_table_and_the_same_in_words() -> None:
    view = history((run(1, 900), run(2, None), run(3, 300), run(3, 40, by="unattended")), 0, Path("drills.jsonl"))
    text = view.text()
    assert "token-and-key, normal, people: 3 runs; time to contain: 15 min, not reached, 5 min." in text
    assert "unattended" in text
    assert "data:image/svg+xml" in view.html()
    assert "None was kept yet" in history((), 0, Path("drills.jsonl")).text()


def test_beside_the_picture_the_last_run_stands_as_it_was() -> None:
    from irkit.drill.trend import _beside

    assert _beside((run(1, 900), run(2, 300), run(3, None))) == ("soonest 5 min", "last not reached")
    assert _beside((run(1, 900), run(2, None, clock_moved=True))) == ("soonest 15 min", "last unknown")
    assert _beside((run(1, None),))[0] == ""


def test_the_command_shows_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.cli import app

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    kept.keep(run(1, 900))
    assert kept.place() == tmp_path / "state" / "irkit" / "drills.jsonl"
    shown = CliRunner().invoke(app, ["drill", "--history", "--out", str(tmp_path / "page.html")])
    assert shown.exit_code == 0
    assert "data:image/svg+xml" in (tmp_path / "page.html").read_text()
    plain = json.loads(CliRunner().invoke(app, ["drill", "--history", "--format", "json"]).stdout)
    assert plain["unread"] == 0
    assert plain["runs"][0]["seconds"]["contained"] == 900


def test_levels_are_named() -> None:
    assert list(LEVELS) == ["easy", "normal", "hard"]
    with pytest.raises(BadInput, match="no such difficulty"):
        level("brutal")
