"""Every field of the merged list has a place: what the journal knows stands there, and of the rest who is asked for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from irkit.exposure.usage import rules
from irkit.model import Kind
from irkit.postmortem import Postmortem
from irkit.postmortem.standards import attack
from irkit.postmortem.standards.csf import CATEGORIES, FUNCTIONS, OF_ACTION, OF_KIND
from irkit.postmortem.telling import tell
from irkit.postmortem.writing.asked import ASKED, prompts
from irkit.postmortem.writing.people import TEMPLATE, Front, People, read_front
from irkit.postmortem.writing.prose import is_written
from tests.postmortem import story
from tests.postmortem.story import KEY, TOKEN, Journal
from tests.postmortem.test_document import said, write

FIELDS = {
    "front": ["Case", "Status", "Severity", "Criteria", "Sharing", "Owner", "Roles", "Legal hold", "Review meeting", "Review due",
              "Journal head"],
    "credentials": ["Provider", "Case fingerprint", "What it may do", "Owner", "Created", "Last rotated", "Expires",
                    "Stored before", "Stored after"],
    "exposure": ["Opened", "Closed", "Clock", "Source", "Trust", "Where it stands"],
    "impact": ["Abilities used", "Other secrets beside it", "Made with it", "Tags that hold it", "Signatures judged",
               "Records and persons"],
    "timeline": ["Time (UTC)", "Source", "Trust", "CSF 2.0", "observed", "inferred"],
    "detection": ["Noticed by", "Gap", "Cause", "Fix", "Owner", "Date", "Time to detect"],
    "response": ["Approved by", "Evidence", "Proof of death", "Recovery and its checks", "Works again since"],
    "resigning": ["Old key", "Reason", "New key", "Revocation", "Verified by", "Re-signed"],
    "factors": ["To be written by the incident lead"],
    "metrics": ["Time to detect", "Time to acknowledge", "Time to contain", "Time to revoke", "Time to re-sign", "Time to recover",
                "Exposure, at least", "Exposure, at most", "Uses by the credential", "Unauthorised uses", "Action items overdue"],
    "actions": ["A1", "Kind", "Priority", "Owner", "Due", "Ticket", "Status", "Done, proved by"],
    "notifications": ["Regime", "Counts from", "Due (UTC)", "Left", "Decided", "not legal advice"],
    "communications": ["To be written by the communications"],
    "attack": ["T1552.001", "T1550.001", "observed", "possible"],
    "functions": ["Respond", "RS.MI-01", "SP 800-61r3"],
    "evidence": ["Digest", "Source", "Kept (UTC)", "By", "Head of the journal"],
    "playbook": ["Check", "Because", "Answer"],
    "appendix": ["7c7c", "shared/leak", "6b6b", "8d8d", "9e9e", "python", "3.11.7", "0.0.9", "RS.AN-03", "irkit that wrote this report"],
}  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> Postmortem:
    return write(story.whole())


@pytest.mark.parametrize("key", FIELDS)
def test_each_field_has_its_place(whole: Postmortem, key: str) -> None:
    shown = said(whole, key)
    assert [field for field in FIELDS[key] if field.lower() not in shown.lower()] == []


def test_what_nobody_has_said_names_whom_to_ask() -> None:
    made = write(story.opened())
    shown = " ".join(said(made, section.key) for section in made.sections)
    for role in ("incident lead", "scribe", "communications", "counsel", "owner of the service"):
        assert f"to be written by the {role}".lower() in shown.lower()


def test_what_people_say_of_a_credential_stands_in_its_record() -> None:
    words = read_front(
        f'[credentials."{TOKEN.name}"]\nowner = "the build service"\nlast_rotated = 2025-11-02\nscope = "repo, workflow"\n'
    )
    shown = said(write(story.whole(), people=People(words)), "credentials")
    for word in ("the build service", "2025-11-02", "repo, workflow"):
        assert word in shown


def test_dates_and_places_of_a_credential_come_from_the_journal_where_it_knows_them() -> None:
    shown = said(write(story.whole()), "credentials")
    assert "the provider's record of when it was issued" in shown
    assert "found live in" in said(write(only_token()), "credentials")
    assert "2023-01-10T00:00:00Z, as the key says of itself" in shown


def only_token() -> Journal:
    journal = story.opened(TOKEN)
    story.located(journal, 4)
    return journal


def test_gaps_are_peoples_and_by_rule() -> None:
    front = read_front('[[gaps]]\ngap = "nobody reads the push log"\ncause = "it is in another team\'s bucket"\n')
    shown = said(write(story.whole(), people=People(front)), "detection")
    assert "nobody reads the push log" in shown
    assert "to be written by the incident lead: what will close it" in shown
    assert "no scanner's alert opened the case" in shown


TECHNIQUES = {
    "files and a repository": (
        only_token,
        {("T1552.001", "possible"), ("T1213.003", "possible"), ("T1528", "possible")},
    ),
    "nothing found": (story.opened, {("T1528", "possible")}),
}


@pytest.mark.parametrize(("journal", "expected"), TECHNIQUES.values(), ids=TECHNIQUES)
def test_techniques_follow_from_what_the_journal_holds(journal, expected: set[tuple[str, str]]) -> None:
    found = attack.techniques(tell(journal().records, journal().load))
    assert {(one.id, one.seen) for one in found} == expected


def test_a_use_in_the_logs_is_observed_and_says_that_whose_it_was_is_open(whole: Postmortem) -> None:
    journal = story.whole()
    found = {(one.id, one.about): one for one in attack.techniques(tell(journal.records, journal.load))}
    assert found["T1550.001", TOKEN.name].seen == "observed"
    assert "214 uses" in found["T1550.001", TOKEN.name].because
    assert found["T1098.001", TOKEN.name].seen == "observed"
    assert ("T1588.003", f"0x{KEY.openpgp[-16:]}") in found
    assert found["T1195.002", f"0x{KEY.openpgp[-16:]}"].because == "1 of 5 signed artifacts are not proved unchanged"
    assert "that it was not ours, a person must say" in said(whole, "attack")


@pytest.mark.parametrize(
    ("path", "id_"),
    [("home/ci/.bash_history", "T1552.003"), ("export/slack/general.json", "T1552.008"), ("certs/site.pfx", "T1588.004"),
     (".env", "T1552.001")],
)  # fmt: skip
def test_a_technique_goes_by_where_it_stood(path: str, id_: str) -> None:
    journal = story.opened(TOKEN)
    found = [{"place": "file", "path": path, "line": 1, "offset": 0, "form": "raw", "live": True}]
    digest = journal.keep(1, {"occurrences": found}, "occurrences", "disk")
    journal.add(1, Kind.LOCATED, {"evidence": digest, "occurrences": 1, "live": 1, "skipped": 0, "paths": ["disk"]})
    assert id_ in {one.id for one in attack.techniques(tell(journal.records, journal.load))}


def test_every_technique_that_a_rule_over_logs_names_has_its_name() -> None:
    found = {
        id_
        for path in Path(rules.__file__).parent.glob("*.py")
        for id_ in re.findall(r"\bT\d{4}(?:\.\d{3})?\b", path.read_text())
    }
    assert found - attack.NAMES.keys() == set()


def test_every_kind_of_record_and_action_serves_a_function_that_has_words() -> None:
    assert set(OF_KIND) == set(Kind)
    tags = {*OF_KIND.values(), *OF_ACTION.values()}
    assert all(tag in CATEGORIES and tag[:2] in FUNCTIONS for tag in tags)
    assert set(OF_ACTION) == {"contain", "recover", "prevent", "detect", "process"}


def test_each_row_of_the_timeline_has_a_category() -> None:
    assert [event.what for event in write(story.whole()).events if not event.csf] == []


def test_the_files_that_people_are_given_hold_questions_and_nothing_written() -> None:
    assert read_front(TEMPLATE) == Front()
    for key, asked in ASKED.items():
        assert not is_written(prompts(key))
        assert all(question in prompts(key) for question in asked.questions)


def test_an_item_past_its_day_is_overdue_and_one_that_is_done_is_not() -> None:
    ids = [item.id for item in write(story.whole()).actions]
    entry = '[actions."{}"]\ndue = 2026-05-04\nstatus = "{}"\n'
    front = read_front(entry.format(ids[0], "accepted") + entry.format(ids[1], "done"))
    made = write(story.whole(), people=People(front))
    assert made.metrics[-1].value == 1
    assert [item.id for item in made.actions] == ids
