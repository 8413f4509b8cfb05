"""What is wrong with a document that was checked against a schema, as a place and a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pydantic import ValidationError


class Fault(NamedTuple):
    """Where in the document, as dotted names, and why. The value itself is never part of it."""

    where: str
    why: str


def first_fault(error: ValidationError) -> Fault:
    """The one to mend first: a word that does not belong there explains a missing one, so it comes before it."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    fault = next((one for one in faults if one["type"] == "extra_forbidden"), faults[0])
    why = (
        "there is no such word here"
        if fault["type"] == "extra_forbidden"
        else fault["msg"].removeprefix("Value error, ")
    )
    return Fault(".".join(str(part) for part in fault["loc"]) or "the whole", why)


def not_toml(error: Exception) -> str:
    """Why a text is no TOML, of what `tomllib` raised: beside its own error, what Python raises on text, numbers and nesting."""
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
