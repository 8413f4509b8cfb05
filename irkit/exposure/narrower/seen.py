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

Things = Callable[[UsageEvent], tuple[str, Iterable[str]]]
"""From an event to the name of its action at the provider, and what it was done to (none where the log does not name it)."""

_MOST = 2000  # things of one action that are told apart


@dataclass
class Act:
    """One action. `done` succeeded, or the log does not say; `refused` were denied; `failed` ended otherwise. `things` are counted
    of what was done alone; `unnamed` of those named none."""

    done: int = 0
    refused: int = 0
    failed: int = 0
    unnamed: int = 0
    things: Counter[str] = field(default_factory=Counter)
    last: datetime | None = None


@dataclass
class Seen:
    """Only what the credential did itself. With `only_from` (networks) what was done from elsewhere is in `elsewhere` and counts for
    nothing.

    `told` is what events say of the credential itself, such as the scopes of a token.
    """

    things_of: Things
    only_from: tuple[str, ...] = ()
    acts: dict[str, Act] = field(default_factory=dict)
    elsewhere: Counter[str] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)
    told: dict[str, str] = field(default_factory=dict)
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
        if not event.match.is_use or (event.event_id and event.event_id in self.duplicates):
            return
        self.duplicates.add(event.event_id)
        if self._networks and not self._is_ours(event.address):
            self.elsewhere[f"{event.service or event.source}:{event.action}"] += event.repeated
            return
        name, things = self.things_of(event)
        act = self.acts.setdefault(name, Act())
        if scopes := text_of(event.raw, "token_scopes"):
            self.told["scopes"] = scopes
        if event.at:
            self.first = min(self.first or event.at, event.at)
            self.last = max(self.last or event.at, event.at)
        if event.outcome == "denied":
            act.refused += event.repeated
            return
        if event.outcome == "failed":
            act.failed += event.repeated
            return
        act.done += event.repeated
        act.last = max(act.last or event.at, event.at) if event.at else act.last
        if event.address:
            self.addresses[event.address] += event.repeated
        named = [one for one in things if one][:50]
        act.unnamed += not named
        for one in named:
            if one in act.things or len(act.things) < _MOST:
                act.things[one] += event.repeated

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
        }

    def _is_ours(self, address: str) -> bool:
        try:
            at = ip_address(address)
        except ValueError:
            return False
        return any(at in network for network in self._networks)


def text_of(raw: Mapping[str, Any] | None, *path: str) -> str:
    """A text at a path of names in what the log said; "" when there is none."""
    found: Any = raw
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""
