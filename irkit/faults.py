"""What is wrong with a document that was checked against a schema, as a place and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


class Fault(NamedTuple):
    """Where in the document, as dotted names, and why. The value itself is never part of it."""

    where: str
    why: str


def first_fault(error: ValidationError) -> Fault:
    """The one to mend first: a word that does not belong there explains a missing one, so it comes before it."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    return Fault(".".join(str(part) for part in fault["loc"]) or "the whole", _why(fault))


def told(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    """All of them, each with its place as names and numbers."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return [(fault["loc"], _why(fault)) for fault in faults]


def _why(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such word here"
    if fault["type"] == "union_tag_invalid":  # its message repeats what was written
        return "there is none of this name here"
    if fault["type"] == "union_tag_not_found":
        return "it does not say which it is"
    return fault["msg"].removeprefix("Value error, ")


def not_toml(error: Exception) -> str:
    """Why a text is no TOML, of what `tomllib` raised: beside its own error, what Python raises on text, numbers and nesting."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
