"""The last lines of a rehearsal: what to open, what can be typed from here, what to delete."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from irkit.drill.card import Check, Scorecard
from irkit.drill.footer import DRAFT, footer, program
from irkit.drill.run import OneRun

RIGHT = Scorecard((Check("aws-key: verdict", "dead", "dead", True),))
WRONG = Scorecard((*RIGHT.checks, Check("aws-key: contained", "yes", "no", False), Check("x", "1", "-", None)))


def test_it_says_what_to_open_to_type_and_to_delete(tmp_path: Path) -> None:
    case = tmp_path / "a world" / "drill-1"
    case.mkdir(parents=True)
    page = case / "postmortem.html"
    page.touch()
    told = footer(RIGHT, case, here=tmp_path, program="irkit", page=page, what=DRAFT, temporary=case.parent)
    assert told.splitlines() == [
        "OK: 1 of 1 right",
        f"open:    {page.as_uri()}",
        '         a draft of a rehearsal; fields "to be written" are for people',
        "look:    irkit show 'a world/drill-1'",
        "         irkit verify 'a world/drill-1'",
        f"remove:  rm -r '{case.parent}' (a temporary folder, made for this run)",
    ]
    assert page.as_uri().startswith("file:///")
    assert "a%20world" in page.as_uri()


def test_a_run_that_went_wrong_ends_with_what_is_wrong_and_names_no_page_that_is_not_there(tmp_path: Path) -> None:
    told = footer(WRONG, tmp_path / "c", here=Path("/elsewhere"), program="irkit", page=tmp_path / "c" / "no.html")
    assert told.startswith("NOT ALL RIGHT: 1 of 3 right, 1 wrong, 1 not measured\n")
    assert "open:" not in told
    assert f"irkit show {tmp_path / 'c'}" in told
    assert "remove:" not in told
    assert footer(RIGHT, tmp_path, here=tmp_path, program="irkit", stopped=True).startswith("STOPPED: 1 of 1 right")


def test_irkit_is_named_as_it_can_be_typed_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / ".venv" / "bin"
    place.mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(place / "python"))
    assert program(tmp_path) == ".venv/bin/python -m irkit"
    (place / "irkit").touch(mode=0o755)
    assert program(tmp_path) == ".venv/bin/irkit"
    assert program(Path("/elsewhere")) == str(place / "irkit")
    monkeypatch.setenv("PATH", str(place))
    assert program(tmp_path) == "irkit"
    (tmp_path / "irkit").touch(mode=0o755)  # another one
    monkeypatch.setenv("PATH", f"{tmp_path}:{place}")
    assert program(tmp_path) == ".venv/bin/irkit"


def test_a_playbook_that_goes_on_after_a_gate_says_nothing_twice() -> None:
    said: list[str] = []
    run = OneRun(said.append)
    for line in ("[1/2] a: A", "      1/2 look", "[2/2] b: B", "      1/3 plan"):
        run(line)
    run.goes_on()
    for line in ("[1/2] a: done before", "[2/2] b: B", "      1/3 plan", "      2/3 carry out"):
        run(line)
    assert said == [
        "[1/2] a: A", "      1/2 look", "[2/2] b: B", "      1/3 plan", "      continuing after the gate",
        "      2/3 carry out",
    ]  # fmt: skip
