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


_GDPR = "Regulation (EU) 2016/679, art. 33"  # https://eur-lex.europa.eu/eli/reg/2016/679/oj
_NIS2 = "Directive (EU) 2022/2555, art. 23"  # https://eur-lex.europa.eu/eli/dir/2022/2555/oj
_CRA = "Regulation (EU) 2024/2847, art. 14"  # https://eur-lex.europa.eu/eli/reg/2024/2847/oj
_DORA = "Regulation (EU) 2022/2554, art. 19"  # https://eur-lex.europa.eu/eli/reg/2022/2554/oj
_SEC = "SEC form 8-K, item 1.05"  # https://www.sec.gov/files/form8-k.pdf

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
