"""What was published to package registries, beside the window of each token, and what their records cannot tell. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from irkit.model import ApiToken, Credential, PackageRecord, Published, Window
from irkit.model.uploads import published, unknown
from irkit.show import Block, Cell, Notice, Prose, Table

_MOST = 60
_AGAIN = " (irkit capture with --case, or its answer saved anew)"

CLOCK = (
    "The times are set by the registry's own clock: whoever runs it could set them. That whoever publishes cannot was tried with "
    "verdaccio; of other registries it is assumed. Where that clock was compared with ours when it was asked, a version counts as "
    "outside of the window only beyond that difference; else beyond five minutes. No date inside a package is read. Whose a version "
    "is, only people can say."
)


def uploads(
    records: Sequence[PackageRecord], credentials: Sequence[Credential], windows: Mapping[str, Window]
) -> tuple[Block, ...]:
    """Columns: Version, Published (UTC), Credential, Exposed then, Remarks; By, where a registry says who. Empty without a record."""
    if not records:
        return ()
    tokens = [one for one in credentials if isinstance(one, ApiToken)]
    found = published(records)
    rows = sorted((row for one in found for row in _rows(one, tokens, windows)), key=lambda row: row[3] is False)
    columns: tuple[str, ...] = ("Version", "Published (UTC)", "Credential", "Exposed then", "Remarks", "By")
    if not any(one.upload.by for one in found):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    gaps = unknown(records, [windows[one.name] for one in tokens if one.name in windows], _AGAIN)
    return (
        _headline(found, rows),
        Table.of(columns, rows, "Versions, by the registry's own times", most=_MOST),
        Prose((CLOCK,)),
        Table.of(("Unknown", "Why"), gaps, "What these records cannot tell"),
    )


def _rows(one: Published, tokens: Sequence[Credential], windows: Mapping[str, Window]) -> Iterator[tuple[Cell, ...]]:
    at = one.upload.at.at if one.upload.at else None
    for token in tokens:
        exposed, notes = one.exposed(windows.get(token.name)), "; ".join(one.notes)
        yield (one.upload.name, at, token.name, exposed, notes, one.upload.by or None)


def _headline(found: Sequence[Published], rows: Sequence[tuple[Cell, ...]]) -> Notice:
    """Never that nothing was published: only that no record shows it."""
    if not found:
        return Notice("warn", "No version is on record, which does not show that none was published.")
    if not rows:
        return Notice("info", f"{len(found)} versions are on record; this case holds no token to lay them beside.")
    inside, open_ = ({row[:2] for row in rows if row[3] is answer} for answer in (True, None))
    if not inside and not open_:
        return Notice("info", f"Of {len(found)} versions on record none was published while it was exposed.")
    told = f"Of {len(found)} versions on record {len(inside)} {'was' if len(inside) == 1 else 'were'} published while it was exposed"
    return Notice("warn", told + (f", and {len(open_ - inside)} may have been." if open_ - inside else "."))
