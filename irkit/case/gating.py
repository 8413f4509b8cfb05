"""The gate at the desk: the case's own secrets by the finder, others by a scanner, and what the case sealed by its journal."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.case.connection import set_aside
from irkit.case.desk import Desk
from irkit.case.sealed_evidence import sealed_files
from irkit.errors import IrkitError, NotAvailable, StepFailed, WouldLeak
from irkit.guard.gate import Gated, gate
from irkit.guard.unknown import ALLOW_FILE, Unknown, allowed_in, unknown_secrets
from irkit.redact import Redactor
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.private import places

_NAMED = 5
_NOT_ASKED = "it was not asked for (--unknown)"


@dataclass(frozen=True)
class Looked:
    """What was seen at one path. `unknown` is None when no scanner looked, and `why` says why; `blind` are credentials not sought."""

    path: str
    gated: Gated
    unknown: tuple[Unknown, ...] | None
    why: str
    blind: tuple[tuple[str, str], ...]

    @property
    def clean(self) -> bool | None:
        """Of the case's own secrets. Nothing found is "clean" only where every one could be sought and every file was read."""
        return None if self.blind and not self.gated.leaks else self.gated.clean

    @property
    def stopping(self) -> tuple[Unknown, ...]:
        return tuple(one for one in self.unknown or () if not one.allowed)

    def refuse(self) -> None:
        """WouldLeak when a secret of the case stands there, or one that nobody allowed. Files and channels are named, no value."""
        if self.gated.leaks:
            raise WouldLeak(
                "a secret of this case stands in its files",
                on=_first([str(leak) for leak in self.gated.leaks]),
                do="remove it there, then run this again",
            )
        if self.stopping:
            raise WouldLeak(
                "what looks like a secret stands in its files",
                on=_first([str(one) for one in self.stopping]),
                do=f"remove it there; if it is no secret, put its fingerprint into {ALLOW_FILE} in the folder or the case",
            )

    def document(self) -> dict[str, Any]:
        """`irkit guard gate --format json`."""
        return {
            "path": self.path,
            "files": self.gated.files,
            "clean": self.clean,
            "leaks": [leak.document() for leak in self.gated.leaks],
            "unknown_secrets": None if self.unknown is None else [one.document() for one in self.unknown],
            "unknown_secrets_why": self.why,
            "sealed": [one.document() for one in self.gated.sealed],
            "skipped": [one.document() for one in self.gated.skipped]
            + [{"what": ref, "why": f"not searched for: {why}"} for ref, why in self.blind],
        }

    def view(self) -> View:
        others: str | int = f"not looked for: {self.why}" if self.unknown is None else len(self.stopping)
        facts = Facts(
            (
                ("Searched", self.path),
                ("Files", self.gated.files),
                ("Clean", self.clean),
                ("Other secrets found", others),
                ("Sealed", len(self.gated.sealed)),
            )
        )
        blocks: list[Block] = [facts]
        blocks += [
            Notice("warn", f"{ref} could not be read, so it was not searched for: {why}") for ref, why in self.blind
        ]
        if self.gated.sealed:
            rows = [(str(one.file), f"sealed to {len(one.keys)} people") for one in self.gated.sealed]
            blocks.append(Table.of(("File", "What it is"), rows, "Sealed"))
        if allowed := [one for one in self.unknown or () if one.allowed]:
            found = [(one.file, one.line, one.rule, one.fingerprint) for one in allowed]
            blocks.append(Table.of(("File", "Line", "Rule", "Fingerprint"), found, f"Allowed by {ALLOW_FILE}"))
        if self.gated.skipped:
            unread = [(item.what, item.why) for item in self.gated.skipped]
            blocks.append(Table.of(("Not read", "Why"), unread, "Unknown"))
        return View("Gate", tuple(blocks))


def look(case: Desk, path: Path, *, unknown: bool | None = None) -> Looked:
    """Search everything at and below `path`. `unknown`: whether a scanner looks for other secrets too; None is where one is here.

    NotAvailable or StepFailed when it must (True) and cannot.
    """
    redactor, sealed = case.redactor, sealed_files(case)
    with set_aside(path):
        return _looked(case, path, redactor, sealed, unknown)


def _looked(
    case: Desk, path: Path, redactor: Redactor, sealed: Mapping[str, tuple[str, ...]], unknown: bool | None
) -> Looked:
    if any(place.is_relative_to(path.resolve()) for place in places()):  # the scanner's report would be found as well
        gated, (others, why) = gate(path, redactor, sealed=sealed), _others(case, path, unknown)
    else:
        with ThreadPoolExecutor(1) as aside:  # a process of its own, which takes as long as the search
            scanned = aside.submit(_others, case, path, unknown)
            gated = gate(path, redactor, sealed=sealed)
            others, why = scanned.result()
    return Looked(redactor.text(str(path)), gated, others, why, case.needled.blind)


def _others(case: Desk, path: Path, wanted: bool | None) -> tuple[tuple[Unknown, ...] | None, str]:
    if wanted is False:
        return None, _NOT_ASKED
    allowed = allowed_in(case.folder, path if path.is_dir() else path.parent)
    try:
        return unknown_secrets(path, case.redactor, allowed), ""
    except (NotAvailable, StepFailed) as error:
        if wanted:
            raise
        return None, _said(error)


def _said(error: IrkitError) -> str:
    return str(error).rstrip(".")


def _first(places: list[str]) -> str:
    more = len(places) - _NAMED
    return "; ".join(places[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
