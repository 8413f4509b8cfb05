"""The parameters of a notebook, read from its cell tagged `parameters`, and the check of what was given for them.

papermill takes an unknown name or a wrong type with a log line and exit 0 (https://github.com/nteract/papermill/issues/818);
here both stop before a kernel starts.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from irkit.errors import BadInput
from irkit.guard.notebook import joined

_SIMPLE: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
_NOT_PYTHON = (SyntaxError, tokenize.TokenError, ValueError, RecursionError, MemoryError)
"""The last two: it is nested more deeply than Python reads."""
_YES, _NO = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}


class Parameter(NamedTuple):
    """One line `name: type = default  # help` of the cell. `type` is as written, or that of the default."""

    type: str
    default: Any
    help: str


def declared(notebook: Path) -> dict[str, Parameter]:
    """By name, in the order of the cell; empty when no cell is tagged `parameters`. BadInput for what is no notebook."""
    return declared_in(read(notebook), str(notebook))


def declared_in(content: Mapping[str, Any], notebook: str) -> dict[str, Parameter]:
    """The same of a notebook that was read; `notebook` is how an error names it."""
    source = parameters_source(content)
    try:
        return _declared(source)
    except _NOT_PYTHON as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise BadInput(
            "the parameters cell of this notebook is not Python",
            on=f"{notebook}, line {line}" if line else notebook,
            do="correct the cell",
        ) from None


def _declared(source: str) -> dict[str, Parameter]:
    body, comments = ast.parse(source).body, _comments(source)
    found: dict[str, Parameter] = {}
    for statement in body:
        name, value = _assignment(statement)
        if name:
            default = _literal(value)
            written = (
                ast.unparse(statement.annotation) if isinstance(statement, ast.AnnAssign) else type(default).__name__
            )
            found[name] = Parameter(written, default, comments.get(statement.end_lineno or 0, ""))
    return found


def defaults(content: Mapping[str, Any], notebook: str) -> dict[str, Any]:
    """What the parameters are when nobody gives them."""
    return {name: parameter.default for name, parameter in declared_in(content, notebook).items()}


def check(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """What was given, as the declared types. BadInput for an unknown name or a wrong type.

    Text from a command line becomes what is declared: `3` an int, `yes` a bool, one text (or a JSON list) a list.
    """
    known = declared(notebook)
    checked = {}
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise BadInput(
                f"{notebook.name} has no parameter {name}",
                why=f"it has {', '.join(known) or 'none'}",
                do=f"did you mean {near[0]}?" if near else "take one of these",
            )
        checked[name] = _as_declared(name, known[name].type, value)
    return checked


def read(notebook: Path) -> dict[str, Any]:
    """A notebook's JSON. BadInput when it is not there or is no notebook of format 4."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(
            "this notebook cannot be read", on=notebook, why=error.strerror or str(error), do="check the path"
        ) from None
    except (ValueError, RecursionError):
        raise BadInput("this is not a notebook", on=notebook, why="it is not JSON", do="check the path") from None
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list) or content.get("nbformat") != 4:
        raise BadInput(
            "this is not a notebook of format 4",
            on=notebook,
            do="convert it: jupyter nbconvert --to notebook --nbformat 4 FILE",
        )
    return content


def parameters_source(content: Mapping[str, Any]) -> str:
    """The source of the cell tagged `parameters`; "" when there is none."""
    cell = parameters_cell(content)
    return joined(cell.get("source", "")) if cell else ""


def parameters_cell(content: Mapping[str, Any]) -> dict[str, Any] | None:
    return next((cell for cell in content["cells"] if isinstance(cell, dict) and "parameters" in _tags(cell)), None)


def _tags(cell: Mapping[str, Any]) -> list[Any]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, Mapping) else None
    return tags if isinstance(tags, list) else []


def _assignment(statement: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id, statement.value
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id, statement.value
    return "", None


def _literal(value: ast.expr | None) -> Any:
    try:
        return None if value is None else ast.literal_eval(value)
    except (ValueError, TypeError):  # the second: what cannot be a key of a dict or in a set
        return None


def _comments(source: str) -> dict[int, str]:
    """Line number to the comment at its end."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ").strip() for token in tokens if token.type == tokenize.COMMENT}


def _as_declared(name: str, declared_type: str, value: Any) -> Any:
    kind = declared_type.removesuffix("| None").strip()
    if value is None and kind != declared_type:
        return None
    if isinstance(value, PurePath):
        value = str(value)
    if kind.startswith(("list", "tuple")):
        return [
            _as_declared(name, kind.partition("[")[2].rstrip("]").split(",")[0] or "Any", item)
            for item in _items(name, value)
        ]
    if kind not in _SIMPLE:
        return value
    if isinstance(value, str) and kind != "str":
        value = _from_text(kind, value)
    right = isinstance(value, _SIMPLE[kind]) and (kind == "bool" or not isinstance(value, bool))
    if not right:
        # The value is not repeated: it may be a secret that was put in the wrong place.
        raise BadInput(
            f"parameter {name} must be {declared_type}",
            why=f"a {type(value).__name__} was given",
            do=f"give {_example(kind)}",
        )
    return value


def _items(name: str, value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, str):
        if not value.startswith("["):
            return [value] if value else []
        try:
            return list(json.loads(value))
        except ValueError:
            raise BadInput(f"parameter {name} is not a JSON list", do='write it as ["first", "second"]') from None
    raise BadInput(
        f"parameter {name} must be a list", why=f"a {type(value).__name__} was given", do='write it as ["first"]'
    )


def _from_text(kind: str, text: str) -> Any:
    if kind == "bool":
        return True if text.lower() in _YES else False if text.lower() in _NO else text
    try:
        return int(text) if kind == "int" else float(text)
    except ValueError:
        return text


def _example(kind: str) -> str:
    return {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}[kind]
