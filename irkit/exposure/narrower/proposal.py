"""A proposal: what to give the replacement, in the provider's own words, what was left out of it, and what weakens it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irkit.show import Block, Details, Notice, Passage, Prose, Span, Table, Written


@dataclass(frozen=True)
class Line:
    """One action: what the proposal allows for it, on what; "" where nothing is proposed, and `why`."""

    action: str
    allows: str
    on: tuple[str, ...] = ()
    events: int = 0
    why: str = ""

    def document(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "allows": self.allows or None,
            "on": list(self.on),
            "events": self.events,
            "why": self.why,
        }


@dataclass(frozen=True)
class Suggestion:
    """Something that may be added, and would break uses that no log showed."""

    what: Mapping[str, Any]
    why: str

    def document(self) -> dict[str, Any]:
        return {"what": dict(self.what), "why": self.why}


@dataclass(frozen=True)
class Proposal:
    """`text` is the provider's own (None where nothing can be proposed); `lines` what it rests on. `checked` says by what it was checked,
    `faults` what that found. Never that it is enough: no log tells of everything."""

    kind: str
    text: Mapping[str, Any] | None
    lines: tuple[Line, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    checked: str = ""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "text": dict(self.text) if self.text is not None else None,
            "lines": [one.document() for one in self.lines],
            "suggestions": [one.document() for one in self.suggestions],
            "checked": self.checked or None,
            "faults": list(self.faults),
            "notes": list(self.notes),
            "enough": "unknown",
        }

    def blocks(self) -> Sequence[Block]:
        blocks: list[Block] = []
        if self.text is None:
            blocks.append(Notice("warn", f"Nothing is proposed: {self.notes[0] if self.notes else 'nothing was seen'}"))
        if rows := [
            (one.action, one.allows or "—", ", ".join(one.on[:6]) or "—", one.events, one.why) for one in self.lines
        ]:
            columns = ("Seen", "Proposed", "On", "Events", "Why")
            blocks.append(Table.of(columns, rows, "The narrowest replacement, by what was seen", 200, "--format json"))
        if self.text is not None:
            blocks += [Prose((f"{self.kind}:",)), _code(self.text)]
        for number, one in enumerate(self.suggestions, 1):
            blocks.append(Details(f"Perhaps also: {one.why}", (_code(one.what),), f"suggestion-{number}"))
        blocks += [Notice("bad", one) for one in self.faults]
        blocks += [Notice("warn", one) for one in (self.notes if self.text is not None else self.notes[1:])]
        if self.checked:
            blocks.append(Notice("info", f"checked by {self.checked}"))
        return blocks


def _code(text: Mapping[str, Any]) -> Written:
    return Written((Passage("code", (Span(json.dumps(text, indent=2), "code"),)),))


NOT_ENOUGH = (
    "whether it suffices is unknown: what no log that was read tells of (another region, data events, a yearly task) may be needed "
    "all the same; try it beside the old one before the old one goes"
)


def nothing_seen(kind: str) -> Proposal:
    why = "no use was seen in the logs that were read, which does not show that there is none"
    return Proposal(kind, None, notes=(why,))


def not_worked_out(provider: str) -> Proposal:
    why = f"how a credential of {provider} is narrowed is not worked out here; its uses are above"
    return Proposal("none", None, notes=(why,))
