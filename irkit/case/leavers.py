"""Somebody left who holds keys: their approvals count no longer, and windows open when their right ended. That alone is no leak."""

from __future__ import annotations

from datetime import datetime

from irkit.case.desk import Desk
from irkit.errors import BadInput
from irkit.model import Clock, Instant, Kind, Trust
from irkit.plan import document, read
from irkit.show import Facts, Notice, View


def left(case: Desk, who: str, ended: datetime, why: str, key: str = "") -> View:
    """Journalled once for the same words."""
    if not who.strip() or not why.strip():
        raise BadInput("who left, and how is it known?", do="give both, in words")
    fingerprint = _approver(case, who, key)
    instant = Instant(ended, Clock.RIGHT_ENDED, f"{case.responder} says so: {why}", Trust.STATED)
    body = {"who": who, "fingerprint": fingerprint, "ended": document(instant), "why": why, "by": case.responder}
    if not any(dict(one.body) == body for one in case.journal.records(Kind.LEFT)):
        case.write(Kind.LEFT, body)
    facts = Facts(
        (
            ("Who", who),
            ("Their right ended (UTC)", instant.at),
            ("Their key as approver", fingerprint or "none in this case"),
        )
    )
    said = "They approve nothing any more." if fingerprint else "They were no approver of this case."
    return View(
        "Somebody left", (facts, Notice("ok", f"{said} The windows are counted from then on: window() in notebook 1."))
    )


def ended(case: Desk) -> tuple[Instant, ...]:
    """When the right of each who left ended."""
    return tuple(read(Instant, dict(one.body["ended"])) for one in case.journal.records(Kind.LEFT))


def _approver(case: Desk, who: str, key: str) -> str:
    """The fingerprint of an approver of that name or key; "" when the case knows none."""
    wanted = key.upper().replace(" ", "")
    if wanted:
        if wanted not in case.approvers:
            raise BadInput("no approver of this case has that key", on=wanted[:40], do="see irkit show CASE")
        return wanted
    name = who.strip().lower()
    found = [one.fingerprint for one in case.approvers.values() if name in one.who.lower()]
    if len(found) > 1:
        raise BadInput("several approvers go by that name", on=who[:60], do="say whose key: --key FINGERPRINT")
    return found[0] if found else ""
