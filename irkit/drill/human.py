"""A rehearsal for people: the world is built, the provider runs, the notebooks are open and have not run, and the clock counts.

It begins when the person says so and JupyterLab is there, and ends when they shut it down, press Ctrl-C, or say
`irkit drill --score DIR`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from irkit import lab
from irkit import playbook as books
from irkit.case.disk import write_whole
from irkit.case.lock import exclusive
from irkit.drill import beside, briefing, kept, practice
from irkit.drill.card import Check
from irkit.drill.difficulty import Difficulty
from irkit.drill.footer import program
from irkit.drill.practice import Identity, Result
from irkit.drill.provider import FakeProvider
from irkit.drill.run import without_proxies
from irkit.drill.scenes import Scene, build_world, find_scene, open_scene, provider_of
from irkit.drill.steady import steady
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind
from irkit.show import View

Say = Callable[[str], None]
_SCORED, _LOCK = "scored.json", "scoring.lock"
_LOOK_S = 0.5


@contextmanager
def staged(who: Identity, out: Path | None, difficulty: Difficulty, say: Say) -> Iterator[Scene]:
    """The world, its provider as long as the block lasts, the case, and working copies of the notebooks with their parameters.

    Afterwards the gpg homes are gone; the folder stays.
    """
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    world = build_world(folder, who, difficulty)
    try:
        with FakeProvider(world.provider_state, faults=who.faults) as provider, without_proxies():
            scene = open_scene(folder, who, provider.url)
            _fill_notebooks(scene)
            yield scene
    finally:
        world.cleanup()


def _fill_notebooks(scene: Scene) -> None:
    """Working copies as `irkit lab` makes them, each with what the playbook would give it; and beside them how to go about it."""
    _, ready = books.prepare(books.find_playbook(scene.who.scenario), scene.case, dict(scene.given))
    given: dict[str, Mapping[str, Any]] = {one.notebook.stem: one.parameters for one in ready if one.notebook}
    working = lab.prepare(scene.case.folder, books.folder("notebooks"), given)
    write_whole(working / briefing.HOW, briefing.page(scene, given, typed(scene)).encode())


def typed(scene: Scene) -> str:
    """How irkit is typed from anywhere."""
    return program(scene.folder)


def begin(scene: Scene) -> None:
    """The clock starts: journalled."""
    scene.case.write(Kind.REHEARSED, scene.who.body("begun", steady()))


def wait(scene: Scene) -> None:
    """Until it was scored from elsewhere, or Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        while practice.ended(scene.case.journal.records(Kind.REHEARSED)) is None:
            time.sleep(_LOOK_S)


def finish(folder: Path, file: Path | None = None) -> tuple[Result, tuple[Check, ...]]:
    """End the rehearsal in `folder`, score it and keep its result: once, however often and by however many it is said.

    `file` is where results are kept. BadInput when none was begun there. StepFailed when the result cannot be kept: said again, it is.
    """
    result, checks = score(folder)
    keep(folder, result, file)
    return result, checks


def score(folder: Path) -> tuple[Result, tuple[Check, ...]]:
    """End the rehearsal in `folder` and score it; said again, it gives what came of it then."""
    scene = find_scene(folder)
    with exclusive(scene.folder / _LOCK):
        scored = scene.folder / _SCORED
        if scored.exists():
            plain = json.loads(scored.read_text())
            return Result.model_validate(plain["result"]), tuple(Check(**one) for one in plain["checks"])
        records = scene.case.journal.records()
        if practice.begun(records) is None:
            raise BadInput("the clock of this rehearsal never started", on=folder, do="begin one: irkit drill --human")
        if practice.ended(records) is None:
            scene.case.write(Kind.REHEARSED, scene.who.body("ended", steady()))
        card = scene.card()
        names = [one.name for one in scene.case.credentials]
        records, unread = scene.case.journal.records(), bool(scene.world.truth.unread)
        result = practice.result_of(scene.who, records, names, card, scene.innocents(), unread=unread)
        plain = {"result": result.model_dump(), "checks": [vars(one) for one in card]}
        write_whole(scored, json.dumps(plain).encode())
    if not still_open(scene.folder):
        scene.world.cleanup()  # whoever built it was killed before they could
    return result, card.checks


def keep(folder: Path, result: Result, file: Path | None = None) -> bool:
    """Add the result to those that are kept, unless it is there already. False, and not kept, where nothing was done in it."""
    scene = find_scene(folder)
    if not practice.during(scene.case.journal.records()):
        return False
    with exclusive(scene.folder / _LOCK):
        if all(one.id != result.id for one in kept.kept(file)[0]):
            kept.keep(result, file)
    return True


def shown(result: Result, checks: tuple[Check, ...], file: Path | None = None, *, whole: bool = True) -> View:
    """Beside the best and the last run that were kept; beside none where those cannot be read."""
    earlier: tuple[Result, ...] = ()
    with contextlib.suppress(StepFailed):
        earlier = kept.kept(file)[0]
    return beside.as_view(result, checks, earlier, whole=whole)


def still_open(folder: Path) -> bool:
    """Whether whoever began the rehearsal still waits for its end: its provider answers."""
    place = urlsplit(provider_of(folder.absolute()))
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
    except OSError:
        return False
    return True
