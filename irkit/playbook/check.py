"""What is wrong with a playbook, all of it in one go and each with its line, before anybody has a case to run it on.

Read beside the schema: the notebooks are there, take these parameters with these types, wait for people before what cannot be undone; no
step waits for what never comes; no text in it is a secret. Nothing is run and no value is repeated.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from irkit.errors import BadInput, IrkitError, WouldLeak
from irkit.faults import told
from irkit.guard import parameters as declared_by
from irkit.guard.notebook import joined
from irkit.guard.suspects import suspicion
from irkit.playbook.library import find_notebook
from irkit.playbook.reading import extended, parsed, text_of
from irkit.playbook.schema import APPROVALS, Fault, Parameter, Playbook, Step, faults, placeholder, unused, value_of
from irkit.yaml_values import Place, line_of, tree, twice

_AS_TYPE = {"path": "str", "list[path]": "list[str]"}
_FITS = {("int", "float")}
_SAMPLE: dict[str, Any] = {"str": "", "int": 1, "float": 0.5, "bool": True, "list[str]": []}


@dataclass(frozen=True)
class Flaw:
    """One thing to mend: the file, its line (1-based), the entry, why; `leaks` when a secret stands there."""

    file: str
    line: int
    where: str
    why: str
    leaks: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.where}: {self.why}"

    def document(self) -> dict[str, Any]:
        return asdict(self)


def check_playbook(path: Path) -> tuple[Flaw, ...]:
    """All flaws, in the order of their lines; none when it can be run. BadInput when the file cannot be read at all."""
    text = text_of(path)
    try:
        raw = parsed(text, path)
        node = tree(text)
    except BadInput as error:
        return (Flaw(str(path), _line_in(error), "the whole", error.why or error.what),)
    found = dict.fromkeys((*((fault, False) for fault in _twice(node)), *_told(path, raw)))
    made = [
        Flaw(str(path), line_of(node, fault.where), _dotted(fault.where), fault.why, leaks) for fault, leaks in found
    ]
    return tuple(sorted(made, key=lambda one: (one.line, one.where)))


def _told(path: Path, raw: Any) -> Iterator[tuple[Fault, bool]]:
    for where, why in _secrets(raw):
        yield Fault(where, why), True
    try:
        whole = extended(raw, path)
    except IrkitError as error:
        yield Fault(("extends",), error.what), False
        return
    for fault in _of_shape(whole):
        yield fault, False
    if not isinstance(whole, Mapping):
        return
    given = _each_parameter(whole.get("parameters"))
    steps = _each_step(whole.get("steps"))
    for fault in (*faults(_names(whole.get("parameters")), steps), *_of_defaults(given)):
        yield fault, False
    for number, step in steps.items():
        if step.notebook:
            for fault in _of_step(number, step, given, path):
                yield fault, False
    try:
        playbook = Playbook.model_validate(whole)
    except ValidationError:
        return
    for name in unused(playbook):
        yield Fault(("parameters", name), "no step takes it"), False


def _twice(node: yaml.Node | None) -> Iterator[Fault]:
    for where in twice(node):
        yield Fault(where, "it is there twice, and only the last one counts")


# The schema, and the parts that are right by it


def _of_shape(whole: Any) -> Iterator[Fault]:
    try:
        Playbook.model_validate(whole)
    except ValidationError as error:
        for where, why in told(error):
            yield Fault(where, why)


def _names(raw: Any) -> tuple[str, ...]:
    return tuple(map(str, raw)) if isinstance(raw, Mapping) else ()


def _each_parameter(raw: Any) -> dict[str, Parameter]:
    found = {}
    for name, one in raw.items() if isinstance(raw, Mapping) else ():
        try:
            found[str(name)] = Parameter.model_validate(one)
        except ValidationError:
            continue
    return found


def _each_step(raw: Any) -> dict[int, Step]:
    """Those that can be read once what is wrong in them by itself is left out: it is told already."""
    found = {}
    for number, one in enumerate(raw) if isinstance(raw, list) else ():
        for _ in range(2):
            try:
                found[number] = Step.model_validate(one)
                break
            except ValidationError as error:
                wrong = {str(where[0]) for where, _ in told(error) if where}
                one = {name: value for name, value in one.items() if name not in wrong} if wrong else one
    return found


# Parameters, and the notebooks they go to


def _of_defaults(given: Mapping[str, Parameter]) -> Iterator[Fault]:
    for name, parameter in given.items():
        if parameter.default is not None and not _is(parameter.default, parameter.type):
            yield Fault(("parameters", name, "default"), f"it must be {parameter.type}")
        if parameter.default is not None and parameter.required:
            yield Fault(("parameters", name, "default"), "it is required, so a default is never taken")


def _is(value: Any, kind: str) -> bool:
    if kind.startswith("list"):
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == "float":
        return type(value) in (int, float)
    return type(value) is {"int": int, "bool": bool}.get(kind, str)


def _of_step(number: int, step: Step, given: Mapping[str, Parameter], path: Path) -> Iterator[Fault]:
    here: Place = ("steps", number)
    try:
        notebook = find_notebook(step.notebook, path.parent, outside=step.outside)
        content = declared_by.read(notebook)
        declared = declared_by.declared_in(content, step.notebook)
    except BadInput as error:
        yield Fault((*here, "notebook"), "; ".join(filter(None, (error.what, error.why))))
        return
    for name, value in step.parameters.items():
        if why := _misfit(name, value, declared, given, notebook):
            yield Fault((*here, "parameters", name), why)
    for name, parameter in declared.items():
        if why := suspicion(str(parameter.default), name=name) if isinstance(parameter.default, str) else "":
            yield Fault((*here, "notebook"), f"the default of its parameter {name} must not be run: {why}")
    yield from _of_gate(here, step, content, declared, given)


def _misfit(
    name: str,
    value: Any,
    declared: Mapping[str, declared_by.Parameter],
    given: Mapping[str, Parameter],
    notebook: Path,
) -> str:
    """Why a value does not fit the notebook's parameter, "" when it does. One that cannot be looked at here is told elsewhere."""
    named = placeholder(value)
    if named == "case":
        value = ""
    elif named:
        if named not in given:
            return "" if name in declared else f"{notebook.name} has no parameter {name}"
        kind = _AS_TYPE.get(given[named].type, given[named].type)
        if name in declared and (kind, declared[name].type) not in _FITS and kind != declared[name].type:
            return f"{notebook.name} takes {declared[name].type}, and {{{named}}} is {given[named].type}"
        value = _SAMPLE[kind]
    try:
        declared_by.check(notebook, {name: value})
    except BadInput as error:
        return "; ".join(filter(None, (error.what, error.why)))
    return ""


