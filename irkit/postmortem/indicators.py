"""What others can search their own logs for: addresses, clients, keys and files that the case ties to misuse. Pure.

An address is one only when it used a credential in its window and never before it, or used what was made by such a use. Machines that
are known, and everything where no past was read, are left out: who is told to block an address must not block ours. A credential is
named by its public id or fingerprint, never by its value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Literal

from irkit.model import ApiToken, OpenPgpKey
from irkit.postmortem.story import Story, Usage, rows, sequence, short
from irkit.postmortem.timeline import instant_of
from irkit.show import Block, Cell, Notice, Table

Kind = Literal[
    "ipv4", "ipv6", "user-agent", "key-id", "account", "ssh-fingerprint", "openpgp-fingerprint", "sha256", "url"
]
Confidence = Literal["high", "medium", "low"]

_ORDER: tuple[Confidence, ...] = ("high", "medium", "low")
_KINDS: Mapping[str, Kind] = {
    "session": "key-id", "access-key": "key-id", "user": "account", "role": "account", "service-account": "account",
    "deploy-key": "ssh-fingerprint", "ssh-key": "ssh-fingerprint",
}  # fmt: skip
"""Of what a credential brought into being (`irkit.exposure.usage.descent`), that which logs elsewhere may name."""


@dataclass(frozen=True)
class Indicator:
    """One value to search for. `first` and `last` (UTC) are its uses in the logs read, `seen` how many; None: no log tells."""

    kind: Kind
    value: str
    because: str
    first: datetime | None
    last: datetime | None
    confidence: Confidence
    seen: int | None = None


def indicators(story: Story) -> tuple[Indicator, ...]:
    """Each value once, addresses first. What two credentials of the case share is joined."""
    found: dict[tuple[str, str], Indicator] = {}
    for one in (*_of_logs(story), *_of_keys(story), *_of_files(story)):
        known = found.get((one.kind, one.value))
        found[one.kind, one.value] = _joined(known, one) if known else one
    return tuple(found.values())


def _joined(one: Indicator, other: Indicator) -> Indicator:
    times = [at for at in (one.first, other.first) if at], [at for at in (one.last, other.last) if at]
    because = one.because if other.because in one.because else f"{one.because}; {other.because}"
    sure = min(one.confidence, other.confidence, key=_ORDER.index)
    seen = (one.seen or 0) + (other.seen or 0) or None
    return replace(
        one, because=because, first=min(times[0], default=None), last=max(times[1], default=None), confidence=sure, seen=seen
    )  # fmt: skip


def _of_logs(story: Story) -> Iterator[Indicator]:
    for usage in story.usages.values():
        yield from _Intrusion(usage).indicators()


class _Intrusion:
    """What the uses of one credential tell of whoever else used it."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.name = short(usage.credential)
        told = [one for one in rows(usage.document.get("strangers")) if one.get("near") is not True]
        self.strangers = {str(one.get("address")): one for one in told if one.get("address")}
        known = usage.by_key.get("addresses")
        self.known = (set(known) if isinstance(known, Mapping) else set()) - self.strangers.keys()
        findings = rows(usage.document.get("findings"))
        marked = [
            (one, row) for one in findings for row in rows(one.get("rows")) if row.get("address") in self.strangers
        ]
        self.events = {str(row.get("event")) for _, row in marked if row.get("event")}
        grave = [row for one, row in marked if one.get("severity") == one.get("confidence") == "high"]
        self.grave = {str(row.get("address")) for row in grave}

    def indicators(self) -> Iterator[Indicator]:
        for address, one in self.strangers.items():
            because = f"it used {self.name} in its window and never before"
            sure: Confidence = (
                "high" if address in self.grave else "low" if one.get("confidence") == "low" else "medium"
            )
            yield from _address(address, because, *_times(one), sure, _count(one.get("events")))
            for agent in sequence(one.get("agents")):
                yield Indicator("user-agent", str(agent), f"the client that {address} said it was", *_times(one), "low")
        yield from self._made()

    def _made(self) -> Iterator[Indicator]:
        """What was made by those uses, in order of making, and who used that."""
        uses = {str(one.get("key")): one for one in self.usage.derived}
        for one in rows(self.usage.document.get("created")):
            uses[str(one.get("id"))] = one["uses"] if isinstance(one.get("uses"), Mapping) else {}
        theirs: set[str] = set()
        for made in rows(self.usage.document.get("descent")):
            name, used = str(made.get("id")), uses.get(str(made.get("id")), {})
            came_from = {address for address in _mapping(used.get("addresses")) if address not in self.known}
            if not (
                made.get("event") in self.events or made.get("parent") in theirs or came_from & self.strangers.keys()
            ):
                continue
            theirs.add(name)
            because = f"it was made with {self.name} in that misuse ({made.get('how') or made.get('kind')})"
            if kind := _KINDS.get(str(made.get("kind"))):
                yield Indicator(kind, name, because, *_times(made), "high", _count(made.get("uses")))
            for address in sorted(came_from - self.strangers.keys()):
                yield from _address(address, f"it used {name}, which that misuse made", *_times(used), "high", None)


