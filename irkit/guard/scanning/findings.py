"""What a search found: a place, a rule or the name of a credential of ours, and a fingerprint; never the value. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from irkit.errors import WouldLeak
from irkit.guard.scanning.baseline import BASELINE, Accepted
from irkit.model import Skipped

if TYPE_CHECKING:
    from irkit.guard.gate import Leak
    from irkit.show import Cell, View

_NAMED = 5
_SHOWN = 200


@dataclass(frozen=True)
class Place:
    """Where something was found: `file` as it can be shown, `within` it ("cell 3 output 1", "commit message"), `commit` that brings it,
    `blob` git's id of the content. "" where there is none."""

    file: str
    within: str = ""
    commit: str = ""
    blob: str = ""


@dataclass(frozen=True)
class Found:
    """A value as an engine found it, before anybody looked whether it is accepted. `line` is 1-based, None when nobody counted."""

    place: Place
    line: int | None
    rule: str
    value: bytes = field(repr=False)
    known: str = ""


@dataclass(frozen=True)
class Finding:
    """`rule`: the scanner's, "" when no rule matched. `known`: the name under which the team knows the credential, "" when it does not.

    `fingerprint` is `irkit.guard.unknown.fingerprint` of the value. `accepted` says why it does not stop anything.
    """

    place: Place
    line: int | None
    rule: str
    known: str
    fingerprint: str
    accepted: Accepted | None = None

    def document(self) -> dict[str, Any]:
        return {
            "file": self.place.file,
            "within": self.place.within or None,
            "line": self.line,
            "commit": self.place.commit or None,
            "rule": self.rule or None,
            "known": self.known or None,
            "fingerprint": self.fingerprint,
            "accepted": self.accepted.document() if self.accepted else None,
        }

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        return f"our own {self.known}" if self.known else self.rule

    def __str__(self) -> str:
        within = f" ({self.place.within})" if self.place.within else ""
        at = f", line {self.line}" if self.line else ""
        commit = f", commit {self.place.commit[:12]}" if self.place.commit else ""
        return f"{self.place.file}{within}{at}{commit} ({self.kind}, {self.fingerprint})"


@dataclass(frozen=True)
class Scanned:
    """What was found in `what`: `findings` (accepted ones too), `leaks` of a case's own, `skipped` what was not read.

    `rules` says whether the scanner looked; where it is not installed, known credentials alone were looked for. `notes` are sentences for
    whoever runs it. `do` is what to do about a finding, `where` a person can accept one.
    """

    what: str
    findings: tuple[Finding, ...] = ()
    leaks: tuple[Leak, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    rules: bool = True
    notes: tuple[str, ...] = ()
    do: str = "take it out, and revoke it if it ever left this machine"
    where: str = f"in {BASELINE}"

    @property
    def stopping(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.accepted is None)

    @property
    def clean(self) -> bool | None:
        """False: something was found. None: nothing was, in what could be read. True: nothing of what was looked for was in all of it."""
        if self.leaks or self.stopping:
            return False
        return None if self.skipped else True

    @property
    def all_named(self) -> bool:
        """Whether the sentence of `refuse` names every place."""
        return len(self.leaks) + len(self.stopping) <= _NAMED

    def refuse(self) -> None:
        """WouldLeak naming files, lines and fingerprints."""
        places = [*map(str, self.leaks), *map(str, self.stopping)]
        if not places:
            return
        more = f"; and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
        accept = (
            f"; if one is no secret, accept its fingerprint {self.where}, with the reason and a date"
            if self.stopping
            else ""
        )
        raise WouldLeak(
            f"what looks like a secret stands in {self.what}",
            on="; ".join(places[:_NAMED]) + more,
            do=f"{self.do}{accept}",
        )

    def sentence(self) -> str:
        accepted = sum(one.accepted is not None for one in self.findings)
        rest = f", {accepted} accepted" if accepted else ""
        looked = "No rule matched" if self.rules else "None of the known credentials stands"
        return f"{looked} in {self.what}{rest}. That does not show that there is no secret."

    def document(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "clean": self.clean,
            "findings": [one.document() for one in self.findings],
            "leaks": [one.document() for one in self.leaks],
            "rules": self.rules,
            "skipped": [{"what": one.what, "why": one.why} for one in self.skipped],
            "notes": list(self.notes),
        }

    def view(self) -> View:
        from irkit.show import Facts, Notice, Table, View

        blocks: list[Any] = []
        if rows := [_row(one) for one in self.findings]:
            columns = ("Place", "Line", "Commit", "What", "Fingerprint", "Accepted")
            table = Table.of(columns, rows[:_SHOWN], "Found")
            left = len(rows) - _SHOWN
            blocks.append(
                table if left <= 0 else Table(table.columns, table.rows, table.caption, f"{left} more: --format json")
            )
        if self.leaks:
            blocks.append(
                Table.of(("File", "Where", "Form", "Credential"), [_leak_row(one) for one in self.leaks], "Of the case")
            )
        if self.skipped:
            listed = [(one.what, one.why) for one in self.skipped[:_SHOWN]]
            blocks.append(Table.of(("Not searched", "Why"), listed, "Unknown"))
        blocks += [Notice("warn", one) for one in self.notes]
        stopping = len(self.stopping) + len(self.leaks)
        blocks.append(Facts((("Searched", self.what), ("Found, and not accepted", stopping))))
        return View("irkit guard scan", tuple(blocks))


def _row(one: Finding) -> tuple[Cell, ...]:
    place = f"{one.place.file} ({one.place.within})" if one.place.within else one.place.file
    accepted = f"until {one.accepted.until}: {one.accepted.reason}" if one.accepted and one.accepted.until else ""
    said = accepted or (one.accepted.reason if one.accepted else "no")
    return place, one.line, one.place.commit[:12] or "none", one.kind, one.fingerprint, said


def _leak_row(one: Leak) -> tuple[Cell, ...]:
    return str(one.file), one.channel, one.form, one.label


def merged(found: Iterable[Found]) -> list[Found]:
    """One for each value and place: what a rule matched and the team knows as well is said once."""
    kept: dict[tuple[Place, int | None, bytes], Found] = {}
    for one in found:
        key = (one.place, one.line, one.value)
        before = kept.get(key)
        if before:
            one = Found(one.place, one.line, before.rule or one.rule, one.value, before.known or one.known)
        kept[key] = one
    return _without_parts(list(kept.values()))


def _without_parts(found: Sequence[Found]) -> list[Found]:
    """What a rule matched within, or around, a known credential of the same line is that credential."""
    known = {(one.place, one.line): one for one in found if one.known}
    kept = []
    for one in found:
        ours = known.get((one.place, one.line))
        if ours is None or ours is one or not (ours.value in one.value or one.value in ours.value):
            kept.append(one)
    return kept
