"""What a playbook says: the models its YAML is checked against, and the rules that hold its steps together. Pure.

Functions of the NIST Cybersecurity Framework 2.0 are written as it does, `RS`, `RS.AN` or `RS.AN-06`
(https://doi.org/10.6028/NIST.CSWP.29); techniques of ATT&CK as `T1552` or `T1552.001` (https://attack.mitre.org/techniques/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from irkit.errors import BadInput
from irkit.model import Purpose

_PLACEHOLDER = re.compile(r"\A\{([a-z_][a-z0-9_]*)\}\Z")
NAME = r"^[a-z][a-z0-9-]*$"
APPROVALS = "approvals_required"
"""The parameter of a notebook by which it waits for people before it changes anything."""

FOLDERS: dict[Purpose, str] = {"incident": "an incident", "rotation": "a rotation", "readiness": "a team's readiness"}

Csf = Annotated[str, Field(pattern=r"^(GV|ID|PR|DE|RS|RC)(\.[A-Z]{2}(-\d{2})?)?$")]
Attack = Annotated[str, Field(pattern=r"^T\d{4}(\.\d{3})?$")]
Tlp = Literal["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")]


class Parameter(BaseModel):
    """A value the person starting the playbook gives with `-p name=value`. Lists are comma-separated; paths become absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    help: str = Field(description="What it is, for the person who gives it.")
    type: Literal["str", "int", "float", "bool", "path", "list[str]", "list[path]"] = Field(
        default="str", description="A path means what it meant where it was typed."
    )
    default: Any = Field(default=None, description="Taken when it is not given; empty, 0 or false without it.")
    required: bool = Field(default=False, description="The playbook does not start without it.")


class Step(BaseModel):
    """One notebook, or one thing that people do. `{name}` as a value is the playbook's parameter of that name, `{case}` the case folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=NAME, description="Its name in the playbook, the journal and `--from`.")
    title: str = Field(default="", description="A line for people.")
    notebook: str = Field(
        default="",
        description="The notebook that runs: a name (beside the playbook, else irkit's own) or a path relative to the playbook.",
    )
    outside: bool = Field(default=False, description="Says that the notebook may lie outside of the playbook's folder.")
    manual: str = Field(
        default="",
        description="Instead of a notebook: what people do. The playbook waits until somebody says it is done (irkit done).",
    )
    only_for: Literal["", "token", "openpgp"] = Field(
        default="",
        description="Left out where the case holds no credential of that kind; then nothing it takes is required.",
    )
    needs: tuple[str, ...] = Field(default=(), description="Ids of steps that come before it and must be done.")
    parameters: dict[str, Any] = Field(default_factory=dict, description="Values for the notebook's own parameters.")
    gate: str = Field(
        default="", description="What people approve before it changes anything; told where a step is irreversible."
    )
    irreversible: bool = Field(default=False, description="It does something that cannot be undone.")
    csf: tuple[Csf, ...] = Field(default=(), description="Functions of NIST CSF 2.0 it serves: RS, RS.AN or RS.AN-06.")
    attack: tuple[Attack, ...] = Field(default=(), description="ATT&CK techniques it answers to: T1552.001.")
    timeout_s: int = Field(default=3600, gt=0, description="Seconds after which the notebook is stopped.")


class Playbook(BaseModel):
    """A chain of steps with a name. Steps run in order; a step runs only when those it needs are done."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=NAME, description="Its name in the journal.")
    title: str = Field(description="The incident it is for, in a line.")
    when: str = Field(default="", description="When to use it, and when another one.")
    description: str = Field(default="", description="What it does, and where it stops for people.")
    tlp: Tlp = Field(default="TLP:CLEAR", description="How far the playbook itself may be passed on (FIRST TLP 2.0).")
    created: Moment | None = Field(default=None, description="When it was first written, UTC, ISO 8601 with Z.")
    modified: Moment | None = Field(default=None, description="When it was last changed, UTC, ISO 8601 with Z.")
    purpose: Purpose = Field(
        default="incident",
        description="For which kind of folder: of an incident, of a rotation (irkit new --rotation), of a team's readiness (--readiness).",
    )
    repeats: bool = Field(
        default=False,
        description="Once all of it is done, the next run does all of it anew: for what a timer starts. One that stopped goes on.",
    )
    parameters: dict[str, Parameter] = Field(default_factory=dict, description="What may be given with -p.")
    steps: tuple[Step, ...] = Field(min_length=1, description="In the order in which they run.")
    export: tuple[Literal["html", "md", "json"], ...] = Field(
        default=("html",), description="The forms in which the postmortem is written at the end."
    )


class Fault(NamedTuple):
    """Where in the document, as names and numbers, and why."""

    where: tuple[str | int, ...]
    why: str


