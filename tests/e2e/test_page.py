"""The drill's postmortem in every shape: in a browser without a network, before axe, on paper, and as others read it."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

from irkit.case import Case
from irkit.case.postmortem.writeup import build
from irkit.case.shaping import FORMATS, shaped
from irkit.postmortem import to_html
from irkit.postmortem.editions.audiences import AUDIENCES, for_audience
from tests.browser.looking import looked
from tests.needs import needs

pytestmark = pytest.mark.slow

WIDE, NARROW = 1280, 360
BROWSER = needs("chromium", "npm:playwright-core", "npm:axe-core")


@pytest.fixture(scope="module")
def made(drill):
    _, result, _, _ = drill
    case = Case.open(result.postmortem.parent)
    return case, {audience: for_audience(build(case), audience) for audience in AUDIENCES}


@pytest.fixture(scope="module")
def looks(made, drill, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Each edition in light and dark, opened and folded, wide and narrow, in one browser; the full one as drilled and printed."""
    folder = tmp_path_factory.mktemp("looks")
    wanted: dict[str, dict[str, Any]] = {}
    for audience, edition in made[1].items():
        file = folder / f"{audience}.html"
        file.write_text(to_html(edition))
        wanted[f"{audience} light"] = {"file": str(file), "width": WIDE, "axe": True}
        wanted[f"{audience} dark"] = {"file": str(file), "width": WIDE, "dark": True, "axe": True, "open": True}
        wanted[f"{audience} narrow"] = {"file": str(file), "width": NARROW, "axe": audience == "full"}
    drilled = str(drill[1].postmortem)
    wanted["drilled"] = {"file": drilled, "width": WIDE, "screenshot": str(folder / "page.png")}
    wanted["paper"] = {"file": drilled, "print": True, "width": 680, "axe": True}
    return looked(wanted)


@BROWSER
def test_no_edition_asks_for_anything_or_is_complained_of(looks) -> None:
    for name, seen in looks.items():
        told = {key: seen[key] for key in ("requests", "console", "violations", "scripts", "broken", "h1", "wide")}
        assert told == {
            "requests": [],
            "console": [],
            "violations": [],
            "scripts": 0,
            "broken": 0,
            "h1": 1,
            "wide": 0,
        }, name
    assert looks["drilled"]["images"] >= 3


@BROWSER
def test_axe_finds_nothing_in_light_in_dark_and_on_paper(looks) -> None:
    assert [(name, one["id"], one["nodes"][:2]) for name, seen in looks.items() for one in seen.get("axe", ())] == []
    assert all(seen["passed"] > 20 for seen in looks.values() if "axe" in seen)


def test_the_page_is_small(drill) -> None:
    assert drill[1].postmortem.stat().st_size < 1_000_000


@needs("chromium")
def test_the_same_page_printed_again_is_the_same_file(made) -> None:
    case, editions = made
    first, again = (shaped("pdf", editions["full"], case.redactor).content for _ in range(2))
    assert first == again
    names = re.findall(rb"/ID \((node\d{8})\)", first)
    assert len(names) > 100
    assert sorted(names) == [b"node%08d" % number for number in range(1, len(names) + 1)]


@needs("chromium")
def test_the_pdf_has_title_language_tags_and_outline(made) -> None:
    pypdf = pytest.importorskip("pypdf")
    case, editions = made
    content = shaped("pdf", editions["full"], case.redactor).content
    paper = pypdf.PdfReader(io.BytesIO(content))
    root = paper.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert paper.metadata is not None
    assert paper.metadata.title.endswith("postmortem drill-1")
    assert paper.metadata.creation_date == editions["full"].generated.replace(microsecond=0)
    (whole,) = [one for one in paper.outline if isinstance(one, list)]
    titles = [one.title for one in whole if not isinstance(one, list)]
    assert {"Executive summary", "Timeline", "Appendix"} <= set(titles)
    pages = [page.extract_text() for page in paper.pages]
    feet = [
        re.search(r"(\d+) / (\d+)", page.replace("\n", " ")[-200:] + page.replace("\n", " ")[:200]) for page in pages
    ]
    assert [foot and (int(foot[1]), int(foot[2])) for foot in feet] == [
        (number, len(pages)) for number in range(1, len(pages) + 1)
    ]
    repeated = [page for page in pages if re.search(r"Time\s+\(UTC\)\s+Event\s+Source", page)]
    assert len(repeated) > 2  # the head of the timeline, on each page that it goes on


@needs("python:stix2", "python:icalendar")
@pytest.mark.parametrize("audience", AUDIENCES)
def test_the_other_shapes_of_each_edition_are_read_back(made, audience) -> None:
    import icalendar
    import jsonschema
    import stix2

    from irkit.postmortem.shapes import json_document

    case, editions = made
    text = {form: shaped(form, editions[audience], case.redactor).content.decode() for form in FORMATS if form != "pdf"}
    faults = jsonschema.Draft202012Validator(json_document.schema()).iter_errors(json.loads(text["json"]))
    assert [one.message for one in faults] == []
    bundle = stix2.parse(text["stix"], allow_custom=False)
    level = "TLP:CLEAR" if audience == "customer" else "TLP:AMBER"
    assert [one.name for one in bundle.objects if one.type == "marking-definition"] == [level]
    patterns = "".join(one.pattern for one in bundle.objects if one.type == "indicator")
    assert ("203.0.113.77" in patterns) is (audience != "customer")
    assert "192.0.2." not in patterns  # machines of our own
    icalendar.Calendar.from_ical(text["ics"])
    assert text["csv"].startswith("id,text,kind,because,")
    assert not case.redactor.finds("".join(text.values()).encode())
