"""Clocks of the law that may run after a leak. Pure; deadlines as written in the texts named, and no legal advice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Duty:
    """One step of one regime. `within` counts from awareness; None when it counts from a moment the journal does not hold."""

    regime: str
    applies: str
    step: str
    within: timedelta | None
    source: str


@dataclass(frozen=True)
class Due:
    """A duty with its due time in UTC, None when that cannot be computed."""

    regime: str
    applies: str
    step: str
    at: datetime | None
    source: str


_GDPR = "https://eur-lex.europa.eu/eli/reg/2016/679/oj, article 33"
_NIS2 = "https://eur-lex.europa.eu/eli/dir/2022/2555/oj, article 23"
_CRA = "https://eur-lex.europa.eu/eli/reg/2024/2847/oj, article 14"
_DORA = "https://eur-lex.europa.eu/eli/reg/2022/2554/oj, article 19"
_SEC = "https://www.sec.gov/files/form8-k.pdf, item 1.05"

DUTIES = (
    Duty("GDPR", "personal data was breached", "notify the authority", timedelta(hours=72), _GDPR),
    Duty("NIS2", "the incident is significant for an entity in scope", "early warning", timedelta(hours=24), _NIS2),
    Duty("NIS2", "the incident is significant for an entity in scope", "notification", timedelta(hours=72), _NIS2),
    Duty(
        "CRA", "the security of a product with digital elements is affected", "early warning", timedelta(hours=24), _CRA
    ),
    Duty(
        "CRA", "the security of a product with digital elements is affected", "notification", timedelta(hours=72), _CRA
    ),
    Duty(
        "DORA",
        "a financial entity classifies it as major",
        "initial notification, 4 h after classification",
        None,
        _DORA,
    ),
    Duty("SEC", "a registrant finds it material", "form 8-K, 4 business days after that finding", None, _SEC),
)


def due(aware: datetime | None) -> Iterator[Due]:
    for duty in DUTIES:
        at = aware + duty.within if aware and duty.within else None
        yield Due(duty.regime, duty.applies, duty.step, at, duty.source)
