"""Reading logs for a rotation: who still uses the old credential, and who uses the fresh one.

What was seen is kept as evidence and journalled; readings add up, so that a consumer that was seen once is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.exposure.log_keys import wanted
from irkit.case.exposure.usage import nothing_read
from irkit.case.rotating.moments import placed_at
from irkit.errors import BadInput
from irkit.exposure.consumers import UNNAMED, program
from irkit.model import ApiToken, Kind, UsageEvent, iso, parse_instant
from irkit.model.seen import Failed, Observed, Seen, together
from irkit.plan import document, read
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.logs import Wanted
from irkit.sources.logs import events as read_events
from irkit.sources.logs.interface import kind_of

_TITLE = "Who uses the old one, and who the fresh one"
_OWN = timedelta(seconds=10)  # between a probe of ours by our clock and by the provider's
_SHORTEST_ID = 6
_REFUSED = ("denied", "failed")


def watch(case: Desk, paths: Sequence[Path], fresh: Sequence[str] = (), until: str = "") -> View:
    """Read the logs for each token of the case, keep what they show, and show it with what earlier readings did.

    `fresh` are public ids of fresh credentials that were made by hand, `CREDENTIAL=ID` where the case holds several. `until` (ISO 8601
    with zone) is until when a person says that the logs are whole, where their last event does not show it. Without paths nothing is
    read. BadInput for an id that is no credential's, a time to come, and where not one file was a log.
    """
    tokens = [one for one in case.credentials if isinstance(one, ApiToken)]
    by_hand = _by_hand(case, tokens, fresh)
    stated = _stated(until)
    for token in tokens if paths else ():
        _read(case, token, paths, by_hand.get(token.name, ()), stated)
    return View(_TITLE, tuple(block for token in tokens for block in _blocks(case, token, read_now=bool(paths))))


def observed(case: Desk, credential: str) -> Observed | None:
    """All readings as one: of each consumer the latest it did; None when no log was read."""
    records = [one for one in case.journal.records(Kind.OBSERVED) if one.body["credential"] == credential]
    return together(
        Observed(
            tuple(read(Seen, row) for row in case.evidence.document(one.body["evidence"])["users"]),
            parse_instant(one.body["reaches"]) if one.body["reaches"] else None,
            int(one.body["unread"]),
            tuple(map(str, one.body.get("paths", ()))),
        )
        for one in records
    )


# Reading


@dataclass
class _Consumer:
    """One program at one address, as far as the events tell."""

    tried: list[datetime] = field(default_factory=list)
    fresh: list[datetime] = field(default_factory=list)
    tries: int = 0
    uses: int = 0
    refused_before: set[tuple[str, str]] = field(default_factory=set)
    refused: dict[tuple[str, str], datetime] = field(default_factory=dict)
    let_in: dict[str, datetime] = field(default_factory=dict)

    def seen(self, what: str, where: str) -> Seen:
        failed = tuple(
            Failed(action, error, last)
            for (action, error), last in self.refused.items()
            if (action, error) not in self.refused_before and self.let_in.get(action, last) <= last
        )
        return Seen(
            what, where, max(self.tried, default=None), self.tries, max(self.fresh, default=None), self.uses, failed
        )


def _read(case: Desk, token: ApiToken, paths: Sequence[Path], by_hand: Sequence[str], stated: datetime | None) -> None:
    found: dict[tuple[str, str], _Consumer] = {}
    ends: list[datetime] = []
    unread: set[str] = set()
    untimed, texts = 0, 0
    ids, names = _fresh(case, token, by_hand)
    own = _probes(case, token)
    for which, sought in (("old", _old(case, token)), ("fresh", _wanted(f"in place of {token.name}", names))):
        if sought is None:
            continue
        reading = read_events(paths, sought, case.progress)
        for event in reading:
            if event.at is None:
                untimed += which == "old" and event.match.is_use
                continue
            ends.append(event.at)
            if event.match.is_use and not _ours(event, own):
                _take(found, event, event.at, which)
        unread |= {item.what for item in reading.skipped}
        texts += reading.texts
        if not reading.texts:
            raise nothing_read(paths, reading.skipped)
    if not texts:
        raise BadInput(
            "logs do not know this credential by any name", on=token.name, do="answer for the stages by hand"
        )
    users = [one.seen(what, where) for (what, where), one in found.items()]
    reaches = max((*ends, *((stated,) if stated else ())), default=None)
    plain = {
        "credential": token.name,
        "fresh": list(ids),
        "users": [document(one) for one in users],
        "unread": sorted(unread),
    }
    digest = case.keep(plain, f"who uses {token.name} and what took its place", ", ".join(map(str, paths)))
    body = {
        "credential": token.name,
        "evidence": digest,
        "fresh": list(ids),
        "users": len(users),
        "reaches": iso(reaches) if reaches else None,
        "stated": bool(stated and stated == reaches),
        "unread": len(unread) + untimed,
        "paths": [str(path) for path in paths],
    }
    case.write(Kind.OBSERVED, body)


def _take(found: dict[tuple[str, str], _Consumer], event: UsageEvent, at: datetime, which: str) -> None:
    what = program(event.agent) if event.agent else UNNAMED
    one = found.setdefault((what, event.address or "no address in the log"), _Consumer())
    refusal = (event.action, event.error or event.outcome)
    if which == "old":
        one.tried.append(at)
        one.tries += event.repeated
        if event.outcome in _REFUSED:
            one.refused_before.add(refusal)
    elif event.outcome in _REFUSED:
        one.refused[refusal] = max(at, one.refused.get(refusal, at))
    else:
        one.fresh.append(at)
        one.uses += event.repeated
        one.let_in[event.action] = max(at, one.let_in.get(event.action, at))
    one.tried, one.fresh = one.tried and [max(one.tried)], one.fresh and [max(one.fresh)]


def _old(case: Desk, token: ApiToken) -> Wanted | None:
    """By what follows from its value, and by the id that the case says its provider has for it."""
    told = case.settings.provider(token.provider).options.get("id", "")
    also = tuple(one for one in (told, token.public_id) if len(one) >= _SHORTEST_ID)
    return wanted(token, case.resolve, also=also)


def _fresh(case: Desk, token: ApiToken, by_hand: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of what took its place, and every name under which logs know that: as journalled when it was made, and as a person says."""
    made = [one.body for one in case.journal.records(Kind.REPLACED) if one.body["credential"] == token.name]
    before = [one.body for one in case.journal.records(Kind.OBSERVED) if one.body["credential"] == token.name]
    told = [*(one for body in before for one in body["fresh"]), *by_hand]
    ids = tuple(dict.fromkeys([*(str(one["public_id"]) for one in made if one["public_id"]), *told]))
    names = [*ids, *(str(name) for one in made for name in one.get("log_keys", ()))]
    return ids, tuple(dict.fromkeys(one for one in names if len(one) >= _SHORTEST_ID))


