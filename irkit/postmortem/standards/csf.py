"""Which function of the NIST Cybersecurity Framework 2.0 each thing that happened serves, by a rule over the kind of its record. Pure.

SP 800-61r3 (https://doi.org/10.6028/NIST.SP.800-61r3) is the incident response profile of CSF 2.0
(https://doi.org/10.6028/NIST.CSWP.29), whose ids are used as it writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from irkit.model import Kind

FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {"GV": "Govern", "ID": "Identify", "PR": "Protect", "DE": "Detect", "RS": "Respond", "RC": "Recover"}
)

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "DE.AE-02": "potentially adverse events are analysed",
        "DE.AE-06": "information on adverse events is given to those who need it",
        "DE.AE-08": "incidents are declared",
        "DE.CM": "assets are monitored for adverse events",
        "GV.SC": "risks of the supply chain are managed",
        "ID.AM": "assets are known and managed",
        "ID.IM": "improvements are identified",
        "ID.IM-02": "improvements are identified from tests and exercises",
        "ID.IM-03": "improvements are identified from operation",
        "ID.RA": "risk is understood",
        "PR.AA": "identities and credentials are managed, access is limited",
        "RC.CO": "recovery is communicated",
        "RC.RP": "recovery is carried out",
        "RC.RP-03": "what is restored from is verified",
        "RC.RP-05": "restored assets are verified",
        "RS.AN-03": "what took place is established",
        "RS.AN-06": "actions of the investigation are recorded, integrity and provenance kept",
        "RS.AN-07": "data of the incident is collected, integrity and provenance kept",
        "RS.AN-08": "the magnitude is estimated and validated",
        "RS.CO-02": "stakeholders are notified",
        "RS.CO-03": "information is shared with stakeholders",
        "RS.MA-01": "the response plan is carried out",
        "RS.MA-02": "reports are triaged and validated",
        "RS.MI-01": "the incident is contained",
        "RS.MI-02": "the incident is eradicated",
    }
)
"""The categories and subcategories that the rules below use, in words of our own."""

OF_KIND: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.CASE_OPENED: "DE.AE-08", Kind.ALERTED: "DE.AE-06", Kind.EVIDENCE: "RS.AN-07", Kind.COMPANIONS: "RS.AN-03",
        Kind.LOCATED: "RS.AN-03", Kind.CONSUMERS: "RS.AN-08", Kind.USAGE_READ: "DE.AE-02", Kind.WINDOW: "RS.AN-08",
        Kind.UPLOADS: "RS.AN-03",
        Kind.STANDING: "RS.MI-01", Kind.PLAN: "RS.MA-01", Kind.APPROVAL: "RS.MA-01", Kind.INTENT: "RS.MI-01", Kind.OUTCOME: "RS.MI-01",
        Kind.VERDICT: "RS.MI-02", Kind.SURVIVED: "RS.MI-02", Kind.CONTAINED: "RS.MI-02", Kind.REPLACED: "RC.RP",
        Kind.KEY_INSPECTED: "RS.AN-03", Kind.KEY_GENERATED: "RC.RP", Kind.KEY_REVOKED: "RS.MI-01", Kind.JUDGED: "RC.RP-03",
        Kind.UNREVOKABLE: "RS.AN-08",
        Kind.RESIGNED: "RC.RP", Kind.QUARANTINED: "RS.MI-01", Kind.WITHDRAWN: "RS.MI-01", Kind.CONSUMERS_TESTED: "RC.RP-05",
        Kind.PUBLISHED: "RC.CO", Kind.STATED: "RC.CO", Kind.VOUCHED: "RC.CO", Kind.MILESTONE: "RS.MA-02", Kind.NOTE: "RS.AN-06",
        Kind.STEP_STARTED: "RS.MA-01", Kind.STEP_ENDED: "RS.MA-01", Kind.HUMAN_DONE: "RS.MI-02", Kind.EXPORTED: "RS.CO-03",
        Kind.SEALED: "RS.AN-06",
        Kind.OBSERVED: "RC.RP-05",
        Kind.SIGNED: "RS.AN-06",
        Kind.CLOSED: "RS.MA-02",
        Kind.LEFT: "PR.AA",
        Kind.REHEARSED: "ID.IM-02",
        Kind.CHECKED: "ID.IM",
        Kind.INVENTORIED: "ID.AM",
        Kind.READINESS: "ID.IM-02",
    }
)  # fmt: skip
"""Every kind of record; a test sees to it that none is forgotten."""

OF_ACTION: Mapping[str, str] = MappingProxyType(
    {"contain": "RS.MI-01", "recover": "RC.RP", "prevent": "PR.AA", "detect": "DE.CM", "process": "ID.IM"}
)
"""By the kind of an action item."""
