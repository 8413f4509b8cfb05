"""What a check came to: in force, not in force, or unknown, why, what was looked at, and when. A dated fact, and no tick. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from irkit.errors import BadInput
from irkit.model import Record, iso, parse_instant
from irkit.show.times import stamp

Word = Literal["in force", "not in force", "unknown", "not checked yet"]
WORDS: Mapping[bool | None, Word] = {True: "in force", False: "not in force", None: "unknown"}
BY_HAND = "by hand: not checked"
"""Of an item that names no check: whether it is in force is a person's word, and never said here."""


@dataclass(frozen=True)
class Answer:
    """What a rule says of what was seen. `yes` None: it could not be told. `do` is what to do next, "" where nothing is to be done."""

    yes: bool | None
    why: str
    do: str = ""


@dataclass(frozen=True)
class Looked:
    """One thing that was looked at, and as it was found."""

    what: str
    found: str


@dataclass(frozen=True)
class Checked:
    """One check of one action item. `parameters` are those it was made with, as plain JSON; `at` (UTC) is when it was looked, None
    for a check that was not made yet."""

    item: str
    check: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    answer: Word = "not checked yet"
    why: str = ""
    do: str = ""
    looked: tuple[Looked, ...] = ()
    at: datetime | None = None

    def body(self) -> dict[str, Any]:
        """Of a record of kind CHECKED."""
        return {
            "item": self.item, "check": dict(self.parameters), "answer": self.answer, "why": self.why, "do": self.do,
            "looked": [[one.what, one.found] for one in self.looked], "at": iso(self.at) if self.at else None,
        }  # fmt: skip

    def document(self) -> dict[str, Any]:
        """As `irkit verify CASE --format json` has it, within its item."""
        plain = self.body()
        plain["parameters"] = {name: value for name, value in plain["check"].items() if name != "check"}
        plain["looked"] = [{"what": one.what, "found": one.found} for one in self.looked]
        del plain["item"]
        return plain | {"check": self.check}

    def __str__(self) -> str:
        """In a line, such as for a cell: "guard-installed, checked at 2026-11-29 09:00:00Z: in force: git runs it"."""
        if self.at is None:
            return f"{self.check}: {self.answer}"
        return f"{self.check}, checked at {stamp(self.at)}: {self.answer}: {self.why}"


def summary(checks: Sequence[Checked]) -> str:
    """Of an item as a whole: in force only when every check is, and what was found missing outweighs what is not known."""
    if not checks:
        return BY_HAND
    words = {one.answer for one in checks}
    for word in ("not in force", "unknown", "not checked yet"):
        if word in words:
            return word
    return "in force"


def latest(records: Iterable[Record], item: str, named: Sequence[Mapping[str, Any]]) -> tuple[Checked, ...]:
    """Of each check of an item, with its parameters, the answer that was journalled last; "not checked yet" where none is.

    An answer about other parameters is about something else, and does not count.
    """
    known = [read for one in records if one.body.get("item") == item and (read := _read(one.body))]
    return tuple(
        next((one for one in reversed(known) if one.parameters == parameters), Checked(item, str(parameters["check"]), parameters))
        for parameters in named
    )  # fmt: skip


def _read(body: Mapping[str, Any]) -> Checked | None:
    """None for a record that is not as irkit writes them."""
    parameters = body.get("check")
    answer = next((word for word in WORDS.values() if word == body.get("answer")), None)
    if not isinstance(parameters, Mapping) or answer is None:
        return None
    try:
        at = parse_instant(str(body.get("at")))
    except BadInput:
        return None
    found = body.get("looked")
    looked = tuple(
        Looked(str(one[0]), str(one[1]))
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, list) and len(one) == 2
    )
    return Checked(
        str(body["item"]), str(parameters.get("check")), dict(parameters), answer,
        str(body.get("why", "")), str(body.get("do", "")), looked, at,
    )  # fmt: skip
