"""What the looking came to, to be shown, written as JSON, kept in the journal, and told by an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from irkit.case.desk import Desk
from irkit.errors import IrkitError, OutcomeUnknown, Waiting
from irkit.model import Kind, iso
from irkit.postmortem.actions import ActionItem
from irkit.postmortem.checks.answers import Checked
from irkit.show import Block, Cell, Notice, Table, View
from irkit.show.times import stamp


@dataclass(frozen=True)
class InForce:
    """The action items of a case, each with what was found at `at` (UTC)."""

    case: str
    at: datetime
    items: tuple[ActionItem, ...]

    @property
    def checks(self) -> tuple[Checked, ...]:
        return tuple(one for item in self.items for one in item.checks)

    def of(self, word: str) -> tuple[ActionItem, ...]:
        return tuple(one for one in self.items if one.checks and one.in_force == word)

    def shortfall(self) -> IrkitError | None:
        """Waiting (exit code 3) when an item is not in force, OutcomeUnknown (5) when of one it could not be told, None otherwise.

        Items that name no check are neither: nobody looked.
        """
        if missing := self.of("not in force"):
            return Waiting(
                "an action item is not in force", on=_first(missing), why=_why(missing[0]), do=_do(missing[0])
            )
        if unknown := self.of("unknown"):
            return OutcomeUnknown(
                "whether an action item is in force is not known",
                on=_first(unknown),
                why=_why(unknown[0]),
                do=_do(unknown[0]),
            )
        return None

    def record(self, case: Desk) -> None:
        """Journal the answers, so that the postmortem tells them with their time. StepFailed when the journal cannot be written."""
        case.write_many((Kind.CHECKED, one.body()) for one in self.checks)

    def document(self) -> dict[str, Any]:
        """`irkit verify CASE --format json`, of the action items."""
        return {
            "at": iso(self.at),
            "items": [
                {
                    "item": one.id, "text": one.text, "status": one.status, "owner": one.owner,
                    "due": one.due.isoformat() if one.due else None, "in_force": one.in_force,
                    "checks": [each.document() for each in one.checks],
                }
                for one in self.items
            ],
        }  # fmt: skip

    def view(self) -> View:
        rows = [(f"A{number}", one.text, one.status, one.in_force, one.id) for number, one in enumerate(self.items, 1)]
        blocks: list[Block] = [
            Table.of(("No.", "Action", "Status", f"At {stamp(self.at)}", "Id"), rows, "Action items")
        ]
        if checks := [row for number, one in enumerate(self.items, 1) for row in _rows(f"A{number}", one)]:
            columns = ("No.", "Check", "Answer", "Why", "What to do", "Looked at")
            blocks.append(Table.of(columns, checks, "What was looked at"))
        blocks += [Notice("bad", text) for text in _ticked(self.items)]
        return View("Are the action items in force", tuple(blocks))


def _rows(number: str, item: ActionItem) -> Iterator[tuple[Cell, ...]]:
    for one in item.checks:
        looked = "; ".join(f"{each.what}: {each.found}" for each in one.looked)
        yield (number, one.check, one.answer, one.why, one.do or "—", looked or "—")


def _ticked(items: tuple[ActionItem, ...]) -> Iterator[str]:
    """What people called done and what a look does not bear out."""
    for number, one in enumerate(items, 1):
        if one.status == "done" and one.checks and one.in_force != "in force":
            yield f"A{number} is called done in front.toml; its checks say: {one.in_force}."


def _first(items: tuple[ActionItem, ...]) -> str:
    return items[0].id + (f", and {len(items) - 1} more" if len(items) > 1 else "")


def _telling(item: ActionItem) -> Checked:
    return next(one for one in item.checks if one.answer == item.in_force)


def _why(item: ActionItem) -> str:
    return f"{_telling(item).check}: {_telling(item).why}"


def _do(item: ActionItem) -> str:
    return _telling(item).do or "see the table"
