"""What only people know: of each section they write, who is asked, and what. Pure.

Questions after the templates of PagerDuty (https://postmortems.pagerduty.com/resources/post_mortem_template/), Google's SRE book
(https://sre.google/sre-book/example-postmortem/) and etsy's morgue; in the form "what" and "how", after
https://postmortems.pagerduty.com/culture/blameless/ .
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from irkit.model import Purpose
from irkit.postmortem.writing.people import Roles

Role = Literal["incident lead", "scribe", "communications lead", "counsel", "owner of the service"]

HOLDER: Mapping[Role, str] = MappingProxyType(
    {
        "incident lead": "incident_lead",
        "scribe": "scribe",
        "communications lead": "communications",
        "counsel": "counsel",
        "owner of the service": "service_owner",
    }
)
"""The entry of `[roles]` that names who holds a role."""


@dataclass(frozen=True)
class Asked:
    """One section that people write: of whom it is asked, what in a line, and the questions in full."""

    role: Role
    what: str
    questions: tuple[str, ...]
    needed: bool = True

    @property
    def sentence(self) -> str:
        return to_write(self.role, self.what)


def to_write(role: Role, what: str) -> str:
    """How a place looks that only a person can fill."""
    return f"to be written by the {role}: {what}"


ASKED: Mapping[str, Asked] = MappingProxyType(
    {
        "summary": Asked(
            "incident lead",
            "two or three sentences beyond the generated ones, for who reads nothing else",
            ("What happened, what it meant, and what was decided: in two or three sentences, without names?",),
            needed=False,
        ),
        "credentials": Asked(
            "owner of the service",
            "what the credential was for, and how it came to be where it was",
            (
                "Which service needs it, and what for?",
                "What may it do, and is that what the service needs?",
                "Where was it kept before, and where is the fresh one kept?",
            ),
        ),
        "impact": Asked(
            "owner of the service",
            "which systems could be reached with it and which were, whose data, what was built or released meanwhile",
            (
                "Which systems and data could be reached with it? Which were, and how do we know?",
                "Whose records, how many, of what kind?",
                "What was built, signed or released while it was exposed?",
                "What other secrets could be read with it, and what became of them?",
                "What did users and customers notice?",
            ),
        ),
        "detection": Asked(
            "incident lead",
            "how it was noticed, and what did not notice it",
            (
                "How was it noticed, by what or by whom in which role?",
                "What could have noticed it sooner, and what kept it from doing so? (front.toml: [[gaps]])",
            ),
        ),
        "response": Asked(
            "scribe",
            "what was decided and on what ground, and how it was checked that everything works again",
            (
                "What was decided at each turn, and what was known then?",
                "How was it checked that consumers work with the fresh credential?",
                "What was tried and did not help?",
            ),
        ),
        "open": Asked(
            "incident lead",
            "which questions stay open, and whether somebody accepts that",
            ("Which questions stay unanswered, what would answer them, and who accepts that they stay so?",),
            needed=False,
        ),
        "factors": Asked(
            "incident lead",
            "what made it possible and what made it last, in terms of systems and conditions",
            (
                "What was the trigger?",
                "What made it possible, and what made it last? There is hardly ever one root cause, and it is never a person.",
                "What made sense to those who acted, with what they knew then? (hindsight bias)",
                "What in the surroundings led there: tools, deadlines, defaults? (fundamental attribution error)",
                "What speaks against the explanation that was found first? (confirmation bias)",
            ),
        ),
        "lessons": Asked(
            "scribe",
            "what helped, what hindered, and where it was luck",
            ("What went well?", "What went less well?", "Where were we lucky?", "What surprised us, and how did we see it before?"),
        ),
        "notifications": Asked(
            "counsel",
            "which duties apply, who was notified and when",
            (
                "Which duties apply, and on what ground? (front.toml: [notifications.REGIME])",
                "Who was notified, when, and under which reference? (irkit milestone CASE gdpr-notified-at INSTANT)",
            ),
        ),
        "communications": Asked(
            "communications lead",
            "who was told what, and when",
            ("Who was told what inside, when, and over which channel?", "Who was told what outside, when, and by whom?"),
        ),
        "customer": Asked(
            "communications lead",
            "what customers are told: it opens their edition, and nothing else that people wrote stands in it",
            ("What happened, what it means for customers, what they can do, and whom they can ask? No internal names.",),
            needed=False,
        ),
        "playbook": Asked(
            "incident lead",
            "what is to change in the playbook",
            ("Which step was missing, wrong, or too slow?", "What did people do beside the playbook that belongs into it?"),
        ),
    }
)  # fmt: skip
"""By the key of the section, which is also the name of the file."""

ROTATION: Mapping[str, Asked] = MappingProxyType(
    {
        "summary": Asked(
            "owner of the service",
            "a sentence beyond the generated ones",
            ("What was replaced, and is there anything about it that the next reader must know?",),
            needed=False,
        ),
        "why": Asked(
            "owner of the service",
            "why it was replaced: its age, a rule of the policy, whom it outlived",
            (
                "Which rule of the policy asked for it, or what else did: its age, its end, its reach, somebody who changed teams?",
                "How is it known that nobody else could read it? If that is not known, it is an incident: open one.",
            ),
        ),
        "open": Asked(
            "owner of the service",
            "what stays unknown, and who accepts that",
            ("What is not known of its consumers, what would tell, and who accepts that it stays so?",),
            needed=False,
        ),
    }
)
"""The same of a rotation, about which there is little to write."""


def asked_of(purpose: Purpose) -> Mapping[str, Asked]:
    """What people are asked in a case of that purpose."""
    return ROTATION if purpose == "rotation" else ASKED


def prompts(key: str, purpose: Purpose = "incident") -> str:
    """The file of a section before anybody has written: its questions, as comments that no edition shows."""
    asked = asked_of(purpose)[key]
    lines = [f"Asked of the {asked.role}: {asked.what}.", "", *asked.questions]
    return "<!--\n" + "\n".join(lines) + "\n\nWrite below. Comments like this one are left out.\n-->\n"


def holder(roles: Roles, role: Role) -> str:
    """Who holds the role, "" when nobody has said."""
    return str(getattr(roles, HOLDER[role]))