def _of_gate(
    here: Place,
    step: Step,
    content: Mapping[str, Any],
    declared: Mapping[str, declared_by.Parameter],
    given: Mapping[str, Parameter],
) -> Iterator[Fault]:
    """A step that changes the world says so, says who approves, and its notebook waits for at least one of them."""
    if carries_out(content) and not step.irreversible:
        yield Fault(
            here, f"step {step.id!r} carries out a plan: say `irreversible: true`, and in `gate` who approves it"
        )
    if not step.irreversible:
        return
    if not step.gate:
        yield Fault(here, f"step {step.id!r} cannot be undone: say in `gate` who approves it")
    if APPROVALS not in declared:
        yield Fault(
            (*here, "notebook"),
            f"step {step.id!r} cannot be undone, and its notebook waits for nobody: it has no parameter {APPROVALS}",
        )
        return
    value = step.parameters.get(APPROVALS, declared[APPROVALS].default)
    named = placeholder(value)
    if named:
        value = value_of(given[named]) if named in given and not given[named].required else 1
    if isinstance(value, int) and value < 1:
        yield Fault(
            (*here, "parameters", APPROVALS), f"step {step.id!r} cannot be undone, and nobody has to approve it"
        )


def carries_out(content: Mapping[str, Any]) -> bool:
    """Whether a code cell of the notebook calls `carry_out`, the one step of the desk that changes the world."""
    for cell in content["cells"]:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            try:
                tree = ast.parse(joined(cell.get("source", "")))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue  # with a magic in it, say; irkit's own calls need none
            if any(isinstance(one, ast.Attribute) and one.attr == "carry_out" for one in ast.walk(tree)):
                return True
    return False


# Secrets


def refuse_secrets(path: Path) -> None:
    """WouldLeak naming the entry, before a playbook is passed on."""
    for where, why in _secrets(parsed(text_of(path), path)):
        raise WouldLeak("a secret would be passed on", on=f"{path}: {_dotted(where)}", why=why.partition(": ")[2])


def _secrets(raw: Any, where: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text that looks like one, with the entry; keys too."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            if why := suspicion(str(key)):
                yield where, f"a word here must not be in a playbook: {why}"
            else:
                yield from _secrets(value, (*where, str(key)))
    elif isinstance(raw, list):
        for number, value in enumerate(raw):
            yield from _secrets(value, (*where, number))
    elif isinstance(raw, str):
        name = next((one for one in reversed(where) if isinstance(one, str)), "")
        if why := suspicion(raw, name="" if name == "help" else name):
            yield where, f"this must not be in a playbook: {why}; give a reference (env:NAME, file:PATH, ...)"


# Where it stands


def _line_in(error: BadInput) -> int:
    """The line that the reader of YAML named."""
    _, _, number = str(error.on).rpartition("line ")
    return int(number) if number.isdigit() else 1


def _dotted(where: Place) -> str:
    return ".".join("(not shown)" if suspicion(str(part)) else str(part) for part in where) or "the whole"
