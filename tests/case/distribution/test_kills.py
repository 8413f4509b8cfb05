"""Killed at any step and run again, a replacement is made at most once and put at most once, and what is left over is said."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from irkit.case.containment import distribution
from irkit.case.journal import Journal
from irkit.case.ledger import Ledger
from irkit.network import Door
from irkit.plan import Ended, document
from tests.case.distribution.world import GITHUB, GITLAB, PLACES, World
from tests.needs import needs

ROOT = Path(__file__).parents[3]

pytestmark = needs("python:nacl")


class Killed(BaseException):
    """As a kill: nobody catches it."""


@contextmanager
def killed(at: int, moment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the n-th step, before or after it: a step is what the door sends or the journal writes."""
    steps = itertools.count(1)

    def watched(step):  # type: ignore[no-untyped-def]
        def taken(*given, **more):  # type: ignore[no-untyped-def]
            number = next(steps)
            if (number, moment) == (at, "before"):
                raise Killed
            result = step(*given, **more)
            if (number, moment) == (at, "after"):
                raise Killed
            return result

        return taken

    with monkeypatch.context() as patched:
        patched.setattr(Door, "_send", watched(Door._send))
        patched.setattr(Journal, "append", watched(Journal.append))
        yield


STEPS = 11  # as `test_there_are_that_many_steps` counts them


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_killed_at_any_step_and_run_again_nothing_happens_twice_and_nothing_is_forgotten(
    at: int, moment: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = world.planned()
    with killed(at, moment, monkeypatch), pytest.raises(Killed):
        world.run(action)
    world.kept_nothing()
    if not Ledger.of(world.records).settled(action.id):
        world.run(action)
    ended = world.outcome
    assert world.issuer.times <= 1
    assert world.mutations("github") <= 1
    assert world.mutations("gitlab") <= 1
    held = {place for place, kept in ((GITHUB, world.github.held), (GITLAB, world.gitlab.held)) if kept}
    if ended.ended is Ended.DONE:
        assert held == set(PLACES)
        assert distribution.left_over(world.records) == ()
    elif world.issuer.made:
        assert ended.ended is Ended.FAILED
        (left,) = distribution.left_over(world.records)
        assert left.public_id == "token-1"
        assert set(left.holding) <= held
        assert "token-1" in ended.why
        unsaid = held - set(left.holding)
        assert all(f"it is not known of {place}" in ended.why for place in unsaid)
    else:
        assert "nothing was made" in ended.why
        assert held == set()
    world.kept_nothing()


def test_there_are_that_many_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world.planned(), world.planned(name="irkit-case-2", attempt=2)
    with killed(STEPS + 1, "before", monkeypatch):
        world.run(first)
    with killed(STEPS, "after", monkeypatch), pytest.raises(Killed):
        world.run(second)
    assert len(Ledger.of(world.records).outcomes) == 2


CHILD = """
import dataclasses, json, sys
from pathlib import Path
from irkit.plan import Action, read
from irkit.providers import PROVIDERS
from tests.case.distribution.world import World
from tests.servers.issuer import REPLACEMENT

PROVIDERS["github"] = dataclasses.replace(PROVIDERS["github"], replacement=REPLACEMENT)
World(Path(sys.argv[1]), None, None, None, None).run(read(Action, json.load(sys.stdin)))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("at", "holding", "unknown"), [(1, (), ()), (2, (), (GITHUB,)), (4, (GITHUB,), (GITLAB,))])
def test_a_process_that_is_killed_while_it_waits_for_an_answer_leaves_what_another_one_can_settle(
    at: int, holding: tuple[str, ...], unknown: tuple[str, ...], moment: str, world: World
) -> None:
    action = world.planned()
    world.kill = (at, moment)
    command = [sys.executable, "-c", CHILD, str(world.folder)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    world.child = child
    _, complaints = child.communicate(json.dumps(document(action)).encode(), timeout=120)
    assert child.returncode == -signal.SIGKILL, complaints.decode()
    world.child = None
    settled = world.run(action)
    assert settled.ended is Ended.FAILED
    assert world.issuer.times == (0 if (at, moment) == (1, "before") else 1)
    assert world.mutations("issuer") + world.mutations("github") + world.mutations("gitlab") == {1: 1, 2: 2, 4: 3}[at]
    if not world.issuer.made:
        assert "nothing was made" in settled.why
        return
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding, left.maybe) == ("token-1", holding, unknown)
    assert all(f"it is not known of {place}" in settled.why for place in unknown)
    world.kept_nothing()
