"""Several cases may be open in one process; what any of them hides is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from irkit.guard import active
from irkit.redact import Redactor
from tests.guard.canary import make_canary, redactor_of


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    before = active.get_redactor()
    active.set_redactor(Redactor())
    yield
    active.set_redactor(before)


def test_nothing_is_hidden_before_a_case_is_open() -> None:
    assert not active.get_redactor()


def test_cases_add_up_from_any_thread() -> None:
    canaries = [make_canary() for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda canary: active.add(redactor_of(canary)), canaries))
    assert active.get_redactor().text(" ".join(canaries)).split("] [") == [
        "[redacted fp:canary",
        *["redacted fp:canary"] * 14,
        "redacted fp:canary]",
    ]


def test_a_case_opened_twice_counts_once() -> None:
    redactor = redactor_of(make_canary())
    active.add(redactor)
    size = active.get_redactor().longest, len(active.get_redactor()._hidden)
    active.add(redactor)
    assert (active.get_redactor().longest, len(active.get_redactor()._hidden)) == size
