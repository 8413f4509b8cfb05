"""The report on a rotation in reading order, and its few figures at the top. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from irkit.postmortem.compose import Material, Section, others, people_of
from irkit.postmortem.metrics import as_tables
from irkit.postmortem.rotation import measured, parts
from irkit.postmortem.rotation.picture import picture
from irkit.postmortem.rotation.turn import Turn, turns
from irkit.postmortem.sections import account, closing, register, response
from irkit.postmortem.sections.headlines import Headline
from irkit.postmortem.story import Story
from irkit.postmortem.timeline import as_block
from irkit.postmortem.writing.people import NOBODY
from irkit.show import Block, Level, Prose


def sections(made_of: Material, words: Mapping[str, str]) -> tuple[Section, ...]:
    """Every section there is; what nobody has written says who is asked, and what."""
    story, people = made_of.story, made_of.people
    found = turns(story)
    made: list[tuple[str, str, tuple[Block, ...]]] = [
        ("summary", "In short", (Prose(parts.summary(found)),)),
        ("front", "About this document", parts.front_matter(story, dict(words))),
        ("why", "Why it was replaced", parts.why(story, people.front)),
        ("credentials", "What was replaced", account.credentials(story, people.front)),
        ("stages", "Stages", (*((drawn,) if (drawn := picture(found)) else ()), *parts.stages(found))),
        ("metrics", "How long it took", as_tables(made_of.metrics)),
        ("consumers", "Consumers", parts.consumers(found)),
        ("response", "What was approved and done, and its proof", response.carried_out(story)),
        ("open", "What is left, and what is not known", (*closing.decision(story), *parts.left(story, people, found))),
        ("timeline", "Timeline", (as_block(made_of.events, tags=""),)),
        ("evidence", "Evidence register", register.evidence(story)),
        ("appendix", "Appendix", register.appendix(story)),
    ]
    own = [Section(key, title, (*blocks, *people_of(made_of, key))) for key, title, blocks in made]
    return (*own, *others(made_of, {key for key, _, _ in made}))


def headlines(story: Story) -> tuple[Headline, ...]:
    found = turns(story)
    return (_dead(found), _switched(found), _refused(found), _overlap(found))


def _dead(found: tuple[Turn, ...]) -> Headline:
    dead, alive = sum(one.fate.proved for one in found), sum(one.fate.state.value == "alive" for one in found)
    level: Level = "ok" if found and dead == len(found) else "warn"
    unknown = len(found) - dead - alive
    told = [f"{alive} still working" if alive else "", f"{unknown} unknown" if unknown else ""]
    return Headline(
        "Old ones proved dead",
        f"{dead} of {len(found)}",
        level,
        ", ".join(filter(None, told)) or "alive before, dead after",
    )


def _switched(found: tuple[Turn, ...]) -> Headline:
    """Consumers that logs show, of those that used the old one or the fresh one."""
    label = "Consumers seen switched"
    users = [(one, each) for one in found for each in (one.observed.users if one.observed else ())]
    blind = sum(one.observed is None for one in found)
    if not users:
        return Headline(label, "unknown", "warn", "no log was read" if blind else "the logs show none")
    over = sum(turn.went_over(each) is True for turn, each in users)
    word = any(one.switched.word for one in found)
    told = "some on a person's word" if word else f"{blind} without logs" if blind else "as the logs show"
    return Headline(label, f"{over} of {len(users)}", "ok" if over == len(users) and not blind else "warn", told)


def _refused(found: tuple[Turn, ...]) -> Headline:
    counts = [metric.value for metric in measured.measured(found, NOBODY.front) if metric.name == measured.REFUSED]
    if not counts or None in counts:
        return Headline(measured.REFUSED, "unknown", "warn", "not all logs were read")
    total = sum(one for one in counts if isinstance(one, int))
    return Headline(measured.REFUSED, str(total), "bad" if total else "ok", "kinds of calls, as the logs show")


def _overlap(found: tuple[Turn, ...]) -> Headline:
    spans = [metric for metric in measured.measured(found, NOBODY.front) if metric.name == measured.OVERLAP]
    known = [one for one in spans if one.value is not None]
    if not spans or len(known) < len(spans):
        return Headline("Both worked for", "unknown", "info", "one of the two ends is not reached")
    longest = max(known, key=lambda one: one.value if isinstance(one.value, timedelta) else timedelta(0))
    return Headline(
        "Both worked for", str(longest.shown), "info", "at most" if len(known) > 1 else "from made to out of use"
    )