def _wanted(name: str, names: Iterable[str]) -> Wanted | None:
    found = dict(kind_of(one) for one in names)
    return Wanted(name, tuple(found.items())) if found else None


def _probes(case: Desk, token: ApiToken) -> tuple[datetime, ...]:
    records = case.journal.records(Kind.STANDING)
    return tuple(
        parse_instant(one.body["standing"]["at"]["at"]) for one in records if one.body["credential"] == token.name
    )


def _ours(event: UsageEvent, probes: Sequence[datetime]) -> bool:
    """A probe of irkit's own: it says so, and the journal holds one of that moment."""
    return "irkit/" in event.agent and any(event.at and abs(event.at - at) <= _OWN for at in probes)


def _by_hand(case: Desk, tokens: Sequence[ApiToken], fresh: Sequence[str]) -> dict[str, tuple[str, ...]]:
    given: dict[str, tuple[str, ...]] = {}
    for text in fresh:
        name, equals, public_id = text.rpartition("=")
        whose = [one.name for one in tokens if not equals or one.name == name]
        if len(whose) != 1 or len(public_id) < _SHORTEST_ID or case.redactor.finds(public_id.encode()):
            raise BadInput(
                "this does not say which credential was made in place of which", on="fresh, not shown",
                why=f"the case has {', '.join(one.name for one in tokens)}", do="give CREDENTIAL=ID: the public id, never the value",
            )  # fmt: skip
        given[whose[0]] = (*given.get(whose[0], ()), public_id)
    return given


def _stated(until: str) -> datetime | None:
    at = parse_instant(until) if until else None
    if at and at > datetime.now(UTC):
        raise BadInput("logs cannot be whole until a time to come", on=until, do="give a time that has passed")
    return at


# Showing


def _blocks(case: Desk, token: ApiToken, *, read_now: bool) -> Iterator[Block]:
    seen = observed(case, token.name)
    if seen is None:
        yield Notice("warn", f"{token.name}: no log has been read, so who uses it is unknown.")
        return
    if not read_now:
        yield Notice("info", f"{token.name}: no log was given now; this is what earlier readings showed.")
    placed = placed_at(case.ledger, token.name)
    rows = [
        (one.what, one.where, one.tried, one.tries, one.fresh, one.uses, _failures(one))
        for one in sorted(seen.users, key=lambda one: (one.what, one.where))
    ]
    columns = (
        "Consumer",
        "Address",
        "Old one last used (UTC)",
        "Uses",
        "Fresh one last used (UTC)",
        "Uses",
        "Refused with it",
    )
    yield Facts(
        (
            ("Old one", token.name),
            ("Fresh one", ", ".join(_fresh(case, token, ())[0]) or "not made yet"),
            ("In its places since (UTC)", placed),
            ("The logs reach until (UTC)", seen.reaches),
        )
    )
    yield Table.of(columns, rows, "Consumers, as the logs show them")
    if seen.unread:
        yield Notice("warn", f"{seen.unread} things of the logs could not be read: an old use may stand there.")


def _failures(one: Seen) -> str:
    return "; ".join(f"{failed.action} ({failed.error})" for failed in one.failed) or "—"
