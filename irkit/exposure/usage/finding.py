"""What a finding is, and the rows of evidence under it. Pure.

A finding is a question put to the responder, not a verdict: each names the benign explanation to rule out first.
Technique ids are MITRE ATT&CK's, https://attack.mitre.org/techniques/ (T1562.008 is /techniques/T1562/008/).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from irkit.model import UsageEvent, iso, parse_instant

Severity = Literal["high", "medium", "low", "info"]
Confidence = Literal["high", "medium", "low", "unknown"]
""" "unknown": what was found could not be compared with anything, so whether it is unusual cannot be told."""

SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")
CONFIDENCES: tuple[Confidence, ...] = ("high", "medium", "low", "unknown")

MOST_EVIDENCE = 100
"""Event ids listed under one finding; its title counts them all."""

MOST_ROWS = 20
"""Events told in full under one finding."""


@dataclass(frozen=True)
class Trace:
    """One event as evidence: what happened, and where it stands in the logs (`line` is 1-based, None where a file is one document).

    `agent` is what the client called itself; documents of older irkits do not have it.
    """

    event: str
    at: datetime | None
    key: str
    action: str
    address: str = ""
    outcome: str = ""
    file: str = ""
    line: int | None = None
    agent: str = ""

    @classmethod
    def of(cls, event: UsageEvent) -> Trace:
        return cls(
            event.event_id, event.at, event.key, event.action, event.address, event.outcome, event.file, event.line,
            event.agent,
        )  # fmt: skip

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def document(self) -> dict[str, Any]:
        return {**vars(self), "at": iso(self.at) if self.at else None}

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Trace:
        return cls(**{**row, "at": parse_instant(row["at"]) if row["at"] else None})


@dataclass(frozen=True)
class Finding:
    """What stands out, how bad it would be, how sure it is, by which events, and what harmless cause to rule out.

    `evidence` are the ids of up to 100 of its events, `rows` up to 20 of them in full; `detail` is a sentence more.
    """

    title: str
    severity: Severity
    confidence: Confidence
    attack: str
    evidence: tuple[str, ...]
    benign: str
    rows: tuple[Trace, ...] = ()
    detail: str = ""

    def document(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "severity": self.severity,
            "confidence": self.confidence,
            "attack": self.attack,
            "evidence": list(self.evidence),
            "benign": self.benign,
            "detail": self.detail,
            "rows": [row.document() for row in self.rows],
        }

    @classmethod
    def from_document(cls, row: Mapping[str, Any]) -> Finding:
        rows = tuple(Trace.from_document(one) for one in row.get("rows", ()))
        return cls(**{**row, "evidence": tuple(row["evidence"]), "rows": rows})


def finding(
    title: str,
    severity: Severity,
    confidence: Confidence,
    attack: str,
    traces: Iterable[Trace],
    benign: str,
    detail: str = "",
) -> Finding:
    """A finding over events in order of time, each named once."""
    ordered = sorted(traces, key=lambda one: (one.at is None, one.at.timestamp() if one.at else 0.0, one.event))
    distinct = list({one.event: one for one in ordered}.values())
    ids = tuple(one.event for one in distinct[:MOST_EVIDENCE])
    return Finding(title, severity, confidence, attack, ids, benign, tuple(distinct[:MOST_ROWS]), detail)


def in_order(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The worst first; what is surer before what is less so."""
    return tuple(
        sorted(found, key=lambda one: (SEVERITIES.index(one.severity), CONFIDENCES.index(one.confidence), one.title))
    )
