"""What is normal before the window, beside what happened in it; without a past nothing is called new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from irkit.exposure.usage.baseline import Baseline, baseline, figure, sentence, table
from irkit.exposure.usage.past import Past
from irkit.model import MatchKind, UsageEvent
from irkit.show.svg import fault

OPENING = datetime(2026, 3, 10, tzinfo=UTC)


def use(hours: float, address: str = "192.0.2.1", action: str = "GetObject") -> UsageEvent:
    return UsageEvent(
        source="aws-cloudtrail", event_id=f"{hours}{address}", at=OPENING + timedelta(hours=hours), key="AKIAFAKE",
        match=MatchKind.EXACT_ID, action=action, service="s3", principal="user/x", address=address, region="eu-central-1",
    )  # fmt: skip


def past(*uses: UsageEvent, opening: datetime | None = OPENING, sure: bool = True) -> Baseline:
    seen = Past(opening, sure)
    for one in uses:
        seen.take(one)
    return baseline(seen)


USES = (use(-48), use(-24), use(-20), use(1), use(2, "203.0.113.9", "ListBuckets<script>"))


def test_what_was_never_met_before_is_new_in_the_picture_the_sentence_and_the_table() -> None:
    made = past(*USES)
    drawn = figure(made)
    assert drawn is not None
    assert fault(drawn.svg) == ""
    assert "1, never before" in drawn.svg
    assert "New since: 1 new addresses (203.0.113.9)" in drawn.alt
    assert "before: 3 uses, 1.5 a day; since: 2 uses, 24 a day" in drawn.alt
    rows = {row[1]: row[2:] for row in table(made).rows}
    assert rows["203.0.113.9"] == (0, 1, True)
    assert rows["192.0.2.1"] == (3, 1, False)
    assert "thin" in drawn.caption
    assert drawn == figure(past(*USES))


def test_without_a_past_nothing_is_new_and_all_of_it_is_unknown() -> None:
    made = past(use(1), use(2))
    drawn = figure(made)
    assert drawn is not None
    assert drawn.alt.startswith("No baseline: no use from before 2026-03-10 00:00:00Z was read")
    assert "There is no baseline" in drawn.caption
    assert "never before" not in drawn.svg
    assert {(row[2], row[4]) for row in table(made).rows} == {(None, None)}


def test_without_a_window_there_is_nothing_to_draw_and_that_is_said() -> None:
    made = past(use(1), opening=None)
    assert figure(made) is None
    assert sentence(made).startswith("No exposure window is known")


def test_a_bound_that_is_not_the_earliest_weakens_the_answer() -> None:
    drawn = figure(past(*USES, sure=False))
    assert drawn is not None
    assert "may hold misuse" in drawn.caption


def test_it_is_kept_and_read_back() -> None:
    for made in (past(*USES), Baseline()):
        assert Baseline.from_document(made.document()) == made
