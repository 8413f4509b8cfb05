"""A playbook's file as a value. YAML is safe-loaded; an unknown word is an error; what it extends is put under it.

`extends: NAME` starts from another playbook, from which it takes the parameters and, by their ids, the steps; what is written here wins.
The steps are those listed here, in this order; null takes away what the other gives a step's notebook. Of the other's parameters those
stay that a step takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from irkit.errors import BadInput
from irkit.faults import first_fault
from irkit.playbook.library import folder
from irkit.playbook.schema import Playbook, faults, placeholder
from irkit.yaml_values import TooMuch, load

_OWN = ("name", "title", "when", "description", "created", "modified")
"""What is said of one playbook and not of another that extends it."""


def read_playbook(path: Path) -> Playbook:
    """BadInput naming the file, the entry and what is wrong with it."""
    raw = read_raw(path)
    try:
        playbook = Playbook.model_validate(extended(raw, path))
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput("the playbook has a wrong entry", on=f"{path}: {where}", why=why, do="mend it") from None
    for fault in faults(playbook.parameters, dict(enumerate(playbook.steps))):
        where = ".".join(map(str, fault.where))
        raise BadInput("the playbook has a wrong entry", on=f"{path}: {where}", why=fault.why, do="mend it")
    return playbook


def read_raw(path: Path) -> Any:
    """The YAML document as it stands. BadInput for what is none."""
    return parsed(text_of(path), path)


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput("the playbook cannot be read", on=path, why=str(error.strerror)) from None
    except UnicodeDecodeError:
        raise BadInput("the playbook is not YAML", on=path, why="it is not text in UTF-8", do="mend it") from None


def parsed(text: str, path: Path) -> Any:
    try:
        return load(text)
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


def extended(raw: Any, path: Path) -> Any:
    """The document on top of the one it extends. BadInput when that is not there, or extends another itself."""
    if not isinstance(raw, Mapping) or "extends" not in raw:
        return raw
    under = _base(raw["extends"], path)
    own = {name: value for name, value in raw.items() if name != "extends"}
    made = {name: value for name, value in under.items() if name not in _OWN} | own
    if "parameters" in own:
        made["parameters"] = _merged(under.get("parameters"), own["parameters"])
    if "steps" in own:
        made["steps"] = _steps(under.get("steps"), own["steps"])
    made["parameters"] = _taken(made, own)
    return made


def files(path: Path) -> tuple[tuple[str, Path], ...]:
    """Each file that a playbook is made of, beginning with its own: what it is called where it is extended, and where it lies."""
    raw = read_raw(path)
    under = (
        [(str(raw["extends"]), _beneath(raw["extends"], path))] if isinstance(raw, Mapping) and "extends" in raw else []
    )
    return (path.stem, path), *under


def _beneath(name: Any, path: Path) -> Path:
    bare = PurePosixPath(name.removesuffix(".yaml")) if isinstance(name, str) and name else None
    if bare is None or bare.is_absolute() or ".." in bare.parts:
        raise BadInput(
            "a playbook extends one beside it or one of the library",
            on=f"{path}: extends",
            do="name it, without a path",
        )
    places = [place / f"{bare}.yaml" for place in (path.parent, folder("playbooks"))]
    found = next((one for one in places if one.is_file() and one.resolve() != path.resolve()), None)
    if found is None:
        raise BadInput(
            "the playbook extends one that is not there", on=f"{path}: extends", do="see irkit playbook list"
        )
    return found


def _base(name: Any, path: Path) -> Mapping[str, Any]:
    under = read_raw(_beneath(name, path))
    if not isinstance(under, Mapping) or "extends" in under:
        raise BadInput(
            "a playbook extends one that extends another itself, or is none", on=f"{path}: extends",
            do="extend the one beneath it",
        )  # fmt: skip
    return under


def _merged(under: Any, own: Any) -> Any:
    """Entries by name: those of both, each with the words of `own` over those of `under`."""
    if not isinstance(under, Mapping) or not isinstance(own, Mapping):
        return own
    both = {name: _over(under[name], own[name]) if name in own else under[name] for name in under}
    return both | {name: value for name, value in own.items() if name not in under}


def _over(under: Any, own: Any) -> Any:
    return {**under, **own} if isinstance(under, Mapping) and isinstance(own, Mapping) else own


def _steps(under: Any, own: Any) -> Any:
    if not isinstance(under, list) or not isinstance(own, list):
        return own
    known = {str(step.get("id")): step for step in under if isinstance(step, Mapping)}
    made = []
    for step in own:
        base = known.get(str(step.get("id"))) if isinstance(step, Mapping) else None
        if base is None or "notebook" in step or "manual" in step:
            made.append(step)
        else:
            parameters = _over(base.get("parameters", {}), step.get("parameters", {}))
            if isinstance(parameters, Mapping):
                parameters = {name: value for name, value in parameters.items() if value is not None}
            made.append({**base, **step, **({"parameters": parameters} if parameters else {})})
    return made


def _taken(made: Mapping[str, Any], own: Mapping[str, Any]) -> Any:
    """Without those parameters of the other playbook that no step of this one takes."""
    known, steps = made.get("parameters", {}), made.get("steps")
    if not isinstance(known, Mapping) or not isinstance(steps, list):
        return known
    values = [step.get("parameters") for step in steps if isinstance(step, Mapping)]
    named = {placeholder(value) for one in values if isinstance(one, Mapping) for value in one.values()}
    mine = own.get("parameters")
    kept = set(mine) if isinstance(mine, Mapping) else set()
    return {name: value for name, value in known.items() if name in named or name in kept}
