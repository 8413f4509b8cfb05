"""A world with a case open on it, for people to work on: what a person would type, and how it is scored, by scenario."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from irkit.case import Case
from irkit.case.disk import write_whole
from irkit.drill import run
from irkit.drill.card import Scorecard
from irkit.drill.difficulty import Difficulty, level
from irkit.drill.practice import Identity
from irkit.drill.provider import ProviderState
from irkit.drill.scorecard import score
from irkit.drill.signing import run as signing
from irkit.drill.signing.world import FILES, SigningWorld, build_signing
from irkit.drill.world import World, build
from irkit.errors import BadInput

SCENARIOS = ("token-and-key", "signing-key")
_FILE = "rehearsal.json"


@dataclass(frozen=True)
class Scene:
    """`given` are the playbook's parameters; `card` scores what the case has come to; `innocents` names what was wrongly ended."""

    folder: Path
    who: Identity
    world: World
    case: Case
    given: Mapping[str, str]
    card: Callable[[], Scorecard]
    innocents: Callable[[], list[str]]


def build_world(folder: Path, who: Identity, difficulty: Difficulty) -> World:
    """Into `folder`/world. BadInput for a scenario that people cannot rehearse, or a folder in use."""
    if who.scenario not in SCENARIOS:
        raise BadInput(
            "this drill is not one for people", on=who.scenario[:40], do=f"rehearse one of {', '.join(SCENARIOS)}"
        )
    now, place = datetime.now(UTC), folder / "world"
    if who.scenario == "signing-key":
        return build_signing(place, seed=who.seed, now=now, count=who.count or FILES).world
    return build(place, seed=who.seed, now=now, difficulty=difficulty)


def open_scene(folder: Path, who: Identity, provider: str) -> Scene:
    """A new case on a world that was built, noted beside it so that it can be found again."""
    if who.scenario == "signing-key":
        case = signing.open_signing_case(SigningWorld.load(folder / "world"), folder / f"drill-{who.seed}")
    else:
        case = run.open_case(World.load(folder / "world"), folder / f"drill-{who.seed}", provider)
    noted = {"rehearsal": who.body("begun"), "case": case.folder.name, "provider": provider}
    write_whole(folder / _FILE, json.dumps(noted, indent=1).encode())
    return find_scene(folder)


def find_scene(folder: Path) -> Scene:
    """The rehearsal that was begun in `folder`. BadInput when there is none."""
    folder = folder.absolute()
    try:
        noted = json.loads((folder / _FILE).read_text())
        body = noted["rehearsal"]
        who = Identity(
            body["scenario"], body["seed"], body["difficulty"], tuple(body["faults"]), body["by"], body["rehearsal"],
            body.get("count", 0),
        )  # fmt: skip
        case = Case.open(folder / noted["case"])
    except FileNotFoundError:
        raise BadInput(
            "no rehearsal was begun here", on=folder, do="begin one: irkit drill --human --out DIR"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "this rehearsal cannot be read", on=folder / _FILE, why=type(error).__name__, do="begin a new one"
        ) from None
    if who.scenario == "signing-key":
        made = SigningWorld.load(folder / "world")
        return Scene(
            folder, who, made.world, case, signing.parameters(made),
            lambda: Scorecard(tuple(signing.checks(case, made))), list,
        )  # fmt: skip
    world = World.load(folder / "world")
    given = run.parameters(world)
    if not level(who.difficulty).clocks_given:
        del given["clocks"]
    return Scene(
        folder, who, world, case, given,
        lambda: score(world.truth, run.findings(case, _carried_out(world))), lambda: run.innocents(world),
    )  # fmt: skip


def provider_of(folder: Path) -> str:
    """Where the provider of this rehearsal listens, as long as it does."""
    return str(json.loads((folder / _FILE).read_text())["provider"])


def _carried_out(world: World) -> int:
    return sum(one.carried_out for one in ProviderState.load(world.provider_state).requests)
