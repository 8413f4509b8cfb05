"""Activity over time: every use in one lane, in steps that fit a picture."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from irkit.exposure.usage import activity
from irkit.exposure.usage.activity import CREATED, ITSELF, KNOWN, NEW, REFUSED, SESSIONS, Activity, Clockwork
from irkit.model import MatchKind
from irkit.show.svg import fault
from tests.exposure.usage.events import NOON, opened, past, report, use


def lanes(counted: Activity) -> dict[str, int]:
    found: Counter[str] = Counter()
    for _, lane, number in counted.bars:
        found[lane] += number
    return dict(found)


EVENTS = [
    *past(),
    use(5),
    use(6, address="203.0.113.9", outcome="denied"),
    use(7, address="203.0.113.9", repeated=3),
    use(8, key="ASIAX", match=MatchKind.DERIVED, parent="AKIAFAKE"),
    use(9, key="AKIAN", match=MatchKind.CREATED, parent="AKIAFAKE"),
    use(10, match=MatchKind.MENTION_ONLY),
    use(11, at=None),
]


def test_each_use_is_in_the_lane_of_whoever_made_it() -> None:
    found = lanes(report(*EVENTS, window=opened(0, 1)).activity)
    assert found == {KNOWN: 31, NEW: 4, SESSIONS: 1, CREATED: 1, REFUSED: 1}


def test_without_a_past_its_own_uses_are_one_lane() -> None:
    assert lanes(report(use(1), use(2, address="203.0.113.9")).activity) == {ITSELF: 2}


@pytest.mark.parametrize(("days", "step_s"), [(0.02, 60), (1, 300), (4, 900), (15, 3600), (90, 21600), (400, 86400)])
def test_the_step_grows_with_the_span(days: float, step_s: int) -> None:
    events = [use(0), use(days * 1440, 2)]
    assert report(*events).activity.step_s == step_s


def test_too_many_places_are_counted_in_coarser_steps_and_none_is_lost(monkeypatch: Any) -> None:
    monkeypatch.setattr(activity, "_MOST_PLACES", 50)
    works = Clockwork()
    for number in range(1000):
        works.take(use(number, number + 1), "itself")
    assert works.step_s > 60
    assert works.counted.total() == 1000


def test_the_picture_tells_all_lanes_in_words_too() -> None:
    counted = report(*EVENTS, window=opened(0, 1)).activity
    drawn = activity.figure(counted, opened(0, 1), NOON + timedelta(days=2))
    assert drawn is not None
    assert fault(drawn.svg) == ""
    assert f"4 {NEW}" in drawn.alt
    assert drawn.data is not None
    assert Activity.from_document(counted.document()) == counted
    assert activity.figure(Activity(), None, NOON) is None


def test_an_old_log_is_not_squeezed_by_the_years_since() -> None:
    counted = report(use(0), use(30), window=opened(-10, 0)).activity
    drawn = activity.figure(counted, opened(-10, 0), NOON + timedelta(days=900))
    assert drawn is not None
    assert "2028" not in drawn.svg
