"""What the documents say is there, is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
_TEST = re.compile(r"`(tests/[\w./-]+)`")
_COMMAND = re.compile(r"\birkit ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
_NOT_COMMANDS = {"and", "asks", "cannot", "computes", "does", "drew", "finds", "has", "hides", "is", "it", "itself", "knows", "never", "on",
                 "promises", "protects", "reads", "says", "that", "to", "walks", "was", "will", "with", "can", "then", "must"}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    missing = [link for link in _LINK.findall(document.read_text()) if not (document.parent / link).exists()]
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


@pytest.fixture(scope="module")
def commands() -> set[str]:
    shown = subprocess.run([sys.executable, "-m", "irkit", "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^  ([a-z][a-z-]*)  ", shown, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_that_are_shown_exist(document, commands):
    blocks = re.findall(r"`([^`]+)`", document.read_text()) + re.findall(
        r"```sh\n(.*?)```", document.read_text(), re.DOTALL
    )
    named = {match[1] for block in blocks for match in _COMMAND.finditer(block)} - _NOT_COMMANDS
    assert named <= commands


@pytest.mark.parametrize(
    "line", [line for line in (ROOT / "Makefile").read_text().splitlines() if re.match(r"^[a-z]+:", line)]
)
def test_every_target_of_the_makefile_says_what_it_does(line):
    assert "## " in line
