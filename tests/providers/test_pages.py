"""Every provider has a page, and all pages answer the same questions in the same order."""

from __future__ import annotations

import re
import runpy
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


def test_the_table_is_the_one_that_the_claims_give() -> None:
    where = ROOT / "docs/providers/table.py"
    made = runpy.run_path(str(where))
    page = (ROOT / "docs/providers/README.md").read_text()
    assert made["page"](page) == page, "make it anew: python docs/providers/table.py"
    for name in PROVIDERS:
        assert f"]({Path(PROVIDERS[name].docs).name})" in page


def test_at_least_thirty_are_revocable_through_an_api() -> None:
    assert sum(bool(provider.steps) for provider in PROVIDERS.values()) >= 30
