"""The four notebooks in JupyterLab by keyboard alone: run, approved and answered in forms, read by axe in both themes."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape as html_of
from pathlib import Path
from typing import Any

import pytest

from irkit.exposure.picture import _CAPTION as TIMELINE
from irkit.guard.notebook import WIDGET
from irkit.model import Kind
from tests.browser.face import Face, face
from tests.canary.searching import private_key, search, token
from tests.needs import needs

pytestmark = [needs("chromium", "npm:playwright-core", "npm:axe-core"), pytest.mark.slow]

NOTEBOOKS = ("01_exposure", "02_revoke", "03_resign", "04_postmortem")
LEAST_FIGURES = {"01_exposure": 13, "02_revoke": 0, "03_resign": 1, "04_postmortem": 3}


@dataclass(frozen=True)
class Visit:
    """One session at the keyboard: what was seen, and the case as it stands after it."""

    face: Face
    place: Path
    answer: dict[str, Any]

    def of(self, name: str) -> dict[str, Any]:
        seen: dict[str, Any] = self.answer["notebooks"][name]
        return seen


@pytest.fixture(scope="module")
def visit() -> Iterator[Visit]:
    place = Path(tempfile.mkdtemp(prefix="irk-k-", dir="/tmp"))
    try:
        with face(place) as made:
            answer = made.by_keyboard(profile=str(place / "chromium"))
            yield Visit(made, place, answer)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_all_four_came_to_their_end(visit: Visit) -> None:
    assert visit.answer["ok"], visit.answer["error"]
    assert tuple(visit.answer["notebooks"]) == NOTEBOOKS
    assert {name: visit.of(name)["errors"] for name in NOTEBOOKS} == {name: [] for name in NOTEBOOKS}
    assert all(visit.of(name)["saved"] for name in NOTEBOOKS)
    assert visit.answer["external"] == []
    assert visit.face.case.journal.records(Kind.EXPORTED)


def test_people_approved_vouched_and_said_what_they_did_in_forms(visit: Visit) -> None:
    case = visit.face.case
    approved = [record.body["approver"] for record in case.journal.records(Kind.APPROVAL)]
    assert sorted(approved) == sorted(2 * list(visit.face.world.truth.approvers.values()))  # each plan once each
    assert {record.body["text"] for record in case.journal.records(Kind.HUMAN_DONE)} == {"done, and looked at again"}
    vouched = [record.body["fingerprint"] for record in case.journal.records(Kind.VOUCHED)]
    assert sorted(vouched) == sorted(visit.face.world.truth.approvers.values())
    case.verify()


def test_a_secret_typed_into_a_form_is_refused_and_gone(visit: Visit) -> None:
    refused = [one for name in NOTEBOOKS for one in visit.of(name)["refused"]]
    assert {one["field"] for one in refused} == {"Passphrase, by reference", "What was done"}
    assert all(one["left"] == "" and "field is empty again" in one["says"] for one in refused)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_figure_is_there_and_says_what_it_shows(visit: Visit, name: str) -> None:
    figures = visit.of(name)["figures"]
    assert len(figures) >= LEAST_FIGURES[name]
    assert [one for one in figures if not one["alt"] or not one["width"]] == []


def test_the_window_is_drawn_for_each_credential(visit: Visit) -> None:
    html = "".join(visit.of("01_exposure")["html"])
    figures = [part.partition("</figure>")[0] for part in html.split("<figure")[1:]]
    assert sum(html_of(TIMELINE) in one for one in figures) == 3
    assert "Every place it stands or stood" in html


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_axe_finds_nothing_in_what_irkit_shows_in_either_theme(visit: Visit, name: str) -> None:
    assert visit.of(name)["axe"] == {"light": [], "dark": []}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_headings_begin_below_the_notebooks_own_and_skip_no_level(visit: Visit, name: str) -> None:
    for levels in visit.of(name)["headings"]:
        assert all(after <= before + 1 for before, after in zip([1, *levels], levels, strict=False)), levels


def test_where_the_keyboard_is_can_be_seen(visit: Visit) -> None:
    assert [one for name in NOTEBOOKS for one in visit.of(name)["unseen"]] == []


def test_no_secret_is_on_the_screen_or_in_a_file(visit: Visit) -> None:
    from irkit.openpgp import secret_material

    vault = visit.face.world.folder / "vault"
    armored = (vault / "release-key.asc").read_bytes()
    wanted = [
        token("token", (vault / "github-token").read_bytes().strip()),
        private_key("release key", armored, secret_material(armored)),
    ]
    seen = visit.place / "seen"
    seen.mkdir()
    (seen / "answer.json").write_text(json.dumps(visit.answer))
    shutil.copy(visit.face.lab.log, seen)
    tops = [seen, *(visit.place / name for name in ("acme-7", "chromium", "home"))]
    hits, count = search(tops, wanted, lambda _path: False)
    assert hits == []
    assert count > 50


@pytest.mark.parametrize("name", ["02_revoke", "03_resign"])
def test_a_saved_notebook_keeps_the_page_and_no_widget(visit: Visit, name: str) -> None:
    saved = (visit.face.case.folder / "notebooks" / "working" / f"{name}.ipynb").read_text()
    assert WIDGET not in saved
    assert "widgets" not in json.loads(saved)["metadata"]
    assert "A form stood here" in saved
    assert "2 of 2" in saved
