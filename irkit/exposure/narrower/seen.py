"""What a credential itself was seen to do, folded while logs are read: actions with what they were done to, from where, and how they
ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from irkit.errors import BadInput
from irkit.model import UsageEvent, iso

Things = tuple[str, Iterable[str]]
"""The name of an action at the provider, and what it was done to (none where the log does not name it)."""
ThingsOf = Callable[[UsageEvent], Iterable[Things]]
"""From an event to what it took: mostly one action."""


def itself(event: UsageEvent) -> bool:
    """Whether the credential itself did it."""
    return event.match.is_use


_MOST = 2000  # things of one action that are told apart
_OF_ONE = 5000  # and of one event


@dataclass
class Act:
    """One action. `done` succeeded, or the log does not say; `refused` were denied; `failed` ended otherwise. `things` are counted
    of what was done alone; `unnamed` of those named none. Of those too many to be told apart `more` has the folder that they share, by
    what stands before their first slash."""

    done: int = 0
    refused: int = 0
    failed: int = 0
    unnamed: int = 0
    things: Counter[str] = field(default_factory=Counter)
    more: dict[str, str] = field(default_factory=dict)
    last: datetime | None = None

    def patterns(self) -> list[str]:
        """All things, with a star for those that are not told apart."""
        return [*self.things, *(f"{folder}/*" for folder in self.more.values())]

    @property
    def perhaps_allowed(self) -> str:
        """Of what failed without being refused (nothing there, too many requests), to follow a sentence."""
        return (
            f"; {self.failed} failed and were not refused: what they asked for may be needed, and is not proposed"
            if self.failed
            else ""
        )

    def take(self, things: Iterable[str], events: int) -> None:
        named = [one for one, _ in zip((one for one in things if one), range(_OF_ONE + 1), strict=False)]
        self.unnamed += not 0 < len(named) <= _OF_ONE
        for one in named:
            if one in self.things or len(self.things) < _MOST:
                self.things[one] += events
            else:
                self._fold(one)

    def _fold(self, one: str) -> None:
        head, slash, _ = one.partition("/")
        if not slash or (head not in self.more and len(self.more) >= _MOST):
            self.unnamed += 1
            return
        folder = one.rpartition("/")[0]
        self.more[head] = shared_folder((self.more.get(head, folder), folder))


@dataclass
class Seen:
    """Only what the credential did itself, or what `is_its_own` says is allowed by its own policy.

    With `only_from` (networks) what was done from elsewhere is in `elsewhere` and counts for nothing; nor does what is in `unplaced`, of
    which the log names no address. `events` are counted by how they ended.

    `told` are the scopes of the token that events name, each list once.
    """

    things_of: ThingsOf
    is_its_own: Callable[[UsageEvent], bool] = field(default=itself, kw_only=True)
    only_from: tuple[str, ...] = ()
    acts: dict[str, Act] = field(default_factory=dict)
    elsewhere: Counter[str] = field(default_factory=Counter)
    unplaced: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    told: dict[str, None] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    duplicates: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        try:
            self._networks = [ip_network(one, strict=False) for one in self.only_from]
        except ValueError as error:
            raise BadInput(
                "this is no network", on=", ".join(self.only_from), why=str(error), do="write 192.0.2.0/24"
            ) from None

    def take(self, event: UsageEvent) -> None:
        if not self.is_its_own(event) or (event.event_id and event.event_id in self.duplicates):
            return
        self.duplicates.add(event.event_id)
        if self._networks and not self._is_ours(event.address):
            into = self.elsewhere if _is_address(event.address) else self.unplaced
            into[f"{event.service or event.source}:{event.action}"] += event.repeated
            return
        if scopes := text_of(event.raw, "token_scopes"):
            self.told[scopes] = None
        self.events[event.outcome] += event.repeated
        if event.at:
            self.first = min(self.first or event.at, event.at)
            self.last = max(self.last or event.at, event.at)
        for name, things in self.things_of(event):
            _count(self.acts.setdefault(name, Act()), event, things)
        if event.address and event.outcome not in ("denied", "failed"):
            self.addresses[event.address] += event.repeated

    @property
    def done(self) -> dict[str, Act]:
        return {name: act for name, act in sorted(self.acts.items()) if act.done}

    def document(self) -> dict[str, Any]:
        return {
            "first": iso(self.first) if self.first else None,
            "last": iso(self.last) if self.last else None,
            "addresses": dict(self.addresses.most_common()),
            "actions": {
                name: {
                    "done": act.done,
                    "refused": act.refused,
                    "failed": act.failed,
                    "unnamed": act.unnamed,
                    "things": dict(act.things.most_common(50)),
                    "last": iso(act.last) if act.last else None,
                }
                for name, act in sorted(self.acts.items())
            },
            "elsewhere": dict(self.elsewhere),
            "unplaced": dict(self.unplaced),
        }

    def _is_ours(self, address: str) -> bool:
        try:
            at = ip_address(address)
        except ValueError:
            return False
        return any(at in network for network in self._networks)


def _count(act: Act, event: UsageEvent, things: Iterable[str]) -> None:
    if event.outcome == "denied":
        act.refused += event.repeated
    elif event.outcome == "failed":
        act.failed += event.repeated
    else:
        act.done += event.repeated
        act.last = max(act.last or event.at, event.at) if event.at else act.last
        act.take(things, event.repeated)


def shared_folder(folders: Iterable[str]) -> str:
    """The folders that all are in: of a/b/c and a/b/d it is a/b."""
    shared = []
    for level in zip(*(one.split("/") for one in folders), strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return "/".join(shared)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def text_of(raw: Mapping[str, Any] | None, *path: str) -> str:
    """A text at a path of names in what the log said; "" when there is none."""
    found: Any = raw
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
