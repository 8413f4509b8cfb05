"""A step that was started again and did not end is not done, whatever it was before; and what is said to be kept is on the disk."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from irkit import playbook as books
from irkit.case import Case
from irkit.case.journal import Journal
from irkit.errors import Waiting
from irkit.model import Kind, SecretRef

running = importlib.import_module("irkit.playbook.run")  # the package has a function of that name
TOKEN = "ghp_" + "FAKE" * 9
BOOK = """
name: two
title: Two steps
steps:
  - {id: first, notebook: first}
  - {id: second, notebook: second}
export: []
"""


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Case]:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    for name in ("first", "second"):
        given = nbformat.v4.new_code_cell('case: str = "."', metadata={"tags": ["parameters"]})
        made = nbformat.v4.new_notebook(cells=[given, nbformat.v4.new_code_cell("6 * 7")])
        (tmp_path / f"{name}.ipynb").write_text(nbformat.writes(made))
    (tmp_path / "two.yaml").write_text(BOOK)
    return tmp_path / "two.yaml", Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])


def run(book: Path, case: Case, **how: Any) -> list[str]:
    """Which steps were run."""
    said: list[str] = []
    playbook, ready = books.prepare(book, case, {})
    books.run(playbook, ready, case, say=said.append, **how)
    return [line.split("] ")[1].split(":")[0] for line in said if line.startswith("[") and "done before" not in line]


def test_a_step_that_was_killed_when_it_ran_once_more_runs_again(
    book: tuple[Path, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, case = book
    assert run(path, case) == ["first", "second"]
    assert run(path, case) == []
    kept = case.folder / "notebooks" / "second.ipynb"
    whole = json.loads(kept.read_text())

    def killed(*_: Any, **_named: Any) -> None:
        kept.write_text("{}")
        (kept.parent / ".second.ipynb.4711").write_text("what it was writing")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(running, "run_notebook", killed)
        with pytest.raises(KeyboardInterrupt):
            run(path, case, start_at="second")
    assert run(path, case) == ["second"]
    assert [one["source"] for one in json.loads(kept.read_text())["cells"][-1:]] == [
        one["source"] for one in whole["cells"][-1:]
    ]
    assert sorted(one.name for one in kept.parent.iterdir()) == ["first.ipynb", "second.ipynb"]


def test_a_step_is_said_to_be_done_once_its_notebook_is_on_the_disk(
    book: tuple[Path, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, case = book
    told: list[str] = []
    fsync, append = os.fsync, Journal.append_many

    def synced(handle: int) -> None:
        told.append(Path(f"/proc/self/fd/{handle}").readlink().name)
        fsync(handle)

    def appended(journal: Journal, entries: Any, actor: str) -> Any:
        listed = list(entries)
        told.extend(kind.value for kind, _ in listed)
        return append(journal, listed, actor)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Journal, "append_many", appended)
    run(path, case)
    for name in ("first.ipynb", "second.ipynb"):
        at = told.index(name)
        assert told[at + 1 : at + 3] == ["notebooks", Kind.STEP_ENDED.value]


def test_a_run_that_stops_at_a_gate_ends_the_kernel_that_waits_for_the_next_step(
    book: tuple[Path, Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, case = book
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    stops = "import psutil\nfrom irkit.errors import Waiting\nbeside = psutil.Process().parent().children()\n"
    stops += "kernels = [one for one in beside if 'ipykernel_launcher' in one.cmdline()]\n"
    stops += (
        "open('kernels', 'w').write(' '.join(str(one.pid) for one in kernels))\nraise Waiting('an approval is missing')"
    )
    made = nbformat.read(tmp_path / "first.ipynb", 4)
    made.cells[1].source = stops
    (tmp_path / "first.ipynb").write_text(nbformat.writes(made))
    with pytest.raises(Waiting):
        run(path, case)
    pids = [int(pid) for pid in (case.folder / "kernels").read_text().split()]
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert list((tmp_path / "run").iterdir()) == []


def test_to_begin_later_is_no_way_past_what_people_must_do_before(book: tuple[Path, Case]) -> None:
    path, case = book
    second = "  - {id: stop, title: Stop it, manual: Pull the plug.}\n  - {id: second, notebook: second, needs: [stop]}"
    path.write_text(BOOK.replace("  - {id: second, notebook: second}", second))
    with pytest.raises(Waiting, match="step stop is done by people"):
        run(path, case, start_at="second")
    assert not (case.folder / "notebooks" / "second.ipynb").exists()
    _, ready = books.prepare(path, case, {})
    (stop,) = [one for one in ready if one.notebook is None]
    case.hand_done(stop.by_hand, "pulled")
    assert run(path, case, start_at="second")[-1] == "second"
    assert (case.folder / "notebooks" / "second.ipynb").exists()
