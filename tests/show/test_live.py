"""What a live table is made of, and what is left of it where nobody can sort it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from irkit.guard.notebook import scrubbed
from irkit.redact import Redactor
from irkit.show import Facts, Link, Table, View, live
from irkit.show.html import MOST

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WIDGET = "application/vnd.jupyter.widget-view+json"


def table(count: int, most: int = 0) -> Table:
    rows = [(number, None if number % 2 else AT, f"p{number}") for number in range(count)]
    return Table.of(("Nr", "Seen", "Path"), rows, "Every place", most)


def test_numbers_and_times_have_keys_and_what_is_unknown_has_none() -> None:
    made = live.document(Table(("n", "at", "what"), ((2, AT, "x"), (None, None, True))))
    kinds = [column["kind"] for column in made["columns"]]
    assert kinds == ["number", "time", "text"]
    assert [column["shown"] for column in made["columns"]] == [
        ["2", None],
        ["2026-03-01 12:00:00Z", None],
        ["x", "yes"],
    ]
    assert [column["keys"] for column in made["columns"]] == [[2, None], [AT.timestamp(), None], None]


def test_words_among_times_and_numbers_have_no_key_and_a_column_of_words_has_none_at_all() -> None:
    rows = ((AT, 10, "x", True), ("not in git", "binary", 1, False), (None, 3, "y", None), (None, 4, "z", None))
    made = live.document(Table(("at", "line", "what", "yes"), rows))
    assert [column["kind"] for column in made["columns"]] == ["time", "number", "text", "text"]
    assert [column["keys"] for column in made["columns"]] == [
        [AT.timestamp(), None, None, None],
        [10, None, 3, 4],
        None,
        None,
    ]


def test_rows_that_a_page_leaves_out_are_in_the_live_table() -> None:
    made = live.document(table(300, most=20))
    assert len(made["columns"][0]["shown"]) == 300


def test_only_a_link_that_leads_somewhere_keeps_its_address() -> None:
    cells = (Link("1", "#place-1"), Link("2", "javascript:alert(1)"), Link("3", "https://example.org/a"), 4)
    [column] = live.document(Table(("Nr",), tuple((cell,) for cell in cells)))["columns"]
    assert column["to"] == ["#ik-at-place-1", "", "https://example.org/a", ""]
    assert column["shown"] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(("lab", "count", "wanted"), [("1", 26, True), ("1", 25, False), ("", 26, False)])
def test_it_is_live_only_in_lab_and_only_when_large(
    monkeypatch: pytest.MonkeyPatch, lab: str, count: int, wanted: bool
) -> None:
    pytest.importorskip("anywidget")
    monkeypatch.setenv(live.VARIABLE, lab)
    assert live.wanted(View("t", (table(count),))) is wanted


def test_elsewhere_a_view_is_shown_as_it_always_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(live.VARIABLE, raising=False)
    with pytest.raises(NotImplementedError):
        View("t", (table(100),))._ipython_display_()


def test_what_stands_around_a_large_table_is_shown_in_its_place() -> None:
    pytest.importorskip("anywidget")
    view = View("Where", (Facts((("Places", 40),)), table(40, most=30), Facts((("Not read", 0),))))
    first, second, third = live.bundles(view)
    assert ("Where" in first["text/html"], WIDGET in first) == (True, False)
    assert WIDGET in second
    assert second["text/html"].count("<tr>") == 31
    assert second["text/plain"] == "Every place: 40 rows"
    assert ("Not read" in third["text/html"], "Where" in third["text/html"]) == (True, False)


def test_a_saved_notebook_holds_what_lasts_and_no_widget() -> None:
    data = {WIDGET: {"model_id": "x"}, "text/html": "<table></table>", "text/plain": "t"}
    alone = {WIDGET: {"model_id": "y"}, "text/plain": "a form"}
    outputs = [{"output_type": "display_data", "metadata": {}, "data": one} for one in (data, alone)]
    kept = scrubbed({"cells": [{"cell_type": "code", "source": "", "outputs": outputs}]}, Redactor())
    assert [set(one["data"]) for one in kept["cells"][0]["outputs"]] == [{"text/html", "text/plain"}, set(alone)]


def test_a_page_of_a_very_large_table_stays_readable_and_says_where_the_rest_is() -> None:
    html = View("t", (table(10_000),)).html()
    assert html.count("<tr>") == MOST + 1
    assert "9500 more rows are not on this page; in irkit lab the same table holds them all" in html
    assert len(html) < 200_000


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(live.document(table(30)))) == live.document(table(30))
