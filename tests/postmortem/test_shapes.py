"""The other shapes of the postmortem, read back by the libraries that others read them with."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.postmortem import Indicator, Postmortem, to_json
from irkit.postmortem.shapes import json_document, to_action_table, to_calendar, to_stix
from irkit.postmortem.shapes.calendar import left_out
from irkit.postmortem.shapes.stix import tlp_of
from tests.needs import needs
from tests.postmortem import story
from tests.postmortem.story import HOSTILE, NOW
from tests.postmortem.test_render import EVERY, write

PUBLISHED = Path(__file__).parents[2] / "docs/schemas/postmortem.schema.json"


def faults(document: dict[str, Any]) -> list[str]:
    import jsonschema

    checked = jsonschema.Draft202012Validator(json_document.schema())
    return [f"{'/'.join(map(str, one.path))}: {one.message}" for one in checked.iter_errors(document)]


def test_the_published_schema_is_the_one_that_irkit_prints() -> None:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(json_document.schema())
    kept = json.loads(PUBLISHED.read_text())
    assert kept == json_document.schema(), "irkit export --schema > docs/schemas/postmortem.schema.json"


@EVERY
def test_the_json_is_as_the_schema_says(journal) -> None:
    document = json.loads(to_json(write(journal())))
    assert list(document)[:2] == ["schema", "version"]
    assert faults(document) == []


def test_the_schema_takes_what_a_later_irkit_adds_and_refuses_what_is_gone() -> None:
    document = json.loads(to_json(write(story.whole())))
    document["more"] = document["actions"][0]["more"] = 1
    assert faults(document) == []
    del document["metrics"][0]["value"]
    assert faults(document) == ["metrics/0: 'value' is a required property"]


# STIX


@needs("python:stix2", "python:stix2validator")
@EVERY
def test_the_bundle_is_valid_stix(journal) -> None:
    import stix2
    from stix2validator import ValidationOptions, validate_string

    made = to_stix(write(journal()))
    assert validate_string(made, ValidationOptions(version="2.1")).is_valid
    stix2.parse(made, allow_custom=False)


@needs("python:stix2")
def test_a_later_draft_brings_later_versions_of_the_same_objects() -> None:
    first = write(story.whole())
    later = replace(first, generated=NOW + timedelta(days=1), journal_head="f" * 64, title="Another title")
    one, other = (json.loads(to_stix(draft))["objects"] for draft in (first, later))
    assert [each["id"] for each in one] == [each["id"] for each in other]
    assert to_stix(first) == to_stix(first)
    (old, new) = (next(each for each in objects if each["type"] == "report") for objects in (one, other))
    assert old["created"] == new["created"]
    assert old["modified"] < new["modified"]
    elsewhere = json.loads(to_stix(replace(first, origin="another journal")))["objects"]
    shared = {each["id"] for each in one} & {each["id"] for each in elsewhere}
    assert {name.partition("--")[0] for name in shared} == {"marking-definition", "ipv4-addr"}


@needs("python:stix2")
def test_what_logs_show_is_a_sighting_and_what_they_do_not_is_none() -> None:
    objects = json.loads(to_stix(write(story.whole())))["objects"]
    (sighting,) = (one for one in objects if one["type"] == "sighting")
    assert (sighting["count"], sighting["first_seen"]) == (181, "2026-03-27T03:12:44Z")
    patterns = {one["pattern"] for one in objects if one["type"] == "indicator"}
    assert "[ipv4-addr:value = '198.51.100.23']" in patterns
    assert len(patterns) == 4
    ids = [one["external_references"][0]["external_id"] for one in objects if one["type"] == "attack-pattern"]
    assert "T1550.001" in ids
    assert "T1552.001" not in ids  # possible, by where it stood; no log shows it


@needs("python:stix2", "python:stix2validator")
def test_a_value_cannot_leave_its_place_in_a_pattern() -> None:
    from stix2validator import ValidationOptions, validate_string

    hostile = Indicator("user-agent", "x' OR ipv4-addr:value != '' \\", HOSTILE, None, None, "low")
    made = to_stix(replace(write(story.whole()), indicators=(hostile,)))
    (pattern,) = (one["pattern"] for one in json.loads(made)["objects"] if one["type"] == "indicator")
    assert pattern.endswith("= 'x\\' OR ipv4-addr:value != \\'\\' \\\\']")
    assert validate_string(made, ValidationOptions(version="2.1")).is_valid


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("TLP:CLEAR", "clear"),
        ("TLP:AMBER until decided", "amber"),
        ("tlp:amber+strict", "amber+strict"),
        ("TLP:RED, later GREEN", "red"),
        ("to be decided", "amber+strict"),
        ("clearly not said", "amber+strict"),
    ],
)
def test_the_marking_follows_the_document_and_is_close_where_it_says_none(said: str, level: str) -> None:
    assert tlp_of(said) == level


# The calendar


def events(made: Postmortem) -> list[Any]:
    import icalendar

    return list(icalendar.Calendar.from_ical(to_calendar(made)).walk("VEVENT"))


@needs("python:icalendar")
def test_each_clock_that_runs_is_an_event_at_its_due_time_with_alarms_before() -> None:
    made = write(story.whole())
    found = events(made)
    running = [one for one in made.due if one.at]
    assert [event["dtstart"].dt for event in found] == [one.at for one in running]
    assert len({str(event["uid"]) for event in found}) == len(found) > 3
    gdpr = next(event for event in found if str(event["summary"]).startswith("GDPR"))
    assert "not legal advice" in str(gdpr["description"])
    assert [alarm["trigger"].dt for alarm in gdpr.walk("VALARM")] == [-timedelta(hours=hours) for hours in (24, 4, 1)]
    assert len(left_out(made)) == len([one for one in made.due if one.at is None])


@needs("python:icalendar")
def test_a_later_draft_moves_an_event_and_makes_no_second_one() -> None:
    made = write(story.whole())
    later = replace(made, due=tuple(replace(one, at=one.at and one.at + timedelta(hours=1)) for one in made.due))
    assert [str(one["uid"]) for one in events(made)] == [str(one["uid"]) for one in events(later)]


@needs("python:icalendar")
def test_what_is_done_or_does_not_apply_is_in_no_calendar_and_no_text_of_people_is() -> None:
    made = write(story.whole(HOSTILE))
    first, second = [one for one in made.due if one.at][:2]
    due = (replace(first, done=NOW), replace(second, decided="does not apply: counsel"), *made.due)
    calendar = to_calendar(replace(made, due=due[:2], title="secret words of people"))
    assert "VEVENT" not in calendar
    whole = to_calendar(replace(made, title="secret words of people"))
    assert "secret words" not in whole
    assert "script" not in whole
    assert all(len(line.encode()) <= 75 for line in whole.split("\r\n"))


# The table of action items


def test_the_table_has_a_row_for_each_item_and_an_empty_cell_for_what_nobody_said() -> None:
    made = write(story.whole())
    decided = replace(made.actions[0], owner="bob", due=date(2026, 6, 1), text="=cmd|' /C calc'!A0", ticket="@SUM(1)")
    rows = list(
        csv.DictReader(io.StringIO(to_action_table(replace(made, actions=(decided, *made.actions[1:]))), newline=""))
    )
    assert [row["id"] for row in rows] == [one.id for one in made.actions]
    assert (rows[0]["owner"], rows[0]["due"]) == ("bob", "2026-06-01")
    assert (rows[0]["text"], rows[0]["ticket"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")
    assert rows[1]["owner"] == ""


def test_every_shape_of_nothing_is_there() -> None:
    nothing = write(story.Journal())
    assert to_action_table(nothing).startswith("id,text,")
    assert datetime.now(UTC) > nothing.generated


@needs("python:icalendar", "python:stix2")
def test_what_others_import_says_that_it_is_of_a_rehearsal() -> None:
    made = write(story.whole())
    drilled = replace(made, rehearsal=True)
    assert all(str(event["summary"]).startswith("Rehearsal, nothing is due: ") for event in events(drilled))
    assert not [event for event in events(made) if "ehearsal" in str(event["summary"])]
    [report] = [one for one in json.loads(to_stix(drilled))["objects"] if one["type"] == "report"]
    assert report["name"] == f"Rehearsal: {made.title}"
    assert [json.loads(to_json(one))["rehearsal"] for one in (made, drilled)] == [False, True]
