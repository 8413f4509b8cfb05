"""Run a playbook on a case: one notebook after the other, in one process, with the journal as the only ledger.

papermill's own metadata says "completed" after a kill, so it is never asked. A step is done when the journal says that this
notebook ended with these parameters; everything else runs again, and every step is made to be run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.case import Case, in_kernel
from irkit.case.disk import sync
from irkit.errors import KINDS, BadInput, IrkitError, StepFailed
from irkit.guard.engine import run_notebook
from irkit.guard.parameters import check, defaults, read
from irkit.guard.suspects import refuse
from irkit.model import Kind, Record
from irkit.plan import canonical
from irkit.playbook.library import find_notebook
from irkit.playbook.schema import Playbook, Step, bind, filled, read_playbook
from irkit.redact import Redactor
from irkit.show import Table, View

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ready:
    """A step whose notebook was found and whose parameters were checked."""

    step: Step
    notebook: Path
    parameters: dict[str, Any]

    @property
    def digest(self) -> str:
        """Over the notebook's content and its parameters: a change in either makes the step run again."""
        return hashlib.sha256(self.notebook.read_bytes() + canonical(self.parameters)).hexdigest()


def prepare(path: Path, case: Case, given: dict[str, str]) -> tuple[Playbook, tuple[Ready, ...]]:
    """Read and check everything before a kernel starts. BadInput for whatever is wrong, WouldLeak for a secret in any value."""
    playbook = read_playbook(path)
    _refuse_secrets(playbook, given, case.redactor)
    values = bind(playbook, given)
    ready = []
    for step in playbook.steps:
        notebook = find_notebook(step.notebook, path.parent)
        refuse(defaults(read(notebook), str(notebook)), case.redactor)
        parameters = check(notebook, filled(step, values, case.folder))
        ready.append(Ready(step, notebook, parameters))
    return playbook, tuple(ready)


def _refuse_secrets(playbook: Playbook, given: dict[str, str], redactor: Redactor) -> None:
    """What was given, each default, each value that a step has of its own, and every other text; also of steps that would not run."""
    refuse(given, redactor)
    refuse({name: parameter.default for name, parameter in playbook.parameters.items()}, redactor)
    for step in playbook.steps:
        refuse(step.parameters, redactor)
    refuse({"the playbook's text": list(_texts(playbook))}, redactor)


def _texts(playbook: Playbook) -> Iterator[str]:
    yield from (playbook.title, playbook.description, *playbook.parameters)
    yield from (parameter.help for parameter in playbook.parameters.values())
    for step in playbook.steps:
        yield from (step.title, step.notebook)


def show(playbook: Playbook, ready: Sequence[Ready], case: Case) -> View:
    """What would run: the dry run."""
    done = _done(playbook, case.journal.records(Kind.STEP_STARTED, Kind.STEP_ENDED))
    rows = [
        (
            one.step.id,
            one.step.notebook,
            "done" if done.get(one.step.id) == one.digest else "to run",
            ", ".join(f"{name}={value!r}" for name, value in one.parameters.items() if name != "case"),
        )
        for one in ready
    ]
    return View(
        playbook.title, (Table.of(("Step", "Notebook", "State", "Parameters"), rows, f"Playbook {playbook.name}"),)
    )


def run(
    playbook: Playbook, ready: Sequence[Ready], case: Case, *, start_at: str = "", say: Say = lambda _line: None
) -> None:
    """Run what is not done. Raises the error that stopped it: Waiting at a gate, StepFailed, OutcomeUnknown, ..."""
    ids = [one.step.id for one in ready]
    if start_at and start_at not in ids:
        raise BadInput("the playbook has no such step", on=start_at, why=f"steps: {', '.join(ids)}")
    begin = ids.index(start_at) if start_at else 0
    done = _done(playbook, case.journal.records(Kind.STEP_STARTED, Kind.STEP_ENDED))
    stale = bool(start_at)  # once a step runs again, whatever comes after it does too
    for number, one in enumerate(ready):
        title = f"[{number + 1}/{len(ready)}] {one.step.id}"
        if number < begin or (not stale and done.get(one.step.id) == one.digest):
            say(f"{title}: {'done before' if one.step.id in done else 'left out'}")
            continue
        stale = True
        say(f"{title}: {one.step.title or one.step.notebook}")
        _run_step(playbook, one, case, say)
    for form in playbook.export:
        say(f"written: {case.export(form)}")


def _run_step(playbook: Playbook, one: Ready, case: Case, say: Say) -> None:
    name = {"playbook": playbook.name, "step": one.step.id, "notebook": one.step.notebook, "digest": one.digest}
    case.write(Kind.STEP_STARTED, name | {"parameters": one.parameters})
    out = case.folder / "notebooks" / f"{one.notebook.stem}.ipynb"
    for draft in out.parent.glob(f".{out.name}.*"):
        draft.unlink(missing_ok=True)  # a run that was killed left it
    ended = run_notebook(
        one.notebook,
        out,
        one.parameters,
        case.redactor,
        cwd=case.folder,
        env={in_kernel.VARIABLE: str(case.folder.absolute())},
        on_cell=lambda index, total, title: say(f"      {index}/{total} {title}"),
        timeout_s=one.step.timeout_s,
    )
    _keep(out)
    executed = str(out.relative_to(case.folder))
    if ended.error_name is None:
        case.write(Kind.STEP_ENDED, name | {"ended": "done", "why": "", "exit_code": 0, "executed": executed})
        return
    error = as_error(ended.error_name, ended.error_text, one.step.id)
    case.write(
        Kind.STEP_ENDED,
        name | {"ended": "stopped", "why": str(error), "exit_code": error.exit_code, "executed": executed},
    )
    raise error


def _keep(executed: Path) -> None:
    """No record says that a notebook was run while a power cut could still take it."""
    try:
        sync(executed)
    except OSError as error:
        raise StepFailed(
            "the executed notebook cannot be kept", on=executed, why=error.strerror or str(error),
            do="make room, or look at the disk, and run it again",
        ) from None  # fmt: skip


def as_error(name: str, text: str, step: str) -> IrkitError:
    """The error a kernel reported, as one of our kinds again; anything else is a failed step."""
    kind = KINDS.get(name.rsplit(".", 1)[-1])
    if kind is not None:
        return kind(text)
    return StepFailed(
        f"step {step} stopped",
        on=name,
        why=text.splitlines()[-1] if text else "",
        do="look at its notebook in the case",
    )


def _done(playbook: Playbook, told: Sequence[Record]) -> dict[str, str]:
    """Step id to the digest under which it last ended well; a later start takes that back, since its notebook is kept anew."""
    done: dict[str, str] = {}
    for record in told:
        if record.body["playbook"] != playbook.name:
            continue
        if record.kind is Kind.STEP_ENDED and record.body["ended"] == "done":
            done[record.body["step"]] = record.body["digest"]
        else:
            done.pop(record.body["step"], None)
    return done
