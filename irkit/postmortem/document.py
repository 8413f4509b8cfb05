"""The postmortem as a value: sections in reading order, timeline, metrics, and what in them looks wrong. Pure.

Field list after the templates of PagerDuty (https://postmortems.pagerduty.com/), Google's SRE book
(https://sre.google/sre-book/example-postmortem/) and NIST SP 800-61r3 (https://doi.org/10.6028/NIST.SP.800-61r3).
What only people know is left for them, visibly, and never invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from irkit.model import Kind, Purpose, Record
from irkit.postmortem.actions import ActionItem, checked, decided, proposed
from irkit.postmortem.compose import Material, Section, sections
from irkit.postmortem.editions.internal import Internal, internal
from irkit.postmortem.editions.ours import NOTHING, Ours, ours
from irkit.postmortem.indicators import Indicator, indicators
from irkit.postmortem.metrics import Metric, metrics, order_warnings, overdue
from irkit.postmortem.rotation import compose as rotation
from irkit.postmortem.rotation.measured import measured
from irkit.postmortem.rotation.turn import turns
from irkit.postmortem.sections import closing, front
from irkit.postmortem.sections.headlines import Headline, headlines
from irkit.postmortem.standards.attack import Technique, techniques
from irkit.postmortem.standards.clocks import Due, due
from irkit.postmortem.story import Load, Story
from irkit.postmortem.telling import tell
from irkit.postmortem.timeline import Event, timeline
from irkit.postmortem.writing.people import NOBODY, Front, People
from irkit.show import Block, Figure, View

NO_FIGURES: Mapping[str, Figure] = MappingProxyType({})
NOTHING_ADDED: Mapping[str, tuple[Block, ...]] = MappingProxyType({})


Audience = Literal["full", "executive", "customer"]

REHEARSED = "Rehearsal: nobody and nothing in this document exists."


@dataclass(frozen=True)
class Withheld:
    """What an audience does not see: the section it stands in, what it is (never its text), and by which rule."""

    section: str
    what: str
    rule: str


@dataclass(frozen=True)
class Postmortem:
    """A draft for people to finish. `generated` is UTC; `journal_head` pins every record it was made from.

    `opened` (UTC) is when the case was, `origin` the digest of its first record: it is the same in every draft and in no other case.
    """

    case_id: str
    title: str
    status: str
    severity: str
    tlp: str
    generated: datetime
    journal_head: str
    headlines: tuple[Headline, ...]
    sections: tuple[Section, ...]
    events: tuple[Event, ...]
    metrics: tuple[Metric, ...]
    warnings: tuple[str, ...]
    actions: tuple[ActionItem, ...] = ()
    due: tuple[Due, ...] = ()
    audience: Audience = "full"
    withheld: tuple[Withheld, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    opened: datetime | None = None
    origin: str = ""
    techniques: tuple[Technique, ...] = ()
    purpose: Purpose = "incident"
    """Of a rotation this is a report on what was replaced in quiet, and no postmortem."""
    rehearsal: bool = False
    """Whether the case is one of a drill, by its records; every edition and every shape says so."""
    internal: tuple[Internal, ...] = field(default=(), repr=False, metadata={"shown": False})
    """What stays inside, for the editions that leave; no shape shows it."""
    ours: Ours = field(default=NOTHING, repr=False, metadata={"shown": False})
    """The team's own hosts and mail domains, for what people typed."""

    @property
    def kind(self) -> str:
        """What the document is called."""
        return "Rotation" if self.purpose == "rotation" else "Postmortem"

    def view(self) -> tuple[View, ...]:
        """One view per section, in reading order."""
        return tuple(View(section.title, section.blocks) for section in self.sections)

    def section(self, key: str) -> Section:
        return next(section for section in self.sections if section.key == key)


def postmortem(
    records: Sequence[Record],
    load: Load,
    now: datetime,
    figures: Mapping[str, Figure] = NO_FIGURES,
    added: Mapping[str, tuple[Block, ...]] = NOTHING_ADDED,
    people: People = NOBODY,
) -> Postmortem:
    """The postmortem as the journal stands. `load` gives evidence documents by digest; figures are keyed "window:CREDENTIAL".

    `added` are blocks at the end of a section, by its key: what a step of the case shows itself (the consumer matrix, the trust chain).
    `people` is what stands in the case's folder `postmortem/`.
    """
    story = tell(records, load)
    said, incident = front.said(story, people.front), story.incident
    if story.purpose == "rotation":
        return _rotation(story, said, people, now)
    false_alarm = closing.was_false_alarm(story)  # then nothing is proposed, and no clock of the law runs
    items = action_items(story, people.front)
    stated = {name: instant.at for name, instant in story.milestones.items()}
    made_of = Material(
        story=story,
        people=people,
        events=timeline(story),
        metrics=() if false_alarm else (*metrics(story, now), overdue(items, now)),
        actions=items,
        due=() if false_alarm else due(stated, {name: one.words for name, one in people.front.notifications.items()}),
        indicators=() if false_alarm else indicators(story),
        figures=figures,
        added=added,
        now=now,
    )
    return Postmortem(
        case_id=incident.case_id if incident else "unknown",
        title=said["title"] or (incident.title if incident else "An incident that cannot be read"),
        status=said["status"],
        severity=said["severity"],
        tlp=said["tlp"],
        generated=now,
        journal_head=records[-1].digest if records else "",
        headlines=closing.headlines(story) if false_alarm else headlines(story, now),
        sections=sections(made_of),
        events=made_of.events,
        metrics=made_of.metrics,
        warnings=order_warnings(story),
        actions=items,
        due=made_of.due,
        indicators=made_of.indicators,
        opened=incident.opened.at if incident else None,
        origin=records[0].digest if records else "",
        techniques=techniques(story),
        rehearsal=story.is_rehearsal,
        internal=internal(story, people),
        ours=ours(story, people),
    )


def _rotation(story: Story, said: Mapping[str, str], people: People, now: datetime) -> Postmortem:
    """Nothing leaked: no window, no clock of the law, no indicator, and no action item by rules for a leak."""
    made_of = Material(
        story=story,
        people=people,
        events=tuple(replace(event, csf="") for event in timeline(story)),  # its categories are those of a response
        metrics=measured(turns(story), people.front),
        actions=(),
        due=(),
        indicators=(),
        figures=NO_FIGURES,
        added=NOTHING_ADDED,
        now=now,
    )
    incident = story.incident
    return Postmortem(
        case_id=incident.case_id if incident else "unknown",
        title=said["title"] or (incident.title if incident else ""),
        status=said["status"],
        severity="none",
        tlp=said["tlp"],
        generated=now,
        journal_head=story.records[-1].digest if story.records else "",
        headlines=rotation.headlines(story),
        sections=rotation.sections(made_of, said),
        events=made_of.events,
        metrics=made_of.metrics,
        warnings=order_warnings(story),
        opened=incident.opened.at if incident else None,
        origin=story.records[0].digest if story.records else "",
        internal=internal(story, people),
        ours=ours(story, people),
        rehearsal=story.is_rehearsal,
        purpose="rotation",
    )


def action_items(story: Story, front: Front) -> tuple[ActionItem, ...]:
    """What is proposed by rule and what people decided, each with the answers of its checks that were journalled last."""
    if closing.was_false_alarm(story) or story.purpose != "incident":
        return ()
    return checked(decided(proposed(story), front), front, story.of(Kind.CHECKED))
