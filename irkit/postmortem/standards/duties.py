"""What the law may ask after a leak, as a table: regime, condition, step, the clock it counts from, the span. Pure, and no legal advice.

Read from the texts named: GDPR https://eur-lex.europa.eu/eli/reg/2016/679/oj, NIS2 https://eur-lex.europa.eu/eli/dir/2022/2555/oj,
DORA https://eur-lex.europa.eu/eli/reg/2022/2554/oj with its time limits https://eur-lex.europa.eu/eli/reg_del/2025/301/oj (art. 5),
CRA https://eur-lex.europa.eu/eli/reg/2024/2847/oj, form 8-K https://www.sec.gov/files/form8-k.pdf (item 1.05, general instruction B.1),
HIPAA https://www.ecfr.gov/current/title-45/part-164/subpart-D, PCI DSS https://www.pcisecuritystandards.org/document_library/ (12.10),
California https://leginfo.legislature.ca.gov/faces/billTextClient.xhtml?bill_id=202520260SB446,
PIPEDA https://laws-lois.justice.gc.ca/eng/acts/P-8.6/, NDB https://www.legislation.gov.au/C2004A03712/latest (s 26WH).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

AWARE, CLASSIFIED, MATERIAL, FIX = "aware_at", "classified_at", "material_at", "fix_available_at"


@dataclass(frozen=True)
class Months:
    """By the calendar: the same day and time of day so many months later, or the last day of a shorter month."""

    count: int


@dataclass(frozen=True)
class BusinessDays:
    """Days on which the U.S. Securities and Exchange Commission is open."""

    count: int


Span = timedelta | Months | BusinessDays | None
"""None: the text sets no span ("immediately", "without undue delay"); the note of the duty says how it puts it."""


@dataclass(frozen=True)
class Duty:
    """One step of one regime.

    `clock` is the name of a milestone (`BASE`), or of the step of the same regime that it follows. `done` is the milestone by which people
    say that the step was taken. `since`: from when on the text applies, None where it long has.
    """

    regime: str
    applies: str
    step: str
    clock: str
    span: Span
    source: str
    done: str
    note: str = ""
    since: datetime | None = None


_HOURS = "hours are counted without a stop; Regulation (EEC, Euratom) 1182/71, art. 3, may give more"
_MONTH = (
    "the same time of day (UTC) a month later, or earlier where the date is another one in a zone of the Union; Regulation (EEC, Euratom) "
    "1182/71, art. 3, lets it run to the end of that day, or past a weekend"
)
_WEEKEND = (
    "a due time on a weekend or a holiday may move to noon of the next working day (art. 5); that is not applied here"
)

_GDPR = "Regulation (EU) 2016/679"
_PERSONAL = "personal data was breached (also under the UK GDPR)"
_NIS2 = "Directive (EU) 2022/2555, art. 23"
_SCOPE = "the incident is significant for an entity in scope"
_DORA = "Regulation (EU) 2022/2554, art. 19; Delegated Regulation (EU) 2025/301, art. 5"
_MAJOR = "a financial entity classifies it as major"
_CRA = "Regulation (EU) 2024/2847, art. 14"
_SEVERE = "a severe incident has an impact on the security of a product with digital elements"
_EXPLOITED = "a vulnerability in a product with digital elements is actively exploited"
_CRA_SINCE = datetime(2026, 9, 11, tzinfo=UTC)
_CALIFORNIA_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_HEALTH = "unsecured protected health information was breached"
_DAYS = "calendar days from the moment given, at the same time of day; without unreasonable delay before that"


def _cra(applies: str, kind: str, last: Duty) -> tuple[Duty, ...]:
    day, three = timedelta(hours=24), timedelta(hours=72)
    return (
        Duty("CRA", applies, "early warning", AWARE, day, _CRA, f"cra_{kind}_warned_at", _HOURS, _CRA_SINCE),
        Duty("CRA", applies, "notification", AWARE, three, _CRA, f"cra_{kind}_notified_at", _HOURS, _CRA_SINCE),
        last,
    )


DUTIES: tuple[Duty, ...] = (
    Duty("GDPR", _PERSONAL, "notify the authority", AWARE, timedelta(hours=72), f"{_GDPR}, art. 33(1)", "gdpr_notified_at", _HOURS),
    Duty("GDPR", "the risk to the persons is high", "tell the persons", AWARE, None, f"{_GDPR}, art. 34", "gdpr_persons_told_at",
         "without undue delay: no span is set"),
    Duty("GDPR", _PERSONAL, "enter it in the register of breaches", AWARE, None, f"{_GDPR}, art. 33(5)", "gdpr_registered_at",
         "in any case, whether or not it is notified: no span is set"),
    Duty("NIS2", _SCOPE, "early warning", AWARE, timedelta(hours=24), f"{_NIS2}(4)(a)", "nis2_warned_at", _HOURS),
    Duty("NIS2", _SCOPE, "notification", AWARE, timedelta(hours=72), f"{_NIS2}(4)(b)", "nis2_notified_at",
         f"{_HOURS}; a trust service provider has 24 h"),
    Duty("NIS2", _SCOPE, "final report", "notification", Months(1), f"{_NIS2}(4)(d)", "nis2_final_at", _MONTH),
    Duty("DORA", _MAJOR, "initial notification, 4 h after classification", CLASSIFIED, timedelta(hours=4), _DORA, "dora_initial_at",
         f"whichever of the two is first; {_WEEKEND}"),
    Duty("DORA", _MAJOR, "initial notification, 24 h after awareness", AWARE, timedelta(hours=24), _DORA, "dora_initial_at",
         "whichever of the two is first; what was found to be major only after these 24 h is to be notified within 4 h of that (art. 5); "
         f"{_WEEKEND}"),
    Duty("DORA", _MAJOR, "intermediate report", "initial notification, 4 h after classification", timedelta(hours=72), _DORA,
         "dora_intermediate_at", f"72 h from the submission of the initial notification, as art. 5 reads; {_WEEKEND}"),
    Duty("DORA", _MAJOR, "intermediate report, the other reading", CLASSIFIED, timedelta(hours=72), _DORA, "dora_intermediate_at",
         "72 h from the classification, as some guides read it (regulation-dora.eu): the earlier of the two"),
    Duty("DORA", _MAJOR, "final report", "intermediate report", Months(1), _DORA, "dora_final_at",
         f"a month after the intermediate report, or its latest update; {_WEEKEND}"),
    *_cra(_SEVERE, "incident", Duty("CRA", _SEVERE, "final report", "notification", Months(1), f"{_CRA}(4)(c)", "cra_incident_final_at",
                                    _MONTH, _CRA_SINCE)),
    *_cra(_EXPLOITED, "vulnerability", Duty("CRA", _EXPLOITED, "final report", FIX, timedelta(days=14), f"{_CRA}(2)(c)",
                                            "cra_vulnerability_final_at", "14 days after a corrective or mitigating measure is available",
                                            _CRA_SINCE)),
    Duty("SEC", "a registrant finds it material", "form 8-K, item 1.05", MATERIAL, BusinessDays(4),
         "form 8-K, item 1.05 and general instruction B.1", "sec_filed_at"),
    Duty("HIPAA", _HEALTH, "tell the persons", AWARE, timedelta(days=60), "45 CFR 164.404(b)", "hipaa_persons_told_at", _DAYS),
    Duty("HIPAA", f"{_HEALTH}, of 500 or more", "notify the Secretary, and the media", AWARE, timedelta(days=60),
         "45 CFR 164.406, 164.408(b)", "hipaa_notified_at", f"{_DAYS}; of fewer than 500, within 60 days after the end of the year"),
    Duty("PCI", "account data of payment cards may be affected", "tell the acquirer and the card brands", AWARE, None,
         "PCI DSS v4.0.1, 12.10.1, and the rules of the card brands", "pci_told_at", "immediately: no span is set"),
    Duty("California", "personal information of residents was acquired", "tell the residents", AWARE, timedelta(days=30),
         "Civil Code 1798.82(a), as amended by SB 446", "california_told_at", _DAYS, _CALIFORNIA_SINCE),
    Duty("PIPEDA", "a real risk of significant harm to individuals in Canada", "tell the Commissioner, and the individuals", AWARE, None,
         "S.C. 2000, c. 5, s. 10.1", "pipeda_told_at", "as soon as feasible: no span is set"),
    Duty("NDB", "there are grounds to suspect an eligible data breach in Australia", "complete the assessment", AWARE, timedelta(days=30),
         "Privacy Act 1988, s 26WH(2)", "ndb_assessed_at", f"{_DAYS}; then the statement as soon as practicable (s 26WK)"),
)  # fmt: skip

BASE: Mapping[str, str] = MappingProxyType(
    {
        AWARE: "the team learned of it",
        "acknowledged_at": "somebody took it up",
        CLASSIFIED: "it was classified, or found significant",
        MATERIAL: "it was found material",
        FIX: "a corrective or mitigating measure was available",
        "recovered_at": "whatever relied on it worked again",
        "closed_at": "the incident was declared over",
    }
)
"""Milestones that people state, by name: when each of these was so."""

MILESTONES: Mapping[str, str] = MappingProxyType(
    dict(BASE) | {duty.done: f"{duty.regime}: {duty.step.partition(',')[0]} done" for duty in DUTIES}
)
"""The same with those by which people say that a duty was done."""
