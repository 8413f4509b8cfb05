"""What the postmortem says, for a whole incident and for those that broke off."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.model import Kind, SecretRef, State
from irkit.plan import Ended
from irkit.postmortem import Postmortem, postmortem
from irkit.show import Figure, View
from irkit.show.html import body
from tests.postmortem import story
from tests.postmortem.story import NOW, OLD, TOKEN, Journal


def write(journal: Journal, **more: Any) -> Postmortem:
    return postmortem(journal.records, journal.load, NOW, **more)


def said(made: Postmortem, key: str) -> str:
    """A section's words in one line, however the renderer wraps them."""
    section = made.section(key)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body(View(section.title, section.blocks)))).split())


SUMMARIES = {
    "nothing known yet": (
        story.opened,
        ["since when has not been worked out", "who used it is not known", "nobody has asked yet"],
        ["dead on"],
    ),
    "the whole story": (
        story.whole,
        [
            "at least 39 d 4 h and at most 41 d 28 min",
            "214 times from 3 addresses",
            "proved dead on 2026-05-04 09:28:06Z",
            "4 were re-signed and 1 quarantined",
            "that everybody who relies on it has the revocation is not proved",
        ],
        ["still works"],
    ),
    "accepted but alive": (
        story.accepted_but_alive,
        ["IT STILL WORKS, although its revocation was accepted", "it still is"],
        ["proved dead", "dead on"],
    ),
    "outcome unknown": (
        story.outcome_unknown,
        ["Whether it still works is not known", "has not said when"],
        ["proved dead", "STILL WORKS"],
    ),
    "an empty journal": (Journal, ["Nothing is known yet"], ["dead"]),
}


