"""The gate at the desk and on the command line: exit 4, the place named, the value never; and always before an export."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.errors import NotAvailable, WouldLeak
from irkit.guard.unknown import ALLOW_FILE, fingerprint
from irkit.model import SecretRef
from irkit.providers.github import GITHUB
from irkit.sources import scanner
from tests.needs import needs

TOKEN = "irkitCANARY-0123456789"
scans = needs("python:kingfisher")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("IRKIT_TEST_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef("env:IRKIT_TEST_TOKEN")])


def irkit(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "irkit", *arguments]
    return subprocess.run(command, env=os.environ | env, capture_output=True, text=True, check=False, timeout=120)


def never_issued() -> str:
    made = GITHUB.shape_named("ghp").look_alike
    assert made is not None
    return made()


def test_a_leak_ends_with_4_and_names_file_and_channel(case: Case, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    text = {"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [{"output_type": "stream", "text": [TOKEN]}]}]}
    (tmp_path / "out" / "n.ipynb").write_text(json.dumps(text))
    ended = irkit("guard", "gate", str(tmp_path / "out"), "--case", str(case.folder), "--format", "json")
    assert ended.returncode == 4
    (leak,) = json.loads(ended.stdout)["leaks"]
    assert leak["channel"] == "notebook: cell 1 output 1"
    assert f"{tmp_path / 'out' / 'n.ipynb'} (notebook: cell 1 output 1)" in ended.stderr
    assert TOKEN not in ended.stdout + ended.stderr


def test_nothing_is_exported_while_a_secret_stands_in_the_case(case: Case) -> None:
    (case.folder / "notebooks").mkdir(exist_ok=True)
    (case.folder / "notebooks" / "x").write_text(TOKEN)
    with pytest.raises(WouldLeak, match="content"):
        case.export("md")
    assert not [one.name for one in case.folder.iterdir() if "postmortem" in one.name]


@scans
def test_a_secret_that_a_person_wrote_into_the_postmortem_stops_it(case: Case) -> None:
    token = never_issued()
    case.note("lessons", f"token = {token}")
    with pytest.raises(WouldLeak, match="looks like a secret") as refusal:
        case.export("html")
    assert token not in str(refusal.value)
    assert fingerprint(token.encode()) in str(refusal.value)
    assert not [one.name for one in case.folder.iterdir() if "postmortem" in one.name]


@scans
def test_it_is_exported_when_somebody_has_allowed_it(case: Case) -> None:
    token = never_issued()
    case.note("lessons", f"token = {token}")
    (case.folder / ALLOW_FILE).write_text(f"{fingerprint(token.encode())}  # never issued\n")
    assert case.export("html").is_file()


def test_without_the_scanner_it_is_said_that_others_were_not_looked_for(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise NotAvailable("no scanner for unknown secrets is here", do="pip install '.[scan]'")

    monkeypatch.setattr(scanner, "program", none)
    assert "not looked for" in case.gate(case.folder, unknown=None).text()
    with pytest.raises(NotAvailable, match="scan"):
        case.gate(case.folder, unknown=True)


def test_an_export_to_another_place_leaves_nothing_else_behind(case: Case, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    path = case.export("json", tmp_path / "there" / "x.json")
    assert [one.name for one in (tmp_path / "there").iterdir()] == ["x.json"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert not [one.name for one in case.folder.iterdir() if "postmortem" in one.name]


def _gated(case: Case) -> None:
    case.gate(case.folder)


def _searched(case: Case) -> None:
    case.locate(case.folder)


@pytest.mark.parametrize("read", [_gated, _searched])
def test_what_is_written_after_a_case_was_read_is_in_the_journal_that_others_read(
    case: Case, read: Callable[[Case], None]
) -> None:
    """Gate and search read the journal's files, and with the first that is closed all of SQLite's locks on them would be gone."""
    database = case.folder / "journal.sqlite"
    ask = "select max(seq) from journal"
    look = f"import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); print(*db.execute({ask!r}).fetchone()); db.close()"
    twice = Case.open(case.folder)

    def others_see() -> int:
        asked = subprocess.run([sys.executable, "-c", look, database], capture_output=True, text=True, check=True)
        return int(asked.stdout)

    for one in (case, twice):
        read(one)
        others_see()
        one.note("summary", "written afterwards")
        assert others_see() == len(one.journal.records())
    case.verify()
