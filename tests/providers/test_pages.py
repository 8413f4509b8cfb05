"""Every provider has a page, and all pages answer the same questions in the same order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from irkit.providers import PROVIDERS

ROOT = Path(__file__).parents[2]
HEAD = [
    "How it looks",
    "How to verify",
    "Scope",
    "Revoke",
    "Confirm",
    "What survives",
    "Replacement",
    "How tested",
    "Sources",
]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_provider_has_a_page_with_the_common_head(name: str) -> None:
    page = (ROOT / PROVIDERS[name].docs).read_text()
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == HEAD
    tested = page.split("## How tested")[1].split("## ")[0]
    assert " ".join(PROVIDERS[name].tested.split()) in " ".join(tested.split())
    for shape in PROVIDERS[name].shapes:
        assert f"`{shape.name}`" in page


def test_the_index_lists_every_provider() -> None:
    index = (ROOT / "docs/providers/README.md").read_text()
    for name in PROVIDERS:
        assert f"({name}.md)" in index
