"""Many artifacts signed at the desk: journalled in portions, since each record by itself would wait for the disk."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence

from irkit.case.desk import Desk
from irkit.case.records import Entry, announcement, ending
from irkit.case.resigning.recording import Recorder
from irkit.errors import IrkitError
from irkit.openpgp.bulk import Failed
from irkit.openpgp.operations.signing import same_signer, sign_detached_many
from irkit.plan import Action, Ended, GpgCommand, Plan
from irkit.release.operations import Done, Hands

PORTION = 256
"""So many intents go into the journal in one transaction, and so many outcomes."""
FEW = 16
"""Up to so many signatures gpg verifies each too before it takes its place; of more it verifies all at the end alone."""


def can_be_many(action: Action) -> bool:
    return isinstance(action.do, GpgCommand) and action.do.operation == "sign-detached"


def together(actions: Sequence[Action]) -> Iterator[list[Action]]:
    """The actions in their order; signatures by one key that follow each other come as one list."""
    run: list[Action] = []
    for action in actions:
        if run and not (
            can_be_many(action) and can_be_many(run[0]) and same_signer(_command(run[0]), _command(action))
        ):
            yield run
            run = []
        run.append(action)
    if run:
        yield run


def sign_all(case: Desk, plan: Plan, actions: Sequence[Action], recorder: Recorder) -> Iterator[bool]:
    """Sign each; whether it went well, in order.

    A portion's intents are in the journal before any of it is begun. Its outcomes follow when all are known, or when the work is
    broken off; after a kill what stands there already is found good and journalled then.
    """
    if not actions:
        return
    commands = (_command(action) for action in _announced(case, plan, actions))
    hands, few = Hands(case.resolve, case.door), len(actions) <= FEW
    answers = sign_detached_many(_command(actions[0]), commands, hands, agents=_agents(len(actions)), few=few)
    known: list[tuple[Action, Done | Failed]] = []
    reached = 0
    try:
        for action, answer in zip(actions, answers, strict=True):
            known.append((action, answer))
            reached += 1
            if len(known) >= PORTION:
                _write(case, plan, known, recorder)
            yield isinstance(answer, Done)
    except IrkitError as error:  # the key cannot sign: none of the rest was begun
        _write(case, plan, known, recorder)
        rest = actions[reached:]
        case.write_many(ending(case, plan, action, Ended.REFUSED, str(error)) for action in rest)
        yield from (False for _ in rest)
    finally:
        _write(case, plan, known, recorder)


def _announced(case: Desk, plan: Plan, actions: Sequence[Action]) -> Iterator[Action]:
    stream = iter(actions)
    while portion := tuple(itertools.islice(stream, PORTION)):
        case.write_many(announcement(plan, action) for action in portion)
        yield from portion


def _write(case: Desk, plan: Plan, known: list[tuple[Action, Done | Failed]], recorder: Recorder) -> None:
    entries: list[Entry] = []
    for action, answer in known:
        if isinstance(answer, Done):
            entries += recorder.records(action, _command(action), dict(answer.facts), "")
            entries.append(ending(case, plan, action, Ended.DONE, answer.what))
        else:
            ended = Ended.REFUSED if answer.mendable else Ended.FAILED
            entries.append(ending(case, plan, action, ended, str(answer.error)))
    known.clear()
    case.write_many(entries)


def _command(action: Action) -> GpgCommand:
    assert isinstance(action.do, GpgCommand)
    return action.do


def _agents(count: int) -> int:
    """One is enough for a few; beyond that one for each core, up to four."""
    return 1 if count < PORTION else min(4, os.cpu_count() or 1)
