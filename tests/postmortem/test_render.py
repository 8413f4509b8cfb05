"""The page that leaves the house: one file, inert, and it opens in a browser without a complaint."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tempfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from irkit.model import Kind
from irkit.postmortem import Audience, Postmortem, postmortem, to_html, to_json, to_markdown
from irkit.postmortem.editions.audiences import for_audience
from tests.needs import needs
from tests.postmortem import story
from tests.postmortem.story import HOSTILE, NOW, TOKEN, Journal

VARIANTS = {
    "whole": story.whole,
    "hostile": lambda: story.whole(HOSTILE),
    "accepted but alive": story.accepted_but_alive,
    "outcome unknown": story.outcome_unknown,
    "nothing yet": story.opened,
    "empty": Journal,
}
EVERY = pytest.mark.parametrize("journal", VARIANTS.values(), ids=VARIANTS)


def write(journal: Journal) -> Postmortem:
    return postmortem(journal.records, journal.load, NOW, {f"window:{TOKEN.name}": story.drawing()})


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@EVERY
def test_the_page_has_nothing_that_acts_or_loads(journal) -> None:
    text = to_html(write(journal()))
    page = Page(text)
    assert {tag for tag, _ in page.tags}.isdisjoint(
        {"script", "iframe", "object", "embed", "link", "form", "base", "svg", "video"}
    )
    for _, attributes in page.tags:
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:image/svg+xml;base64,") or "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in text
    assert "@import" not in text


@EVERY
def test_the_policy_names_the_style_that_stands_there(journal) -> None:
    text = to_html(write(journal()))
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(
        meta["content"] for meta in Page(text).all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
    assert text.index("Content-Security-Policy") < text.index("<style>")


@EVERY
def test_the_page_can_be_read_by_ear_and_by_keyboard(journal) -> None:
    page = Page(to_html(write(journal())))
    assert page.all("html")[0]["lang"] == "en"
    assert [len(page.all(tag)) for tag in ("h1", "header", "nav", "main", "footer")] == [1, 1, 1, 1, 1]
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.all("th"))
    assert all(attributes.get("alt") for attributes in page.all("img"))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(attributes.get("href") or "")[1:] for attributes in page.all("a")}
    labels = {attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes}
    assert targets | labels <= set(ids)
    assert (
        page.tags[[tag for tag, _ in page.tags].index("body") + 1][1]["href"] == "#summary"
    )  # the skip link comes first


@EVERY
def test_markdown_and_json_tell_the_same_sections(journal) -> None:
    made = write(journal())
    titles = [section.title for section in made.sections]
    document, markdown = json.loads(to_json(made)), to_markdown(made)
    assert [section["title"] for section in document["sections"]] == titles
    assert re.findall(r"^## (.*)$", markdown, re.MULTILINE) == titles
    page = to_html(made)
    assert [title for title in titles if f">{title}</h2>" not in page] == []


def test_json_keeps_unknown_as_null_and_times_as_text() -> None:
    document = json.loads(to_json(write(story.outcome_unknown())))
    assert all(metric["value"] is None for metric in document["metrics"])
    assert document["generated"] == "2026-05-05T08:00:00Z"


def test_hostile_words_stay_words_in_every_form() -> None:
    made = write(story.whole(HOSTILE))
    page, markdown = to_html(made), to_markdown(made)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for shown in (page, markdown):
        assert "<script" not in shown
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
    assert "@everyone" not in markdown
    assert "](https://" not in markdown


def test_a_hostile_case_name_cannot_leave_its_place_in_the_style() -> None:
    journal = story.opened()
    journal.add(1, Kind.NOTE, {"section": "tlp", "text": '"; } </style><script>alert(1)</script> body { display: none'})
    page = to_html(write(journal))
    assert page.count("</style>") == 1
    assert "<script" not in page
    foot = re.search(r'@bottom-left \{ content: "([^"]*)"', page)
    assert foot is not None
    assert not re.search(r"[\\<>{};]", foot[1])


@pytest.mark.parametrize("audience", ["full", "executive", "customer"])
def test_a_drills_document_says_first_that_nothing_in_it_exists(audience: Audience) -> None:
    journal = story.whole()
    real = for_audience(write(journal), audience)
    assert "Rehearsal" not in to_html(real).partition("<nav")[0]
    assert "nothing in this document exists" not in to_markdown(real)
    journal.add(600, Kind.REHEARSED, {"moment": "begun", "scenario": "token-and-key", "rehearsal": "0"})
    drilled = for_audience(write(journal), audience)
    head = to_html(drilled).partition("<nav")[0]
    assert "Rehearsal: nobody and nothing in this document exists." in head
    assert "<title>Rehearsal · " in head
    first = to_markdown(drilled).split("\n## ")[0]
    assert "Rehearsal: nobody and nothing in this document exists" in first
    assert json.loads(to_json(drilled))["rehearsal"] is True


FLAGS = [
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ),
    *("--disable-component-update", "--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"),
]


@needs("chromium")
@pytest.mark.parametrize("to", ["--screenshot=shown.png", "--print-to-pdf=printed.pdf"])
def test_a_browser_shows_and_prints_it_without_a_complaint(tmp_path: Path, to: str) -> None:
    page, out = tmp_path / "postmortem.html", tmp_path / to.partition("=")[2]
    page.write_text(to_html(write(story.whole(HOSTILE))))
    with tempfile.TemporaryDirectory(prefix="irk-c-", ignore_cleanup_errors=True) as profile:
        command = [
            "chromium",
            *FLAGS,
            f"--user-data-dir={profile}",
            "--window-size=1300,1800",
            f"{to.partition('=')[0]}={out}",
            page.as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert out.stat().st_size > 20_000, done.stderr[-2000:]
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line or "Content Security Policy" in line]
    assert complaints == []
