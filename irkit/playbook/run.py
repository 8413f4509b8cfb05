"""Run a playbook on a case: one notebook after the other, in one process, with the journal as the only ledger.

papermill's own metadata says "completed" after a kill, so it is never asked. A step is done when the journal says that this
notebook ended with these parameters; everything else runs again, and every step is made to be run again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from irkit.case import Case, in_kernel
from irkit.case.disk import sync
from irkit.case.postmortem import writeup
from irkit.errors import KINDS, BadInput, IrkitError, StepFailed, Waiting
from irkit.guard.engine import run_notebook
from irkit.guard.parameters import check, defaults, read
from irkit.guard.suspects import refuse
from irkit.model import Kind, Record
from irkit.plan import canonical
from irkit.playbook.library import find_notebook
from irkit.playbook.reading import files, read_playbook
from irkit.playbook.schema import FOLDERS, Playbook, Step, bind, filled, for_case, leads_to
from irkit.playbook.versions import versions
from irkit.redact import Redactor
from irkit.show import Table, View

if TYPE_CHECKING:
    from irkit.guard.warm import Kernels

Say = Callable[[str], None]
OnCell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Ready:
    """A step whose notebook was found and whose parameters were checked. `notebook` is None for what people do; `kept` names the
    executed notebook in the case. `playbook` is what the journal says of the playbook's files."""

    step: Step
    notebook: Path | None
    parameters: dict[str, Any]
    playbook: Mapping[str, Any]
    kept: str = ""

    @property
    def digest(self) -> str:
        """Over the notebook's content and its parameters: a change in either makes the step run again. Of what people do: its text."""
        done = self.notebook.read_bytes() if self.notebook else self.step.manual.encode()
        return hashlib.sha256(done + canonical(self.parameters)).hexdigest()

    @property
    def by_hand(self) -> str:
        """What it is called in `irkit done CASE ...`; "" for a notebook."""
        return "" if self.notebook else f"{self.step.id}-{self.digest[:10]}"


def prepare(path: Path, case: Case, given: dict[str, str]) -> tuple[Playbook, tuple[Ready, ...]]:
    """Read and check everything before a kernel starts. BadInput for whatever is wrong, WouldLeak for a secret in any value."""
    playbook, digests = read_playbook(path), _digests(path)
    _refuse_secrets(playbook, given, case.redactor)
    if playbook.purpose != case.incident.purpose:
        raise BadInput(
            f"this playbook is for {FOLDERS[playbook.purpose]}", on=playbook.name,
            why=f"{case.folder.name} is {FOLDERS[case.incident.purpose]}",
            do="take another playbook (irkit playbook list), or another folder (irkit new)",
        )  # fmt: skip
    kinds = ("openpgp" if one.kind == "openpgp" else "token" for one in case.incident.credentials)
    steps = for_case(playbook, kinds)
    values = bind(playbook, given, steps)
    ready: list[Ready] = []
    for step in steps:
        if step.manual:
            ready.append(Ready(step, None, {}, digests))
            continue
        notebook = find_notebook(step.notebook, path.parent, outside=step.outside)
        refuse(defaults(read(notebook), str(notebook)), case.redactor)
        parameters = check(notebook, filled(step, values, case.folder))
        again = any(one.kept == notebook.stem for one in ready)
        ready.append(
            Ready(step, notebook, parameters, digests, f"{notebook.stem}-{step.id}" if again else notebook.stem)
        )
    return playbook, tuple(ready)


def _refuse_secrets(playbook: Playbook, given: dict[str, str], redactor: Redactor) -> None:
    """What was given, each default, each value that a step has of its own, and every other text; also of steps that would not run."""
    refuse(given, redactor)
    refuse({name: parameter.default for name, parameter in playbook.parameters.items()}, redactor)
    for step in playbook.steps:
        refuse(step.parameters, redactor)
    refuse({"the playbook's text": list(_texts(playbook))}, redactor)


