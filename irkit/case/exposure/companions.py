"""What else stood where the credential stood, came with its commits or lay beside it: whoever read the one may have read the others.

Each is a proposal, known by its keyed fingerprint; its value is neither kept nor shown, and no plan comes of it until a person opens a case
for it. Finding nothing proves nothing: a scanner knows the shapes it has rules for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure import windows
from irkit.errors import NotAvailable
from irkit.model import Fingerprint, Kind, Secret, Skipped
from irkit.show import Block, Facts, Notice, Table, View
from irkit.sources.alerts import Alert
from irkit.sources.held import copy_held
from irkit.sources.private import private_folder
from irkit.sources.scanner import program, scan

_TITLE = "What else leaked there"
_PLACES = 3


@dataclass(frozen=True)
class Proposed:
    """A secret that stood beside the credential: fingerprint under the case's key, the provider as guessed ("" if not), where."""

    fingerprint: str
    provider: str
    rule: str
    places: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {
            "fingerprint": self.fingerprint,
            "provider": self.provider,
            "rule": self.rule,
            "places": list(self.places),
        }


def companions(case: Desk) -> View:
    """Scan what held the case's credentials for others, journal what was found, and show it. Says "unknown" where it cannot."""
    if not case.journal.records(Kind.LOCATED):
        return View(_TITLE, (Notice("warn", "unknown: nothing was searched yet; call locate() first."),))
    try:
        program()
    except NotAvailable as error:
        return View(_TITLE, (Notice("warn", f"unknown: {error}"),))
    held = [one for one in windows.occurrences(case) if not one.names_only]
    with private_folder() as private:
        copies, aside = private / "held", private / "aside"
        copies.mkdir()
        aside.mkdir()
        made, skipped = copy_held(held, copies)
        found = scan(copies, aside) if made else ()
    proposed = _proposed(case, found, made)
    body = {
        "scanned": len(made),
        "proposed": [one.document() for one in proposed],
        "skipped": [one.document() for one in skipped],
    }
    seen = case.journal.records(Kind.COMPANIONS)
    if not seen or seen[-1].body != body:
        case.write(Kind.COMPANIONS, body)
    return _view(proposed, len(made), skipped)


def _proposed(case: Desk, found: Sequence[Alert], made: Mapping[int, str]) -> tuple[Proposed, ...]:
    key = (case.folder / "case.key").read_bytes()
    groups: dict[str, list[Alert]] = {}
    for alert in found:
        if alert.secret and not _ours(case, alert.secret):
            groups.setdefault(Fingerprint.of(alert.secret, key).short, []).append(alert)
    return tuple(
        Proposed(name, alerts[0].provider, alerts[0].rule, tuple(dict.fromkeys(_place(one, made) for one in alerts)))
        for name, alerts in groups.items()
    )


def _ours(case: Desk, secret: Secret) -> bool:
    """A credential of the case, or its public half."""
    value = secret.reveal()
    names = {getattr(one, "public_id", "").encode() for one in case.credentials} - {b""}
    return bool(case.redactor.finds(value)) or any(name in value for name in names)


def _place(alert: Alert, made: Mapping[int, str]) -> str:
    number, _, _ = alert.where.path.partition("/")
    what = made.get(int(number), "unknown") if number.isdecimal() else "unknown"
    return f"{what}, line {alert.where.line}" if alert.where.line else what


def _view(proposed: Sequence[Proposed], scanned: int, skipped: Sequence[Skipped]) -> View:
    rows = [
        (one.fingerprint, one.rule, one.provider or None, len(one.places), "; ".join(one.places[:_PLACES]))
        for one in proposed
    ]
    facts = Facts(
        (
            ("Scanned (what held it, and what came along)", scanned),
            ("Proposed", len(rows)),
            ("Not scanned", len(skipped)),
        )
    )
    blocks: list[Block] = [facts]
    if rows:
        columns = ("Fingerprint", "Rule", "Provider (guess)", "Places", "Where")
        blocks.append(Table.of(columns, rows, "Proposed: look at each, and open a case for those that are real"))
    else:
        text = "No rule of the scanner matched anything else there. That does not show that nothing else stood there."
        blocks.append(Notice("info", text))
    blocks += [Notice("warn", f"not scanned: {item.what}: {item.why}") for item in skipped[:20]]
    return View(_TITLE, tuple(blocks))
