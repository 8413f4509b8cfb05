"""How hard a rehearsal is: which world is built, and how its provider behaves. Named, so that runs can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from irkit.errors import BadInput


@dataclass(frozen=True)
class Difficulty:
    """`shelved`: the backup and the copies are there to be searched; `clocks_given`: people are handed the host's record of pushes, else
    they must think of it themselves; `laptop`: a second place it leaked to, among `decoys` look-alikes, and credentials at the provider
    that nobody must touch; `gap`: one file of GitHub's audit log is cut off; `faults`: what the provider does wrong where nothing else is
    said.
    """

    name: str
    says: str
    shelved: bool = True
    clocks_given: bool = True
    laptop: bool = False
    decoys: int = 0
    gap: bool = False
    faults: tuple[str, ...] = ()


EASY = Difficulty("easy", "the repository alone, the host's record of pushes, a provider without faults", shelved=False)
NORMAL = Difficulty("normal", "a backup and copies in every writing as well; a provider without faults")
HARD = Difficulty(
    "hard",
    "a laptop full of look-alikes as a second place, a hole in the logs, a failing provider, and nobody hands you the clocks",
    clocks_given=False,
    laptop=True,
    decoys=60,
    gap=True,
    faults=("429", "delayed-death", "500-then-done"),
)
LEVELS = {one.name: one for one in (EASY, NORMAL, HARD)}


def level(name: str) -> Difficulty:
    """BadInput for a name there is none of."""
    if name not in LEVELS:
        raise BadInput("there is no such difficulty", on=name[:40], do=f"name one of {', '.join(LEVELS)}")
    return LEVELS[name]
