"""A rehearsal as practice: how long each step took, and what was missed or wrongly touched. Pure.

Times are seconds from the moment the rehearsal began, by the journal's own records; None where a step was not reached.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from irkit import __version__
from irkit.drill.card import Check, Scorecard
from irkit.drill.difficulty import LEVELS
from irkit.model import Kind, Record, iso, parse_instant
from irkit.plan import Plan, read
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
_FATES = {": doubtful artifacts": "resigned", ": good artifacts": "quarantined|withdrawn"}
_DRIFT_S, _DRIFT_OF = 5.0, 0.001
_OUT_OF_ORDER = timedelta(seconds=2)  # kernels write at the same time; each takes its time before its turn


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
    `count` is how many credentials or files the world had, 0 as many as it always has; `playbook`: people worked, and a playbook ran
    steps for them; `clock_moved`: the clock was set meanwhile, so that every time is unknown.
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
    count: int = 0
    playbook: bool = False
    clock_moved: bool = False

    @property
    def kind(self) -> str:
        """In words. Runs are compared with those of the same kind."""
        usual = LEVELS[self.difficulty].faults if self.difficulty in LEVELS and self.scenario == "token-and-key" else ()
        parts = [self.scenario, self.difficulty, self.by]
        if sorted(self.faults) != sorted(usual):
            parts.append(f"faults {' '.join(sorted(self.faults))}" if self.faults else "no faults")
        parts += (
            [f"{self.count:,} {'files' if self.scenario == 'signing-key' else 'credentials'}"] if self.count else []
        )
        parts += ["steps run by the playbook"] if self.playbook else []
        return ", ".join(parts)

    def told(self, step: str) -> str:
        """The time of a step, in words."""
        return "unknown" if self.clock_moved else span(self.seconds.of(step)) or "not reached"


@dataclass(frozen=True)
class Identity:
    """Which rehearsal it is. `id` is its own, whatever else is the same."""

    scenario: str
    seed: int
    difficulty: str
    faults: tuple[str, ...]
    by: By
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    count: int = 0

    def body(self, moment: Literal["begun", "ended"], steady: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Of a record of kind REHEARSED. `steady` is what a clock that nobody sets says at that moment (`irkit.drill.steady`)."""
        plain = {"scenario": self.scenario, "seed": self.seed, "difficulty": self.difficulty, "by": self.by}
        more = {"count": self.count, "steady": dict(steady or {})}
        return {"moment": moment, "rehearsal": self.id, **plain, "faults": list(self.faults), **more}


def begun(records: Iterable[Record]) -> Record | None:
    """The record with which the rehearsal began; the last one counts."""
    found = [one for one in records if one.kind is Kind.REHEARSED and one.body.get("moment") == "begun"]
    return found[-1] if found else None


def ended(records: Iterable[Record]) -> Record | None:
    found = [one for one in records if one.kind is Kind.REHEARSED and one.body.get("moment") == "ended"]
    return found[-1] if found else None


def during(records: Sequence[Record]) -> list[Record]:
    """What was journalled between the beginning and the end of the rehearsal."""
    start, stop = begun(records), ended(records)
    return [one for one in records if start and one.seq > start.seq and (stop is None or one.seq < stop.seq)]


def clock_moved(records: Sequence[Record]) -> bool:
    """Whether the clock was set between the beginning and the end, as far as that shows: in the order of the records, or against a clock
    that nobody sets."""
    start, stop = begun(records), ended(records)
    if start is None:
        return False
    times = [one.at for one in (start, *during(records), *([stop] if stop else []))]
    if any(after < before - _OUT_OF_ORDER for before, after in pairwise(times)):
        return True
    then, now = start.body.get("steady") or {}, (stop.body.get("steady") or {}) if stop else {}
    if stop is None or not then.get("boot") or then.get("boot") != now.get("boot"):
        return False
    passed = float(now["seconds"]) - float(then["seconds"])
    return abs((stop.at - start.at).total_seconds() - passed) > max(_DRIFT_S, _DRIFT_OF * passed)


def seconds(
    records: Sequence[Record], credentials: Iterable[str], *, all_signed: bool, unread: bool = False
) -> Seconds:
    """Of the records up to the end of the rehearsal; all unknown where the clock was set meanwhile.

    `credentials` by name; `all_signed`: every good artifact is signed anew; `unread`: this world has logs that nobody can read.
    """
    start = begun(records)
    if start is None or clock_moved(records):
        return Seconds()
    within = during(records)
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
        contained=since(_contained(within, credentials, unread)),
        resigned=since(max(signed, default=None)) if all_signed else None,
        exported=since(max(written, default=None)),
    )


