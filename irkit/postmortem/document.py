"""The postmortem as a value: sections in reading order, timeline, metrics, and what in them looks wrong. Pure.

Field list after the templates of PagerDuty (https://postmortems.pagerduty.com/), Google's SRE book
(https://sre.google/sre-book/example-postmortem/) and NIST SP 800-61r3 (https://doi.org/10.6028/NIST.SP.800-61r3).
What only people know is left for them, visibly, and never invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from irkit.model import Kind, Record
from irkit.postmortem import account, closing, front, response
from irkit.postmortem.metrics import Metric, as_tables, metrics, order_warnings
from irkit.postmortem.story import Load, Story, tell
from irkit.postmortem.timeline import Event, as_block, timeline
from irkit.show import Block, Figure, Notice, Prose, View

NO_FIGURES: Mapping[str, Figure] = MappingProxyType({})
NOTHING_ADDED: Mapping[str, tuple[Block, ...]] = MappingProxyType({})


@dataclass(frozen=True)
class Section:
    """One section; `key` is its stable name, also the name of notes that belong to it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Postmortem:
    """A draft for people to finish. `generated` is UTC; `journal_head` pins every record it was made from."""

    case_id: str
    title: str
    status: str
    severity: str
    tlp: str
    generated: datetime
    journal_head: str
    headlines: tuple[front.Headline, ...]
    sections: tuple[Section, ...]
    events: tuple[Event, ...]
    metrics: tuple[Metric, ...]
    warnings: tuple[str, ...]

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
) -> Postmortem:
    """The postmortem as the journal stands. `load` gives evidence documents by digest; figures are keyed "window:CREDENTIAL".

    `added` are blocks at the end of a section, by its key: what a step of the case shows itself (the consumer matrix, the trust chain).
    """
    story = tell(records, load)
    events, measured, notes = timeline(story), metrics(story, now), front.front_notes(story)
    incident = story.incident
    return Postmortem(
        case_id=incident.case_id if incident else "unknown",
        title=notes.get("title") or (incident.title if incident else "An incident that cannot be read"),
        status=notes.get("status", "draft"),
        severity=notes.get("severity", front.TO_DECIDE),
        tlp=notes.get("tlp", "TLP:AMBER until decided"),
        generated=now,
        journal_head=records[-1].digest if records else "",
        headlines=front.headlines(story, now),
        sections=_sections(story, events, measured, figures, added, now),
        events=events,
        metrics=measured,
        warnings=order_warnings(story),
    )


def _sections(
    story: Story,
    events: tuple[Event, ...],
    measured: tuple[Metric, ...],
    figures: Mapping[str, Figure],
    added: Mapping[str, tuple[Block, ...]],
    now: datetime,
) -> tuple[Section, ...]:
    made: list[tuple[str, str, tuple[Block, ...]]] = [
        ("summary", "Executive summary", (Prose(front.summary(story, now)),)),
        ("front", "About this document", (front.front_matter(story, now),)),
        ("credentials", "The credentials", account.credentials(story)),
        ("exposure", "Exposure window", account.exposure(story, figures, now)),
        ("usage", "Use of the credentials", account.usage(story)),
        ("impact", "Impact", ()),
        ("timeline", "Timeline", (as_block(events),)),
        ("detection", "Detection", ()),
        ("response", "What was done, and its proof", response.done(story)),
        ("resigning", "Keys and signatures", response.resigning(story)),
        ("open", "What is still open", closing.still_open(story)),
        ("factors", "Contributing factors", ()),
        ("lessons", "What went well, what did not, where we were lucky", ()),
        ("metrics", "Metrics", as_tables(measured)),
        ("actions", "Action items", closing.actions(story)),
        ("notifications", "Notifications", closing.notifications(story, now)),
        ("communications", "Communications", ()),
        ("evidence", "Evidence register", closing.evidence(story)),
        ("appendix", "Appendix", closing.appendix(story)),
    ]
    sections = [
        Section(key, title, _with_notes(story, key, (*blocks, *added.get(key, ())))) for key, title, blocks in made
    ]
    return (*sections, *_other_notes(story, {key for key, _, _ in made}))


_PROMPTS = {
    "impact": "which systems could be reached with it and which were, whose data, what was built or released meanwhile",
    "detection": "how it was noticed, and what did not notice it",
    "factors": "what made it possible and what made it last, in terms of systems and conditions",
    "lessons": "what helped, what hindered, and where it was luck",
    "communications": "who was told what, and when",
}
"""Sections only people can write, with what belongs in them."""


def _with_notes(story: Story, key: str, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    written = account.notes(story, key)
    if not written and key in _PROMPTS:
        written = (Notice("info", f"To be written by the incident lead: {_PROMPTS[key]}."),)
    return (*blocks, *written)


def _other_notes(story: Story, known: set[str]) -> tuple[Section, ...]:
    names = dict.fromkeys(str(record.body.get("section", "")).lower() for record in story.of(Kind.NOTE))
    others = [name for name in names if name not in known and name not in front.FRONT_NOTES]
    blocks = tuple(
        block for name in others for block in (Prose((f"{name or 'no section'}:",)), *account.notes(story, name))
    )
    return (Section("notes", "Notes", blocks),) if blocks else ()
