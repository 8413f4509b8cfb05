"""Chapter 1 at the desk: occurrences, uses, the window, and the picture of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit import exposure
from irkit.case import leavers
from irkit.case.connection import set_aside
from irkit.case.desk import Desk
from irkit.case.exposure.alerts import instants as alerted
from irkit.case.exposure.clocks import record_blocks, recorded
from irkit.case.exposure.kept_usage import uses
from irkit.case.exposure.places import located_view
from irkit.case.ledger import Ledger
from irkit.errors import BadInput
from irkit.model import (
    Bound,
    Clock,
    Credential,
    Instant,
    Kind,
    Occurrence,
    Skipped,
    Trust,
    Window,
)
from irkit.plan import document, read
from irkit.show import Block, Facts, Figure, Notice, Table, View
from irkit.show.times import duration, stamp
from irkit.sources import locate as search
from irkit.sources.clocks import instants as instants_of
from irkit.sources.fleet.memory import Memory

__all__ = ["known_window", "latest_window", "locate", "occurrences", "timeline", "uses", "window"]


def locate(case: Desk, paths: Sequence[Path]) -> View:
    """Search, keep what was found as evidence, and show it. BadInput when there is nothing to search.

    Interrupted and called again, it goes on where it was: what is finished is noted in the user's cache until it is evidence.
    """
    if not paths:
        raise BadInput("there is nothing to search", do="name repositories, folders or files in the parameter `paths`")
    by_credential = {credential.name: 0 for credential in case.credentials}
    names_only = dict(by_credential)
    notes = Memory([str(path.resolve()) for path in paths], case.needled.hunted)
    with ExitStack() as aside:
        for path in paths:
            aside.enter_context(set_aside(path))
        found = search(paths, case.needled.hunted, case.progress, notes)
    blind = [
        Skipped(ref, f"the credential could not be read, so it was not searched for: {why}")
        for ref, why in case.needled.blind
    ]
    skipped = (*found.skipped, *blind)
    plain = {
        "occurrences": [{"credential": one.credential, **one.document()} for one in found.occurrences],
        "skipped": [item.document() for item in skipped],
    }
    digest = case.keep(plain, "occurrences", ", ".join(map(str, paths)))
    for one in found.occurrences:
        by_credential[one.credential] += 1
        names_only[one.credential] += one.names_only
    body = {
        "evidence": digest,
        "occurrences": len(found.occurrences),
        "live": sum(one.live for one in found.occurrences),
        "skipped": len(skipped),
        "paths": [str(path) for path in paths],
        "by_credential": by_credential,
        "names_only": names_only,
    }
    case.write(Kind.LOCATED, body)
    notes.forget()
    labels = {credential.name: called(credential) for credential in case.credentials}
    picture = exposure.occurrence_map(found.occurrences, datetime.now(UTC), labels)
    held = exposure.held_by(found.occurrences, labels)
    pictures = tuple(one for one in (held, picture) if one)
    return located_view(found.occurrences, skipped, "Where it occurs", labels=labels, pictures=pictures, opens=True)


def called(credential: Credential) -> str:
    """What people call it: who issued it, and the name that the case and its logs know it by."""
    return credential.name if credential.provider == "unknown" else f"{credential.provider} {credential.name}"


def occurrences(case: Desk) -> tuple[Occurrence, ...]:
    """Those of the latest search; empty when there was none."""
    located = case.journal.records(Kind.LOCATED)
    if not located:
        return ()
    kept = case.evidence.document(located[-1].body["evidence"])
    return tuple(Occurrence.from_document(row["credential"], row) for row in kept["occurrences"])


def window(case: Desk, clocks: Sequence[str | Path]) -> View:
    """The window of each credential from everything the case knows; `clocks` adds what the code host recorded."""
    record = recorded(case, clocks)
    made_blocks: list[Block] = []
    untied: list[str] = []
    ledger = Ledger.of(case.journal.records())
    for credential in case.credentials:
        stood = tuple(one for one in occurrences(case) if one.credential == credential.name)
        told, loose = instants_of(record, stood)
        untied += loose
        instants = _distinct((*_known_instants(case, credential.name), *told))
        made = exposure.window(
            stood,
            instants=(
                *instants,
                *alerted(case, credential.name),
                *_aware(case),
                *_last_use(case, credential.name),
                *leavers.ended(case),
            ),
            standings=tuple(
                one
                for moment in ("before", "settling", "after", "asked")
                for one in ledger.sampled(credential.name, moment)
            ),
            first_use=_first_misuse(case, credential.name),
            proved_dead=ledger.last_verdict.get(credential.name, (0, ""))[1] == "dead",
        )
        body = {
            "credential": credential.name,
            "window": document(made),
            "instants": [document(one) for one in instants],
        }
        latest = _windows(case, credential.name)
        if not latest or latest[-1].body != body:
            case.write(Kind.WINDOW, body)
        made_blocks += window_blocks(credential, made)
    return View("Since when it was exposed", (*record_blocks(record, untied), *made_blocks))


def _windows(case: Desk, credential: str) -> list[Any]:
    return [record for record in case.journal.records(Kind.WINDOW) if record.body["credential"] == credential]


def latest_window(case: Desk, credential: str) -> Window:
    """The window as last journalled; BadInput when none was made yet."""
    found = _windows(case, credential)
    if not found:
        raise BadInput(
            "the exposure window of this credential is not known yet",
            on=credential,
            do="run notebook 01_exposure first",
        )
    return read(Window, found[-1].body["window"])


def known_window(case: Desk, credential: str) -> Window | None:
    """The window as last journalled; None when none was made yet."""
    return latest_window(case, credential) if _windows(case, credential) else None


def _known_instants(case: Desk, credential: str) -> tuple[Instant, ...]:
    found = _windows(case, credential)
    return tuple(read(Instant, one) for one in found[-1].body["instants"]) if found else ()


def _distinct(instants: Iterable[Instant]) -> tuple[Instant, ...]:
    return tuple(dict.fromkeys(instants))


def _aware(case: Desk) -> tuple[Instant, ...]:
    return (case.incident.aware,) if case.incident.aware else ()


def _first_misuse(case: Desk, credential: str) -> Instant | None:
    """The first use by a stranger, as the chapter judges it against the window known so far."""
    if not _windows(case, credential):
        return None
    own = tuple(one for one in uses(case, credential) if one.match.is_use)
    event = exposure.first_by_stranger(own, latest_window(case, credential))
    if event is None or event.at is None:
        return None
    source = f"{event.source} log: first use from {event.address}, an address never seen before the window"
    return Instant(event.at, Clock.FIRST_USE, source, Trust.INDEPENDENT)


def _last_use(case: Desk, credential: str) -> tuple[Instant, ...]:
    own = (one for one in uses(case, credential) if one.match.is_use and one.outcome == "ok")
    times = [one.at for one in own if one.at]
    source = "the last use that succeeded, in the logs"
    return (Instant(max(times), Clock.USE, source, Trust.INDEPENDENT),) if times else ()


def window_blocks(credential: Credential, made: Window) -> tuple[Block, ...]:
    """Both ends with both bounds, why, and what would narrow them."""
    rows = []
    for name, bound in (("opened", made.opened), ("closed", made.closed)):
        rows.append((name, "not before", *_bound_cells(bound, "earliest")))
        rows.append((name, "not after", *_bound_cells(bound, "latest")))
    now = datetime.now(UTC)
    facts = Facts(
        (
            ("Credential", called(credential)),
            ("State", "closed" if made.is_closed else "open, as far as is known"),
            ("Exposed at most", duration(made.longest(now))),
            ("Exposed at least", duration(made.shortest())),
        )
    )
    columns = ("End", "Bound", "At (UTC)", "To within", "Clock", "Source", "Who could set it")
    reasons = [(text,) for text in (*made.opened.why, *made.closed.why)]
    blocks: list[Block] = [
        _in_a_sentence(credential, made, now),
        facts,
        Table.of(columns, rows, f"Exposure window of {called(credential)}"),
        Table.of(("Why",), reasons),
    ]
    if made.narrow:
        blocks.append(Table.of(("What would narrow it",), [(text,) for text in made.narrow]))
    return tuple(blocks)


def _bound_cells(bound: Bound, side: str) -> tuple[Any, ...]:
    instant: Instant | None = getattr(bound, side)
    if instant is None:
        return (None, None, None, "no evidence", None)
    precision = f"{instant.precision_s:g} s"
    return (instant.at, precision, instant.clock.value, instant.source, _FORGERS[instant.trust])


_FORGERS = {
    Trust.INDEPENDENT: "only whoever keeps that record",
    Trust.OURS: "only we: our own clock",
    Trust.STATED: "the person who says so",
    Trust.SETTABLE: "whoever wrote it",
}


def _in_a_sentence(credential: Credential, made: Window, now: datetime) -> Notice:
    """The window as one would say it over the telephone."""
    since = (
        f"out since {stamp(made.opened.latest.at)} at the latest"
        if made.opened.latest
        else "out since nobody knows when"
    )
    if made.closed.latest:
        return Notice("ok", f"{called(credential)}: {since}, dead since {stamp(made.closed.latest.at)} at the latest.")
    alive = f"; last seen to work {stamp(made.closed.earliest.at)}" if made.closed.earliest else ""
    return Notice(
        "bad",
        f"{called(credential)}: {since}{alive}. Nothing shows that it is dead: count it as usable, now ({stamp(now)}).",
    )


def figures(case: Desk) -> dict[str, Figure]:
    """One timeline for each credential whose window is known, for the postmortem."""
    made = {}
    for credential in case.credentials:
        if _windows(case, credential.name):
            stood = tuple(one for one in occurrences(case) if one.credential == credential.name)
            known = latest_window(case, credential.name)
            events = uses(case, credential.name)
            made[f"window:{credential.name}"] = exposure.timeline_figure(known, stood, events, datetime.now(UTC))
    return made


def timeline(case: Desk) -> View:
    """The window, the commits and the uses of each credential, drawn."""
    drawn = figures(case)
    if not drawn:
        return View("Timeline", (Notice("warn", "No window is known yet: call window() first."),))
    names = {f"window:{credential.name}": called(credential) for credential in case.credentials}
    return View("Timeline", tuple(replace(one, caption=f"{names[key]}. {one.caption}") for key, one in drawn.items()))
