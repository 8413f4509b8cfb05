"""The addresses that used a credential in its window and never before it, each with when, how often and with what client. Pure.

Without a past nobody is a stranger: which addresses are the owner's own cannot be told then, and none is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from irkit.exposure.usage.finding import Confidence
from irkit.exposure.usage.places import agent_of, network_of
from irkit.model import iso, parse_instant

if TYPE_CHECKING:
    from irkit.exposure.usage.past import Past


@dataclass(frozen=True)
class Stranger:
    """`events` from `first` to `last` (UTC). `near`: other addresses of its network used the credential before the window.

    `agents` are clients, by their own word, of a kind that the owner never used before; of more than a hundred events those of some.
    """

    address: str
    principal: str
    events: int
    first: datetime
    last: datetime
    agents: tuple[str, ...]
    near: bool
    confidence: Confidence

    def document(self) -> dict[str, Any]:
        return {**vars(self), "first": iso(self.first), "last": iso(self.last), "agents": list(self.agents)}

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Stranger:
        times = {name: parse_instant(row[name]) for name in ("first", "last")}
        return cls(**{**row, **times, "agents": tuple(row["agents"])})


def strangers(past: Past) -> Iterator[Stranger]:
    """Of every principal that has a past, by address."""
    for principal, life in sorted(past.lives.items()):
        if not life.before:
            continue
        known = past.networks(principal)
        usual = {value for (facet, value), seen in life.facets.items() if facet == "agent" and seen.before}
        for address, seen in sorted(life.addresses.items()):
            if seen.before or seen.first is None or seen.last is None:
                continue
            agents = sorted({one.agent for one in seen.traces if one.agent and agent_of(one.agent) not in usual})
            yield Stranger(
                address, principal, seen.after, seen.first, seen.last, tuple(agents), network_of(address) in known,
                past.confidence(principal),
            )  # fmt: skip
