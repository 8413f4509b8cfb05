"""What people say of a case, beside its journal: `front.toml` for what has a name, one Markdown file a section for the rest. Pure.

It is a file of its own, not notes in the journal: it is corrected many times before the review, by several people, in the editor they
like, and a journal only grows. Notes (`case.note`) still stand in their sections, and fill the front matter where the file is silent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from irkit.errors import BadInput
from irkit.faults import first_fault, not_toml
from irkit.model import Purpose
from irkit.postmortem.checks.named import CHECKS, Named, parameters_of

Day = date | str
"""A day, or words such as "after the audit"."""


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Roles(_Words):
    """Who holds which role: names, or teams."""

    incident_lead: str = ""
    scribe: str = ""
    communications: str = ""
    counsel: str = ""
    service_owner: str = ""
    liaison: str = ""
    experts: str = ""


class CredentialWords(_Words):
    """What the journal does not know of one credential. Empty is: nobody has said."""

    owner: str = ""
    scope: str = ""
    created: Day = ""
    last_rotated: Day = ""
    expires: Day = ""
    stored_before: str = ""
    stored_after: str = ""


class Gap(_Words):
    """One thing that did not detect it."""

    gap: str
    cause: str = ""
    fix: str = ""
    owner: str = ""
    date: Day = ""


class Decision(_Words):
    """Whether a regime applies, and why; by its name in the table of notifications."""

    applies: Literal["yes", "no", "unknown"] = "unknown"
    why: str = ""

    @property
    def words(self) -> str:
        said = {"yes": "applies", "no": "does not apply", "unknown": ""}[self.applies]
        return ": ".join(filter(None, (said, self.why)))


class ActionWords(_Words):
    """What was decided about one action item, by its id."""

    priority: str | None = None
    owner: str | None = None
    due: date | None = None
    ticket: str | None = None
    status: Literal["proposed", "accepted", "done", "rejected"] = "proposed"
    proof: str | None = None
    checks: tuple[Named, ...] = Field(
        default=(), description="What shows whether it is in force; irkit verify CASE looks."
    )


class OwnAction(ActionWords):
    """An action item of people's own."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)
    text: str
    kind: Literal["contain", "recover", "prevent", "detect", "process"] = "prevent"
    because: str = "people decided so"


class Front(_Words):
    """The whole of `front.toml`."""

    title: str = ""
    status: Literal["", "draft", "review", "final"] = ""
    severity: str = ""
    criteria: str = ""
    tlp: Literal["", "TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"] = ""
    owner: str = ""
    legal_hold: str = ""
    review_meeting: datetime | date | str = ""
    roles: Roles = Roles()
    credentials: dict[str, CredentialWords] = Field(default_factory=dict)
    gaps: list[Gap] = Field(default_factory=list)
    notifications: dict[str, Decision] = Field(default_factory=dict)
    actions: dict[str, ActionWords] = Field(default_factory=dict)
    own_actions: list[OwnAction] = Field(default_factory=list)

    @model_validator(mode="after")
    def _each_item_once(self) -> Front:
        """Of two with one id the checks of one would be asked in silence."""
        ids = [one.id for one in self.own_actions]
        if again := next((one for one in ids if ids.count(one) > 1 or one in self.actions), ""):
            raise ValueError(f"two action items have the id {again}")
        return self


NO_TEXTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class People:
    """What people wrote: `front.toml`, and Markdown by the key of its section."""

    front: Front = field(default_factory=Front)
    texts: Mapping[str, str] = field(default_factory=lambda: NO_TEXTS)


NOBODY = People()


def read_front(text: str, on: object = "front.toml") -> Front:
    """BadInput naming the entry at fault; its value is not repeated."""
    try:
        raw: dict[str, Any] = tomllib.loads(text)
        return Front.model_validate(raw)
    except ValidationError as error:
        where, why = first_fault(error)
        do = _about_a_check(where) or "mend it"
        raise BadInput("front.toml has a wrong entry", on=f"{on}: {where}", why=why, do=do) from None
    except (ValueError, RecursionError) as error:
        raise BadInput("front.toml is not TOML", on=on, why=not_toml(error), do="mend that line") from None


def _about_a_check(where: str) -> str:
    """Which checks there are, or what may be said of the one that is named wrongly."""
    _, found, rest = where.rpartition(".checks.")
    if not found:
        return ""
    named = next((one for one in rest.split(".") if one in CHECKS), "")
    if not named:
        return f"name one of {', '.join(CHECKS)} as check"
    return f"the check {named} takes {', '.join(parameters_of(named))}"


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file, the same for the same irkit."""
    made = Front.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "front.toml of a case, for irkit",
    }


def day(value: Day) -> str:
    """A day as text: `2026-05-11`."""
    return value.isoformat() if isinstance(value, date | time) else value


TEMPLATE = """\
# What people say of this case beside its journal. irkit reads it and never changes it; empty means that nobody has said.
# No secret belongs here: the export stops at one, and names the line.

title = ""
status = ""              # draft, review, final
severity = ""            # SEV-1 to SEV-5: 1 and 2 have their review within 5 business days, the others within 15
criteria = ""            # why this severity
tlp = ""                 # TLP:RED, TLP:AMBER+STRICT, TLP:AMBER, TLP:GREEN, TLP:CLEAR
owner = ""               # who answers for this document
legal_hold = ""          # yes, no, and by whose word
review_meeting = ""      # 2026-05-11, or 2026-05-11T15:00:00Z

[roles]                  # names or teams; roles, not blame
incident_lead = ""
scribe = ""
communications = ""
counsel = ""
service_owner = ""
liaison = ""
experts = ""

# [credentials."NAME"]   # the name as the report has it
# owner = ""             # the service, and who answers for it
# scope = ""             # what it may do
# created = 2025-01-31
# last_rotated = "never"
# expires = ""
# stored_before = ""
# stored_after = ""

# [[gaps]]               # what did not detect it
# gap = ""
# cause = ""
# fix = ""
# owner = ""
# date = 2026-06-30

# [notifications.GDPR]   # by the name of the regime
# applies = "no"         # yes, no, unknown
# why = ""

# [actions."expiry:NAME"]   # by the id of the action item
# priority = "P1"
# owner = ""
# due = 2026-06-30
# ticket = ""
# status = "accepted"    # proposed, accepted, done, rejected
# proof = ""             # what shows that it is done, in words
# [[actions."expiry:NAME".checks]]   # what irkit verify CASE looks at: docs/actions.md
# check = "guard-installed"
# repository = "../shop.git"
# where = ["pre-receive"]

# [[own_actions]]
# id = "a-word-of-its-own"
# text = ""
# kind = "prevent"       # contain, recover, prevent, detect, process
"""

_OF_A_ROTATION = """\
# What people say of this rotation beside its journal. irkit reads it and never changes it; empty means that nobody has said.
# No secret belongs here: the export stops at one, and names the line.

title = ""
status = ""              # draft, review, final
tlp = ""                 # TLP:RED, TLP:AMBER+STRICT, TLP:AMBER, TLP:GREEN, TLP:CLEAR
owner = ""               # who answers for this document

[roles]                  # names or teams
service_owner = ""

# [credentials."NAME"]   # the name as the report has it
# owner = ""             # the service, and who answers for it
# scope = ""             # what it may do
# created = 2025-01-31   # the report tells how old it was
# last_rotated = "never"
# expires = ""
# stored_before = ""
# stored_after = ""
"""


def template_of(purpose: Purpose) -> str:
    """`front.toml` before anybody has written, in a case of that purpose."""
    return _OF_A_ROTATION if purpose == "rotation" else TEMPLATE