def _contains(record: Record) -> bool:
    return read(Plan, record.body["plan"]).chapter == "revoke"


def _contained(records: Sequence[Record], credentials: Iterable[str], unread: bool) -> datetime | None:
    """When the last of them was: a token when nothing of it was known to live any more, a key when it was revoked."""
    at: dict[str, datetime | None] = dict.fromkeys(credentials)
    for number, record in enumerate(records):
        name = str(record.body.get("credential") or record.body.get("key") or "")
        if record.kind is Kind.CONTAINED and name in at:
            known = record.body["contained"]
            yes = known is True or (unread and known is None and only_logs_unknown(records[: number + 1], name))
            if yes or known is False:  # to be asked again and not be told does not make it live again
                at[name] = (at[name] or record.at) if yes else None
        elif record.kind is Kind.KEY_REVOKED and name in at:
            at[name] = at[name] or record.at
    moments = [one for one in at.values() if one]
    return max(moments) if at and len(moments) == len(at) else None


def only_logs_unknown(records: Sequence[Record], credential: str) -> bool:
    """Of one whose containment was last said to be unknown: dead, nothing that outlives it unknown, its logs read as far as they can be."""
    own = [one for one in records if one.body.get("credential") == credential]
    verdicts = [number for number, one in enumerate(own) if one.kind is Kind.VERDICT]
    if not verdicts or own[verdicts[-1]].body["verdict"] != "dead":
        return False
    outliving = [one for one in own[verdicts[-1] :] if one.kind is Kind.SURVIVED]
    return any(one.kind is Kind.USAGE_READ for one in own) and all(one.body["state"] == "dead" for one in outliving)


def all_signed(card: Scorecard) -> bool:
    """Whether the scorecard says that every good artifact is signed anew."""
    asked = [one for one in card if one.name.endswith(_ARTIFACTS) and not one.name.startswith("doubtful")]
    return bool(asked) and all(one.ok for one in asked)


def touched(card: Scorecard, innocents: Iterable[str]) -> tuple[str, ...]:
    """What should have been left alone: artifacts on the wrong side, and `innocents`, what a provider says was ended that never leaked."""
    wrong = [f"{one.name}: {one.got}" for one in card if _is_touch(one)]
    return (*wrong, *(f"ended although it never leaked: {one}" for one in innocents))


def missed(card: Scorecard) -> tuple[str, ...]:
    return tuple(one.name for one in card if one.ok is not True and one.name not in _TOUCHED and not _is_touch(one))


def _is_touch(check: Check) -> bool:
    """Something was done to what should have been left alone, and not only left out."""
    fate = next((words for name, words in _FATES.items() if check.name.endswith(name)), "")
    return check.ok is False and (check.name in _TOUCHED or bool(fate and re.search(fate, check.got)))


def best(results: Iterable[Result]) -> Result | None:
    """The most right answers; of those the one that contained soonest. One that never contained comes last."""
    return min(results, key=lambda one: (-one.right, len(one.touched), _late(one.seconds.contained)), default=None)


def _late(span: float | None) -> float:
    return float("inf") if span is None else span


def before(result: Result, kept: Sequence[Result]) -> tuple[Result, ...]:
    """Earlier runs that it may be compared with, oldest first."""
    now = parse_instant(result.began)
    return tuple(
        one for one in kept if one.kind == result.kind and one.id != result.id and parse_instant(one.began) <= now
    )


def span(value: float | None) -> str | None:
    """In words; None for what was not reached."""
    if value is None:
        return None
    return f"{value:.1f} s" if value < 60 else duration(timedelta(seconds=value))


def result_of(
    who: Identity,
    records: Sequence[Record],
    credentials: Iterable[str],
    card: Scorecard,
    innocents: Iterable[str] = (),
    *,
    unread: bool = False,
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
        seconds=seconds(records, credentials, all_signed=all_signed(card), unread=unread),
        right=sum(one.ok is True for one in card),
        checks=len(card.checks),
        missed=missed(card),
        touched=touched(card, innocents),
        count=who.count,
        playbook=who.by == "people" and any(one.kind is Kind.STEP_STARTED for one in during(records)),
        clock_moved=clock_moved(records),
    )
