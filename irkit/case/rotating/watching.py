"""Reading logs for a rotation: who still uses the old credential, and who uses the fresh one.

What was seen is kept as evidence and journalled; readings add up, so that a consumer that was seen once is not forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.case.containment.distribution import left_over
from irkit.case.desk import Desk
from irkit.case.exposure.log_keys import wanted
from irkit.case.exposure.usage import nothing_read
from irkit.case.rotating.moments import placed_at
from irkit.case.rotating.taking import Consumer, LogClock, take, under
from irkit.errors import BadInput
from irkit.model import ApiToken, Kind, UsageEvent, iso, parse_instant
from irkit.model.seen import Observed, Seen, Span, together
from irkit.plan import Ended, HumanTask, document, read
from irkit.show import Block, Facts, Notice, Table, View
from irkit.show.times import stamp
from irkit.sources.logs import Wanted
from irkit.sources.logs import events as read_events
from irkit.sources.logs.interface import kind_of

_TITLE = "Who uses the old one, and who the fresh one"
_OWN = timedelta(seconds=10)  # between a probe of ours by our clock and by the provider's
_SHORTEST_ID = 6


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
        Observed.of(
            one.body, [read(Seen, row) for row in case.evidence.document(one.body["evidence"])["users"]], one.at
        )
        for one in records
    )


# Reading


def _read(case: Desk, token: ApiToken, paths: Sequence[Path], by_hand: Sequence[str], stated: datetime | None) -> None:
    found: dict[tuple[str, str], Consumer] = {}
    spans: dict[str, Span] = {}
    unread: set[str] = set()
    untimed, texts = 0, 0
    ids, names = _fresh(case, token, by_hand)
    own, placed = _probes(case, token), placed_at(case.ledger, token.name)
    clock = LogClock(datetime.now(UTC), _made_at(case, token))
    old = _old(case, token)
    fresh = _wanted(f"in place of {token.name}", [one for one in names if not old or one not in dict(old.keys)])
    for which, sought in (("old", old), ("fresh", fresh)):
        if sought is None:
            continue
        reading = read_events(paths, sought, case.progress)
        for event in reading:
            if event.at is None:
                untimed += which == "old" and event.match.is_use
                continue
            if not clock.fits(event.at, which):
                continue
            path = under(event.file, paths)
            was = spans.get(path, Span(path, event.at, event.at))
            spans[path] = Span(path, min(was.begins, event.at), max(was.ends, event.at))
            if event.match.is_use and not _ours(event, own):
                take(found, event, event.at, which, placed).logs.add(path)
        unread |= {item.what for item in reading.skipped}
        texts += reading.texts
        if not reading.texts:
            raise nothing_read(paths, reading.skipped)
    if not texts:
        raise BadInput(
            "logs do not know this credential by any name", on=token.name, do="answer for the stages by hand"
        )
    earlier = observed(case, token.name)
    refused = {
        (one.what, one.where): [each.action for each in one.failed] for one in (earlier.users if earlier else ())
    }
    users = [one.seen(*who, refused.get(who, ())) for who, one in found.items()]
    reaches = max((*(one.ends for one in spans.values()), *((stated,) if stated else ())), default=None)
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
        "stated_until": iso(stated) if stated else None,
        "unread": len(unread) + untimed,
        "paths": [str(path) for path in paths],
        "logs": [{"path": one.path, "begins": iso(one.begins), "ends": iso(one.ends)} for one in spans.values()],
        "clock": clock.told(),
    }
    case.write(Kind.OBSERVED, body)


def _old(case: Desk, token: ApiToken) -> Wanted | None:
    """By what follows from its value, and by the id that the case says its provider has for it."""
    told = case.settings.provider(token.provider).options.get("id", "")
    also = tuple(one for one in (told, token.public_id) if len(one) >= _SHORTEST_ID)
    return wanted(token, case.resolve, also=also)


def _fresh(case: Desk, token: ApiToken, by_hand: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of what took its place, and every name under which logs know that: as journalled when it was made, and as a person says.

    What was made and did not arrive everywhere is to be removed again: whoever uses that has not gone over.
    """
    outcomes = case.ledger.outcomes
    made = [
        one.body
        for one in case.journal.records(Kind.REPLACED)
        if one.body["credential"] == token.name
        if not ((outcome := outcomes.get(one.body["action"])) and outcome.ended is Ended.FAILED)
    ]
    before = [one.body for one in case.journal.records(Kind.OBSERVED) if one.body["credential"] == token.name]
    lost = {one.public_id for one in left_over(case.journal.records(Kind.REPLACED, Kind.OUTCOME))}
    told = [one for one in (*(one for body in before for one in body["fresh"]), *by_hand) if one not in lost]
    ids = tuple(dict.fromkeys([*(str(one["public_id"]) for one in made if one["public_id"]), *told]))
    names = [*ids, *(str(name) for one in made for name in one.get("log_keys", ()))]
    return ids, tuple(dict.fromkeys(one for one in names if len(one) >= _SHORTEST_ID))


def _wanted(name: str, names: Iterable[str]) -> Wanted | None:
    found = dict(kind_of(one) for one in names)
    return Wanted(name, tuple(found.items())) if found else None


def _made_at(case: Desk, token: ApiToken) -> datetime | None:
    """When the first fresh one was made; None where a person made one, so that nobody knows."""
    by_hand = any(
        isinstance(one.do, HumanTask) and one.verb == "replace" and one.target == token.name
        for plan in case.ledger.plans.values()
        for one in plan.actions
    )
    made = [one.at for one in case.journal.records(Kind.REPLACED) if one.body["credential"] == token.name]
    return None if by_hand else min(made, default=None)


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
        old = public_id in {one for token in tokens for one in (token.public_id, token.name)}
        if len(whose) != 1 or len(public_id) < _SHORTEST_ID or old or case.redactor.finds(public_id.encode()):
            raise BadInput(
                "this does not say which credential was made in place of which", on="fresh, not shown",
                why=f"the case has {', '.join(one.name for one in tokens)}", do="give CREDENTIAL=ID: the fresh one's public id, no value",
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
            *((f"of these {one.path} from (UTC)", f"{stamp(one.begins)} to {stamp(one.ends)}") for one in seen.logs),
            *((("That they are whole is a person's word until (UTC)", seen.stated),) if seen.stated else ()),
        )
    )
    yield Table.of(columns, rows, "Consumers, as the logs show them")
    if seen.clock:
        yield Notice("warn", f"{seen.clock}.")
    if seen.unread:
        yield Notice("warn", f"{seen.unread} things of the logs could not be read: an old use may stand there.")


def _failures(one: Seen) -> str:
    return "; ".join(f"{failed.action} ({failed.error})" for failed in one.failed) or "—"
