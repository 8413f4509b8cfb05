"""One question without a case: where does it occur. The answer as JSON, as a table of a spreadsheet, and for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irkit.case.credentials import document_of, hide_from_now_on, needles_of, recognised
from irkit.case.progress import Bars
from irkit.errors import BadInput
from irkit.model import Credential, Occurrence, SecretRef, Skipped
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.show import View
from irkit.show.spreadsheet import to_csv
from irkit.sources import Hunted, fleet
from irkit.stores import resolve


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
        """One row an occurrence; lists are joined by spaces. No cell acts in a terminal or, by a quote before it, in a spreadsheet."""
        columns = ["place", "path", "line", "offset", "form", "live", "repository", "blob", "reachable", "commits"]
        lists = ["added", "removed", "refs", "tags"]
        rows = [one.document() for one in self.occurrences]
        return to_csv(
            columns + lists,
            [[row.get(name) for name in columns] + [_joined(row.get(name, ())) for name in lists] for row in rows],
        )

    def view(self) -> View:
        from irkit.case.exposure.places import located_view

        return located_view(self.occurrences, self.skipped, "Where it occurs")


def _joined(items: Iterable[Any]) -> str:
    return " ".join(item["commit"] if isinstance(item, dict) else item for item in items)


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
    hide_from_now_on(hunted)
    setting = Setting(base, SecretRef.parse(responder) if responder else None)
    targets = fleet.from_paths(str(path) for path in paths) + (fleet.from_list(listed) if listed else [])
    missing: list[Skipped] = []
    if organisation:
        from irkit.network import Door
        from irkit.sources.fleet.organisation import from_organisation

        found_there, missing = from_organisation(organisation, Door(resolve, Redactor()), setting)
        targets += found_there
    if not targets and not organisation:
        raise BadInput("there is nothing to search", do="name paths or addresses, or give --list or --organisation")
    how = fleet.Fleet(workers, scheduler, fleet.Access.of(setting, resolve))
    found = fleet.search(targets, [hunted], how, Bars())
    return Located(credential, found.occurrences, (*missing, *found.skipped))
