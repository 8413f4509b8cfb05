"""What people are told before a rehearsal: a page beside the notebooks, and the commands for who works in a shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from irkit.drill.difficulty import level
from irkit.drill.practice import STEPS
from irkit.drill.scenes import Scene

HOW = "REHEARSAL.md"

_STORY = {
    "token-and-key": """A GitHub token, an AWS access key and the key that signs the releases were committed to a repository of
Larkspur, and somebody else has used what stood there.""",
    "signing-key": "The private key that signs Larkspur's files, tags and packages was committed to a repository.",
}
_PAGE = """\
# A rehearsal: {scenario}, {difficulty}

Nothing here is real: the company, its credentials, its provider and its people were made for this drill.
**The clock runs**, and does not pause.

{story} Contain it, sign again what can be trusted, and write it up.

## What to do

Open these notebooks from the list at the left, in this order, and run their cells from the top: Shift+Enter runs one and goes
on to the next. Their parameters are filled in.

{notebooks}

A notebook that is not named here is not needed. A cell that says *Waiting* says for what: have it done, and run that cell again.

{hint}Leave the rest of `{world}` alone: the answers are in there too.

## Who approves

These are the drill's test people, whose keys are at hand; in a real case people approve, with their own, and nobody has both.
In the form below `desk.approvals(...)` write the one into *gpg home* and sign, then the other; no passphrase is needed.

| who | gpg home |
|---|---|
| Alice | `{alice}` |
| Bob | `{bob}` |

Or, in a terminal (*File*, *New*, *Terminal*), once the plan is made:

```sh
{approving}
```

The same two can sign the transition statement at the end of `03_resign.ipynb`, which {asked}.

## Tasks by hand

The consoles that they name do not exist, and nobody looks whether a task was done: what you say counts, as in a real case. Read
each, write a sentence into its form, press *Say that it is done*, and run the cell again that waited for it. Or, in a terminal,
with the ACTION that the notebook names:

```sh
{program} done {case} ACTION --text 'what was done'
```

## What is measured

{steps}

Each is timed from the beginning. Beside the times stand what was missed, and what was wrongly touched.

## The end

When the postmortem is written: *File*, *Shut Down* here; or Ctrl-C in the terminal in which the drill was started; or, in
another one, the command below. The scorecard is printed there. To close the browser ends nothing: the address opens it again.
What has ended cannot be gone on with.

```sh
{program} drill --score {folder}
```
"""
_HINT = """Nobody has handed you what the code host recorded of pushes, and without it little can be said about since when: think of what
would tell, and give it to `clocks` in `01_exposure.ipynb`. What the company logs stands in `{logs}`.

"""


def page(scene: Scene, notebooks: Iterable[str], program: str) -> str:
    """In Markdown. `notebooks` are those of the playbook, in order; `program` is how irkit is typed from anywhere."""
    signing = scene.who.scenario == "signing-key"
    return _PAGE.format(
        scenario=scene.who.scenario,
        difficulty=scene.who.difficulty,
        story=_STORY[scene.who.scenario],
        notebooks="\n".join(f"- `{name}.ipynb`" for name in notebooks),
        hint="" if signing or level(scene.who.difficulty).clocks_given else _HINT.format(logs=scene.world.logs),
        world=scene.world.folder,
        alice=scene.world.homes.alice,
        bob=scene.world.homes.bob,
        approving="\n".join(approving(scene, program)),
        asked="is asked for here" if signing else "is not asked for in this drill",
        program=program,
        case=shlex.quote(str(scene.case.folder)),
        steps="\n".join(f"- {said}" for said in STEPS.values()),
        folder=shlex.quote(str(scene.folder)),
    )


def commands(scene: Scene, program: str) -> Iterator[str]:
    """What a person types who works in a shell alone, in order."""
    case = shlex.quote(str(scene.case.folder))
    yield "export NO_PROXY=127.0.0.1,localhost    # the provider is on this machine"
    given = " ".join(f"-p {shlex.quote(f'{name}={value}')}" for name, value in scene.given.items())
    yield f"{program} run {scene.who.scenario} {case} {given}    # stops for people: have them do it, then run it again"
    yield from approving(scene, program)
    yield f"{program} show {case}    # what waits, and for whom"
    yield f"{program} done {case} ACTION --text 'what was done'    # for each task by hand; nobody looks, what is said counts"
    if scene.who.scenario == "signing-key":
        yield from _each(scene, f"{program} vouch {case}")
    yield f"{program} drill --score {shlex.quote(str(scene.folder))}    # ends it, and scores"


def approving(scene: Scene, program: str) -> Iterator[str]:
    """The commands by which the drill's two test people approve the latest plan of each chapter."""
    for chapter in ("resign",) if scene.who.scenario == "signing-key" else ("revoke", "resign"):
        yield from _each(scene, f"{program} approve {shlex.quote(str(scene.case.folder))} {chapter}")


def _each(scene: Scene, typed: str) -> Iterator[str]:
    for name, home in (("alice", scene.world.homes.alice), ("bob", scene.world.homes.bob)):
        yield f"{typed} --key {scene.world.truth.approvers[name]} --home {home}    # {name}, a test person of this drill"