def faults(parameters: Iterable[str], steps: Mapping[int, Step]) -> Iterator[Fault]:
    """What is wrong between parts that are each right. `steps` by their number: those that could be read."""
    known, ids = set(parameters), [step.id for step in steps.values()]
    seen: set[str] = set()
    for number, step in steps.items():
        here = ("steps", number)
        if step.id in seen:
            yield Fault((*here, "id"), f"step {step.id!r} is there twice")
        if bool(step.notebook) is bool(step.manual):
            either = "both a notebook and a manual task" if step.notebook else "neither a notebook nor a manual task"
            yield Fault(here, f"step {step.id!r} names {either}")
        if step.manual and step.parameters:
            yield Fault((*here, "parameters"), f"step {step.id!r} is done by people, who take no parameters")
        for need in dict.fromkeys(step.needs):
            if need not in seen:
                yield Fault((*here, "needs"), f"step {step.id!r} needs {need!r}, which {_why_not(need, step, steps)}")
        for name, value in step.parameters.items():
            named = placeholder(value)
            if named and named != "case" and named not in known:
                yield Fault(
                    (*here, "parameters", name),
                    f"step {step.id!r} refers to {{{named}}}, which is not among the parameters",
                )
        seen.add(step.id)
    yield from _unreachable(steps, ids)


def _why_not(need: str, step: Step, steps: Mapping[int, Step]) -> str:
    """Why what a step needs does not come before it."""
    if need == step.id:
        return "is the step itself"
    if all(need != one.id for one in steps.values()):
        return "does not come before it: no step is called that"
    if step.id in leads_to(need, steps):
        return f"does not come before it: it needs {step.id!r} in turn, a circle"
    return "does not come before it"


def leads_to(name: str, steps: Mapping[int, Step]) -> set[str]:
    """Every step that this one needs, and those they need."""
    needs = {step.id: step.needs for step in steps.values()}
    found: set[str] = set()
    left = list(needs.get(name, ()))
    while left:
        one = left.pop()
        if one not in found:
            found.add(one)
            left += needs.get(one, ())
    return found


def _unreachable(steps: Mapping[int, Step], ids: list[str]) -> Iterator[Fault]:
    """Steps that need nothing wrong themselves, and wait for one that can never run."""
    for number, step in steps.items():
        direct = set(step.needs)
        lost = sorted(one for need in direct & set(ids) for one in leads_to(need, steps) - set(ids))
        if lost and not direct - set(ids):
            yield Fault(("steps", number), f"step {step.id!r} can never run: what it needs waits for {lost[0]!r}")


def unused(playbook: Playbook) -> tuple[str, ...]:
    """Parameters that no step takes."""
    taken = {placeholder(value) for step in playbook.steps for value in step.parameters.values()}
    return tuple(name for name in playbook.parameters if name not in taken)


def placeholder(value: Any) -> str | None:
    """The parameter a value stands for, when it is nothing but `{name}`."""
    match = _PLACEHOLDER.match(value) if isinstance(value, str) else None
    return match[1] if match else None


def for_case(playbook: Playbook, kinds: Iterable[str]) -> tuple[Step, ...]:
    """The steps that there is anything to do for, in a case with credentials of these kinds ("token", "openpgp")."""
    here = set(kinds)
    return tuple(step for step in playbook.steps if not step.only_for or step.only_for in here)


def bind(playbook: Playbook, given: dict[str, str], steps: Iterable[Step] | None = None) -> dict[str, Any]:
    """The parameters' values from `-p name=value` texts. BadInput for an unknown, a missing or a misshapen one.

    Of `steps`, when given, something must take a parameter for it to be missed.
    """
    taken = {
        placeholder(value)
        for step in playbook.steps
        if steps is None or step in tuple(steps)
        for value in step.parameters.values()
    }
    unknown = [name for name in given if name not in playbook.parameters]
    if unknown:
        known = ", ".join(playbook.parameters) or "none"
        raise BadInput("the playbook has no such parameter", on=unknown[0], why=f"it has: {known}")
    values: dict[str, Any] = {}
    for name, parameter in playbook.parameters.items():
        if name in given:
            values[name] = _typed(name, parameter.type, given[name])
        elif parameter.required and (steps is None or name in taken):
            raise BadInput("the playbook needs a parameter", on=name, why=parameter.help, do=f"add -p {name}=...")
        else:
            values[name] = value_of(parameter)
    return values


def value_of(parameter: Parameter) -> Any:
    """What it is when nobody gives it."""
    if parameter.default is not None:
        return parameter.default
    return {"str": "", "path": "", "int": 0, "float": 0.0, "bool": False}.get(parameter.type, [])


def _typed(name: str, kind: str, text: str) -> Any:
    if kind == "path":
        return _absolute(text)
    if kind in ("list[str]", "list[path]"):
        parts = [part for part in text.split(",") if part]
        return [_absolute(part) for part in parts] if kind == "list[path]" else parts
    if kind == "bool" and text.lower() in ("true", "yes", "false", "no"):
        return text.lower() in ("true", "yes")
    if kind == "int" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "float" and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if kind == "str":
        return text
    raise BadInput(
        f"the parameter must be {kind}", on=name, do=f"give it as -p {name}={'true' if kind == 'bool' else '1'}"
    )


def _absolute(text: str) -> str:
    """A notebook runs in the case folder; a path means what it meant where it was typed."""
    return str(Path(text).expanduser().absolute()) if text else ""


def filled(step: Step, values: dict[str, Any], case: Path) -> dict[str, Any]:
    """The step's notebook parameters with every `{name}` replaced."""
    known = values | {"case": str(case)}
    return {
        name: known[named] if (named := placeholder(value)) else value for name, value in step.parameters.items()
    } | {"case": str(case)}
