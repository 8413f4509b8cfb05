"""Wording that blames is found, with its line and what to write instead; other wording is left alone."""

from __future__ import annotations

import pytest

from irkit.postmortem.telling import tell
from irkit.postmortem.writing.blameless import blame, known_names, lint
from irkit.postmortem.writing.people import Front, People
from tests.postmortem import story

FOUND = {
    "Somebody should have seen it.": ["should have"],
    "The owner shouldn't have pushed.": ["shouldn't have"],
    "The job failed to rotate the key": ["failed to rotate"],
    "He forgot to rotate it": ["forgot to"],
    "A careless push": ["careless"],
    "It was human error.": ["human error"],
    "Why did the reviewer approve?": ["Why did the"],
    "Why didn't they look?": ["Why didn't they"],
    "Who leaked it?": ["Who leaked it"],
    "They could have simply asked": ["could have simply asked"],
    "The team was responsible for the leak": ["was responsible for the leak"],
    "It was the owner's fault.": ["owner's fault"],
    "Their own mistake, pushed by mistake": ["Their own mistake", "by mistake"],
    "Nobody blamed them; git blame shows the line of a blameless culture.": ["blamed"],
    "The check failed at 12:00 and the key was not rotated.": [],
    "We should rotate keys every quarter.": [],
    "What led to the push? How did the default look?": [],
    "The pushover service": [],
}


@pytest.mark.parametrize(("text", "words"), FOUND.items())
def test_blaming_words_are_found_and_others_left(text: str, words: list[str]) -> None:
    found = list(lint(text, "postmortem/factors.md:3"))
    assert [one.found for one in found] == words
    assert all(one.instead and one.where == "postmortem/factors.md:3" for one in found)


def test_names_are_found_where_factors_are_told_and_nowhere_else() -> None:
    journal = story.whole()
    told = tell(journal.records, journal.load)
    names = known_names(told)
    assert {"Alice Example", "alice@example.org", "bob"} <= {
        name if "@" in name or " " in name else name.lower() for name in names
    }
    people = People(
        Front(), {"factors": "<!--\nx -->\nALICE pushed it.", "communications": "Alice told the customers."}
    )
    found = [one for one in blame(told, people) if one.where.startswith("postmortem/")]
    assert {(one.where, one.found) for one in found} == {("postmortem/factors.md:3", "ALICE")}


def test_a_name_is_a_whole_word() -> None:
    assert not list(lint("the alicebot said", "x", ("alice",)))
    assert [one.found for one in lint("what Alice's laptop had", "x", ("alice",))] == ["Alice"]
