"""Independent clocks at the desk: captured from the code host, kept as evidence, and read into instants."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.registries import completed
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef, Skipped
from irkit.network import Door
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.clocks import Record, read_clock, read_clocks
from irkit.sources.clocks.capture import PAGES, Answer, asked_of, capture, place_of
from irkit.sources.clocks.packages import ECOSYSTEMS
from irkit.sources.clocks.read import OURS, read_content, without_secrets
from irkit.stores import resolve

_CAPTURED = "captured clock"


def captured(case: Desk, repository: str, pages: int = PAGES) -> tuple[View, int]:
    """Ask the code host about a repository, or a registry about a package, through the settings of case.toml, and keep it as evidence.

    `window` and `uploads` read what was captured from then on. The view, and how much could not be had. BadInput for a name that is
    no repository and no package.
    """
    place = place_of(repository)
    setting = completed(place.host, case.settings.provider(place.host).setting())
    asked = datetime.now(UTC)
    answers = list(capture(place, case.door, setting, pages))
    for one in answers:
        if isinstance(one, Answer):
            case.keep(dict(one.document), _CAPTURED, f"{one.kind} of {place.name}")
        elif one.what in ECOSYSTEMS:  # that a registry gave no record is known by that alone
            nothing = asked_of(place, one.what, asked, one.why, setting.base) | {"answer": None}
            case.keep(nothing, _CAPTURED, f"{one.what} of {place.name}")
    return captured_view(place.name, answers), _lost(answers)


def capture_into(folder: Path, repository: str, base: str, responder: str, pages: int = PAGES) -> tuple[View, int]:
    """The same without a case: one file for each answer, in a new folder. The view, and how much could not be had."""
    place = place_of(repository)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise BadInput("this folder is in use", on=folder, why="evidence is never overwritten", do="name a new one")
        setting = completed(place.host, Setting(base, SecretRef.parse(responder) if responder else None))
        answers = list(capture(place, Door(resolve, Redactor(())), setting, pages))
        for one in answers:
            if isinstance(one, Answer):
                content = json.dumps(one.document, indent=1, ensure_ascii=False) + "\n"
                write_whole(folder / f"{one.kind}.json", content.encode())
    except OSError as error:
        raise BadInput("the answers cannot be written", on=folder, why=error.strerror or "") from None
    return captured_view(place.name, answers), _lost(answers)


def _lost(answers: Iterable[Answer | Skipped]) -> int:
    return sum(isinstance(one, Skipped) or bool(one.missing) for one in answers)


def is_package(name: str) -> bool:
    """Whether a name that can be captured is a package's. BadInput for one that cannot."""
    return place_of(name).host in ("npm", "devpi")


def captured_view(name: str, answers: Iterable[Answer | Skipped]) -> View:
    """What came and what did not, each with its reason."""
    rows: list[tuple[Any, ...]] = []
    for one in answers:
        if isinstance(one, Answer):
            rows.append((one.kind, one.entries, one.missing or "all of it"))
        else:
            rows.append((one.what, None, one.why))
    facts = Facts((("About", name), ("Answers", sum(row[1] is not None for row in rows)), ("Asked", len(rows))))
    return View("Captured from the host", (facts, Table.of(("Record", "Entries", "What is missing"), rows)))


def recorded(case: Desk, paths: Sequence[str | Path]) -> Record:
    """The clocks in these files, kept as evidence, and those captured before."""
    found = Record()
    for path in paths:
        found += read_clocks([path])
        where = Path(str(path).removeprefix(OURS))
        if where.is_file():
            case.keep({"text": _kept(where)}, "clock", str(path))
        else:
            case.keep(
                {"pushes": [f"{push.at} {push.ref} {push.after}" for push in read_clock(where).pushes]},
                "clock",
                str(path),
            )
    for record in case.journal.records(Kind.EVIDENCE):
        if record.body["what"] == _CAPTURED:
            found += read_content(case.evidence.document(record.body["digest"]), record.body["source"])
    return found


def _kept(path: Path) -> str:
    """The file as evidence: as it is, unless it is JSON that holds what a scanner found."""
    text = path.read_text()
    if '"secret"' not in text:
        return text
    try:
        return json.dumps(without_secrets(json.loads(text)))
    except ValueError:
        return "\n".join(map(_kept_line, text.splitlines()))


def _kept_line(line: str) -> str:
    try:
        return json.dumps(without_secrets(json.loads(line)))
    except ValueError:
        return line


def record_blocks(record: Record, untied: Sequence[str]) -> tuple[Block, ...]:
    """Which clocks were read and what they are worth, what they tell beside instants, and what could not be used."""
    blocks: list[Block] = []
    if record.origins:
        columns = ("Clock", "What it is", "Entries", "Who could set it", "Format confirmed by")
        blocks.append(Table.of(columns, record.origins, "Independent clocks"))
    facts = tuple(dict.fromkeys((*record.facts, *untied)))
    if facts:
        blocks.append(Table.of(("What they tell beside",), [(text,) for text in facts]))
    blocks += [Notice("warn", f"not read: {item.what}: {item.why}") for item in record.skipped[:20]]
    if len(record.skipped) > 20:
        blocks.append(Notice("warn", f"not read: {len(record.skipped) - 20} more entries"))
    return tuple(blocks)
