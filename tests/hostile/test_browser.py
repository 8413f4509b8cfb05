"""All hostile texts at once in a real browser, without a policy that would help: nothing runs, nothing is asked for, the layout holds."""

from __future__ import annotations

import json
import os
import subprocess
from itertools import cycle
from pathlib import Path
from typing import Any

from irkit.postmortem import to_html
from irkit.show import Details, Entry, Facts, Link, Notice, Pages, Prose, Table, Timeline, View
from irkit.show.page import page
from tests.hostile import EVERY
from tests.hostile.everywhere import postmortem_of, statement_of
from tests.needs import NODE_MODULES, needs
from tests.show.test_renderings import AT

pytestmark = needs("chromium", "npm:playwright-core")

ROWS = Table(("Family", "Name", "Text"), tuple((case.family, case.name, case.text) for case in EVERY), "All of them")
TABLES = 2  # of every short view: facts and a timeline


def views() -> tuple[View, ...]:
    return (View("All", (ROWS,)), *(View(case.text, _blocks(case.text)) for case in EVERY))


def _blocks(text: str) -> tuple[Any, ...]:
    facts, timeline = Facts(((text, Link(text, text)),), text), Timeline((Entry(AT, text, text, text),), text)
    return Notice("bad", text), Prose((text,)), Details(text, (facts,), "x"), timeline


def _opened(tmp_path: Path, *pages: str) -> list[dict[str, Any]]:
    files = []
    for number, content in enumerate(pages):
        files.append(tmp_path / f"page{number}.html")
        files[-1].write_text(content)
    environment = os.environ | {"IRKIT_NODE_MODULES": str(NODE_MODULES)}
    wanted = json.dumps({"files": [str(file) for file in files]})
    script = Path(__file__).with_name("page.mjs")
    ran = subprocess.run(["node", script, wanted], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def _inert(seen: dict[str, Any]) -> None:
    assert {name: seen[name] for name in ("ran", "dialogs", "requests", "console", "frames", "scripts")} == {
        "ran": 0, "dialogs": [], "requests": [], "console": [], "frames": 0, "scripts": 0,
    }  # fmt: skip
    assert (seen["wide"], seen["past"]) == (0, [])


def test_every_text_as_a_notebook_shows_it(tmp_path: Path) -> None:
    bare = f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{Pages("t", views()).html()}</body></html>'
    for seen in _opened(tmp_path, bare):
        _inert(seen)
        assert seen["tables"] == [[3] * (len(EVERY) + 1)] + [[2], [4, 4]] * len(EVERY)
        assert seen["cells"][2::3] == [case.shown for case in EVERY]


def test_every_text_in_a_postmortem_and_in_a_statement(tmp_path: Path) -> None:
    texts = [case.text for case in EVERY if case.recordable]
    word = "A" * 5_000
    pages = [
        to_html(postmortem_of(cycle([*texts[start:], *texts[:start]]), texts[start])) for start in (0, len(texts) // 2)
    ]
    pages += [to_html(postmortem_of(cycle([word, *"abcdefg"]), word))]
    pages += [page(statement_of(text).view()) for text in (texts[0], word)]
    for seen in _opened(tmp_path, *pages):
        _inert(seen)


def test_the_same_texts_unescaped_do_act(tmp_path: Path) -> None:
    """What is looked for is seen where it is."""
    raw = [
        case.text
        for case in EVERY
        if case.name in ("image with a handler", "script element", "iframe", "very long word")
    ]
    for seen in _opened(tmp_path, *(f"<!DOCTYPE html><body><p>{text}" for text in raw)):
        assert seen["ran"] or seen["requests"] or seen["frames"] or seen["wide"]
