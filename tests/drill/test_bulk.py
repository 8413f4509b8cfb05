"""Many credentials at once against the fake provider and its faults: every one has an end, none is lost, nothing is done twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.drill.bulk import FAULTS, rehearse
from irkit.drill.provider import FAULTS as ALL


@pytest.fixture(autouse=True)
def _loopback_needs_no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def test_many_with_some_faults_end_with_a_reason_each(tmp_path):
    result = rehearse(tmp_path / "bulk", count=60, faults=FAULTS, say=lambda _line: None)
    assert result.full, result.view.text()
    assert len(result.fates) == 60
    assert all(fate.verdict in ("dead", "not dead", "inconclusive") and fate.why for fate in result.fates)
    assert sum(fate.verdict == "dead" for fate in result.fates) > 30


def test_one_of_an_unknown_issuer_is_a_persons_and_never_called_dead(tmp_path):
    result = rehearse(tmp_path / "bulk", count=100, faults=["500-then-done=3"], say=lambda _line: None)
    assert result.full, result.view.text()
    (one,) = [fate for fate in result.fates if fate.issuer == "unknown"]
    assert (one.verdict, "no probe is known" in one.why) == ("inconclusive", True)
    assert {check.name for check in result.card.checks} >= {"plans for all of them", "changed before it was approved"}
    assert not replace(result, adrift=1).full
    assert not replace(result, early=1).full
    assert not replace(result, plans=2).full
    assert not replace(result, fates=(replace(one, why=""),)).full


VERDICTS = {
    "accepted-but-alive": {"not dead"},
    "delayed-death": {"dead"},
    "waf-403": {"inconclusive"},
    "429": {"dead"},
    "500-then-done": {"dead"},
    "timeout-after-mutation=2": {"dead"},
    "html": {"inconclusive"},
    "slow": {"dead"},
}


def test_the_matrix_has_every_fault():
    assert {name.partition("=")[0] for name in VERDICTS} == set(ALL)


@pytest.mark.parametrize("fault", VERDICTS)
def test_no_fault_makes_the_living_dead_at_any_issuer(tmp_path, fault, monkeypatch):
    monkeypatch.setattr("irkit.network.Door.__init__.__defaults__", (2,))  # seconds an unanswered request is waited for
    result = rehearse(tmp_path / "bulk", count=8, faults=[fault], say=lambda _line: None)
    assert result.full, result.view.text()
    assert {fate.verdict for fate in result.fates} == VERDICTS[fault], result.view.text()