@pytest.mark.parametrize(("journal", "says", "never"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_summary_says_what_the_journal_knows_and_no_more(journal, says: list[str], never: list[str]) -> None:
    summary = said(write(journal()), "summary")
    assert [words for words in says if words not in summary] == []
    assert [words for words in never if words in summary] == []


@pytest.mark.parametrize(
    ("journal", "level", "value"),
    [(story.whole, "info", "1 of 2"), (story.accepted_but_alive, "bad", "0 of 1"), (story.outcome_unknown, "warn", "0 of 1"),
     (Journal, "warn", "unknown")],
)  # fmt: skip
def test_the_first_figure_is_how_many_are_proved_dead(journal, level: str, value: str) -> None:
    first = write(journal()).headlines[0]
    assert (first.label, first.level, first.value) == ("Proved dead", level, value)


def test_a_token_that_answers_again_after_its_verdict_is_alive() -> None:
    journal = story.whole()
    story.stand(journal, 300, "after", State.ALIVE, "200, it names its owner")
    made = write(journal)
    assert "IT STILL WORKS" in said(made, "summary")
    assert "answered again after the verdict" in said(made, "open")


def test_seen_dead_without_a_verdict_is_not_proved() -> None:
    journal = story.opened()
    story.stand(journal, 5, "before", State.DEAD, "401")
    made = write(journal)
    assert "proved dead on" not in said(made, "summary")
    assert "not yet proved against a look-alike" in said(made, "credentials")


def test_what_is_open_names_unknowns_hand_tasks_and_evidence_not_read() -> None:
    journal = story.opened()
    story.located(journal, 2)
    story.planned(journal, 3, story.REVOKE_PLAN)
    story.carry_out(journal, 4, story.REVOKE_PLAN, story.REVOKE, None, "")
    left = said(write(journal), "open")
    for words in (
        "outcome unknown",
        "Review deploy keys",
        "backup/2026-03.tar.gz",
        "the gzip stream ends early",
        "no log of its use has been read",
    ):
        assert words in left


def test_an_action_settled_at_the_second_asking_is_no_longer_open() -> None:
    journal = story.opened()
    story.planned(journal, 3, story.REVOKE_PLAN)
    story.carry_out(journal, 4, story.REVOKE_PLAN, story.REVOKE, Ended.UNKNOWN, "no answer")
    assert "outcome unknown" in said(write(journal), "open")
    story.carry_out(journal, 8, story.REVOKE_PLAN, story.REVOKE, Ended.DONE, "asked again: dead")
    assert "outcome unknown" not in said(write(journal), "open")


def test_approvals_name_who_and_the_whole_digest() -> None:
    done = said(write(story.whole()), "response")
    assert "Bob Example" in done
    assert done.count(story.REVOKE_PLAN.digest[:20]) >= 3


def test_every_artifact_has_its_fate() -> None:
    found = said(write(story.whole()), "resigning")
    for words in (
        "widget-2.1.0.tar.gz",
        "re-signed",
        "gpg, sequoia",
        "widget-2.3.1.tar.gz",
        "quarantined",
        "no digest from before",
        "0x02",
    ):
        assert words in found


def test_human_sections_are_left_to_people_and_their_notes_stand_there_with_their_names() -> None:
    made = write(story.whole())
    assert "To be written by the incident lead" in said(made, "factors")
    assert "To be written" not in said(made, "lessons")
    assert "by luck" in said(made, "lessons")
    assert "alice" in said(made, "lessons")
    assert made.severity == "SEV-2"


def test_a_note_for_no_section_is_kept() -> None:
    journal = story.opened()
    journal.add(1, Kind.NOTE, {"section": "weather", "text": "it rained"})
    assert "it rained" in said(write(journal), "notes")


def test_blaming_words_are_pointed_out() -> None:
    assert '"should have"' in said(write(story.whole()), "open")


def test_a_record_that_cannot_be_read_is_listed_and_stops_nothing() -> None:
    journal = story.whole()
    for kind in Kind:
        journal.add(400, kind, {"nonsense": kind.value})
        journal.add(
            401,
            kind,
            dict.fromkeys(
                ("occurrences", "artifacts", "summary", "outcome", "credential", "skipped", "on_the_wire"), 7
            ),
        )
    made = write(journal)
    assert "proved dead" in said(made, "summary")
    assert "journal record" in said(made, "open")


def test_evidence_that_is_gone_is_listed_and_stops_nothing() -> None:
    journal = story.whole()

    def load(digest: str) -> Any:
        raise BadInput("evidence is missing", on=digest)

    made = postmortem(journal.records, load, NOW)
    assert "evidence is missing" in said(made, "open")
    assert "214 times" in said(made, "summary")  # the journal's own summary is still there


def test_uses_derived_uses_and_mentions_stay_apart() -> None:
    found = said(write(story.whole()), "usage")
    for words in ("the key itself", "derived: installation-8841", "mentions only, not uses", "198.51.100.23"):
        assert words in found


def test_proposals_follow_from_facts() -> None:
    alive, whole = said(write(story.accepted_but_alive()), "actions"), said(write(story.whole()), "actions")
    assert "Treat" in alive
    assert "Treat" not in whole
    for words in ("expiry date", "2 live places", "hardware token", "installation-8841", "audit logs"):
        assert words in whole


def test_duties_have_a_due_time_only_when_the_team_has_said_when_it_learned() -> None:
    assert "2026-05-07 08:46:00Z" in said(write(story.whole()), "notifications")
    assert "2026-05-07" not in said(write(story.outcome_unknown()), "notifications")


def test_a_figure_stands_with_the_window_it_shows() -> None:
    made = write(story.whole(), figures={f"window:{TOKEN.name}": story.drawing()})
    assert story.drawing().alt in [block.alt for block in made.section("exposure").blocks if isinstance(block, Figure)]


def test_no_reference_beyond_its_scheme_is_shown() -> None:
    made = write(story.whole())
    assert "LEAKED_TOKEN" not in " ".join(view.text() for view in made.view())
    assert SecretRef("env:LEAKED_TOKEN") == TOKEN.ref


def test_the_journal_head_pins_what_it_was_made_from() -> None:
    journal = story.whole()
    assert write(journal).journal_head == journal.records[-1].digest


def test_the_old_key_is_named_in_full_once_and_by_its_id_elsewhere() -> None:
    made = write(story.whole())
    assert OLD in said(made, "credentials")
    assert f"0x{OLD[-16:]}" in said(made, "summary")
