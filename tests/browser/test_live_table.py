"""A table of 10,000 rows in JupyterLab: sorted, scrolled and filtered by keyboard, a stranger's row as text, a canary hidden."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.driver import drive, served_with_canary
from tests.guard.canary import forms_in
from tests.needs import needs

pytestmark = [needs("chromium", "npm:playwright-core", "npm:axe-core"), pytest.mark.slow]

CANARY = "canary-5f2a91c4d7e8b3a6"
MAKES = """
import os
from datetime import UTC, datetime, timedelta
from irkit.guard import active
from irkit.show import Link, Table, View
from tests.guard.canary import redactor_of

active.add(redactor_of(os.environ["T"]))  # what opening a case does

START = datetime(2026, 1, 1, tzinfo=UTC)
def row(n):
    turned = n * 7919 % 10000
    path = "<img src=x onerror=alert(1)>x.env" if n == 77 else os.environ["T"] if n == 78 else f"{turned}/x.env"
    return (n, path, None if n % 100 == 3 else turned, None if n % 100 == 4 else START + timedelta(minutes=turned))
table = Table.of(("Nr", "Path", "Uses", "Seen (UTC)"), [row(n) for n in range(10000)], "Every place", 100)
"""
SHOWS = "View('Where it occurs', (table,))"
UNHIDDEN = """
# A widget that no view has hidden anything in: the guard alone stands between it and the page.
from IPython.display import display
from irkit.show import live
display(live._widget(Table(("n",), ((1,),), os.environ["T"])), raw=True)
"""
DRAWS = """
from irkit.show import Figure
from irkit.show.grid import Cell, Row, Widths, svg
View("A picture", (Figure(svg(("x",), [Row(os.environ["T"], (Cell("danger"),))], Widths(0.4, 0.1)), os.environ["T"]),))
"""


def notebook(*cells: str) -> dict[str, Any]:
    made = [
        {"cell_type": "code", "execution_count": None, "id": f"c{at}", "metadata": {}, "outputs": [], "source": source}
        for at, source in enumerate(cells)
    ]
    spec = {"name": "irkit", "display_name": "irkit", "language": "python"}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": made}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("live")
    root = folder / "root"
    root.mkdir()
    (root / "big.ipynb").write_text(json.dumps(notebook(MAKES, SHOWS, UNHIDDEN, DRAWS)))
    with served_with_canary(root, folder, CANARY) as lab, pytest.MonkeyPatch.context() as patched:
        patched.setenv("IRKIT_CANARY_START", CANARY[:14])
        then = Path(__file__).with_name("table.mjs")
        picture = folder / "dark.png"
        answer = drive(lab, "big.ipynb", selector=".ik-live table", then=then, screenshot=picture, keep=True)
    assert answer["ok"], answer["error"]
    return {**answer, "file": root / "big.ipynb"}


def test_it_asks_nobody_and_draws_only_what_is_in_sight(seen: dict[str, Any]) -> None:
    assert (seen["errors"], seen["external"], seen["console"]) == ([], [], [])
    assert seen["then"]["all"] == "10001"
    assert 10 < seen["then"]["rows_drawn"] < 100


def test_the_tab_key_goes_to_the_rows_and_through_the_head(seen: dict[str, Any]) -> None:
    assert seen["then"]["order"] == ["ik-live-scroll", "Nr", "Path", "Uses", "Seen (UTC)"]


def test_numbers_sort_as_numbers_by_key_and_unknown_comes_last_either_way(seen: dict[str, Any]) -> None:
    up, down = seen["then"]["ascending"], seen["then"]["descending"]
    assert (up["sort"], up["sorted"], up["first"][2]) == ("ascending", 1, "0")
    assert (down["sort"], down["sorted"], down["first"][2]) == ("descending", 1, "9999")
    assert down["said"] == "10000 of 10000 rows, by Uses, descending, unknown last"
    assert seen["then"]["last"][2] == "unknown"


def test_times_sort_as_times(seen: dict[str, Any]) -> None:
    assert seen["then"]["time"]["first"][3] == "2026-01-01 00:00:00Z"


def test_a_key_in_the_table_is_not_one_of_the_notebook_and_the_chosen_row_is_shown_in_full(
    seen: dict[str, Any],
) -> None:
    assert seen["then"]["cells_selected"] == 1
    assert "Uses\nunknown" in seen["then"]["whole"]


def test_a_strangers_cell_is_found_and_is_text(seen: dict[str, Any]) -> None:
    assert seen["then"]["filtered"]["said"].startswith("1 of 10000 rows")
    assert seen["then"]["filtered"]["first"][1] == "<img src=x onerror=alert(1)>x.env"
    assert "<img" not in seen["then"]["hostile"]


def test_axe_finds_nothing_in_light_and_in_dark(seen: dict[str, Any]) -> None:
    assert (seen["then"]["axe_light"], seen["then"]["axe_dark"]) == ([], [])


def test_the_saved_notebook_holds_the_table_and_no_widget_and_not_every_row(seen: dict[str, Any]) -> None:
    assert seen["saved"]
    text = seen["file"].read_text()
    _, where, _, _ = json.loads(text)["cells"]
    title, output = where["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "Where it occurs" in "".join(title["data"]["text/html"])
    html = "".join(output["data"]["text/html"])
    assert html.count("<tr>") == 101
    assert "9900 more rows are in the case&#x27;s evidence" in html
    assert "widgets" not in json.loads(text)["metadata"]
    assert len(text) < 100_000


def test_the_canary_reaches_neither_the_page_nor_the_file_through_views_widgets_or_pictures(
    seen: dict[str, Any],
) -> None:
    assert seen["then"]["canary_found"].startswith("0 of 10000 rows")
    assert seen["then"]["hidden_found"].startswith("1 of 10000 rows")
    assert seen["then"]["names"][0] == "Every place"
    assert "redacted" in seen["then"]["names"][1]
    assert CANARY not in json.dumps(seen["html"]) + json.dumps(seen["then"])
    assert not forms_in(seen["file"].read_bytes(), CANARY)


def test_a_picture_follows_the_theme_of_lab(seen: dict[str, Any]) -> None:
    assert (seen["then"]["scheme_light"], seen["then"]["scheme_dark"]) == ("light", "dark")
