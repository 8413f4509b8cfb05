"""Every hostile text in the shapes for other programs: each reads back as one value in its place, and acts in no terminal."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from irkit.postmortem import ActionItem, Indicator, Postmortem, to_json
from irkit.postmortem.shapes import to_action_table, to_calendar, to_stix
from tests.hostile import FAMILIES, Case
from tests.hostile.test_renderings import ACTS, FAMILY
from tests.needs import needs
from tests.postmortem import story
from tests.postmortem.test_render import write


@pytest.fixture(scope="module")
def plain() -> Postmortem:
    return write(story.whole())


def holding(plain: Postmortem, text: str) -> Postmortem:
    items = (ActionItem(text, text, text, text, text, text, None, text, text, text),)
    return replace(
        plain,
        case_id=text,
        title=text,
        tlp=text,
        actions=items,
        indicators=(Indicator("account", text, text, None, None, "low"),),
    )


def recordable(family: list[Case]) -> list[Case]:
    return [case for case in family if case.recordable and case.text.strip()]


@FAMILY
def test_a_row_of_the_action_items_is_one_row_that_no_spreadsheet_runs(family: list[Case], plain: Postmortem) -> None:
    csv.field_size_limit(1 << 20)
    wrong = []
    for case in family:
        made = to_action_table(holding(plain, case.text))
        rows = list(csv.reader(io.StringIO(made, newline="")))
        expected = ("'" if case.cell == "quoted" else "") + case.shown
        if len(rows) != 2 or rows[1][0] != expected or ACTS.search(made.replace("\r\n", "")):
            wrong.append(case.name)
    assert wrong == []


@needs("python:icalendar")
@FAMILY
def test_an_event_stays_an_event(family: list[Case], plain: Postmortem) -> None:
    import icalendar

    count = to_calendar(plain).count("BEGIN:")
    wrong = []
    for case in recordable(family):
        made = to_calendar(holding(replace(plain, due=plain.due[:3]), case.text))
        lines = made.split("\r\n")
        summaries = [str(one["summary"]) for one in icalendar.Calendar.from_ical(made).walk("VEVENT")]
        if (
            ACTS.search("".join(lines))
            or max(len(line.encode()) for line in lines) > 75
            or "METHOD:PUBLISH" not in lines
        ):
            wrong.append(case.name)
        if (
            not summaries
            or not all(f"(case {case.shown})" in one for one in summaries)
            or made.count("\nBEGIN:VEVENT") != len(summaries)
        ):
            wrong.append(case.name)
    assert wrong == []
    assert count > 1


@needs("python:stix2", "python:stix2validator")
def test_a_bundle_of_all_of_them_is_valid_and_every_pattern_is_one_comparison(plain: Postmortem) -> None:
    from stix2validator import ValidationOptions, validate_string

    texts = [case.text for family in FAMILIES.values() for case in recordable(family)]
    found = tuple(Indicator("account", text, text, None, None, "low") for text in dict.fromkeys(texts))
    for made in (replace(plain, indicators=found), *(holding(plain, text) for text in texts[::40])):
        bundle = to_stix(made)
        assert not ACTS.search(bundle.replace("\n", ""))
        assert validate_string(bundle, ValidationOptions(version="2.1")).is_valid
        patterns = [one["pattern"] for one in json.loads(bundle)["objects"] if one["type"] == "indicator"]
        assert len(patterns) == len(made.indicators)


@FAMILY
def test_json_gives_back_what_was_put_in(family: list[Case], plain: Postmortem) -> None:
    for case in recordable(family):
        document = json.loads(made := to_json(holding(plain, case.text)))
        assert document["title"] == case.text
        assert not ACTS.search(made.replace("\n", ""))
