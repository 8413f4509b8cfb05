"""The journal read once, into a story. Pure.

A record that is not what its kind promises, or evidence that cannot be loaded, weakens the report and is listed in
`unread`; it never stops it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from irkit.errors import IrkitError
from irkit.model import (
    Clock,
    Incident,
    Instant,
    Kind,
    PackageRecord,
    Record,
    Skipped,
    Standing,
    Trust,
    Window,
    parse_instant,
)
from irkit.plan import Approval, Outcome, Plan, read
from irkit.postmortem.story import Done, Load, Stood, Story, Usage, mapping, sequence

T = TypeVar("T")

_WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.EVIDENCE: ("digest", "what", "source"),
    Kind.ALERTED: ("credential",),
    Kind.OBSERVED: ("credential", "evidence"),
    Kind.UPLOADS: ("evidence",),
    Kind.INTENT: ("plan", "action", "what", "target"),
    Kind.OUTCOME: ("plan", "target", "what"),
    Kind.VERDICT: ("credential", "verdict", "why"),
    Kind.KEY_GENERATED: ("primary",),
    Kind.KEY_REVOKED: ("key", "reason"),
    Kind.UNREVOKABLE: ("key", "why"),
    Kind.RESIGNED: ("path",),
    Kind.QUARANTINED: ("path", "why"),
    Kind.WITHDRAWN: ("path", "why"),
    Kind.PUBLISHED: ("place", "old", "new"),
    Kind.STATED: ("evidence", "path", "key"),
    Kind.VOUCHED: ("statement", "who", "fingerprint"),
    Kind.STEP_STARTED: ("playbook", "step"),
    Kind.STEP_ENDED: ("playbook", "step"),
    Kind.REPLACED: ("credential", "name", "public_id"),
    Kind.SURVIVED: ("credential", "what", "state", "why"),
    Kind.CONTAINED: ("credential",),
    Kind.MILESTONE: ("name", "at"),
    Kind.NOTE: ("section", "text"),
    Kind.HUMAN_DONE: ("action", "who", "text"),
    Kind.EXPORTED: ("path", "sha256"),
    Kind.SIGNED: ("path", "evidence", "who", "fingerprint"),
    Kind.SEALED: ("path", "who", "head"),
    Kind.CLOSED: ("as", "why", "who"),
    Kind.LEFT: ("who", "why", "by"),
    Kind.REHEARSED: ("moment", "scenario"),
    Kind.CHECKED: ("item", "answer", "why"),
    Kind.INVENTORIED: ("evidence",),
    Kind.READINESS: ("evidence", "policy"),
}
"""Fields of a body without which its record says nothing (`irkit.model.record.Kind`); each holds text."""


def tell(records: Sequence[Record], load: Load) -> Story:
    """Read the records in order; what cannot be read is listed, with its number."""
    reader = _Reader(load)
    opened = reader.each(records, Kind.CASE_OPENED, lambda body: read(Incident, dict(body)))
    windows = reader.each(records, Kind.WINDOW, lambda body: (str(body["credential"]), read(Window, body["window"])))
    usages = reader.each(records, Kind.USAGE_READ, reader.usage)
    located = reader.each(records, Kind.LOCATED, reader.kept)
    judgements = reader.each(records, Kind.JUDGED, reader.kept)
    standings = reader.each(records, Kind.STANDING, _stood)
    plans = reader.each(records, Kind.PLAN, lambda body: read(Plan, body["plan"]))
    approvals = reader.each(records, Kind.APPROVAL, lambda body: read(Approval, dict(body)))
    outcomes = reader.each(records, Kind.OUTCOME, lambda body: read(Outcome, body["outcome"]))
    stated = reader.each(records, Kind.MILESTONE, _stated)
    listed = reader.each(records, Kind.UPLOADS, reader.packages)
    observed = {digest: reader.document(digest) for digest in _digests(records, Kind.OBSERVED)}
    readable = reader.readable(records)
    return Story(
        records=tuple(records),
        readable=readable,
        incident=opened[0][1] if opened else None,
        windows=dict(window for _, window in windows),
        usages={usage.credential: usage for _, usage in usages if usage.tells},
        located=tuple(located),
        judgements=tuple(kept for _, kept in judgements),
        standings=tuple(standings),
        plans=tuple(plans),
        approvals=tuple(approvals),
        outcomes=tuple(
            Done(record, record.body["plan"], record.body["target"], record.body["what"], outcome)
            for record, outcome in outcomes
            if record.seq not in reader.faulty
        ),
        stated=tuple((record, name, instant) for record, (name, instant) in stated),
        unread=tuple(reader.unread),
        observed=observed,
        packages=listed[-1][1] if listed else (),
    )


def _digests(records: Sequence[Record], kind: Kind) -> Iterable[str]:
    """Of the evidence that records of a kind name, each once."""
    return dict.fromkeys(str(one.body["evidence"]) for one in records if one.kind is kind and one.body.get("evidence"))


class _Reader:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.unread: list[Skipped] = []
        self.faulty: set[int] = set()

    def readable(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Records that could be read and have the words their kind promises; what has not is listed in `unread`."""
        for record in records:
            missing = [name for name in _WORDS.get(record.kind, ()) if not isinstance(record.body.get(name), str)]
            if missing and record.seq not in self.faulty:
                self._fault(record, f"it says nothing under {', '.join(missing)}")
        return tuple(record for record in records if record.seq not in self.faulty)

    def _fault(self, record: Record, why: str) -> None:
        self.faulty.add(record.seq)
        self.unread.append(Skipped(f"journal record {record.seq} ({record.kind.value})", why))

    def each(
        self, records: Sequence[Record], kind: Kind, take: Callable[[Mapping[str, Any]], T]
    ) -> list[tuple[Record, T]]:
        found = []
        for record in records:
            if record.kind is kind:
                try:
                    found.append((record, take(record.body)))
                except (IrkitError, KeyError, TypeError, ValueError) as error:
                    why = f"a field is missing: {error}" if isinstance(error, KeyError) else str(error)
                    self._fault(record, why)
        return found

    def document(self, digest: str) -> Mapping[str, Any]:
        """Evidence, or nothing and a line in `unread`."""
        if not digest:
            return {}
        try:
            return mapping(self.load(digest))
        except (IrkitError, KeyError, OSError, ValueError) as error:
            self.unread.append(Skipped(f"evidence {digest}", str(error)))
            return {}

    def usage(self, body: Mapping[str, Any]) -> Usage:
        evidence = str(body.get("evidence", ""))
        known = self.document(evidence)
        summary = {
            "by_key": body.get("summary"),
            "skipped": body.get("skipped"),
            "of_issuer": body.get("of_issuer", True),
        }
        return Usage(str(body["credential"]), evidence, {**summary, **known})

    def packages(self, body: Mapping[str, Any]) -> tuple[PackageRecord, ...]:
        """What registries recorded; each reading holds all that was known by then."""
        plain = self.document(str(body["evidence"])).get("packages")
        return tuple(read(PackageRecord, one) for one in sequence(plain))

    def kept(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body with what its evidence adds: the evidence is the fuller document and wins, but for `artifacts` that the body has."""
        found = self.document(str(body.get("evidence", "")))
        known = {key: value for key, value in found.items() if key != "artifacts" or "artifacts" not in body}
        return {**body, **known}


def _stated(body: Mapping[str, Any]) -> tuple[str, Instant]:
    why = str(body.get("why") or "") or "a person said so"
    return str(body["name"]), Instant(parse_instant(str(body["at"])), Clock.MILESTONE, why, Trust.STATED)


def _stood(body: Mapping[str, Any]) -> Stood:
    return Stood(str(body["credential"]), str(body["moment"]), read(Standing, body["standing"]))
