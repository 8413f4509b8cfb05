"""From a file to the alerts in it: which format it is, and one sentence when it is none that irkit knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from irkit.errors import BadInput
from irkit.model import Skipped
from irkit.providers import PROVIDERS, identify
from irkit.sources.alerts.interface import Alert, Document, Scanner
from irkit.sources.alerts.table import SCANNERS

_LARGEST = 256 << 20  # bytes
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_NOTHING = object()


@dataclass(frozen=True)
class Report:
    """The alerts of one file, in its order, and the lines of it that could not be read."""

    path: Path
    scanner: Scanner
    alerts: tuple[Alert, ...]
    skipped: tuple[Skipped, ...] = ()

    @property
    def holds_values(self) -> bool:
        return self.scanner.holds_values and any(alert.secret for alert in self.alerts)


def read_alerts(path: Path) -> Report:
    """Every alert in a report. BadInput when it cannot be read, is of no known format, or names nothing; no value is repeated."""
    text = _text(path)
    if text.lstrip()[:15].lower().startswith(("<!doctype", "<html", "<?xml")):
        raise BadInput(
            "this is a web page, not a scanner's report", on=path, do="save the report or the API's answer itself"
        )
    document, skipped = _document(path, text)
    scanner = next((one for one in SCANNERS if one.fits(document)), None)
    if scanner is None:
        if document.rows == () and not document.text:
            raise BadInput("this report names no credential", on=path, why="it is empty", do="check what was scanned")
        known = ", ".join(one.title for one in SCANNERS)
        raise BadInput("irkit does not know this report", on=path, why=f"it reads {known}", do="give one of these")
    alerts = tuple(_guessed(alert) for alert in scanner.read(document))
    if not alerts:
        raise BadInput(
            "this report names no credential",
            on=path,
            why=f"read as {scanner.title}",
            do="check what was scanned, or give the credential itself: --credential REF",
        )
    return Report(path, scanner, alerts, tuple(skipped))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadInput("this is too large for a report", on=path, why="over 256 MiB", do="split it")
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(
            "the report cannot be read", on=path, why=error.strerror or type(error).__name__, do="correct the path"
        ) from None
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, "replace")


def _document(path: Path, text: str) -> tuple[Document, list[Skipped]]:
    """JSON, JSON Lines, or plain text, by how it begins."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return Document(path, text=text.strip()), []
    value = _json(text)
    if value is not _NOTHING:
        return Document(path, tuple(value) if isinstance(value, list) else (value,)), []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    read = [(number, _json(line)) for number, line in lines]
    rows = [row for _, row in read if isinstance(row, dict)]
    if not rows:
        raise BadInput("this report is not whole JSON", on=path, why="it is cut off or damaged", do="fetch it again")
    skipped = [Skipped(f"{path} line {number}", "not JSON") for number, row in read if row is _NOTHING]
    return Document(path, tuple(rows)), skipped


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ends here: the error would carry the whole text along
        return _NOTHING


def _guessed(alert: Alert) -> Alert:
    """Who issued it, by its shape, or else by the name of the rule."""
    if alert.secret:
        try:
            found = identify(alert.secret.text())
        except BadInput:
            found = ()
        if found:
            return replace(alert, provider=found[0].provider)
    return replace(alert, provider=_named(re.findall(r"[a-z0-9]+", alert.rule.lower()), PROVIDERS))


def _named(words: Iterable[str], providers: Iterable[str]) -> str:
    return next((name for name in providers if name in words), "")
