"""Where it stands, drawn over time: a line a place, solid while a branch held it, hatched while only history does.

Pure, but for drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from irkit.exposure.drawing import Bands, Scene, svg
from irkit.model import Occurrence
from irkit.show import Figure, Table
from irkit.show.palette import EXPOSED, SOFT

_MOST = 24
_NAME = 38  # characters
_CAPTION = (
    "Solid: a branch held it, or it is on disk now. Hatched: only the history holds it, where anybody with a clone still reads it. "
    "Arrow: since when is not known. Left ends are commit dates, which whoever committed could choose. Times in UTC."
)
_NO_LABELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class _Place:
    """One path in one repository, or one file on disk, with all that was found there. Times are commit times in UTC."""

    front: str
    path: str
    credential: str
    since: datetime | None
    held_until: datetime | None  # None: no branch ever held it, as far as its commits tell
    live: bool

    @property
    def name(self) -> str:
        return self.front + self.path


def occurrence_map(
    occurrences: Iterable[Occurrence], now: datetime, labels: Mapping[str, str] = _NO_LABELS
) -> Figure | None:
    """The places that give the credential away, as SVG, with a sentence and a table that say the same; None when there are none.

    The same input gives the same bytes.
    """
    places = _places([one for one in occurrences if not one.names_only], now, labels)
    if not places:
        return None
    shown, left = places[:_MOST], len(places) - _MOST
    start = min((place.since for place in shown if place.since), default=now - timedelta(hours=1))
    margin = max((now - start) * 0.04, timedelta(minutes=1))
    lanes = [_lane(place, start - margin, now) for place in shown]
    live = sum(place.live for place in places)
    alt = f"Map of {len(places)} places: {live} hold it now, {len(places) - live} only in their history."
    more = f" {left} more places are in the table below only." if left > 0 else ""
    return Figure(
        svg(Scene(tuple(lanes), start - margin, now + margin / 2, tight=True)), alt, _CAPTION + more, _table(places)
    )


def _places(occurrences: Sequence[Occurrence], now: datetime, labels: Mapping[str, str]) -> list[_Place]:
    groups: dict[tuple[str, str, str], list[Occurrence]] = {}
    for one in occurrences:
        path = one.path.partition("!")[0] if one.git is None else one.path
        groups.setdefault((one.git.repository if one.git else "", path, one.credential), []).append(one)
    many = len({credential for _, _, credential in groups}) > 1
    several = len({repository for repository, _, _ in groups if repository}) > 1
    made = []
    for (repository, path, credential), group in groups.items():
        marks = [mark for one in group if one.git for mark in one.git.added]
        removed = [mark.commit_time for one in group if one.git for mark in one.git.removed]
        live = any(one.live for one in group)
        since = min((mark.commit_time for mark in marks), default=None)
        until = now if live else max(removed, default=None)
        before = f"{repository.rstrip('/').rpartition('/')[2]}: " if several and repository else ""
        where = {"git-commit": f"message {path[:12]}", "git-tag": f"message of {path}"}.get(
            group[0].place, path or "a blob"
        )
        label = labels.get(credential, credential)
        before = f"{label.partition(' ')[0]}: {before}" if many and " " in label else before
        made.append(_Place(before, where, label, since, until, live))
    far = now + timedelta(days=1)
    return sorted(made, key=lambda place: (not place.live, place.since or far, place.name))


def _lane(place: _Place, start: datetime, now: datetime) -> Bands:
    since = min(place.since or start, now)
    until = place.held_until if place.held_until and place.held_until > since else None
    inner = (since, min(until, now)) if until else None
    return Bands(_cut(place), (since, now), inner, EXPOSED if place.live else SOFT, place.since is None, open_end=False)


def _cut(place: _Place) -> str:
    """The end of a long path says more than its beginning."""
    room = _NAME - len(place.front)
    return place.name if len(place.path) <= room else f"{place.front}…{place.path[1 - max(room, 12) :]}"


def _table(places: Sequence[_Place]) -> Table:
    rows = [
        (
            place.name,
            "a branch, or the disk" if place.live else "the history",
            place.since,
            place.held_until,
            place.credential,
        )
        for place in places
    ]
    columns = ("Place", "Held now by", "First commit (settable)", "In a branch until (settable)", "Credential")
    return Table.of(columns, rows, "The same places as the picture")
