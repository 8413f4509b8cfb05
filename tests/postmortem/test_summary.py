"""The sentences and figures a reader sees first, where two of them could seem to contradict each other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from irkit.model import ApiToken, Bound, Clock, Fingerprint, Instant, SecretRef, Trust, Window
from irkit.postmortem.sections.front import described, exposed
from irkit.postmortem.sections.headlines import headlines
from irkit.postmortem.telling import tell
from tests.postmortem import story
from tests.postmortem.story import NOW

PUSHED, REVOKED = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 4, 9, tzinfo=UTC)


def at(time: datetime) -> Instant:
    return Instant(time, Clock.PUSH, "the host", Trust.INDEPENDENT)


def test_a_window_that_has_an_end_and_no_earliest_beginning_says_both() -> None:
    window = Window(Bound(latest=at(PUSHED)), Bound(latest=at(REVOKED)))
    assert window.is_closed
    told = exposed(window, REVOKED + timedelta(days=1))
    assert told.startswith("was exposed since 2026-05-01 00:00:00Z at the latest (nothing says how early it may have")
    assert told.endswith("and no longer from 2026-05-04 09:00:00Z on.")


def test_a_window_that_nothing_bounds_says_so() -> None:
    told = exposed(Window(Bound(), Bound()), REVOKED)
    assert told.startswith("was exposed since a moment that is not known")
    assert told.endswith("as far as anybody knows it still is.")


def test_what_aws_issues_is_called_a_key_here_as_everywhere() -> None:
    key = ApiToken(SecretRef("env:KEY"), "aws", "access-key", Fingerprint("1f" * 32), public_id="AKIAFAKEFAKEFAKEFAKE")
    assert described(key) == "the AWS key AKIAFAKEFAKEFAKEFAKE"


def test_a_key_among_the_dead_is_said_to_have_no_such_proof() -> None:
    journal = story.whole()
    first = headlines(tell(journal.records, journal.load), NOW)[0]
    assert (first.label, first.value) == ("Proved dead", "1 of 2")
    assert first.detail == "1 key revoked instead"
