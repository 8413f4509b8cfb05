"""Parameters are read from the tagged cell and checked before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.guard.parameters import check as checked
from irkit.guard.parameters import declared
from tests.guard.canary import notebook

CELL = """# Where the case is
case: str = ""  # the case folder
logs: list[str] = []  # what to read
many: int = 3
ratio: float = 0.5
apply: bool = False  # carry it out
since: str | None = None
plain = "x"  # no type, the default tells
import os
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return notebook(tmp_path / "n.ipynb", "1", parameters=CELL)


def test_name_type_default_and_help_are_read(source: Path) -> None:
    found = declared(source)
    assert list(found) == ["case", "logs", "many", "ratio", "apply", "since", "plain"]
    assert found["case"] == ("str", "", "the case folder")
    assert found["logs"] == ("list[str]", [], "what to read")
    assert found["since"] == ("str | None", None, "")
    assert found["plain"] == ("str", "x", "no type, the default tells")


def test_a_notebook_without_such_a_cell_has_no_parameters(tmp_path: Path) -> None:
    assert declared(notebook(tmp_path / "n.ipynb", "case = 1")) == {}


def test_a_cell_that_is_no_python_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 2"):
        declared(notebook(tmp_path / "n.ipynb", parameters="a = 1\nb: str == ="))


GOOD: list[tuple[str, Any, Any]] = [
    ("case", "/c", "/c"),
    ("case", Path("/c"), "/c"),
    ("case", "12", "12"),
    ("many", "7", 7),
    ("many", 7, 7),
    ("ratio", "0.25", 0.25),
    ("ratio", 1, 1),
    ("apply", "yes", True),
    ("apply", "off", False),
    ("apply", True, True),
    ("logs", "a.log", ["a.log"]),
    ("logs", '["a", "b"]', ["a", "b"]),
    ("logs", [Path("a")], ["a"]),
    ("logs", "", []),
    ("since", None, None),
    ("since", "2026-01-01", "2026-01-01"),
]


@pytest.mark.parametrize(("name", "value", "becomes"), GOOD)
def test_what_fits_becomes_the_declared_type(source: Path, name: str, value: Any, becomes: Any) -> None:
    assert checked(source, {name: value}) == {name: becomes}


BAD: list[tuple[str, Any, str]] = [
    ("many", "three", "many must be int"),
    ("many", True, "many must be int"),
    ("apply", 1, "apply must be bool"),
    ("apply", "perhaps", "apply must be bool"),
    ("case", 3, "case must be str"),
    ("logs", 3, "logs must be a list"),
    ("logs", [3], "logs must be str"),
    ("logs", "[a", "not a JSON list"),
    ("case", None, "case must be str"),
]


@pytest.mark.parametrize(("name", "value", "why"), BAD)
def test_what_does_not_fit_is_bad_input(source: Path, name: str, value: Any, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        checked(source, {name: value})


def test_a_misspelt_name_is_told_the_right_one(source: Path) -> None:
    with pytest.raises(BadInput, match=r"n\.ipynb has no parameter apliy.*Did you mean apply"):
        checked(source, {"apliy": True})


def test_a_wrong_value_is_not_repeated(source: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        checked(source, {"many": "irkitCANARY"})
    assert "irkitCANARY" not in str(refusal.value)
