"""docs/stores.md has a paragraph for each store: how a place is written, and how it was tested, in the code's own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from irkit.stores.catalogue import STORES

PAGE = (Path(__file__).parents[2] / "docs" / "stores.md").read_text()
SECTIONS = {part.split(":")[0]: re.sub(r"\s+", " ", part) for part in PAGE.split("\n## ")[1:]}


@pytest.mark.parametrize("name", STORES)
def test_a_store_has_its_paragraph(name: str) -> None:
    store = STORES[name]
    assert name in SECTIONS, f"docs/stores.md has no section that begins with {name}:"
    assert f"Tested: {store.tested}." in SECTIONS[name]
    assert f"`{re.split(r'[, (]', store.form)[0]}" in SECTIONS[name]


def test_every_option_that_a_store_reads_is_in_its_paragraph() -> None:
    folder = Path(__file__).parents[2] / "irkit" / "stores"
    for path in folder.glob("*.py"):
        for option in re.findall(r"options\.get\(\"(\w+)\"", path.read_text()):
            assert f"`{option}`" in PAGE or f"`{option} =" in PAGE, f"{path.name}: {option}"
