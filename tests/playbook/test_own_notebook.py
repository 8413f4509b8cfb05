"""The example of docs/playbooks.md, as it stands there: a team's own notebook behind the library's first step, and a step by people."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.errors import Waiting
from irkit.model import Kind, SecretRef
from irkit.playbook.check import check_playbook

PAGE = Path(__file__).parent.parent.parent / "docs" / "playbooks.md"
TOKEN = "own-notebook_FAKE_FAKE_FAKE_0123"


def fences(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A folder with the notebook and the playbook of the page."""
    given, asks = fences("python")
    assert given.startswith("# tag: parameters\n")
    cells = [nbformat.v4.new_code_cell(given, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(asks)]
    (tmp_path / "team").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "team" / "owners.ipynb")
    book = tmp_path / "team" / "with-owners.yaml"
    book.write_text(fences("yaml")[-1])
    return book


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, team: Path) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    place = tmp_path / "shop"
    place.mkdir()
    (place / "deploy.env").write_text(f"TOKEN={TOKEN}\n")
    assert check_playbook(team) == ()
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], settings={"responder": "carol"})
    given = {"paths": str(place), "team": "payments"}
    book, ready = books.prepare(team, case, given)
    with pytest.raises(Waiting, match=r"irkit done CASE call-[0-9a-f]{10}") as waits:
        books.run(book, ready, case)
    executed = json.loads((case.folder / "notebooks" / "owners.ipynb").read_text())
    assert "deploy.env" in json.dumps(executed["cells"][-1]["outputs"])
    assert TOKEN not in json.dumps(executed)
    (note,) = case.journal.records(Kind.NOTE)
    assert note.body["text"] == "payments was told of 1 places"
    task = re.search(r"call-[0-9a-f]{10}", str(waits.value))
    assert task
    case.hand_done(task[0], "called both")
    said: list[str] = []
    books.run(book, ready, case, say=said.append)
    assert ["done before" in line for line in said[:2]] == [True, True]
    ends = {one.body["step"]: one.body["ended"] for one in case.journal.records(Kind.STEP_ENDED)}
    assert ends == {"exposure": "done", "owners": "done", "call": "done"}
    case.verify()


def test_a_notebook_that_runs_twice_keeps_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, team: Path) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    team.write_text(
        "name: twice\ntitle: Twice\nexport: []\nsteps:\n  - {id: one, notebook: owners}\n  - {id: two, notebook: owners}\n"
    )
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])
    _, ready = books.prepare(team, case, {})
    assert [one.kept for one in ready] == ["owners", "owners-two"]


def test_commands_of_people_are_said_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`irkit playbook check` on the page's file, from a shell, as CI would."""
    (tmp_path / "mine.yaml").write_text(fences("yaml")[-1])  # without its notebook beside it
    done = subprocess.run(
        [sys.executable, "-m", "irkit", "playbook", "check", "mine.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert re.search(r"mine\.yaml:\d+: steps\.1\.notebook: there is no such notebook", done.stderr)
