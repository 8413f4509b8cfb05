"""Exposed, detected, contained, revoked, re-signed: drawn, in a sentence and in a table, and what is missing is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from irkit.postmortem.axis import places_of
from irkit.postmortem.figures import metrics_figure
from irkit.postmortem.metrics import Metric, Moment, metrics
from irkit.postmortem.story import short
from irkit.postmortem.telling import tell
from irkit.show.svg import fault
from tests.postmortem import story


def measured() -> tuple[Metric, ...]:
    journal = story.whole("x")
    return metrics(tell(journal.records, journal.kept.__getitem__), story.NOW)


def test_each_credential_has_its_ends_by_name_and_the_table_both_of_each_span() -> None:
    figure = metrics_figure(measured())
    assert figure is not None
    assert figure.data is not None
    assert fault(figure.svg) == ""
    assert all(
        word in figure.svg for word in ("detected", "contained", "revoked", "re-signed", short(story.TOKEN.name))
    )
    assert "time to contain" in figure.alt
    spans = {(row[0], row[1]): row[2] for row in figure.data.rows}
    told = {(short(one.credential), one.name): one.shown for one in measured()}
    assert spans
    assert all(told[name] == value for name, value in spans.items())
    assert figure == metrics_figure(measured())


def test_an_end_nobody_knows_is_drawn_and_said_as_unknown() -> None:
    def forgotten(one: Metric) -> Metric:
        ends = ("Time to contain", "Time to revoke")
        return replace(one, value=None, end=Moment("proved dead", None)) if one.name in ends else one

    figure = metrics_figure([forgotten(one) for one in measured()])
    assert figure is not None
    assert figure.svg.count("to contain: unknown") == figure.svg.count("to revoke: unknown") == 2
    assert "time to contain unknown" in figure.alt


def test_without_any_moment_there_is_nothing_to_draw() -> None:
    assert metrics_figure([]) is None
    assert metrics_figure([Metric("Time to contain", "x", None, Moment("a", None), Moment("b", None))]) is None


def test_minutes_keep_their_place_beside_months_and_order_is_kept() -> None:
    moments = [story.START, story.START + timedelta(minutes=5), story.START + timedelta(days=90)]
    first, second, third = places_of(moments).values()
    assert first < second < third
    assert (second - first) > 0.3 * (third - second)
