"""The workflow of a CACAO document, followed from its start: steps and notebooks, and a refusal that names what irkit does not do."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.guard import parameters as declared_by
from irkit.playbook.cacao import words
from irkit.playbook.cacao.document import Action, Command, Document
from irkit.playbook.library import folder
from irkit.playbook.schema import Step

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,60}")

M = TypeVar("M", bound=BaseModel)


@dataclass
class Workflow:
    """One document while it is followed: `notes` say in sentences what is left out, `notebooks` are those to be kept, by name."""

    document: Document
    path: Path
    notes: list[str] = field(default_factory=list)
    notebooks: dict[str, bytes] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    gates: dict[str, str] = field(default_factory=dict)
    of_step: dict[str, str] = field(default_factory=dict)
    """By irkit's own step id in the document: what it is called here."""

    def steps(self) -> tuple[Step, ...]:
        """All steps in order. BadInput for what irkit does not do, an approval that nothing follows, and where nothing is done."""
        document = self.document
        if document.workflow_exception and self._step(document.workflow_exception, "workflow_exception").type != "end":
            self._refuse(
                document.workflow_exception,
                "is what is done when anything fails",
                "irkit stops then, and people decide",
            )
        start = self._step(document.workflow_start, "workflow_start")
        if start.type != "start":
            self._refuse(document.workflow_start, f"is where it starts, and is no start but {start.type!r}")
        steps = self._chain(start.on_completion, (), set())
        if self.gates:
            raise BadInput(
                "the playbook asks for an approval that nothing follows", on=self.path, why=words.line(", ".join(self.gates)),
                do="look at the order of its steps",
            )  # fmt: skip
        if not steps:
            raise BadInput("the playbook does nothing", on=self.path, why="between its start and its end is no action")
        return tuple(steps)

    def _chain(self, here: str, before: tuple[str, ...], seen: set[str]) -> list[Step]:
        """The steps from one on, to an end. `before` are those that the first of them follows."""
        steps: list[Step] = []
        while True:
            step = self._step(here, "the workflow")
            if here in seen:
                self._refuse(here, "is come to again: it is a loop, or two ways meet in it")
            seen.add(here)
            if step.type == "end":
                return steps
            if step.delay:
                self._refuse(here, "waits before it starts (delay)")
            if step.type == "parallel":
                branches = [self._chain(one, before, seen) for one in step.next_steps]
                self.notes.append(f"{self._called(here)}: its branches are run one after the other.")
                steps += [one for branch in branches for one in branch]
                before = tuple(branch[-1].id for branch in branches if branch)
            elif step.type == "action":
                made = self._action(here, step, before)
                steps += made
                before = (made[-1].id,) if made else before
            else:
                self._refuse(
                    here,
                    f"is of type {words.line(step.type)}",
                    "irkit knows no conditions, loops or other playbooks in one",
                )
            here = self._next(here, step)

    def _next(self, here: str, step: Action) -> str:
        if step.on_failure and step.on_failure != (step.on_success or step.on_completion):
            if self._step(step.on_failure, "on_failure").type != "end":
                self._refuse(here, "goes on elsewhere when it fails", "irkit stops at a step that fails")
        elif step.on_completion and step.type == "action":
            self.notes.append("Where a step that fails led on to the next one, it stops here.")
        following = step.on_success or step.on_completion
        if not following:
            self._refuse(here, "leads nowhere")
        return following

    def _action(self, here: str, step: Action, before: tuple[str, ...]) -> list[Step]:
        """One step for each command; none for an approval, which is kept for the step it belongs to."""
        told, made = step.told, list[Step]()
        if told.get("role") == words.GATE and [one.type for one in step.commands] == [words.MANUAL]:
            self.gates[str(told.get("step_id"))] = self._said(here, step.commands[0])
            return []
        if not step.commands:
            self._refuse(here, "has no command")
        if step.targets or step.out_args:
            self.notes.append(f"{self._called(here)}: its targets and what it returns are left out.")
        wanted = str(told.get("step_id") or step.name or "step")
        for command in step.commands:
            number = self._new_id(wanted)
            self.of_step.setdefault(wanted, number)
            about = {
                "id": number,
                "only_for": told.get("only_for", ""),
                "title": "" if step.name == number else step.name,
                "needs": (made[-1].id,) if made else self._needs(told, before),
                "csf": [one.external_id for one in step.external_references if one.name == "NIST CSF 2.0"],
                "attack": [
                    one.external_id for one in step.external_references if one.name in ("ATT&CK", "mitre-attack")
                ],
            }
            if command.type == words.MANUAL:
                about["manual"] = self._said(here, command)
            elif command.type == words.JUPYTER:
                about |= self._notebook(here, step, command, number)
            else:
                self._refuse(
                    here,
                    f"has a command of type {words.line(command.type)}",
                    "irkit runs notebooks and asks people, nothing else",
                )
            made.append(self.valid(Step, about, here))
        return made

    def _needs(self, told: Mapping[str, Any], before: tuple[str, ...]) -> tuple[str, ...]:
        named = told.get("needs")
        if isinstance(named, list):
            return tuple(self.of_step.get(str(one), str(one)) for one in named)
        return before

    def _said(self, here: str, command: Command) -> str:
        text = (
            command.command
            or self._decoded(here, command.command_b64).decode("utf-8", "replace")
            or command.description
        )
        if not text.strip():
            self._refuse(here, "asks people for something and does not say what")
        return text

    # A notebook

    def _notebook(self, here: str, step: Action, command: Command, number: str) -> dict[str, Any]:
        raw = self._decoded(here, command.command_b64)
        try:
            content = json.loads(raw)
            declared = declared_by.declared_in(_notebook(content), self._called(here))
        except (ValueError, RecursionError, UnicodeDecodeError):
            self._refuse(here, "holds what is no notebook of format 4")
        told = step.told
        fit = words.fit_notebook(content, raw, self._called(here))
        name = self._kept(fit, str(told.get("notebook", "")), number)
        values = told.get("parameters")
        if not isinstance(values, dict):
            given = {one.strip("_") for one in self.document.playbook_variables}
            values = {one: f"{{{one}}}" for one in declared if one in given}
        seconds = {"timeout_s": max(1, step.timeout // 1000)} if step.timeout else {}
        irreversible = told.get("irreversible") is True
        gate = self.gates.pop(str(told.get("step_id")), "") if told else ""
        return {"notebook": name, "parameters": values, "irreversible": irreversible, "gate": gate, **seconds}

    def _kept(self, content: bytes, wanted: str, number: str) -> str:
        """The name of the library's notebook that it is, else one under which it is to stand beside the playbook."""
        library = {place.stem: place for place in sorted(folder("notebooks").glob("*.ipynb"))}
        for name, place in library.items():
            if place.read_bytes() == content:
                return name
        for name, known in self.notebooks.items():
            if known == content:
                return name
        fits = _NAME.fullmatch(wanted) and wanted not in library and wanted not in self.notebooks
        name = wanted if fits else f"{number}-notebook"
        if wanted in library:
            self.notes.append(f"{wanted} in it is not irkit's own notebook of that name; it is kept as {name}.")
        self.notebooks[name] = content
        return name

    def _decoded(self, here: str, text: str) -> bytes:
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self._refuse(here, "holds what is not base64")

    def valid(self, kind: type[M], raw: Mapping[str, Any], where: str) -> M:
        """A part of the playbook. BadInput naming the first field at fault, and the step."""
        try:
            return kind.model_validate(raw)
        except ValidationError as error:
            entry, why = first_fault(error)
            raise BadInput("this cannot be taken over", on=f"{self._called(where)}: {entry}", why=why) from None

    # Words

    def _step(self, name: str, of: str) -> Action:
        found = self.document.workflow.get(name)
        if found is None:
            raise BadInput(
                "the workflow names a step that is not there",
                on=f"{self.path}: {of}",
                why=words.line(name) or "it is empty",
            )
        return found

    def _refuse(self, here: str, what: str, why: str = "") -> NoReturn:
        raise BadInput(
            f"a step of the playbook {what}",
            on=self._called(here),
            why=why,
            do="take it out, or do it by hand (manual)",
        )

    def _called(self, here: str) -> str:
        step = self.document.workflow.get(here)
        return words.line(f"{step.name} ({here})" if step and step.name else here)

    def _new_id(self, wanted: str) -> str:
        bare = words.slug(wanted)
        made = next(one for one in _numbered(bare) if one not in self.ids)
        self.ids.add(made)
        return made


def _notebook(content: Any) -> Mapping[str, Any]:
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list) or content.get("nbformat") != 4:
        raise ValueError("no notebook of format 4")
    return content


def _numbered(bare: str) -> Iterator[str]:
    yield bare
    yield from (f"{bare}-{number}" for number in range(2, 10_000))
