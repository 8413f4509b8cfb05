"""Forks and mirrors hold the same objects under the same names: what one repository said of an object need not be read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from irkit.sources.archives import Inside
from irkit.sources.git.history import Commit, Tag
from irkit.sources.hunt import Hit


class Seen(NamedTuple):
    """One object, read: where the credentials sought stand in it, and what it is when it is a commit or a tag."""

    hits: tuple[Hit, ...] = ()
    inside: tuple[Inside, ...] = ()
    commit: Commit | None = None
    tag: Tag | None = None


NOTHING = Seen()
_MOST = 2_000_000


@dataclass
class Known:
    """The objects that one search has read, up to a number that memory can bear; good for that search alone."""

    _seen: dict[str, Seen] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self._seen)

    def get(self, oid: str) -> Seen | None:
        return self._seen.get(oid)

    def keep(self, oid: str, seen: Seen) -> None:
        if len(self._seen) < _MOST:
            self._seen[oid] = seen if any(seen) else NOTHING
