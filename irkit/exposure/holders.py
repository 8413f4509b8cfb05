"""Who holds it now: each place in git by the branch tips, the tags or only the history that hold it. Pure, but for drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from irkit.model import Occurrence
from irkit.show import Figure, Table
from irkit.show.grid import Cell, Row, Widths, cut, svg

_MOST_ROWS, _MOST_BRANCHES = 40, 6
_NAME = 10  # characters of a branch's name over its column, on each of two lines
_NO_LABELS: Mapping[str, str] = MappingProxyType({})
_CAPTION = (
    "Red circle: the tip of that branch or other ref holds it now. Square: a tag does, which every clone keeps. Hollow: only history, or "
    "an object that no ref leads to, where whoever has a clone still reads it. Dash: this one does not hold it."
)


@dataclass(frozen=True)
class _Place:
    """One path, or one message, in one repository, with every ref that holds any version of it."""

    repository: str
    path: str
    credential: str
    branches: frozenset[str]
    tags: frozenset[str]
    reachable: bool

    @property
    def held(self) -> str:
        """In words, what holds it."""
        if self.branches:
            return "a tip now"
        if self.tags:
            return "a tag, no tip"
        return "only the history" if self.reachable else "no ref: a loose or packed object"


def held_by(occurrences: Iterable[Occurrence], labels: Mapping[str, str] = _NO_LABELS) -> Figure | None:
    """The places in git that give the credential away, by repository and branch; None when there are none in git.

    Columns are the branches that hold most, at most six; the table names all. The same input gives the same bytes.
    """
    places = _places(occurrences, labels)
    if not places:
        return None
    counted = Counter(branch for place in places for branch in place.branches)
    branches = sorted(counted, key=lambda name: (-counted[name], name))[:_MOST_BRANCHES]
    more = len(counted) - len(branches)
    others = [f"{more} more\nrefs"] if more else []
    columns = [*map(_broken, branches), *others, "tags", "history\nonly", "no ref"]
    several = len({place.credential for place in places}) > 1
    rows = _rows(places, branches, more=bool(more), several=several)
    drawn = svg(columns, rows, _widths(len(columns), several=several), "issued by" if several else "")
    caption = _CAPTION
    if len(places) > _MOST_ROWS:
        caption += f" The first {_MOST_ROWS} of {len(places)} places are drawn; the table holds all."
    return Figure(drawn, _sentence(places, counted), caption, _table(places))


def _places(occurrences: Iterable[Occurrence], labels: Mapping[str, str]) -> list[_Place]:
    groups: dict[tuple[str, str, str], list[Occurrence]] = {}
    for one in occurrences:
        if one.git and not one.names_only:
            groups.setdefault((one.git.repository, _what(one), one.credential), []).append(one)
    made = []
    for (repository, path, credential), group in groups.items():
        found = [one.git for one in group if one.git]
        branches = frozenset(_branch(name) for git in found for name in git.refs)
        tags = frozenset(name.removeprefix("refs/tags/") for git in found for name in git.tags)
        label = labels.get(credential, credential)
        made.append(_Place(repository, path, label, branches, tags, any(git.reachable for git in found)))
    return sorted(made, key=lambda one: (one.repository, not one.branches, not one.tags, one.path, one.credential))


def _what(one: Occurrence) -> str:
    message = {"git-commit": f"message of commit {one.path[:12]}", "git-tag": f"message of tag {one.path}"}.get(
        one.place
    )
    return message or one.path or "a blob without a path"


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def _rows(places: Sequence[_Place], branches: Sequence[str], *, more: bool, several: bool) -> list[Row]:
    rows: list[Row] = []
    before = None
    for place in places[:_MOST_ROWS]:
        if place.repository != before:
            before = place.repository
            here = [one for one in places if one.repository == before]
            held = sum(bool(one.branches) for one in here)
            rows.append(Row(f"{_short(before)}: {len(here)} places, {held} held by a tip now", heading=True))
        cells: list[Cell | None] = [Cell("danger" if name in place.branches else "dash") for name in branches]
        if more:
            others = len(place.branches - set(branches))
            cells.append(Cell("danger", str(others)) if others else Cell("dash"))
        cells.append(Cell("square", str(len(place.tags))) if place.tags else Cell("dash"))
        past = not place.branches and not place.tags
        cells += [Cell("hollow") if past and known is place.reachable else Cell("dash") for known in (True, False)]
        rows.append(Row(_end(place.path), tuple(cells), place.credential.partition(" ")[0] if several else ""))
    return rows


def _widths(columns: int, *, several: bool) -> Widths:
    column = 0.076
    return Widths(max((0.9 if several else 1.0) - column * columns, 0.2), column)


def _broken(name: str) -> str:
    """A long name on two lines; the table has it whole."""
    if len(name) <= _NAME:
        return name
    head, slash, tail = name.rpartition("/")
    return f"{cut(head + slash, _NAME)}\n{cut(tail, _NAME)}" if slash else f"{name[:_NAME]}\n{cut(name[_NAME:], _NAME)}"


def _short(repository: str) -> str:
    parts = repository.rstrip("/").removesuffix(".git").split("/")
    return "/".join(parts[-2:] if "://" in repository else parts[-1:]) or repository


def _end(path: str) -> str:
    """The end of a long path says more than its beginning."""
    return path if len(path) <= 34 else f"…{path[-33:]}"


def _sentence(places: Sequence[_Place], counted: Counter[str]) -> str:
    held = Counter(place.held for place in places)
    told = "; ".join(f"{number} held by {what}" for what, number in held.most_common())
    worst = ", ".join(
        f"{name} ({number})" for name, number in sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:3]
    )
    repositories = len({place.repository for place in places})
    tips = f" Tips that hold most: {worst}." if worst else " No tip holds it now."
    return (
        f"{len(places)} places in {repositories} {'repository' if repositories == 1 else 'repositories'}: {told}.{tips}"
    )


def _table(places: Sequence[_Place]) -> Table:
    rows = [
        (
            _short(one.repository),
            one.path,
            one.held,
            ", ".join(sorted(one.branches)) or "none",
            ", ".join(sorted(one.tags)) or "none",
            one.credential,
        )
        for one in places
    ]
    columns = ("Repository", "Place", "Held by", "Branch tips", "Tags", "Credential")
    return Table.of(columns, rows, "Branches and tags that hold it now", 200)
