"""Where the keys stand after publishing, from what was read back."""

from __future__ import annotations

from irkit.case.desk import Desk
from irkit.model import Kind
from irkit.show import Notice, Table, View


def published(case: Desk) -> View:
    """The last reading of each place. Nothing was published: said so."""
    last = {str(one.body["place"]): one for one in case.journal.records(Kind.PUBLISHED)}
    if not last:
        return View("Published", (Notice("warn", "The keys have not been published anywhere that was read back."),))
    rows = [(place, one.body["old"], one.body["new"], one.body["why"], one.at) for place, one in sorted(last.items())]
    return View(
        "Published", (Table.of(("Place", "Old key", "New key", "Read back", "At (UTC)"), rows, "As a client sees it"),)
    )
