"""The same test with one layer off at a time, small: one notebook, unattended or in JupyterLab."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from irkit.lab import with_case
from tests.browser.driver import Served, drive, served
from tests.canary.layers import LAYERS, Layer
from tests.canary.searching import Hit, search, token
from tests.canary.stage import Run, Stage
from tests.guard.canary import notebook

CELLS = ("from irkit.case import Case\n\ndesk = Case.open(case)\ndesk.status()", "1")
PARAMETERS = "case: str = '.'\nnote: str = ''"


def leaks(stage: Stage, name: str, off: bool) -> list[Hit]:
    """What is found with this layer off, or with all of them on."""
    layer, run = LAYERS[name], stage.run(f"{name.replace(' ', '-').replace(chr(39), '')}-{'off' if off else 'on'}")
    switch = name if off else ""
    if layer.lab:
        return _in_lab(run, switch)
    if layer.parameter:
        return _with_a_parameter(run, switch)
    if layer.shows == "postmortem.html":
        return _past_the_gate(run, switch)
    run.irkit(str(_playbook(run.folder / "team")), off=switch)
    return run.search()[0]


def showing(hits: list[Hit], layer: Layer) -> list[Hit]:
    """Those that stand where the leak of this layer shows."""
    return [hit for hit in hits if layer.shows in hit.where]


def _playbook(folder: Path, note: str = "", library: str = "") -> Path:
    """A team's own playbook, with its notebook beside it."""
    folder.mkdir()
    notebook(folder / "leaky.ipynb", *CELLS, parameters=PARAMETERS)
    step = {"id": "leaky", "notebook": library or "leaky", "parameters": {} if library else {"note": "{note}"}}
    book = {
        "name": "leaky",
        "title": "Leaky",
        "steps": [{**step, "parameters": {**step["parameters"], "case": "{case}"}}],
    }  # type: ignore[dict-item]
    path = folder / "leaky.yaml"
    path.write_text(json.dumps({**book, "parameters": {"note": {"help": "a note", "default": note}}, "export": []}))
    return path


def _with_a_parameter(run: Run, switch: str) -> list[Hit]:
    """A token that no case knows, as a default of the playbook, which is its one place on disk."""
    value = f"ghp_{secrets.token_hex(18)}"
    run.irkit(str(_playbook(run.folder / "team", note=value)), off=switch)
    return search([run.folder], [token("another token", value.encode())], lambda path: path.name == "leaky.yaml")[0]


def _past_the_gate(run: Run, switch: str) -> list[Hit]:
    """A cell wrote the token into the case: the postmortem is made all the same, or not."""
    kept = run.case.folder / "notebooks" / "kept.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(Path(run.values["token"]).read_bytes())
    run.irkit(str(_playbook(run.folder / "team", library="04_postmortem")), off=switch)
    made = run.case.folder / "postmortem.html"
    return [Hit(str(made), "token", "left although a file of the case holds it")] if made.exists() else []


# JupyterLab


def _in_lab(run: Run, switch: str) -> list[Hit]:
    working = run.case.folder / "notebooks" / "working"
    working.mkdir(parents=True)
    value = Path(run.values["token"]).read_text().strip()
    typed, from_elsewhere = working / "typed.ipynb", working / "elsewhere.ipynb"
    for path in (typed, from_elsewhere):  # a person typed it into a cell; another program wrote it
        made = json.loads(notebook(path, *CELLS, f"T = {value!r}", parameters=PARAMETERS).read_text())
        path.write_text(json.dumps(with_case(made, run.case.folder)))
    with lab(run, off=switch) as served_lab:
        answer = drive(
            served_lab,
            "typed.ipynb",
            keep=True,
            profile=str(run.folder / "chromium"),
            screenshot=run.logs / "page.png",
        )
        _ask(served_lab, run, value)
    (run.logs / "page.html").write_text("\n".join(answer.pop("html", ())))
    (run.logs / "answer.json").write_text(json.dumps(answer))
    assert answer["ok"], answer["error"]
    from_elsewhere.unlink()
    return run.search()[0]


def lab(run: Run, **changes: object) -> Any:
    """`irkit lab` on the case."""
    command = [sys.executable, "-m", "tests.canary.outside", "lab", str(run.case.folder), "--no-browser"]
    return served(command, run.logs, run.env(run.settings(lab=True, **changes)))


def _ask(served_lab: Served, run: Run, value: str) -> None:
    """What a browser does not do by itself: a file named by the secret, a checkpoint and an export of what is on disk."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"token {served_lab.token}"
        session.put(
            f"{served_lab.url}/api/contents/{quote(value)}.txt", json={"type": "file", "format": "text", "content": ""}
        )
        session.post(f"{served_lab.url}/api/contents/elsewhere.ipynb/checkpoints")
        exported = session.get(f"{served_lab.url}/nbconvert/script/elsewhere.ipynb")
    (run.logs / "exported").write_bytes(exported.content)
