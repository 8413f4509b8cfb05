"""What the case knows, as pandas tables, for whoever wants to ask a question of their own in a notebook.

Columns and dtypes are declared here, beside the code that fills them. Times are UTC (`datetime64[us, UTC]`), missing ones NaT;
counts that nobody has established are <NA>, never 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from irkit.case.desk import Desk
from irkit.case.exposure.windows import occurrences, uses
from irkit.errors import BadInput
from irkit.show.plain import visible

if TYPE_CHECKING:
    import pandas as pd

_TIME = "datetime64[us, UTC]"

OCCURRENCES: Mapping[str, str] = {
    "credential": "string", "place": "string", "path": "string", "line": "Int64", "offset": "int64", "form": "string",
    "live": "bool", "repository": "string", "blob": "string", "reachable": "boolean", "commits": "Int64",
    "first_commit": _TIME, "refs": "string", "tags": "string",
}  # fmt: skip
"""One row an occurrence. `first_commit` is a commit time, which whoever committed could choose; `refs` and `tags` are joined by blanks."""

USES: Mapping[str, str] = {
    "credential": "string", "at": _TIME, "source": "string", "action": "string", "service": "string",
    "principal": "string", "address": "string", "agent": "string", "region": "string", "outcome": "string",
    "error": "string", "writes": "boolean", "target": "string", "event_id": "string", "file": "string", "line": "Int64",
}  # fmt: skip
"""One row a use by the credential itself, as kept for the picture (every event, up to 20,000 of them)."""

JOURNAL: Mapping[str, str] = {"seq": "int64", "at": _TIME, "kind": "string", "actor": "string", "digest": "string"}
"""One row a record of the journal."""

NAMES = ("occurrences", "uses", "journal")


def frame(case: Desk, name: str) -> pd.DataFrame:
    """The table of that name. BadInput for any other; an empty table where nothing was found or looked for yet."""
    if name == "occurrences":
        return _made([_occurrence(one) for one in occurrences(case)], OCCURRENCES)
    if name == "uses":
        rows = [{"credential": one.name, **vars(event)} for one in case.credentials for event in uses(case, one.name)]
        return _made(rows, USES)
    if name == "journal":
        rows = [{column: getattr(record, column) for column in JOURNAL} for record in case.journal.records()]
        return _made(rows, JOURNAL)
    raise BadInput("there is no such table", on=name, do=f"use one of {', '.join(NAMES)}")


def _occurrence(one: Any) -> dict[str, Any]:
    git = one.git
    history = {
        "repository": git.repository,
        "blob": git.blob,
        "reachable": git.reachable,
        "commits": git.commits,
        "first_commit": min((mark.commit_time for mark in git.added), default=None),
        "refs": " ".join(git.refs),
        "tags": " ".join(git.tags),
    } if git else {}  # fmt: skip
    return {**vars(one), **history}


def _made(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    shown = [
        {name: visible(value) if isinstance(value := row.get(name), str) else value for name in columns} for row in rows
    ]
    return pd.DataFrame(shown, columns=list(columns)).astype(dict(columns))
