"""The sections in reading order, each made of what the journal knows, what people wrote, and what is still to be written. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from irkit.model import Kind
from irkit.postmortem.actions import ActionItem
from irkit.postmortem.figures import metrics_figure
from irkit.postmortem.indicators import Indicator
from irkit.postmortem.indicators import as_blocks as as_indicator_blocks
from irkit.postmortem.metrics import Metric, as_tables
from irkit.postmortem.sections import (
    account,
    actions,
    closing,
    detection,
    front,
    functions,
    impact,
    notifications,
    playbook,
    register,
    resigning,
    response,
    still_open,
)
from irkit.postmortem.standards import attack
from irkit.postmortem.standards.clocks import Due
from irkit.postmortem.story import Story
from irkit.postmortem.timeline import Event, as_block
from irkit.postmortem.writing.asked import ASKED, asked_of, holder
from irkit.postmortem.writing.people import People
from irkit.postmortem.writing.prose import blocks_of, is_written
from irkit.show import Block, Figure, Notice, Prose


@dataclass(frozen=True)
class Section:
    """One section; `key` is its stable name, also the name of the file and of the notes that belong to it."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Material:
    """What the sections are made of."""

    story: Story
    people: People
    events: tuple[Event, ...]
    metrics: tuple[Metric, ...]
    actions: tuple[ActionItem, ...]
    due: tuple[Due, ...]
    indicators: tuple[Indicator, ...]
    figures: Mapping[str, Figure]
    added: Mapping[str, tuple[Block, ...]]
    now: datetime


def sections(made_of: Material) -> tuple[Section, ...]:
    """Every section there is; those that nobody has written say who is asked, and what."""
    story, said, now = made_of.story, made_of.people.front, made_of.now
    if closing.was_false_alarm(story):
        return _short(made_of)
    made: list[tuple[str, str, tuple[Block, ...]]] = [
        ("summary", "Executive summary", (Prose(front.summary(story, now)),)),
        ("front", "About this document", front.front_matter(story, said, now)),
        ("credentials", "The credentials", account.credentials(story, said)),
        ("exposure", "Exposure window", account.exposure(story, made_of.figures, now)),
        ("usage", "Use of the credentials", account.usage(story)),
        ("impact", "Impact and blast radius", impact.impact(story)),
        ("timeline", "Timeline", (as_block(made_of.events),)),
        ("detection", "Detection", detection.detection(story, said, made_of.metrics)),
        ("response", "What was done, and its proof", response.done(story)),
        ("resigning", "Keys and signatures", resigning.resigning(story)),
        ("open", "What is still open", (*closing.decision(story), *still_open.still_open(story, made_of.people))),
        ("factors", "Contributing factors", ()),
        ("lessons", "What went well, what did not, where we were lucky", ()),
        ("metrics", "Metrics", (*_drawn(made_of.metrics), *as_tables(made_of.metrics))),
        ("actions", "Action items", actions.actions(made_of.actions)),
        ("notifications", "Notifications", notifications.notifications(made_of.due, now)),
        ("communications", "Communications", ()),
        ("customer", "What customers are told", ()),
        ("indicators", "Indicators", as_indicator_blocks(made_of.indicators)),
        ("attack", "Techniques that fit", attack.as_blocks(attack.techniques(story))),
        ("functions", "Functions of NIST CSF 2.0", functions.functions(story, made_of.events, made_of.actions)),
        ("evidence", "Evidence register", register.evidence(story)),
        ("playbook", "What to change in the playbook", playbook.checklist(story)),
        ("appendix", "Appendix", register.appendix(story)),
    ]
    known = {key for key, _, _ in made}
    own = [
        Section(key, title, (*blocks, *made_of.added.get(key, ()), *people_of(made_of, key)))
        for key, title, blocks in made
    ]
    return (*(one for one in own if one.blocks or one.key != "customer"), *others(made_of, known))


def _short(made_of: Material) -> tuple[Section, ...]:
    """The note on a false alarm: what was decided, what was checked and what was not, and the record beneath. Nobody is asked to write."""
    story = made_of.story
    made: list[tuple[str, str, tuple[Block, ...]]] = [
        ("summary", "Why this was a false alarm", closing.decision(story)),
        ("front", "About this document", front.front_matter(story, made_of.people.front, made_of.now)),
        ("credentials", "The credentials", account.credentials(story, made_of.people.front)),
        ("checked", "What was checked", closing.checked(story)),
        ("open", "What was not", closing.not_checked(story)),
        ("timeline", "Timeline", (as_block(made_of.events),)),
        ("evidence", "Evidence register", register.evidence(story)),
        ("appendix", "Appendix", register.appendix(story)),
    ]
    texts = made_of.people.texts
    own = [
        Section(key, title, (*blocks, *blocks_of(texts.get(key, "")), *account.notes(story, key)))
        for key, title, blocks in made
    ]
    return (*own, *others(made_of, {*ASKED, *(key for key, _, _ in made)}))


def _drawn(measured: Sequence[Metric]) -> tuple[Block, ...]:
    drawn = metrics_figure(measured)
    return (drawn,) if drawn else ()


def unwritten(story: Story, people: People) -> tuple[str, ...]:
    """Keys of the sections that people are asked for and nobody has written, in their order; none of a false alarm."""
    if closing.was_false_alarm(story):
        return ()
    return tuple(key for key in asked_of(story.purpose) if not _written(story, people, key))


def _written(story: Story, people: People, key: str) -> bool:
    return is_written(people.texts.get(key, "")) or bool(account.notes(story, key))


def people_of(made_of: Material, key: str) -> tuple[Block, ...]:
    """What people wrote in the section's file, then their notes; else who is asked for it."""
    story, people = made_of.story, made_of.people
    if _written(story, people, key):
        return (*blocks_of(people.texts.get(key, "")), *account.notes(story, key))
    asked = asked_of(story.purpose).get(key)
    if asked is None or not asked.needed:
        return ()
    name = holder(people.front.roles, asked.role)
    who = f"{asked.role} ({name})" if name else asked.role
    return (Notice("info", f"To be written by the {who}: {asked.what}."),)


def others(made_of: Material, known: set[str]) -> tuple[Section, ...]:
    """Notes and files under names that are no section's."""
    story, texts = made_of.story, made_of.people.texts
    names = dict.fromkeys([*(str(record.body.get("section", "")).lower() for record in story.of(Kind.NOTE)), *texts])
    unnamed = [name for name in names if name not in known and name not in front.FRONT_NOTES]
    blocks = tuple(
        block
        for name in unnamed
        for block in (
            Prose((f"{name or 'no section'}:",)),
            *blocks_of(texts.get(name, "")),
            *account.notes(story, name),
        )
    )
    return (Section("notes", "Notes", blocks),) if blocks else ()
