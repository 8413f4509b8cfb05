"""Playbooks as something to look at: the list of the library, one playbook step by step, and what a check found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from irkit.playbook.check import Flaw
from irkit.playbook.schema import FOLDERS, Playbook, Step, placeholder
from irkit.show import Block, Cell, Facts, Notice, Prose, Table, View


def listed(books: Iterable[Playbook]) -> View:
    """Name, title, and when to use it."""
    rows = [(book.name, book.title, _line(book.when)) for book in books]
    return View("Playbooks", (Table.of(("Name", "For", "When to use it"), rows),))


def shown(book: Playbook) -> View:
    """What it is for, what may be given, and each step with what it needs, who approves and what it answers to."""
    facts = Facts(
        (
            ("Name", book.name),
            ("When to use it", _line(book.when) or "not said"),
            ("What it does", _line(book.description) or "not said"),
            ("For a folder of", FOLDERS[book.purpose]),
            ("Run again", "does all of it anew" if book.repeats else "goes on where it stopped"),
            ("May be passed on", book.tlp),
            ("Written", book.created or "not said"),
            ("Changed", book.modified or "not said"),
            ("At the end", f"the postmortem as {', '.join(book.export)}" if book.export else "nothing is exported"),
        )
    )
    steps = [(number, *_step(step)) for number, step in enumerate(book.steps, 1)]
    columns = ("#", "Step", "What", "By", "Needs", "Undo", "CSF 2.0", "ATT&CK")
    blocks: list[Block] = [facts, Table.of(columns, steps, "Steps, in order")]
    blocks += [Notice("warn", f"Before {step.id}: {_line(step.gate)}") for step in book.steps if step.gate]
    blocks += [Prose(_paragraphs(f"{step.id}, by people: {step.manual}")) for step in book.steps if step.manual]
    given = [
        (
            name,
            one.type,
            "required" if one.required else _default(one.default),
            _takers(name, book.steps),
            _line(one.help),
        )
        for name, one in book.parameters.items()
    ]
    blocks.append(
        Table.of(("Parameter", "Type", "Default", "Taken by", "What"), given, "What may be given: -p NAME=VALUE")
    )
    return View(book.title, tuple(blocks))


def checked(found: Mapping[Path, Sequence[Flaw]]) -> View:
    """What is to be mended, file by file."""
    rows = [(f"{flaw.file}:{flaw.line}", flaw.where, flaw.why) for flaws in found.values() for flaw in flaws]
    good = [str(path) for path, flaws in found.items() if not flaws]
    blocks: list[Block] = [Table.of(("Line", "Entry", "Why"), rows, "To be mended")] if rows else []
    blocks += [Notice("ok", f"{path}: nothing to mend") for path in good]
    return View("Playbooks checked", tuple(blocks))


def document(book: Playbook) -> dict[str, Any]:
    """The playbook as plain values, what it extends put in."""
    return book.model_dump(mode="json")


def _step(step: Step) -> tuple[Cell, ...]:
    undo = "cannot be undone" if step.irreversible else "changes nothing" if step.notebook else "as people decide"
    return (
        step.id,
        step.title + (f" (only for {step.only_for})" if step.only_for else ""),
        step.notebook or "people",
        ", ".join(step.needs) or "nothing",
        undo,
        ", ".join(step.csf) or "not said",
        ", ".join(step.attack) or "none",
    )


def _takers(name: str, steps: Iterable[Step]) -> str:
    return ", ".join(step.id for step in steps if any(placeholder(value) == name for value in step.parameters.values()))


def _default(value: Any) -> str:
    return "none" if value is None else str(value)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for paragraph in text.split("\n") if (line := _line(paragraph)))


def _line(text: str) -> str:
    return " ".join(text.split())
