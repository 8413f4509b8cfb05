"""Who sees what: nothing from inside in the customers' edition, whatever its shape; one page for who has one minute."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from irkit.model import Kind
from irkit.postmortem import Postmortem, postmortem, to_html, to_json, to_markdown
from irkit.postmortem.editions.audiences import for_audience
from irkit.postmortem.editions.customer import KEPT, WHOLE
from irkit.postmortem.writing.people import Front, People
from irkit.show import Table
from irkit.show.blocks import cell_text
from tests.needs import needs
from tests.postmortem import story
from tests.postmortem.story import NOW, TOKEN
from tests.postmortem.test_render import FLAGS

SHAPES = {"html": to_html, "md": to_markdown, "json": to_json}
INSIDE = {
    "people": ("Alice Example", "alice@example.org", "Bob Example", "bob@example.org", "Carol Night", "Dora Legal"),
    "places": ("widget.git", "ci/release.env", "notebooks/debug.ipynb", "dist/widget.tar.gz", "backup/2026-03.tar.gz",
               "build-7.corp.example"),
    "addresses": ("198.51.100.23", "203.0.113.9", "192.0.2.200", "10.1.2.3", "github.example/org/settings"),
    "evidence": ("sha256:", "journal 5", "audit-2026-04-11.jsonl.gz", "organisation audit log"),
    "keys": (TOKEN.name, "installation-8841", "1f1f1f1f"),
    "people's text": ("awake at the same time by luck", "A researcher wrote to us", "the night shift was alone", "counsel said no"),
    "open work": ("delete number 77", "Review deploy keys", "OPS-77", "Move the signing box"),
}  # fmt: skip


def people() -> People:
    front = Front.model_validate(
        {
            "owner": "Carol Night",
            "roles": {"incident_lead": "Carol Night", "counsel": "Dora Legal"},
            "actions": {f"expiry:{TOKEN.name}": {"owner": "Carol Night", "ticket": "OPS-77", "status": "accepted"}},
            "own_actions": [{"id": "box", "text": "Move the signing box", "kind": "prevent"}],
            "notifications": {"GDPR": {"applies": "no", "why": "counsel said no"}},
        }
    )
    told = "A token of our build server leaked. *Update your keyring.*"
    asked = "- Ask bob@example.org, or see /srv/wiki/leak on build-7.corp.example (10.1.2.3)."
    return People(front, {"factors": "the night shift was alone", "customer": f"{told}\n\n{asked}"})


def write(journal: Any, said: People | None = None) -> Postmortem:
    return postmortem(
        journal.records, journal.load, NOW, {f"window:{TOKEN.name}": story.drawing()}, {}, said or people()
    )


def customer() -> Postmortem:
    journal = story.whole()
    journal.add(103, Kind.NOTE, {"section": "communications", "text": "Carol Night called build-7.corp.example"})
    journal.add(104, Kind.PUBLISHED, {"place": "build-7.corp.example", "old": "revoked", "new": "present", "why": ""})
    return for_audience(write(journal), "customer")


@pytest.fixture(scope="module")
def shown() -> dict[str, str]:
    made = customer()
    return {form: shape(made) for form, shape in SHAPES.items()}


@pytest.mark.parametrize("form", SHAPES)
@pytest.mark.parametrize("what", INSIDE)
def test_nothing_from_inside_stands_in_the_customers_edition(shown: dict[str, str], form: str, what: str) -> None:
    text = shown[form].replace("\\", "")  # Markdown's escapes
    assert [word for word in INSIDE[what] if word.casefold() in text.casefold()] == []


@pytest.mark.parametrize("form", SHAPES)
def test_no_cell_of_a_withheld_section_or_column_stands_there(shown: dict[str, str], form: str) -> None:
    """Cells of more than a dozen letters, but for those that the edition shows by a rule of its own."""
    made, seen = write(story.whole()), customer()
    kept = {
        cell
        for section in seen.sections
        for block in section.blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    }
    text = " ".join(shown[form].split())
    found = []
    for section in made.sections:
        for block in section.blocks if section.key in WHOLE else ():
            for cell in (cell for row in getattr(block, "rows", ()) for cell in row):
                said = cell_text(cell) if cell is not None and not hasattr(cell, "year") else ""
                if len(said) > 12 and cell not in kept and said in text:
                    found.append((section.key, said))
    assert [(key, said) for key, said in found if not _harmless(said)] == []


def _harmless(said: str) -> bool:
    """Fixed words of irkit, fingerprints of keys, and digests of released files, which customers are told elsewhere in the edition."""
    return bool(
        re.fullmatch(r"[0-9A-F]{40}|0x[0-9A-F]{16}|[0-9a-f]{64}|[A-Z]?[a-z -]+|key 0x[0-9A-F]{16} .*", said)
    ) or said.startswith(
        ("Example Releases", "widget-2.", "Collect the audit", "Refuse secrets", "Replace", "Sign with", "InRelease")
    )


def test_customers_are_told_what_they_need(shown: dict[str, str]) -> None:
    text = shown["md"].replace("\\", "")
    for words in ("A token of our build server leaked", "*Update your keyring.*", "at least 39 d 4 h", story.NEW, "widget-2.3.1.tar.gz",
                  "quarantined", "compromised", "TLP:CLEAR" if "TLP" in text else ""):  # fmt: skip
        assert words in text
    assert json.loads(shown["json"])["tlp"] == "TLP:CLEAR"
    assert "TLP:CLEAR" in shown["html"]


def test_what_is_withheld_is_listed_by_rule_and_never_told(shown: dict[str, str]) -> None:
    made = customer()
    sections = {one.section for one in made.withheld}
    full = write(story.whole())
    gone = {section.title for section in full.sections} - {section.title for section in made.sections}
    assert gone <= sections
    assert all(one.what and one.rule for one in made.withheld)
    assert made.sections[-1].key == "withheld"
    assert (made.due, made.warnings, made.journal_head, made.internal) == ((), (), "", ())
    assert {one.kind for one in made.indicators} == {"openpgp-fingerprint"}


def test_a_section_that_no_rule_names_is_withheld() -> None:
    made = write(story.whole())
    extra = replace(made, sections=(*made.sections, replace(made.sections[0], key="weather", title="Weather")))
    seen = for_audience(extra, "customer")
    assert "weather" not in [section.key for section in seen.sections]
    assert [one.rule for one in seen.withheld if one.section == "Weather"] == ["what no rule allows stays inside"]


def test_every_section_has_a_rule() -> None:
    own = {"summary", "customer", "timeline", "actions"}
    assert [one.key for one in write(story.whole()).sections if one.key not in {*WHOLE, *KEPT, *own}] == []


def test_the_executive_edition_names_what_to_decide_and_leaves_the_rest_out() -> None:
    journal = story.accepted_but_alive()
    made = for_audience(write(journal), "executive")
    assert [section.key for section in made.sections] == ["summary", "front", "decide", "next", "numbers", "actions"]
    text = to_markdown(made)
    for words in ("IT STILL WORKS", "still works", "Carol Night", "Not legal advice", "Time to revoke"):
        assert words in text
    assert len(made.withheld) > 10


def test_the_full_edition_is_the_whole_and_no_shape_shows_what_is_only_kept_to_be_hidden() -> None:
    made = write(story.whole())
    assert for_audience(made, "full") is made
    assert made.internal
    assert "internal" not in json.loads(to_json(made))


@pytest.mark.parametrize("journal", [story.Journal, story.opened, story.outcome_unknown])
@pytest.mark.parametrize("audience", ["executive", "customer"])
def test_every_edition_can_be_made_of_a_case_that_broke_off(journal: Any, audience: Any) -> None:
    made = for_audience(write(journal(), People()), audience)
    for shape in SHAPES.values():
        assert shape(made)


@needs("chromium")
def test_the_executive_edition_is_one_sheet_of_paper(tmp_path: Path) -> None:
    said = people()
    summary = f"{'A token and the key that signs our releases stood in public. ' * 8}\n\n{'We decided much. ' * 20}"
    made = write(story.whole(story.HOSTILE), People(said.front, {**said.texts, "summary": summary}))
    page, out = tmp_path / "postmortem-executive.html", tmp_path / "printed.pdf"
    page.write_text(to_html(for_audience(made, "executive")))
    with tempfile.TemporaryDirectory(prefix="irk-c-", ignore_cleanup_errors=True) as profile:
        command = ["chromium", *FLAGS, f"--user-data-dir={profile}", f"--print-to-pdf={out}", page.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert len(re.findall(rb"/Type\s*/Page\b", out.read_bytes())) == 1, done.stderr[-2000:]
