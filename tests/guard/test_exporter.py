"""nbconvert under the guard, from its own command line: what is exported is redacted, and without a case nothing is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.exporters import get_exporter

from irkit.case.journal import Journal
from irkit.errors import BadInput
from irkit.guard import active
from irkit.guard.exporter import RedactedHTML, still
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, redactor_of
from tests.guard.test_server import with_words_and_widgets
from tests.needs import needs


def planted(file: Path, content: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file


@dataclass(frozen=True)
class Desk:
    """A case whose one credential is the value of T, and what is run beside it."""

    folder: Path
    canary: str

    @property
    def case(self) -> Path:
        return self.folder / "case"

    def run(self, *command: str, canary: str | None = None) -> subprocess.CompletedProcess[str]:
        places = {
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": str(Path.cwd()),
            "T": self.canary if canary is None else canary,
        }
        keep = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        env = {name: value for name, value in (keep | places).items() if value}
        return subprocess.run(
            [sys.executable, "-m", *command], cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )

    def convert(self, *arguments: str, canary: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("nbconvert", "--to", "irkit_html", *arguments, canary=canary)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"), make_canary())
    (made.folder / "home").mkdir()
    opened = made.run("irkit", "new", "case", "--credential", "env:T", "--title", "x")
    assert opened.returncode == 0, opened.stderr
    return made


def state_of(case: Path) -> tuple[str, dict[str, bytes]]:
    """The last record's digest, and every file but SQLite's own: reading a journal may fold its write-ahead log into it."""
    files = {str(file): file.read_bytes() for file in case.rglob("*") if file.is_file() and "journal" not in file.name}
    return Journal(case / "journal.sqlite").head(), files


def test_a_notebook_in_a_case_is_exported_without_its_secrets_and_the_case_stays_as_it_was(desk: Desk) -> None:
    notebook = planted(desk.case / "notebooks" / "in.ipynb", with_words_and_widgets(desk.canary))
    before = state_of(desk.case)
    ran = desk.convert(str(notebook))
    assert ran.returncode == 0, ran.stderr
    html = notebook.with_suffix(".html").read_text()
    assert forms_in(html + ran.stderr, desk.canary) == []
    assert html.count("[redacted fp:") >= 4
    assert "<script" not in html
    notebook.with_suffix(".html").unlink()
    assert state_of(desk.case) == before


def test_a_notebook_elsewhere_needs_a_case_that_is_named(desk: Desk) -> None:
    notebook = planted(desk.folder / "else" / "in.ipynb", with_words_and_widgets(desk.canary))
    refused = desk.convert(str(notebook))
    assert refused.returncode == 2
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("this notebook was not exported (in): no case is open and it stands in no case folder")
    assert "Traceback" not in refused.stderr
    assert not notebook.with_suffix(".html").exists()
    ran = desk.convert(str(notebook), f"--GuardedHTMLExporter.case={desk.case}")
    assert ran.returncode == 0, ran.stderr
    assert forms_in(notebook.with_suffix(".html").read_text(), desk.canary) == []


STOPPED = {
    "a folder that is no case": (["--GuardedHTMLExporter.case=home"], None, "this folder is no case (home)"),
    "a secret that cannot be read": (
        ["--GuardedHTMLExporter.case=case"],
        "",
        "could not be read, so it was not hidden",
    ),
}


@pytest.mark.parametrize("stopped", STOPPED)
def test_when_nobody_knows_what_to_hide_nothing_is_written(desk: Desk, stopped: str) -> None:
    arguments, canary, why = STOPPED[stopped]
    notebook = planted(desk.folder / "stopped" / "in.ipynb", with_words_and_widgets(desk.canary))
    ran = desk.convert(str(notebook), *arguments, canary=canary)
    assert ran.returncode == 2
    assert why in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr
    assert not notebook.with_suffix(".html").exists()


def test_any_other_exporter_can_be_given_the_same_preprocessor(desk: Desk) -> None:
    notebook = planted(desk.folder / "script" / "in.ipynb", with_words_and_widgets(desk.canary))
    guard = "--Exporter.preprocessors=irkit.case.exporting.CaseRedaction"
    ran = desk.run("nbconvert", "--to", "script", str(notebook), guard, f"--CaseRedaction.case={desk.case}")
    assert ran.returncode == 0, ran.stderr
    script = notebook.with_suffix(".py").read_text()
    assert "[redacted fp:" in script
    assert forms_in(script, desk.canary) == []


def test_a_secret_that_could_not_be_read_is_named_in_the_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.folder / "other").write_text(make_canary())
    two = ("--credential", "env:T", "--credential", f"file:{desk.folder / 'other'}")
    assert desk.run("irkit", "new", "two", *two, "--title", "x").returncode == 0
    (desk.folder / "other").unlink()
    monkeypatch.setenv("T", desk.canary)
    exporter = get_exporter("irkit_html")(case=str(desk.folder / "two"))
    html, _ = exporter.from_notebook_node(nbformat.from_dict(with_words_and_widgets(desk.canary)))
    assert forms_in(html, desk.canary) == []
    assert f"The value behind file:{desk.folder / 'other'} could not be read, so it was not hidden" in html


@pytest.fixture
def canary() -> Iterator[str]:
    before, made = active.get_redactor(), make_canary()
    active.set_redactor(redactor_of(made))
    yield made
    active.set_redactor(before)


def exported(content: dict[str, Any], **named: Any) -> str:
    html, _ = RedactedHTML(**named).from_notebook_node(nbformat.from_dict(content))
    return str(html)


def outputs(*data: dict[str, Any]) -> dict[str, Any]:
    made = [{"output_type": "display_data", "metadata": {}, "data": one} for one in data]
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x", "outputs": made, "execution_count": 1}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


def test_what_this_process_hides_is_enough(canary: str) -> None:
    assert forms_in(exported(with_words_and_widgets(canary)), canary) == []


def test_without_anything_to_hide_the_exporter_refuses(canary: str) -> None:
    active.set_redactor(Redactor())
    with pytest.raises(BadInput, match="was not exported"):
        exported(outputs({"text/plain": "x"}))


def test_redaction_cannot_be_switched_off_and_another_template_changes_nothing(canary: str) -> None:
    from traitlets.config import Config

    off = {"Redaction": {"enabled": False}, "Exporter": {"default_preprocessors": [], "preprocessors": []}}
    html = exported(with_words_and_widgets(canary), config=Config(off | {"RedactedHTML": {"template_name": "lab"}}))
    assert forms_in(html, canary) == []
    assert "<script" not in html


def test_the_state_of_widgets_is_dropped_with_what_shows_them(canary: str) -> None:
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "abc123", "version_major": 2, "version_minor": 0}}
    content = outputs(view, {**view, "text/plain": "Password()"})
    content["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"abc123": {}}}}
    html = exported(content)
    assert "abc123" not in html
    assert "A widget stood here" in html
    assert "Password()" in html


ACTING = {
    "a script": "<script>x()</script>",
    "an event": '<b onclick="x()">b</b>',
    "a frame": '<iframe srcdoc="<script>x()</script>"></iframe>',
    "a picture from elsewhere": '<img src="https://x.example/a.png" srcset="//x.example/b 2x">',
    "a style from elsewhere": "<link rel=stylesheet href=https://x.example/a.css>",
    "an import": "<style>@import 'https://x.example/a.css'; b { background: url(https://x.example/b) }</style>",
    "an attribute that fetches": '<b style="background: url(//x.example/b)">b</b>',
    "a script as an address": '<a href=" java\nscript:x()">l</a>',
    "a page that moves on": '<meta http-equiv="refresh" content="0;url=https://x.example">',
    "a base": '<base href="https://x.example/">',
    "a form": '<form action="https://x.example/"><button formaction="//x.example">b</button></form>',
    "an address with a page in it": '<a href="data:text/html,<script>x()</script>">l</a>',
    "a drawing that fetches": '<svg><image href="https://x.example/a"/><use xlink:href="//x.example/b"/></svg>',
    "a film": '<video src="//x.example/a" poster="//x.example/b"></video>',
}


@pytest.mark.parametrize("acting", ACTING)
def test_nothing_in_the_page_runs_or_fetches(acting: str) -> None:
    page = still(f"<p>before</p>{ACTING[acting]}<p>after</p>").lower()
    assert "x.example" not in page
    assert "x()" not in page
    assert "script" not in page
    assert "<p>before</p>" in page
    assert "<p>after</p>" in page


def test_links_pictures_in_the_page_and_what_irkit_shows_stay() -> None:
    kept = (
        '<a href="https://x.example/a">l</a><a href="#b">b</a><img alt="p" src="data:image/png;base64,AAAA"/>'
        "<style>b { color: red }</style><details><summary>s</summary><figure><figcaption>c</figcaption></figure></details>"
    )
    assert still(kept) == kept


@needs("chromium", "npm:playwright-core")
def test_a_browser_asks_for_nothing_and_has_nothing_to_say(canary: str, tmp_path: Path) -> None:
    from tests.needs import NODE_MODULES

    content = outputs(
        *({"text/html": each} for each in ACTING.values()), {"application/javascript": "x()", "text/plain": "x"}
    )
    content["cells"].append(
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "# Title\n\n![p](https://x.example/p)"}
    )
    (tmp_path / "page.html").write_text(exported(content))
    ran = subprocess.run(
        ["node", "tests/browser/page.mjs", json.dumps({"file": str(tmp_path / "page.html")})],
        env={**os.environ, "IRKIT_NODE_MODULES": str(NODE_MODULES)},
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(ran.stdout)
    assert answer["requests"] == []
    assert answer["console"] == []
    assert answer["h1"] == 1


def test_nbconvert_knows_it_by_its_name() -> None:
    assert get_exporter("irkit_html").__name__ == "GuardedHTMLExporter"
