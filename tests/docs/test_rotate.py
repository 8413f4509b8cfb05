"""The page on rotation says of each provider what its file says."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_table_of_ways_back_is_that_of_the_providers() -> None:
    text = (DOCS / "rotate.md").read_text()
    assert runpy.run_path(str(DOCS / "providers" / "reversible.py"))["page"](text) == text
