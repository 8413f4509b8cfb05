"""Every playbook in JupyterLab, as a person goes through it, each notebook failing once: nothing is on the screen or in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irkit.guard.parameters import check, read
from irkit.lab import prepare
from irkit.model import Kind
from irkit.playbook import find_notebook, find_playbook, folder, read_playbook
from irkit.playbook.schema import bind, filled
from tests.browser.driver import Served, drive
from tests.canary.searching import Wanted, in_bytes, search, token
from tests.canary.stage import PLAYBOOKS, Run, stage
from tests.canary.table import lab
from tests.needs import needs

pytestmark = [needs("chromium", "npm:playwright-core"), pytest.mark.slow]

_MOST_VISITS = 6


def set_out(run: Run, playbook: str) -> list[str]:
    """Working copies with the playbook's parameters in them, and in which order they are run."""
    book = read_playbook(find_playbook(playbook))
    values = bind(book, run.stage.given)
    steps = {step.notebook: filled(step, values, run.case.folder) for step in book.steps}
    given = {name: check(find_notebook(name, Path()), one) for name, one in steps.items()}
    prepare(run.case.folder, folder("notebooks"), given)
    return list(steps)


def visit(served_lab: Served, run: Run, name: str) -> None:
    """Run all of a notebook until its last cell has run, past a failure and past gates."""
    last = [cell for cell in read(find_notebook(name, Path()))["cells"] if cell["cell_type"] == "code"][-1]
    for number in range(_MOST_VISITS):
        options: dict[str, Any] = {"keep": True, "profile": str(run.folder / "chromium"), "timeout_ms": 240_000}
        answer = drive(served_lab, f"{name}.ipynb", screenshot=run.logs / f"{name}-{number}.png", **options)
        (run.logs / f"{name}-{number}.html").write_text("\n".join(answer.pop("html", ())))
        (run.logs / f"{name}-{number}.json").write_text(json.dumps(answer))
        assert answer["ok"], answer["error"]
        assert answer["saved"]
        assert answer["external"] == []
        saved = read(run.case.folder / "notebooks" / "working" / f"{name}.ipynb")
        (ended,) = [cell for cell in saved["cells"] if cell.get("source") == last["source"]]
        if any(output["output_type"] == "execute_result" for output in ended["outputs"]):
            return
        run.stage.gate(run.case)
    raise AssertionError(f"{name} came to no end: {answer['outputs'][-1:]}")


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_in_jupyterlab_with_a_fault_in_every_notebook(playbook: str) -> None:
    with stage(playbook) as made:
        run = made.run("run")
        faults = run.folder / "broken"
        notebooks = set_out(run, playbook)
        with lab(run, faults=str(faults), step=True) as served_lab:
            key = token_of(served_lab)
            for name in notebooks:
                visit(served_lab, run, name)
        theirs = [one for one in run.case.folder.rglob("*") if one.stat().st_mode & 0o077 and one.suffix != ".txt"]
        assert theirs == []  # but what a cell writes by itself
        hits, count = run.search()
        assert hits == []
        assert count > 100
        assert len(faults.read_text().split()) == len(notebooks)
        assert run.case.journal.records(Kind.EXPORTED)
        # Whoever has Lab's own token runs code as this user: it is in no log, file or argument list either, but for the browser's.
        assert search([run.folder], [key], lambda path: "chromium" in path.parts)[0] == []
        assert not any(list(in_bytes(text, [key])) for text in tuple(made.seen.arguments))


def token_of(served_lab: Served) -> Wanted:
    return token("Lab's token", served_lab.token.encode())
