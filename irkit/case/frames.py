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
from irkit.show import Cell, Table, View
from irkit.show.plain import visible

if TYPE_CHECKING:
    import pandas as pd

_TIME = "datetime64[us, UTC]"
_SHOWN = 200

OCCURRENCES: Mapping[str, str] = {
    "credential": "string", "place": "string", "path": "string", "line": "Int64", "offset": "int64", "form": "string",
    "live": "bool", "repository": "string", "blob": "string", "reachable": "boolean", "commits": "Int64",
    "first_commit": _TIME, "refs": "string", "tags": "string",
}  # fmt: skip
"""One row an occurrence. `first_commit` is a commit time, which whoever committed could choose; `refs` and `tags` are joined by blanks."""

_GIT = ("repository", "blob", "reachable", "commits", "first_commit", "refs", "tags")

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


def table(case: Desk, name: str) -> View:
    """The same for the eye: in JupyterLab every row, to sort and to filter; elsewhere the first 200."""
    found = frame(case, name)
    columns = [_cells(found[column]) for column in found.columns]
    if name == "occurrences":
        names = list(found.columns)
        in_git = [place is not None for place in columns[names.index("repository")]]
        for at in map(names.index, _GIT):
            columns[at] = [value if known else "not in git" for value, known in zip(columns[at], in_git, strict=True)]
    rows = list(zip(*columns, strict=True))
    where = f"the case's evidence; desk.frame({name!r}) gives all of them"
    return View(
        name.capitalize(), (Table.of(tuple(map(str, found.columns)), rows, f"Every row of {name}", _SHOWN, where),)
    )


def _cells(column: Any) -> list[Cell]:
    """Python's own values, None for what is missing."""
    missing = column.isna()
    values = column.dt.to_pydatetime() if str(column.dtype) == _TIME else column.tolist()
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]


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