def _texts(playbook: Playbook) -> Iterator[str]:
    yield from (playbook.title, playbook.when, playbook.description, *playbook.parameters)
    yield from (parameter.help for parameter in playbook.parameters.values())
    for step in playbook.steps:
        yield from (step.title, step.notebook, step.manual, step.gate)


def show(playbook: Playbook, ready: Sequence[Ready], case: Case) -> View:
    """What would run: the dry run."""
    done = _done(playbook, case.journal.records(Kind.STEP_STARTED, Kind.STEP_ENDED))
    rows = [
        (
            one.step.id,
            one.step.notebook or "by people",
            "done" if done.get(one.step.id) == one.digest else "to run",
            ", ".join(f"{name}={value!r}" for name, value in one.parameters.items() if name != "case"),
        )
        for one in ready
    ]
    here = {one.step.id for one in ready}
    rows += [
        (step.id, step.notebook, "left out", f"the case holds no credential of kind {step.only_for}")
        for step in playbook.steps
        if step.id not in here
    ]
    return View(
        playbook.title, (Table.of(("Step", "Notebook", "State", "Parameters"), rows, f"Playbook {playbook.name}"),)
    )


def run(
    playbook: Playbook,
    ready: Sequence[Ready],
    case: Case,
    *,
    start_at: str = "",
    say: Say = lambda _line: None,
    one_kernel: bool = False,
) -> None:
    """Run what is not done. Raises the error that stopped it: Waiting at a gate, StepFailed, OutcomeUnknown, ...

    `start_at`: from this step on, done or not; what people must do before it and have not done is still waited for.
    `one_kernel`: all notebooks of this run in one kernel, which keeps what each leaves in memory.
    """
    ids = [one.step.id for one in ready]
    if start_at and start_at not in ids:
        raise BadInput("the playbook has no such step", on=start_at, why=f"steps: {', '.join(ids)}")
    begin = ids.index(start_at) if start_at else 0
    done = _done(playbook, case.journal.records(Kind.STEP_STARTED, Kind.STEP_ENDED))
    # Once a step runs again, whatever comes after it does too.
    changed = (number for number, one in enumerate(ready) if done.get(one.step.id) != one.digest)
    first = begin if start_at else next(changed, len(ready))
    if first == len(ready) and playbook.repeats:
        first = 0
    steps = dict(enumerate(playbook.steps))
    wanted = {need for one in ready[first:] for need in leads_to(one.step.id, steps)}
    for number, one in enumerate(ready[:first]):
        say(f"[{number + 1}/{len(ready)}] {one.step.id}: {'done before' if one.step.id in done else 'left out'}")
        if one.notebook is None and one.step.id in wanted and done.get(one.step.id) != one.digest:
            _by_people(playbook, one, case)  # to begin later is no way past what people must do before
    if first < len(ready):
        _run_from(first, playbook, ready, case, say, one_kernel)
    for form in playbook.export:
        say(f"written: {case.export(form)}")


def _run_from(
    first: int, playbook: Playbook, ready: Sequence[Ready], case: Case, say: Say, one_kernel: bool = False
) -> None:
    """Each notebook in a kernel of its own; while one works the kernel of the next is started, or what the export needs is imported.

    While the last kernel ends, what the export shows is drawn.
    """
    from irkit.guard import warm

    ahead = Thread(target=in_kernel.import_ahead, daemon=True)
    if one_kernel:
        say("one kernel for all notebooks of this run, as asked: what one leaves in memory, the next finds")
    env = {in_kernel.VARIABLE: str(case.folder.absolute())}
    with warm.kernels(case.folder, env, shared=one_kernel) as kernels:
        if ready[first].notebook is not None:
            kernels.start_next()  # it starts while papermill is imported here
        for number, one in enumerate(ready[first:], first):
            say(f"[{number + 1}/{len(ready)}] {one.step.id}: {one.step.title or one.step.notebook or 'by people'}")
            if one.notebook is None:
                _by_people(playbook, one, case)
                continue
            next_one = ready[number + 1] if number + 1 < len(ready) else None

            def on_cell(index: int, total: int, title: str, next_one: Ready | None = next_one) -> None:
                say(f"      {index}/{total} {title}")
                if index == 1 and next_one is None:
                    ahead.start()
                elif index == 1 and next_one and next_one.notebook:
                    kernels.start_next()

            _run_step(playbook, one, one.notebook, case, kernels, on_cell)
        if ahead.ident:
            ahead.join()
        if playbook.export:
            writeup.draw(
                case
            )  # while the last kernel ends: what is exported is looked for secrets once nothing runs any more


