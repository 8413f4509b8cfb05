"""One question without a case: what is this credential, where does it occur, who used it.

There is no case key here, so a credential has no fingerprint; it is spoken of by its public id or its reference.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.case.credentials import document_of, needles_of, recognised
from irkit.case.keys import key_view
from irkit.case.places import located_view
from irkit.case.progress import Bars
from irkit.case.usage import read_usage, usage_view
from irkit.errors import BadInput
from irkit.exposure import UsageReport
from irkit.model import Credential, Occurrence, OpenPgpKey, SecretRef, Skipped, UsageEvent, parse_instant
from irkit.plan import canonical
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.show import Facts, View
from irkit.sources import Hunted, fleet
from irkit.stores import resolve

__all__ = ["Located", "Used", "identified", "inspected", "locate", "located_view", "usage"]


def identified(text: str) -> View:
    """Provider, shape, and whatever the format gives away offline."""
    credential = recognised(text, resolve)
    if isinstance(credential, OpenPgpKey):
        return key_view(credential)
    facts = Facts(
        (
            ("Reference", str(credential.ref)),
            ("Provider", credential.provider if credential.provider != "unknown" else None),
            ("Shape", credential.shape if credential.shape != "unknown" else None),
            ("Public id", credential.public_id or None),
            *credential.facts,
        )
    )
    return View("Identified", (facts,))


def inspected(text: str) -> View:
    """What an OpenPGP key blob holds. BadInput when it is no OpenPGP key."""
    credential = recognised(text, resolve)
    if not isinstance(credential, OpenPgpKey):
        raise BadInput(
            "this is no OpenPGP key", on=credential.ref, do="give the reference to a key file or an armored block"
        )
    return key_view(credential)


@dataclass(frozen=True)
class Located:
    """Every occurrence of one credential, and what could not be read."""

    credential: Credential
    occurrences: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...]

    def document(self) -> dict[str, Any]:
        return {
            "credential": document_of(self.credential),
            "occurrences": [found.document() for found in self.occurrences],
            "skipped": [item.document() for item in self.skipped],
        }

    def csv(self) -> str:
        """One row an occurrence; lists are joined by spaces. A cell that a spreadsheet would run gets a leading quote."""
        out = io.StringIO()
        columns = ["place", "path", "line", "offset", "form", "live", "repository", "blob", "reachable", "commits"]
        lists = ["added", "removed", "refs", "tags"]
        writer = csv.writer(out)
        writer.writerow(columns + lists)
        for found in self.occurrences:
            row = found.document()
            joined = [
                " ".join(item["commit"] if isinstance(item, dict) else item for item in row.get(name, ()))
                for name in lists
            ]
            writer.writerow([_inert(row.get(name)) for name in columns] + [_inert(text) for text in joined])
        return out.getvalue()

    def view(self) -> View:
        return located_view(self.occurrences, self.skipped, "Where it occurs")


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def locate(
    ref: str,
    paths: Sequence[str | Path] = (),
    *,
    listed: Path | None = None,
    organisation: str = "",
    base: str = "",
    responder: str = "",
    workers: int = 1,
    scheduler: str = "",
) -> Located:
    """Every occurrence of one credential: under the paths, in what a file lists, in all repositories of an organisation.

    Addresses are mirrored into the user's cache first. The answer is the same, in the same order, whatever `workers` and
    `scheduler` (a Dask scheduler's address) are. BadInput for a path that is not there, and when there is nothing to search.
    """
    credential = recognised(ref, resolve)
    hunted = Hunted(credential.name, needles_of(credential, resolve))
    setting = Setting(base, SecretRef.parse(responder) if responder else None)
    targets = fleet.from_paths(str(path) for path in paths) + (fleet.from_list(listed) if listed else [])
    missing: list[Skipped] = []
    if organisation:
        from irkit.http import Door

        found_there, missing = fleet.from_organisation(organisation, Door(resolve, Redactor()), setting)
        targets += found_there
    if not targets and not organisation:
        raise BadInput("there is nothing to search", do="name paths or addresses, or give --list or --organisation")
    how = fleet.Fleet(workers, scheduler, fleet.Access.of(setting, resolve))
    found = fleet.search(targets, [hunted], how, Bars())
    return Located(credential, found.occurrences, (*missing, *found.skipped))


@dataclass(frozen=True)
class Used:
    """The uses of one credential, and the events behind them."""

    credential: Credential
    report: UsageReport
    events: tuple[UsageEvent, ...]

    @property
    def skipped(self) -> int:
        return len(self.report.skipped)

    def document(self) -> dict[str, Any]:
        return self.report.document()

    def view(self) -> View:
        return usage_view(self.credential.name, self.report)

    def write_events(self, path: Path) -> None:
        """One JSON object a line, each a UsageEvent; made by the credential itself, duplicates included."""
        try:
            with path.open("w") as file:
                for event in self.events:
                    file.write(canonical(event).decode() + "\n")
        except OSError as error:
            raise BadInput("the events cannot be written", on=path, why=str(error.strerror)) from None


def usage(ref: str, logs: Sequence[Path], since: str = "", until: str = "") -> Used:
    """Every use of one credential in the logs. BadInput when a log is not there or logs know it by no name."""
    credential = recognised(ref, resolve)
    start, end = (parse_instant(text) if text else None for text in (since, until))
    report, events = read_usage(credential, resolve, logs, since=start, until=end, progress=Bars())
    if report is None:
        raise BadInput(
            "logs do not know this kind of credential by any name", on=ref, do="give its public id, as id:VALUE"
        )
    return Used(credential, report, events)
