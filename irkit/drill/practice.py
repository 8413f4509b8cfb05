"""A rehearsal as practice: how long each step took, what was missed or wrongly touched, and whether that is better than before. Pure.

Times are seconds from the moment the rehearsal began, by the journal's own records; None where a step was not reached.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from irkit import __version__
from irkit.drill.card import Check, Scorecard
from irkit.model import Kind, Record, iso
from irkit.plan import Plan, read
from irkit.show import Block, Cell, Facts, Notice, Table, View
from irkit.show.times import duration

By = Literal["people", "unattended"]

STEPS: Mapping[str, str] = {
    "first_action": "First containment action sent",
    "contained": "Every credential contained",
    "resigned": "Last artifact signed anew",
    "exported": "Postmortem written",
}
"""What is timed: each field of `Seconds`, in words."""

_ARTIFACTS = ("artifacts signed anew", "good artifacts")
_TOUCHED = ("doubtful artifacts signed anew", "good artifacts in quarantine")


class Seconds(BaseModel):
    """From the beginning of the rehearsal, in seconds; None: not reached."""

    model_config = ConfigDict(frozen=True)

    first_action: float | None = None
    contained: float | None = None
    resigned: float | None = None
    exported: float | None = None

    def of(self, step: str) -> float | None:
        return self.model_dump()[step]  # type: ignore[no-any-return]


class Result(BaseModel):
    """One line of `drills.jsonl`: which world, how it went. Holds no secret. `began` is ISO 8601, UTC; `by` says whether people worked.

    `right` of `checks` questions of the scorecard were answered rightly; `missed` names the others, `touched` what nobody should have.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    began: str
    scenario: str
    seed: int
    difficulty: str
    faults: tuple[str, ...] = ()
    irkit: str
    by: By
    seconds: Seconds = Seconds()
    right: int = 0
    checks: int = 0
    missed: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()

    @property
    def alike(self) -> tuple[str, str, str]:
        """Runs are compared with those of the same scenario and difficulty, by people or by the machine."""
        return self.scenario, self.difficulty, self.by


@dataclass(frozen=True)
class Identity:
    """Which rehearsal it is. `id` is its own, whatever else is the same."""

    scenario: str
    seed: int
    difficulty: str
    faults: tuple[str, ...]
    by: By
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    def body(self, moment: Literal["begun", "ended"]) -> dict[str, Any]:
        """Of a record of kind REHEARSED."""
        plain = {"scenario": self.scenario, "seed": self.seed, "difficulty": self.difficulty, "by": self.by}
        return {"moment": moment, "rehearsal": self.id, **plain, "faults": list(self.faults)}


def begun(records: Iterable[Record]) -> Record | None:
    """The record with which the rehearsal began; the last one counts."""
    found = [one for one in records if one.kind is Kind.REHEARSED and one.body.get("moment") == "begun"]
    return found[-1] if found else None


def ended(records: Iterable[Record]) -> Record | None:
    found = [one for one in records if one.kind is Kind.REHEARSED and one.body.get("moment") == "ended"]
    return found[-1] if found else None


def seconds(records: Sequence[Record], credentials: Iterable[str], *, all_signed: bool) -> Seconds:
    """Of the records up to the end of the rehearsal. `credentials` by name; `all_signed`: every good artifact is signed anew."""
    start, stop = begun(records), ended(records)
    if start is None:
        return Seconds()
    within = [one for one in records if one.seq > start.seq and (stop is None or one.seq < stop.seq)]
    containing = {read(Plan, one.body["plan"]).digest for one in within if one.kind is Kind.PLAN and _contains(one)}
    acts = [
        one.at for one in within
        if one.kind is Kind.KEY_REVOKED or (one.kind is Kind.INTENT and one.body["plan"] in containing)
    ]  # fmt: skip
    signed = [one.at for one in within if one.kind is Kind.RESIGNED]
    written = [one.at for one in within if one.kind is Kind.EXPORTED]

    def since(at: datetime | None) -> float | None:
        return round((at - start.at).total_seconds(), 3) if at else None

    return Seconds(
        first_action=since(min(acts, default=None)),
        contained=since(_contained(within, credentials)),
        resigned=since(max(signed, default=None)) if all_signed else None,
        exported=since(max(written, default=None)),
    )


def _contains(record: Record) -> bool:
    return read(Plan, record.body["plan"]).chapter == "revoke"


def _contained(records: Sequence[Record], credentials: Iterable[str]) -> datetime | None:
    """When the last of them was: a token when nothing of it was known to live any more, a key when it was revoked."""
    at: dict[str, datetime | None] = dict.fromkeys(credentials)
    for record in records:
        name = str(record.body.get("credential") or record.body.get("key") or "")
        if record.kind is Kind.CONTAINED and name in at:
            at[name] = (at[name] or record.at) if record.body["contained"] is True else None
        elif record.kind is Kind.KEY_REVOKED and name in at:
            at[name] = at[name] or record.at
    moments = [one for one in at.values() if one]
    return max(moments) if at and len(moments) == len(at) else None