def _address(
    address: str, because: str, first: datetime | None, last: datetime | None, sure: Confidence, seen: int | None
) -> Iterator[Indicator]:
    try:
        kind: Kind = "ipv4" if ip_address(address).version == 4 else "ipv6"
    except ValueError:
        return  # a service of the provider's, by name
    yield Indicator(kind, address, because, first, last, sure, seen)


def _of_keys(story: Story) -> Iterator[Indicator]:
    """The public names of what leaked: whoever shows up with them after their end is no owner."""
    for credential in story.credentials:
        if isinstance(credential, OpenPgpKey):
            because = (
                "this signing key leaked: a signature by it proves nothing that no record from before the leak proves"
            )
            yield Indicator("openpgp-fingerprint", credential.openpgp, because, None, None, "high")
        elif isinstance(credential, ApiToken) and credential.public_id:
            because = "this key leaked: any use after its revocation is misuse"
            yield Indicator("key-id", credential.public_id, because, None, None, "high")


_SPEAKS_AGAINST: Mapping[str, Confidence] = {"altered": "high", "suspect": "low"}


def _of_files(story: Story) -> Iterator[Indicator]:
    for path, judged in story.judged().items():
        sure, digest = _SPEAKS_AGAINST.get(str(judged.get("verdict"))), str(judged.get("sha256") or "")
        if sure and digest:
            yield Indicator("sha256", digest, f"{path}: {judged.get('why')}", None, None, sure)


def defanged(one: Indicator) -> str:
    """The value as people are shown it: no address or link of it can be followed by a click."""
    if one.kind in ("ipv4", "ipv6"):
        return one.value.replace(".", "[.]").replace(":", "[:]")
    if one.kind == "url":
        return one.value.replace("http", "hxxp", 1).replace(".", "[.]").replace("://", "[://]", 1)
    return one.value


_FOR_CUSTOMERS: Mapping[str, str] = {
    "openpgp-fingerprint": "this signing key leaked: trust no signature by it that you did not have before",
    "sha256": "this file is not as it was published",
}  # fmt: skip


def for_customers(found: Sequence[Indicator]) -> tuple[Indicator, ...]:
    """What of it customers see in their edition anyway, in fixed words: the key that leaked, and files that are not as published."""
    kept = (one for one in found if one.kind in _FOR_CUSTOMERS)
    return tuple(Indicator(one.kind, one.value, _FOR_CUSTOMERS[one.kind], None, None, one.confidence) for one in kept)


def as_blocks(found: Sequence[Indicator]) -> tuple[Block, ...]:
    """The section "Indicators". Columns: Kind, Value (defanged), Why, First and Last seen (UTC), Events, Confidence."""
    if not found:
        why = "an address counts only when logs from before the window show that it never used the credential there"
        return (Notice("info", f"Nothing is tied to misuse: {why}."),)
    cells: list[tuple[Cell, ...]] = []
    for one in found:
        seen: tuple[Cell, ...] = (one.first, one.last, one.seen) if one.first or one.seen else ("no log tells", "", "")
        cells.append((one.kind, defanged(one), _named(one.because, found), *seen, one.confidence))
    columns = ("Kind", "Value", "Why", "First seen (UTC)", "Last seen (UTC)", "Events", "Confidence")
    return (
        Table.of(columns, cells, "What others can search their logs for; addresses are written so that none is a link"),
    )


def _named(because: str, found: Sequence[Indicator]) -> str:
    for one in found:
        if one.kind in ("ipv4", "ipv6", "url"):
            because = because.replace(one.value, defanged(one))
    return because


def _times(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    return instant_of(row.get("first")), instant_of(row.get("last"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
