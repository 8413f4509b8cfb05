"""A responder's view: JupyterLab in a browser, the guard on, Run All, save. The canary is in nothing that stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from irkit.lab import with_case
from tests.browser.driver import drive, served_with_canary
from tests.guard.canary import forms_in, make_canary, notebook
from tests.guard.test_engine import IMPORTS, IN_KERNEL, WAYS_OUT
from tests.needs import needs

pytestmark = [needs("chromium", "npm:playwright-core"), pytest.mark.slow]


@dataclass(frozen=True)
class Seen:
    folder: Path
    canary: str
    answer: dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """One visit: every way out that does not stop the run, then an error of irkit, then a cell that must not run."""
    folder, canary = tmp_path_factory.mktemp("browser"), make_canary()
    root = folder / "root"
    root.mkdir()
    ways = [code for way, code in WAYS_OUT.items() if way != "exception"]
    last = (
        "from irkit.errors import Waiting\nraise Waiting('an approval is missing', do='sign it')",
        "print('never' + ' reached')",
    )
    made = notebook(root / "leaky.ipynb", IN_KERNEL, IMPORTS, *ways, *last)
    made.write_text(json.dumps(with_case(json.loads(made.read_text()), folder)))
    with served_with_canary(root, folder, canary) as lab:
        answer = drive(
            lab,
            "leaky.ipynb",
            text="an approval is missing",
            screenshot=folder / "seen.png",
            profile=str(folder / "chromium"),
            keep=True,
        )
    return Seen(folder, canary, answer)


def test_the_run_came_to_its_error_and_stopped_there(seen: Seen) -> None:
    assert seen.answer["ok"], seen.answer["error"]
    assert seen.answer["kernel"] == "irkit (guarded Python)"
    assert seen.answer["outputs"][-1].strip() == "Waiting: an approval is missing. Sign it."
    assert "never reached" not in seen.answer["outputs"]


def test_the_canary_is_not_on_the_screen(seen: Seen) -> None:
    assert forms_in("".join(seen.answer["html"]), seen.canary) == []
    shown = WAYS_OUT.keys() - {"exception", "JSON", "metadata of a display"}  # not run, folded away, not shown by Lab
    assert sum("[redacted fp:canary]" in output for output in seen.answer["html"]) == len(shown)


def test_the_canary_is_in_no_file_notebook_checkpoint_log_or_browser_profile(seen: Seen) -> None:
    assert seen.answer["saved"]
    files = [file for file in seen.folder.rglob("*") if file.is_file()]
    assert {"leaky.ipynb", "leaky-checkpoint.ipynb", "lab.log"} <= {file.name for file in files}
    assert [file for file in files if forms_in(file.read_bytes(), seen.canary)] == []


def test_nothing_outside_was_asked_and_the_console_is_quiet(seen: Seen) -> None:
    assert seen.answer["external"] == []
    assert seen.answer["console"] == []


def test_nothing_of_the_users_own_jupyter_was_made(seen: Seen) -> None:
    assert not any((seen.folder / "home" / name).exists() for name in (".jupyter", ".ipython", ".local"))
