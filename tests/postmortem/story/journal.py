"""A journal as the case writes it, and the instants in it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from irkit.model import ApiToken, Clock, Incident, Instant, Kind, OpenPgpKey, Record, Trust
from irkit.plan import canonical, document
from tests.postmortem.story.people import START, TOKEN


def sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def instant(minutes: float, clock: Clock, source: str, trust: Trust = Trust.OURS) -> Instant:
    return Instant(START + timedelta(minutes=minutes), clock, source, trust)


class Journal:
    """Writes records as the case does: in order, chained, at the minute given."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.kept: dict[str, Any] = {}

    def add(self, minutes: float, kind: Kind, body: Mapping[str, Any], actor: str = "alice") -> Record:
        seq, previous = len(self.records) + 1, self.records[-1].digest if self.records else "0" * 64
        digest = hashlib.sha256(previous.encode() + canonical(dict(body))).hexdigest()
        self.records.append(Record(seq, START + timedelta(minutes=minutes), kind, actor, body, previous, digest))
        return self.records[-1]

    def keep(self, minutes: float, plain: Any, what: str, source: str) -> str:
        digest = "sha256:" + hashlib.sha256(canonical(plain)).hexdigest()
        self.kept[digest] = plain
        self.add(
            minutes, Kind.EVIDENCE, {"digest": digest, "what": what, "source": source, "bytes": len(canonical(plain))}
        )
        return digest

    def load(self, digest: str) -> Any:
        return self.kept[digest]


def opened(*credentials: ApiToken | OpenPgpKey, aware: bool = True) -> Journal:
    journal = Journal()
    known = Instant(START - timedelta(minutes=14), Clock.AWARE, "mail of a researcher", Trust.STATED) if aware else None
    incident = Incident(
        "2026-014", "Release credentials in a public commit", credentials or (TOKEN,),
        instant(0, Clock.JOURNAL, "the responder's clock"), known, "alice",
    )  # fmt: skip
    journal.add(0, Kind.CASE_OPENED, document(incident))
    return journal
