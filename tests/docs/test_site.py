"""The documents as a site: it builds with every link in order, and needs nothing from anywhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from irkit.model import Kind
from tests.docs.blocks import ROOT
from tests.needs import NODE_MODULES, needs

pytestmark = needs("python:material")
_LOADED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "link": "href",
}


class Page(HTMLParser):
    """What a page loads, its headings in order, and its pictures without a text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.mute: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in _LOADED and said.get("rel") not in ("canonical", "prev", "next"):
            self.loads.append(said.get(_LOADED[tag]) or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img" and not (said.get("alt") or "").strip():
            self.mute.append(said.get("src") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(out)],
        cwd=ROOT, env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {str(path.relative_to(site)): Page(path) for path in sorted(site.rglob("*.html"))}


def test_every_document_is_a_page_and_links_lead_somewhere(site: Path) -> None:
    for document in (ROOT / "docs").rglob("*.md"):
        name = document.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / (name.with_name("index.html") if name.stem == "README" else name)).exists(), name
    assert list(site.rglob("*.py")) == []


def test_no_page_loads_anything_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    elsewhere = {load for page in pages.values() for load in page.loads if re.match(r"(https?:)?//", load)}
    assert elsewhere == set()
    styles = "".join(path.read_text() for path in site.rglob("*.css"))
    assert re.findall(r"url\(\"?https?:[^)]*|@import[^;]*", styles) == []


def test_headings_are_in_order_and_pictures_have_a_text(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert page.headings.count(1) == 1, name
        steps = [(a, b) for a, b in zip(page.headings, page.headings[1:], strict=False) if b > a + 1]
        assert steps == [], name
        assert page.mute == [], name


def test_the_reference_is_of_this_irkit(site: Path) -> None:
    commands = (site / "reference" / "commands.html").read_text()
    shown = subprocess.run([sys.executable, "-m", "irkit", "--help"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^  ([a-z][a-z-]*)  ", shown, re.MULTILINE):
        assert f"irkit {name}" in commands
    journal = (site / "reference" / "journal.html").read_text()
    assert [kind for kind in Kind if f"<code>{kind.value}</code>" not in journal] == []
    case = (site / "reference" / "case.html").read_text()
    assert "plan_revocation" in case
    assert "Where the case stands" in case or "status" in case


@needs("chromium", "npm:playwright-core", "npm:axe-core")
def test_the_first_pages_can_be_used_from_a_folder_by_everybody(site: Path) -> None:
    """From file://, without a network: nothing is asked for, the search answers, and axe finds nothing, light and dark."""
    want = {"files": [str(site / "index.html"), str(site / "tutorial.html")], "search": "exit codes"}
    done = subprocess.run(
        ["node", str(Path(__file__).parent / "site.mjs"), json.dumps(want)],
        env=os.environ | {"IRKIT_NODE_MODULES": str(NODE_MODULES)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for answer in json.loads(done.stdout):
        assert answer["requests"] == [], answer["file"]
        assert answer["console"] == [], answer["file"]
        assert answer["violations"] == [], answer["file"]
        assert answer["broken"] == 0, answer["file"]
        assert answer["found"] > 0, answer["file"]
