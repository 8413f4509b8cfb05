"""Whatever stands in a documented field or a line: no crash, no endless loop, no second claim."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irkit.model import UsageEvent
from irkit.sources.logs.formats import JSON_FORMATS, TEXT_FORMATS
from tests.sources.logs.reading import WHERE, claimed
from tests.sources.logs.samples import JSON_SAMPLES, TEXT_SAMPLES

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["{", "[{", "[]", '{"a":', "\ud800", "9" * 400])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def mutated(value: Any, draw: st.DrawFn) -> Any:
    """The same document with some of its values, at any depth, replaced by anything."""
    if draw(st.integers(0, 6)) == 0:
        return draw(VALUES)
    if isinstance(value, dict):
        return {name: mutated(item, draw) for name, item in value.items()}
    return [mutated(item, draw) for item in value] if isinstance(value, list) else value


@st.composite
def broken_events(draw: st.DrawFn) -> Any:
    _, event = JSON_SAMPLES[draw(st.sampled_from(sorted(JSON_SAMPLES)))]
    return {name: mutated(item, draw) for name, item in event.items()}


def check(row: UsageEvent) -> None:
    texts = (
        row.source,
        row.event_id,
        row.key,
        row.action,
        row.service,
        row.principal,
        row.address,
        row.agent,
        row.region,
        row.error,
        row.target,
    )
    assert all(isinstance(one, str) for one in (*texts, *row.also, *row.begot, *row.flags, row.time_text))
    assert row.repeated >= 1
    assert row.at is None or row.at.tzinfo is not None
    assert row.begot_until is None or row.begot_until.tzinfo is not None
    assert row.writes in (True, False, None)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(broken_events())
def test_no_value_in_a_documented_field_makes_a_reader_crash(event: dict[str, Any]) -> None:
    found = [one for one in JSON_FORMATS if one.recognise(event)]
    for one in found:
        check(one.read(event, WHERE))


@st.composite
def broken_lines(draw: st.DrawFn) -> str:
    _, line = TEXT_SAMPLES[draw(st.sampled_from(sorted(TEXT_SAMPLES)))]
    at, size = draw(st.integers(0, len(line))), draw(st.integers(0, 20))
    return (
        line[:at]
        + draw(
            st.text(max_size=12) | st.sampled_from(['"', "[[[", "\\", "%", "%zz", "]]" * 40, "\n", "\x00", "\ud800"])
        )
        + line[at + size :]
    )


@settings(max_examples=200, deadline=None)
@given(broken_lines() | st.text(max_size=200))
def test_no_line_makes_a_reader_crash_or_be_claimed_twice(line: str) -> None:
    taken = [(one, event) for one in TEXT_FORMATS if (event := one.event(line)) is not None]
    assert len(taken) <= 1
    for one, event in taken:
        assert claimed(event) == [one.name]
        check(one.read(event, WHERE))


@pytest.mark.parametrize("line", [
    "<86>1 2026-03-01T12:00:00Z h sshd 1 - " + "[a]" * 5000 + "\n!",
        '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /?' + "\\a=" * 20_000,
    "Mar  1 12:00:00 host sshd[1]: Accepted publickey for " + " from" * 5000, "a " * 20_000 + "[", "x - " + "y " * 20_000,
    '192.0.2.1 - - [01/Mar/2026:12:00:00 +0000] "GET /' + "%25" * 20_000 + ' HTTP/1.1" 200 1 "-" "-"',
])  # fmt: skip
def test_a_long_line_made_to_be_slow_is_read_in_time(line: str) -> None:
    started = time.process_time()  # the processor's: a busy machine makes no line slow
    for one in TEXT_FORMATS:
        event = one.event(line)
        if event is not None:
            check(one.read(event, WHERE))
    assert time.process_time() - started < 5
