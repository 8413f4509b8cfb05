"""What the documents say is there, is there. Their commands: `tests/docs/`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
_MADE = ROOT / "docs" / "reference"  # by the build, which checks links to it
_TEST = re.compile(r"`(tests/[\w./-]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    links = [document.parent / link for link in _LINK.findall(document.read_text())]
    missing = [link for link in links if not link.exists() and link.resolve().parent != _MADE]
    assert missing == []


@pytest.mark.parametrize("name", ["threat-model.md", "leak-channels.md"])
def test_every_promise_names_a_test_that_exists(name):
    text = (ROOT / "docs" / name).read_text()
    named = _TEST.findall(text)
    tables = [table for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE) if "| held by |" in table]
    promises = [line for table in tables for line in table.splitlines()[2:]]
    assert len(named) >= len(promises) >= 10
    assert [line for line in promises if not _TEST.search(line)] == []
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    "line", [line for line in (ROOT / "Makefile").read_text().splitlines() if re.match(r"^[a-z]+:", line)]
)
def test_every_target_of_the_makefile_says_what_it_does(line):
    assert "## " in line


def test_what_a_drill_of_the_makefile_builds_lies_outside_of_the_checkout() -> None:
    """It holds keys, and a revocation certificate does not even let itself be made in a git work tree."""
    rules = (ROOT / "Makefile").read_text()
    assert len(re.findall(r"^\t@\$\(BIN\)/irkit drill( signing-key)?$", rules, re.MULTILINE)) == 2
