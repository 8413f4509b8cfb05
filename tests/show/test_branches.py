"""Lines that hang on one another, drawn."""

from __future__ import annotations

from irkit.show.branches import Branch, svg
from irkit.show.svg import fault


def test_text_stays_text_and_a_strangers_is_only_that() -> None:
    drawn = svg(
        "A title",
        [
            Branch(0, "<script>alert(1)</script> $x^2$", "a note", "filled"),
            Branch(1, "below", "", "cross", struck=True),
        ],
    )
    assert fault(drawn) == ""
    assert "<script" not in drawn
    assert "$x^2$" in drawn
    assert "A title" in drawn


def test_the_same_lines_give_the_same_bytes() -> None:
    lines = [
        Branch(0, "one", "", "diamond"),
        Branch(0, "two", "", "square", apart=True),
        Branch(1, "three", "", "hollow", faint=True),
    ]
    assert svg("", lines) == svg("", lines)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    drawn = svg("", [Branch(0, "x" * 200, "y" * 200, "filled")])
    assert "x" * 100 not in drawn
    assert "…" in drawn
