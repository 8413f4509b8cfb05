"""From a saved file to a record: the content says which reader it is for; what nobody recognises is refused in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.model import Skipped, Trust
from irkit.model.uploads import naming
from irkit.sources.clocks import github, others, packages
from irkit.sources.clocks.interface import Reader, Record

READERS: tuple[Reader, ...] = (*github.READERS, *others.READERS, *packages.READERS)

OURS = "ours:"
"""Before the path of a server's reflog: the responder says that the server is theirs and its clock is believed."""

ENVELOPE = "irkit-capture"
"""The name under which a captured answer says what it is (`irkit.sources.clocks.capture`)."""


def recognise(content: Any) -> Reader:
    """The reader for parsed JSON. BadInput, naming what is known, when it is none of them."""
    found = next((reader for reader in READERS if reader.recognise(content)), None)
    if found is None:
        known = ", ".join(reader.title for reader in READERS)
        raise BadInput(
            "nothing here knows this kind of answer", why=f"known are: {known}, and a server's reflog",
            do="save the host's answer as it came, or let irkit capture fetch it",
        )  # fmt: skip
    return found


def read_clocks(paths: Iterable[str | Path]) -> Record:
    """All of them together, pushes oldest first. BadInput when one is not there or is no such answer."""
    found = Record()
    for path in paths:
        text = str(path)
        ours = text.startswith(OURS)
        found += read_clock(Path(text.removeprefix(OURS)), Trust.OURS if ours else Trust.SETTABLE)
    return found


def read_clock(path: Path, trust: Trust = Trust.SETTABLE) -> Record:
    """One saved answer, or the reflogs of a repository's folder. `trust` is that of reflogs alone."""
    if path.is_dir():
        found = [
            others.read_reflog(_text(file), f"{path.name}/{ref}", ref, trust) for file, ref in others.reflogs(path)
        ]
        if not found:
            raise BadInput(
                "there is no reflog in this folder", on=path, why="a bare repository keeps none unless told to",
                do="give a saved answer of the code host instead",
            )  # fmt: skip
        return sum(found, Record())
    text = _text(path)
    if others.is_reflog(text):
        return others.read_reflog(text, path.name, path.name, trust)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = _lines(text, path)
    return read_content(content, path.name)


def read_content(content: Any, where: str) -> Record:
    """Parsed JSON. An answer that lists nothing is told as that: it may be of any kind, and says nothing."""
    notes: tuple[Skipped, ...] = ()
    captured: dict[str, Any] = {}
    if isinstance(content, dict) and ENVELOPE in content:
        captured, missing = content, content.get("missing") or ""
        notes = (Skipped(f"{where} ({captured[ENVELOPE]})", str(missing)),) if missing else ()
        content = captured.get("answer")
        if content is None:
            return Record(skipped=notes, packages=packages.unanswered(captured, where))
    if content == []:
        return Record(skipped=(*notes, Skipped(where, "the answer lists nothing: that is no proof that nothing was")))
    try:
        reader = recognise(content)
    except BadInput as error:
        raise BadInput(error.what, on=where, why=error.why, do=error.do) from None
    found = reader.read(content, where)
    # Each file is a record of its own: a push of one repository says nothing about how far back another's record reaches.
    pushes = tuple(replace(push, record=f"{push.record} in {where}") for push in found.pushes)
    found = replace(found, pushes=pushes)
    count = len(found.pushes) + len(found.signs)
    origin = (where, reader.title, count, reader.forgers, reader.sample)
    unread = f"{len(found.skipped)} entries of {where} could not be read" if found.skipped else ""
    told = tuple(packages.as_captured(naming(one, unread) if unread else one, captured) for one in found.packages)
    found = replace(found, packages=told)
    return found + Record(skipped=notes, origins=(origin,))


def without_secrets(content: Any) -> Any:
    """An answer as it may be kept: a scanner's alert carries the value it found, of whatever credential.

    BadInput when it is nested more deeply than any answer of a host.
    """
    try:
        return _without_secrets(content)
    except RecursionError:
        raise BadInput("this answer cannot be kept", why="it is nested too deeply", do="fetch it again") from None


def _without_secrets(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _without_secrets(value) for name, value in content.items() if name != "secret"}
    if isinstance(content, list):
        return [_without_secrets(value) for value in content]
    return content


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise BadInput("this clock cannot be read", on=path, why=error.strerror or "", do="check the path") from None
    except UnicodeDecodeError:
        raise BadInput("this clock is no text", on=path, do="save the host's answer as it came") from None


def _lines(text: str, path: Path) -> list[Any]:
    """One JSON object a line, as audit logs are exported."""
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()] or _refuse(path)
    except (ValueError, RecursionError):
        return _refuse(path)


def _refuse(path: Path) -> list[Any]:
    raise BadInput("this clock is neither JSON nor a reflog", on=path, do="save the host's answer as it came")
