"""Marks under columns, and two columns of lines, drawn."""

from __future__ import annotations

from irkit.show.branches import Branch, side_by_side
from irkit.show.grid import Cell, Row, Widths, cut, svg
from irkit.show.svg import fault

ROWS = [
    Row("shop: 2 places", heading=True),
    Row("<script>alert(1)</script>", (Cell("danger"), Cell("diamond", "unknown")), "$x^2$"),
    Row("x" * 200, (Cell("dash"), None), "y" * 200),
]


def test_rows_are_text_cut_where_there_is_no_room_and_always_the_same_bytes() -> None:
    drawn = svg(("main", "a\nb"), ROWS, Widths(0.4, 0.1), "note")
    assert fault(drawn) == ""
    assert "<script" not in drawn
    assert "$x^2$" in drawn
    assert "x" * 100 not in drawn
    assert all(word in drawn for word in ("shop: 2 places", "unknown", "main", "note", "…"))
    assert drawn == svg(("main", "a\nb"), ROWS, Widths(0.4, 0.1), "note")


def test_a_cut_says_so() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


def test_two_columns_of_lines_show_what_is_on_one_side_only() -> None:
    one = Branch(0, "the old key", "in force", "filled")
    gone = Branch(0, "the old key", "revoked", "cross", struck=True)
    new = Branch(1, "a subkey", "", "filled", faint=True)
    drawn = side_by_side(("Before", "After"), [(None, new), (one, gone)])
    assert fault(drawn) == ""
    assert drawn.count("the old key") == 2
    assert drawn.count("a subkey") == 1
    assert drawn == side_by_side(("Before", "After"), [(None, new), (one, gone)])
