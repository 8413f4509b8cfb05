"""What of the logs could not be read: gathered by reason, so that a million bad lines stay a line of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from irkit.model import Skipped
from irkit.sources.logs.interface import Where

_KEPT = 1000
"""Places that are kept of one file and reason, and files that are listed for one reason; the rest is counted."""
_LISTED = 10


@dataclass
class Unread:
    """By file and reason: the places, each once however often the file is read, and how many more there are."""

    places: dict[tuple[str, str], dict[Where, None]] = field(default_factory=dict)
    more: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, where: Where, why: str) -> None:
        key = (where.file, why)
        kept = self.places.setdefault(key, {})
        if len(kept) < _KEPT or where in kept:
            kept[where] = None
        else:
            self.more[key] = self.more.get(key, 0) + 1

    def merge(self, other: Unread) -> None:
        """What another reading of these or of other files found: the same places are not counted twice."""
        for key, kept in other.places.items():
            for where in kept:
                self.add(where, key[1])
        for key, more in other.more.items():
            self.more[key] = max(self.more.get(key, 0), more)

    def skipped(self) -> list[Skipped]:
        rows, files = [], dict[str, int]()
        for key, places in self.places.items():
            why = key[1]
            files[why] = files.get(why, 0) + 1
            if files[why] <= _KEPT:
                rows.append(_row(why, list(places), self.more.get(key, 0)))
        return rows + [Skipped(f"{count - _KEPT} more files", why) for why, count in files.items() if count > _KEPT]


def _row(why: str, places: list[Where], more: int) -> Skipped:
    first, *others = places
    if not others:
        return Skipped(str(first), why)
    lines = ", ".join(str(place.line) for place in others[:_LISTED] if place.line)
    dots = ", ..." if len(others) + more > _LISTED else ""
    return Skipped(str(first), f"{why} (and {len(others) + more} more: lines {lines}{dots})")
