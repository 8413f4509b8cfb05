"""What a playbook says, checked before anything runs. YAML is safe-loaded; an unknown word is an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.yaml_values import TooMuch, load

_PLACEHOLDER = re.compile(r"\A\{([a-z_][a-z0-9_]*)\}\Z")


class Parameter(BaseModel):
    """A value the person starting the playbook gives with `-p name=value`. Lists are comma-separated; paths become absolute."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    help: str
    type: Literal["str", "int", "bool", "path", "list[str]", "list[path]"] = "str"
    default: Any = None
    required: bool = False


class Step(BaseModel):
    """One notebook. `parameters` may refer to a playbook parameter as `{name}`; `{case}` is the case folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    notebook: str
    title: str = ""
    needs: tuple[str, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)
    timeout_s: int = Field(default=3600, gt=0)


class Playbook(BaseModel):
    """A chain of notebooks with a name. Steps run in order; a step runs only when those it needs are done."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    description: str = ""
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    steps: tuple[Step, ...] = Field(min_length=1)
    export: tuple[Literal["html", "md", "json"], ...] = ("html",)

    @model_validator(mode="after")
    def _hangs_together(self) -> Playbook:
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"step {step.id!r} is there twice")
            missing = [need for need in step.needs if need not in seen]
            if missing:
                raise ValueError(f"step {step.id!r} needs {missing[0]!r}, which does not come before it")
            for value in step.parameters.values():
                named = placeholder(value)
                if named and named != "case" and named not in self.parameters:
                    raise ValueError(f"step {step.id!r} refers to {{{named}}}, which is not among the parameters")
            seen.add(step.id)
        return self


def placeholder(value: Any) -> str | None:
    """The parameter a value stands for, when it is nothing but `{name}`."""
    match = _PLACEHOLDER.match(value) if isinstance(value, str) else None
    return match[1] if match else None


def read_playbook(path: Path) -> Playbook:
    """BadInput naming the file, the entry and what is wrong with it."""
    try:
        raw = load(path.read_text())
    except OSError as error:
        raise BadInput("the playbook cannot be read", on=path, why=str(error.strerror)) from None
    except RecursionError:
        raise BadInput("the playbook is not YAML", on=path, why="it is nested too deeply", do="mend it") from None
    except TooMuch as error:
        raise BadInput(
            "the playbook is too much", on=path, why=str(error), do="write out what its aliases stand for"
        ) from None
    except Exception as error:  # of a date or a number that is none, the library raises whatever Python does
        where = getattr(error, "problem_mark", None)
        line = f"line {where.line + 1}" if where else "somewhere"
        raise BadInput("the playbook is not YAML", on=f"{path}, {line}", do="mend that line") from None
    try:
        return Playbook.model_validate(raw)
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput("the playbook has a wrong entry", on=f"{path}: {where}", why=why, do="mend it") from None


def bind(playbook: Playbook, given: dict[str, str]) -> dict[str, Any]:
    """The parameters' values from `-p name=value` texts. BadInput for an unknown, a missing or a misshapen one."""
    unknown = [name for name in given if name not in playbook.parameters]
    if unknown:
        known = ", ".join(playbook.parameters) or "none"
        raise BadInput("the playbook has no such parameter", on=unknown[0], why=f"it has: {known}")
    values: dict[str, Any] = {}
    for name, parameter in playbook.parameters.items():
        if name in given:
            values[name] = _typed(name, parameter.type, given[name])
        elif parameter.required:
            raise BadInput("the playbook needs a parameter", on=name, why=parameter.help, do=f"add -p {name}=...")
        else:
            values[name] = _default(parameter)
    return values


def _default(parameter: Parameter) -> Any:
    if parameter.default is not None:
        return parameter.default
    return {"str": "", "path": "", "int": 0, "bool": False}.get(parameter.type, [])


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
