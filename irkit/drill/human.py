"""A rehearsal for people: the world is built, the provider runs, the notebooks are open and have not run, and the clock counts.

It begins when the person says so, and ends when they close JupyterLab, press Ctrl-C, or say `irkit drill --score DIR`.
"""

from __future__ import annotations

import contextlib
import json
import shlex
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
from irkit.drill import kept, practice
from irkit.drill.card import Check
from irkit.drill.difficulty import Difficulty, level
from irkit.drill.practice import Identity, Result
from irkit.drill.provider import FakeProvider
from irkit.drill.run import without_proxies
from irkit.drill.scenes import Scene, build_world, find_scene, open_scene, provider_of
from irkit.errors import BadInput
from irkit.model import Kind
from irkit.show import View

Say = Callable[[str], None]
_SCORED, HOW = "scored.json", "REHEARSAL.md"
_LOOK_S = 0.5


@contextmanager
def staged(who: Identity, out: Path | None, difficulty: Difficulty, say: Say, count: int = 0) -> Iterator[Scene]:
    """The world, its provider as long as the block lasts, the case, and working copies of the notebooks with their parameters.

    Afterwards the gpg homes are gone; the folder stays.
    """
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    world = build_world(folder, who, difficulty, count)
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
    write_whole(working / HOW, "\n".join(_page(scene)).encode())


def _page(scene: Scene) -> Iterator[str]:
    yield f"# A rehearsal: {scene.who.scenario}, {scene.who.difficulty}\n"
    yield "Nothing here is real: the company, its credentials, its provider and its people were made for this drill.\n"
    yield "Open the notebooks in their order and run them; their parameters are filled in. `02_revoke` and `03_resign` stop for"
    yield "approvals. These are the drill's test people, whose keys are at hand; in a real case people approve:\n"
    yield "```sh"
    yield from approving(scene)
    yield "```\n"
    if not level(scene.who.difficulty).clocks_given and scene.who.scenario == "token-and-key":
        yield "Nobody has handed you what the code host recorded of pushes: think of what else would tell since when.\n"
    yield "Tasks that only a person could do: say that they are done, `irkit done CASE ACTION --text ...`, or in the form.\n"
    yield f"The clock runs until JupyterLab is closed, or `irkit drill --score {shlex.quote(str(scene.folder))}`."


def approving(scene: Scene) -> Iterator[str]:
    """The commands by which the drill's two test people approve the latest plan of each chapter."""
    case = shlex.quote(str(scene.case.folder))
    chapters = ("resign",) if scene.who.scenario == "signing-key" else ("revoke", "resign")
    for chapter in chapters:
        for name, home in (("alice", scene.world.homes.alice), ("bob", scene.world.homes.bob)):
            key = scene.world.truth.approvers[name]
            yield f"irkit approve {case} {chapter} --key {key} --home {home}    # {name}, a test person of this drill"


def commands(scene: Scene) -> Iterator[str]:
    """What a person types who works in a shell alone, in order."""
    case = shlex.quote(str(scene.case.folder))
    yield "export NO_PROXY=127.0.0.1,localhost    # the provider is on this machine"
    given = " ".join(f"-p {shlex.quote(f'{name}={value}')}" for name, value in scene.given.items())
    yield f"irkit run {scene.who.scenario} {case} {given}    # stops for approvals: approve, then run it again"
    yield from approving(scene)
    yield f"irkit show {case}    # what waits, and for whom"
    yield f"irkit drill --score {shlex.quote(str(scene.folder))}    # ends it, and scores"


def begin(scene: Scene) -> None:
    """The clock starts: journalled."""
    scene.case.write(Kind.REHEARSED, scene.who.body("begun"))


def wait(scene: Scene) -> None:
    """Until it was scored from elsewhere, or Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        while practice.ended(scene.case.journal.records(Kind.REHEARSED)) is None:
            time.sleep(_LOOK_S)


def finish(folder: Path, file: Path | None = None) -> tuple[Result, tuple[Check, ...]]:
    """End the rehearsal in `folder` and keep its result; said again, it gives what was kept then. `file` is where results are kept.

    BadInput when none was begun there.
    """
    scene = find_scene(folder)
    scored = scene.folder / _SCORED
    if scored.exists():
        plain = json.loads(scored.read_text())
        return Result.model_validate(plain["result"]), tuple(Check(**one) for one in plain["checks"])
    records = scene.case.journal.records()
    if practice.begun(records) is None:
        raise BadInput("the clock of this rehearsal never started", on=folder, do="begin one: irkit drill --human")
    if practice.ended(records) is None:
        scene.case.write(Kind.REHEARSED, scene.who.body("ended"))
    card = scene.card()
    names = [one.name for one in scene.case.credentials]
    result = practice.result_of(scene.who, scene.case.journal.records(), names, card, scene.innocents())
    plain = {"result": result.model_dump(), "checks": [vars(one) for one in card]}
    kept.keep(result, file)
    write_whole(scored, json.dumps(plain).encode())
    if not _serves(provider_of(scene.folder)):
        scene.world.cleanup()  # whoever built it was killed before they could
    return result, card.checks


def shown(result: Result, checks: tuple[Check, ...], file: Path | None = None, *, whole: bool = True) -> View:
    """Beside the best and the last run that were kept."""
    return practice.as_view(result, checks, kept.kept(file)[0], whole=whole)


def _serves(url: str) -> bool:
    place = urlsplit(url)
    try:
        socket.create_connection((place.hostname or "", place.port or 0), timeout=1).close()
    except OSError:
        return False
    return True
