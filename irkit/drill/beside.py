"""The scorecard of a rehearsal beside the best and the last run of its kind. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from irkit.drill.card import Check, Scorecard
from irkit.drill.practice import STEPS, Result, before, best, span
from irkit.model import parse_instant
from irkit.show import Block, Cell, Facts, Notice, Table, View
from irkit.show.times import stamp


def as_view(result: Result, checks: Sequence[Check], kept: Sequence[Result], *, whole: bool = True) -> View:
    """Times beside the best and the last run alike, what was missed or wrongly touched, the checks.

    `whole` tells every check, otherwise they are told in brief.
    """
    card, earlier = Scorecard(tuple(checks)), before(result, kept)
    timed = [one for one in earlier if not one.clock_moved]
    top, last = best(timed), earlier[-1] if earlier else None
    beside = [one for one in (result, top, last) if one]
    rows: list[tuple[Cell, ...]] = [(said, *(one.told(step) for one in beside)) for step, said in STEPS.items()]
    rows.append(("Right answers", *(f"{one.right} of {one.checks}" for one in beside)))
    rows.append(("Wrongly touched", *(len(one.touched) for one in beside)))
    columns = ("Step", "This run", *(["Best run before"] if top else []), *(["Last run before"] if last else []))
    compared = Table.of(columns, rows, "How long each took, from the beginning")
    blocks: list[Block] = [_verdict(result, timed), *_in_doubt(card), compared, *_wrong(result)]
    told = card.view() if whole else card.brief()
    return View(f"Rehearsal: {result.scenario}, {result.difficulty}", (_about(result), *blocks, *told.blocks))


def _about(result: Result) -> Facts:
    by = f"{result.by}, steps run by the playbook" if result.playbook else result.by
    return Facts(
        (
            ("World", f"{result.scenario}, seed {result.seed}, {result.difficulty}"),
            ("Faults of the provider", ", ".join(result.faults) or "none"),
            ("Worked by", by),
            ("Begun (UTC)", stamp(parse_instant(result.began))),
        )
    )


def _verdict(result: Result, earlier: Sequence[Result]) -> Notice:
    """Soonest is soonest, whatever else was right in that run; how much was, stands below."""
    if result.clock_moved:
        return Notice("warn", "This machine's clock was set while it ran, so how long each step took is unknown.")
    now, spans = result.seconds.contained, [one.seconds.contained for one in earlier]
    if now is None:
        return Notice("bad", "Not everything was contained.")
    if not spans:
        return Notice("info", f"Contained after {span(now)}: the first run of this kind, so the best so far.")
    soonest = min((one for one in spans if one is not None), default=None)
    if soonest is None or now < soonest:
        ago = "never contained before" if soonest is None else f"{span(soonest)} was the soonest before"
        return Notice("ok", f"Contained after {span(now)}: sooner than ever ({ago}).")
    return Notice("info", f"Contained after {span(now)}; the soonest run took {span(soonest)}.")


def _in_doubt(card: Scorecard) -> tuple[Block, ...]:
    """Rightly so: where a world has logs that nobody can read."""
    if not any(one.ok and one.name.endswith(": contained") and one.got == "unknown" for one in card):
        return ()
    text = "A log of this world cannot be read: whether it told of more that lives is not known. Contained is what is known of."
    return (Notice("warn", text),)


def _wrong(result: Result) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if result.touched:
        blocks.append(Notice("bad", "Wrongly touched: " + "; ".join(result.touched)))
    if result.missed:
        blocks.append(Notice("warn", "Missed, or not answered: " + "; ".join(result.missed)))
    return tuple(blocks)
