"""The timeline: order, sources, and who could have chosen each time."""

from __future__ import annotations

from datetime import timedelta

from irkit.model import Kind, Trust
from irkit.plan import document
from irkit.postmortem.telling import tell
from irkit.postmortem.timeline import Event, timeline
from tests.postmortem import story
from tests.postmortem.story import START, Journal


def events(journal: Journal) -> tuple[Event, ...]:
    return timeline(tell(journal.records, journal.load))


def one(journal: Journal, words: str) -> Event:
    found = [event for event in events(journal) if words in event.what]
    assert len(found) == 1, [event.what for event in found]
    return found[0]


def test_events_are_in_order_of_time() -> None:
    times = [event.at for event in events(story.whole()) if event.at]
    assert times == sorted(times)
    assert len(times) > 30


def test_every_event_has_a_source() -> None:
    assert all(event.source for event in events(story.whole()))


def test_a_commit_is_settable_a_log_is_independent_a_person_states() -> None:
    journal = story.whole()
    assert one(journal, "commit 9f1c9f1c9f1c added").trust is Trust.SETTABLE
    assert one(journal, f"{story.TOKEN.name}: first use").trust is Trust.INDEPENDENT
    assert one(journal, "learned of the leak").trust is Trust.STATED
    assert one(journal, "the case was opened").trust is Trust.OURS


def test_bounds_are_inferred_and_everything_else_observed() -> None:
    inferred = [event for event in events(story.whole()) if not event.observed]
    assert len(inferred) == 8  # two ends, two bounds, two credentials
    assert "inferred" in inferred[0].entry().trust


def test_only_the_latest_window_of_a_credential_counts() -> None:
    journal = story.opened()
    for closed in (20, 28):
        journal.add(closed, Kind.WINDOW, {"credential": story.TOKEN.name, "window": document(story.window(closed))})
    assert one(journal, "no longer of use").at == START + timedelta(minutes=28)


def test_a_run_of_equal_samples_is_told_by_its_first_and_last() -> None:
    alive = [event for event in events(story.whole()) if "alive (after)" in event.what]
    assert [event.at for event in alive] == [START + timedelta(minutes=minute) for minute in (26, 27.5)]


def test_the_control_is_named_as_one() -> None:
    assert one(story.whole(), "dead (control)").what.startswith("never-issued look-alike of")


def test_a_hundred_signatures_are_two_events() -> None:
    journal = story.opened(story.KEY)
    for number in range(100):
        journal.add(number, Kind.RESIGNED, {"path": f"file-{number}", "sha256": "00" * 32})
    told = [event.what for event in events(journal) if "re-signed" in event.what]
    assert told == ["first artifact re-signed: file-0", "last of 100 artifacts re-signed: file-99"]


def test_each_record_of_a_replacement_tells_how_far_it_came() -> None:
    journal = story.opened()
    body = {
        "credential": story.TOKEN.name,
        "action": "replace-1",
        "name": "irkit-1",
        "public_id": "token-7",
        "expires": "",
    }
    puts = [
        {"store": store, "ended": ended, "why": "", "version": ""}
        for store, ended in (("a:x", "done"), ("b:y", "failed"))
    ]
    for number in range(3):
        journal.add(20 + number, Kind.REPLACED, {**body, "puts": puts[:number]})
    told = [event.what for event in events(journal) if "token-7" in event.what]
    assert len(told) == 3
    assert told[0].startswith("token-7 was made in place of")
    assert told[1:] == ["token-7 into a:x: done", "token-7 into b:y: failed"]
