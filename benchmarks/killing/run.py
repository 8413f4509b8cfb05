"""`irkit run`, killed: whole playbooks, each with its kernels, gpg, git and agents, resumed until they end; some by another irkit."""

# ruff: noqa: T201
from __future__ import annotations

import itertools
import sys
from pathlib import Path
from random import Random
from typing import Protocol

from benchmarks.killing.figures import Figures
from benchmarks.killing.irkits import Irkit, as_form_1, later, older, todays
from benchmarks.killing.scenes import STEPS, check, scene
from benchmarks.killing.striking import WAYS, Blows

PLAYBOOKS = ("token-and-key", "signing-key", "api-token")
OF_A_CASE = {"token-and-key": 24, "signing-key": 15, "api-token": 12}
MOST_RUNS = 60


def row(folder: Path, kills: int, chance: Random) -> Figures:
    """Each playbook in turn, a fresh case each; kills are shared out evenly over its steps."""
    figures = Figures("`irkit run` of a whole playbook")
    ways = upgrades(folder)
    for number in itertools.count():
        if figures.kills >= kills:
            return figures
        playbook = PLAYBOOKS[number % len(PLAYBOOKS)]
        count = min(OF_A_CASE[playbook], kills - figures.kills)
        one(folder / f"run-{number}", playbook, ways[number % len(ways)], count, number, chance, figures)
    return figures


def upgrades(folder: Path) -> tuple[tuple[Irkit, ...], ...]:
    """Through which irkits a case goes, from one kill to the next."""
    now, after = todays(), later(folder / "later")
    before = older(folder / "older")
    if before is None:
        print("an older irkit: not run, its history is not here", file=sys.stderr)
    return ((before, now, after) if before else (now, after), (now, after))


class Power(Protocol):
    """Cuts it after a kill: see `benchmarks.killing.power`."""

    @property
    def env(self) -> dict[str, str]: ...
    def begin(self, folder: Path) -> None: ...
    def cut(self, folder: Path, chance: Random) -> int: ...


def one(
    folder: Path, playbook: str, irkits: tuple[Irkit, ...], kills: int, seed: int, chance: Random, figures: Figures,
    power: Power | None = None,
) -> None:  # fmt: skip
    """One case, killed so often, and then run to its end. The irkit is another one after each share of the kills."""
    folder.mkdir()
    if playbook == "signing-key":
        irkits = tuple(irkit for irkit in irkits if irkit.form > 1)
    with scene(playbook, folder, irkits[0], seed + 1) as made:
        blows = Blows(_shared(kills, STEPS[playbook], chance), chance, made.homes, WAYS[:1] if power else WAYS)
        code: int | None = None
        last, anew = "", list[str]()
        for _ in range(kills + MOST_RUNS):
            struck = len(blows.struck)
            irkit = irkits[min(len(irkits) * struck // max(1, kills), len(irkits) - 1)]
            if irkit.form > 1 and struck and chance.random() < 0.2:
                as_form_1(made.folder / "journal.sqlite")
            if power:
                power.begin(made.folder)
            words = ("run", playbook, str(made.folder), *made.parameters, *anew)
            way, code, last = blows.over(irkit.start(*words, env=power.env if power else None))
            told = blows.struck[-1] if way else f"ended with {code}"
            print(f"{playbook} by {irkit.name} irkit: {told}; {last[:110]}", file=sys.stderr, flush=True)
            anew = []
            if way:
                figures.kills += 1
                if power:
                    power.cut(made.folder, chance)
                made.look(figures, verify=irkit.form > 1)
            elif code == 0 and not any(blows.left.values()):
                break
            elif code == 0:  # a step that was done is run anew, and killed in that
                anew = ["--from", next(step for step, left in blows.left.items() if left)]
            made.people(irkit)
        else:
            figures.is_lost(1, f"{playbook}: it does not come to its end; {last}")
        blows.end_strays()
        if code == 0:
            check(made, figures)


def _shared(kills: int, steps: tuple[str, ...], chance: Random) -> dict[str, int]:
    """Evenly over the steps, and what is over by chance."""
    left = dict.fromkeys(steps, kills // len(steps))
    for step in chance.sample(steps, kills % len(steps)):
        left[step] += 1
    return left