def _by_people(playbook: Playbook, one: Ready, case: Case) -> None:
    """Done once somebody says so. Waiting until then; what it is stands in the journal, where `irkit done` finds it."""
    name = {"playbook": playbook.name, "step": one.step.id, "notebook": "", "digest": one.digest}
    said = [record for record in case.journal.records(Kind.HUMAN_DONE) if record.body["action"] == one.by_hand]
    told = {**one.playbook, "parameters": {}, "by_hand": one.by_hand, "text": one.step.manual}
    case.write(Kind.STEP_STARTED, name | told)
    if said:
        why = f"{said[-1].body['who']}: {said[-1].body['text']}"
        case.write(Kind.STEP_ENDED, name | {"ended": "done", "why": why, "exit_code": 0, "executed": ""})
        return
    error = Waiting(
        f"step {one.step.id} is done by people", on=one.step.title or playbook.name, why=" ".join(one.step.manual.split()),
        do=f"irkit done CASE {one.by_hand} --text '...' says that it was; then run the playbook again",
    )  # fmt: skip
    case.write(
        Kind.STEP_ENDED,
        name | {"ended": "stopped", "why": str(error), "exit_code": error.exit_code, "executed": ""},
    )
    raise error


def _run_step(playbook: Playbook, one: Ready, notebook: Path, case: Case, kernels: Kernels, on_cell: OnCell) -> None:
    name = {"playbook": playbook.name, "step": one.step.id, "notebook": one.step.notebook, "digest": one.digest}
    shared = {"one_kernel": True} if kernels.shared else {}
    case.write(Kind.STEP_STARTED, name | {"parameters": one.parameters} | _what_runs(one, notebook) | shared)
    out = case.folder / "notebooks" / f"{one.kept}.ipynb"
    for draft in out.parent.glob(f".{out.name}.*"):
        draft.unlink(missing_ok=True)  # a run that was killed left it
    ended = run_notebook(
        notebook,
        out,
        one.parameters,
        case.redactor,
        cwd=case.folder,
        on_cell=on_cell,
        timeout_s=one.step.timeout_s,
        kernels=kernels,
    )
    _keep(out)
    executed = {"executed": str(out.relative_to(case.folder)), "executed_sha256": _sha256(out)}
    if ended.error_name is None:
        case.write(Kind.STEP_ENDED, name | {"ended": "done", "why": "", "exit_code": 0} | executed)
        return
    error = as_error(ended.error_name, ended.error_text, one.step.id)
    case.write(
        Kind.STEP_ENDED,
        name | {"ended": "stopped", "why": str(error), "exit_code": error.exit_code} | executed,
    )
    raise error


def _what_runs(one: Ready, notebook: Path) -> dict[str, Any]:
    """For whoever asks later what ran: what is installed then may be something else."""
    return {
        "csf": list(one.step.csf),
        "attack": list(one.step.attack),
        **one.playbook,
        "notebook_sha256": _sha256(notebook),
        "versions": versions(),
    }


def _digests(path: Path) -> dict[str, Any]:
    """Of the playbook and of what it extends, each as sha256sum tells it."""
    (_, own), *under = files(path)
    return {"playbook_sha256": _sha256(own), "extends": [{"name": name, "sha256": _sha256(one)} for name, one in under]}


def _sha256(path: Path) -> str:
    """ "" for what cannot be read any more."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


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