def all_signed(card: Scorecard) -> bool:
    """Whether the scorecard says that every good artifact is signed anew."""
    asked = [one for one in card if one.name.endswith(_ARTIFACTS) and not one.name.startswith("doubtful")]
    return bool(asked) and all(one.ok for one in asked)


def touched(card: Scorecard, innocents: Iterable[str]) -> tuple[str, ...]:
    """What should have been left alone: artifacts on the wrong side, and `innocents`, what a provider says was ended that never leaked."""
    wrong = [f"{one.name}: {one.got}" for one in card if one.name in _TOUCHED and one.ok is False]
    return (*wrong, *(f"ended although it never leaked: {one}" for one in innocents))


def missed(card: Scorecard) -> tuple[str, ...]:
    return tuple(one.name for one in card if one.ok is not True and one.name not in _TOUCHED)


def best(results: Iterable[Result]) -> Result | None:
    """The most right answers; of those the one that contained soonest. One that never contained comes last."""
    return min(results, key=lambda one: (-one.right, len(one.touched), _late(one.seconds.contained)), default=None)


def _late(span: float | None) -> float:
    return float("inf") if span is None else span


def before(result: Result, kept: Sequence[Result]) -> tuple[Result, ...]:
    """Earlier runs that it may be compared with, oldest first."""
    return tuple(one for one in kept if one.alike == result.alike and one.id != result.id and one.began <= result.began)


def span(value: float | None) -> str | None:
    """In words; None for what was not reached."""
    if value is None:
        return None
    return f"{value:.1f} s" if value < 60 else duration(timedelta(seconds=value))


def as_view(result: Result, checks: Sequence[Check], kept: Sequence[Result], *, whole: bool = True) -> View:
    """The scorecard of a rehearsal: times beside the best and the last run alike, what was missed or wrongly touched, the checks.

    `whole` tells every check, otherwise they are told in brief.
    """
    card, earlier = Scorecard(tuple(checks)), before(result, kept)
    top, last = best(earlier), earlier[-1] if earlier else None
    beside = [one for one in (result, top, last) if one]
    rows: list[tuple[Cell, ...]] = [
        (said, *(span(one.seconds.of(step)) or "not reached" for one in beside)) for step, said in STEPS.items()
    ]
    rows.append(("Right answers", *(f"{one.right} of {one.checks}" for one in beside)))
    columns = ("Step", "This run", "Best run before", "Last run before")[: len(beside) + 1]
    compared = Table.of(columns, rows, "How long each took, from the beginning")
    blocks: list[Block] = [_verdict(result, top), compared, *_wrong(result)]
    told = card.view() if whole else card.brief()
    return View(f"Rehearsal: {result.scenario}, {result.difficulty}", (_about(result), *blocks, *told.blocks))


def _about(result: Result) -> Facts:
    return Facts(
        (
            ("World", f"{result.scenario}, seed {result.seed}, {result.difficulty}"),
            ("Faults of the provider", ", ".join(result.faults) or "none"),
            ("Worked by", result.by),
            ("Begun (UTC)", result.began),
        )
    )


def _verdict(result: Result, top: Result | None) -> Notice:
    now, then = result.seconds.contained, top.seconds.contained if top else None
    if now is None:
        return Notice("bad", "Not everything was contained.")
    if top is None:
        return Notice("info", f"Contained after {span(now)}: the first run of this kind, so the best so far.")
    if then is None or now < then:
        ago = "never contained before" if then is None else f"{span(then)} was the best before"
        return Notice("ok", f"Contained after {span(now)}: sooner than ever ({ago}).")
    return Notice("info", f"Contained after {span(now)}; the best run took {span(then)}.")


def _wrong(result: Result) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if result.touched:
        blocks.append(Notice("bad", "Wrongly touched: " + "; ".join(result.touched)))
    if result.missed:
        blocks.append(Notice("warn", "Missed, or not answered: " + "; ".join(result.missed)))
    return tuple(blocks)


def result_of(
    who: Identity,
    records: Sequence[Record],
    credentials: Iterable[str],
    card: Scorecard,
    innocents: Iterable[str] = (),
) -> Result:
    """All of it from the journal and the scorecard; `innocents` are what the provider ended although it never leaked."""
    start = begun(records)
    return Result(
        id=who.id,
        began=iso(start.at) if start else "",
        scenario=who.scenario,
        seed=who.seed,
        difficulty=who.difficulty,
        faults=who.faults,
        irkit=__version__,
        by=who.by,
        seconds=seconds(records, credentials, all_signed=all_signed(card)),
        right=sum(one.ok is True for one in card),
        checks=len(card.checks),
        missed=missed(card),
        touched=touched(card, innocents),
    )
