"""Two drafts: what is different is told by section, and what only time changes is not."""

from __future__ import annotations

from datetime import timedelta

from irkit.model import Kind
from irkit.postmortem import postmortem, to_markdown
from irkit.postmortem.writing.changes import as_view, changes, written_at
from tests.postmortem import story
from tests.postmortem.story import NOW, Journal


def draft(journal: Journal, later: timedelta = timedelta()) -> str:
    return to_markdown(postmortem(journal.records, journal.load, NOW + later))


def test_time_alone_changes_nothing() -> None:
    for journal in (story.opened(), story.accepted_but_alive()):
        assert changes(draft(journal), draft(journal, timedelta(minutes=7))) == ()
    assert written_at(draft(story.opened())) == "2026-05-05 08:00:00Z"
    assert written_at("no draft") == ""


def test_what_happened_in_the_second_of_the_first_draft_has_its_time_in_both() -> None:
    journal = story.opened()
    at_once = journal.records[0].at - NOW
    assert changes(draft(journal, at_once), draft(journal, at_once + timedelta(seconds=1))) == ()


def test_a_step_that_was_taken_is_told_where_it_shows() -> None:
    journal = story.opened()
    before = draft(journal)
    story.located(journal, 4)
    found = {change.title: change for change in changes(before, draft(journal))}
    assert {"Exposure window", "Timeline", "Evidence register", "Action items"} <= found.keys()
    assert "Contributing factors" not in found
    assert any("ci/release.env" in line for line in found["Exposure window"].came)


def test_a_section_that_came_or_went_is_told_as_such() -> None:
    journal = story.opened()
    before = draft(journal)
    journal.add(1, Kind.NOTE, {"section": "weather", "text": "it rained"})
    after = draft(journal)
    assert [change.sentence for change in changes(before, after) if change.title == "Notes"] == ["Notes: new"]
    assert [change.sentence for change in changes(after, before) if change.title == "Notes"] == ["Notes: gone"]
    assert "it rained" in as_view(changes(before, after), "the last draft").text()
