"""What is left: what nobody knows, and what somebody must still do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from irkit.model import ApiToken, Kind, OpenPgpKey, State
from irkit.model.uploads import PUBLISHES, unknown
from irkit.plan import HumanTask
from irkit.postmortem.metrics import order_warnings
from irkit.postmortem.story import Story, short
from irkit.postmortem.writing.blameless import blame
from irkit.postmortem.writing.people import People
from irkit.show import Block, Cell, Notice, Table


def still_open(story: Story, people: People) -> tuple[Block, ...]:
    rows = [*_alive_or_unknown(story), *_unsettled(story), *_published(story)]
    blocks: list[Block] = []
    for action in story.waiting():
        assert isinstance(action.do, HumanTask)
        rows.append(
            ("by hand", f"{action.do.title}, at {action.do.page}", "; ".join(action.do.steps) or "a person must do it")
        )
    if rows:
        blocks.append(Table.of(("What", "About", "Why"), rows, "Open questions and open work"))
    skipped = story.skipped()
    if skipped:
        blocks.append(
            Table.of(
                ("Not read", "Why"), [(item.what, item.why) for item in skipped], "Evidence that was not read", most=60
            )
        )
    blocks += [Notice("warn", f"The order of events looks wrong: {warning}.") for warning in order_warnings(story)]
    blocks += [Notice("info", f"Wording to look at again: {found.sentence}.") for found in blame(story, people)]
    return tuple(blocks) or (Notice("ok", "Nothing is open that the journal knows of."),)


def _alive_or_unknown(story: Story) -> Iterator[tuple[Cell, ...]]:
    for credential in story.credentials:
        fate, name, said = story.fate(credential), credential.name, short(credential.name)
        if fate.state is State.ALIVE:
            yield ("still works", said, fate.why)
        elif not fate.proved:
            yield ("unknown", f"whether {said} still works", fate.why)
        if name not in story.windows:
            yield ("unknown", f"since when {said} was exposed", "no window has been worked out")
        if name not in story.usages:
            key = isinstance(credential, OpenPgpKey)
            yield ("unknown", f"who used {said}", "signing leaves no log" if key else "no log of its use has been read")
        elif elsewhere := story.usages[name].elsewhere:
            yield ("unknown", f"whether {said} was used in other regions", elsewhere)
    settled = {str(record.body.get("path")) for record in story.of(Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN)}
    for path, judged in story.judged().items():
        if path not in settled:
            yield ("not settled", path, f"judged {judged.get('verdict')}: {judged.get('why')}")


def _published(story: Story) -> Iterator[tuple[Cell, ...]]:
    tokens = [one for one in story.credentials if isinstance(one, ApiToken)]
    if story.packages:
        windows = [story.windows[one.name] for one in tokens if one.name in story.windows]
        for about, why in unknown(story.packages, windows):
            yield ("unknown", about, why)
        return
    for one in tokens:
        if one.provider in PUBLISHES:
            yield ("unknown", f"what was published with {short(one.name)}", "no record of a package registry was given")


def _unsettled(story: Story) -> Iterator[tuple[Cell, ...]]:
    for record in story.unsettled():
        yield (
            "outcome unknown",
            str(record.body.get("what")),
            f"announced in journal record {record.seq}, its end is not established",
        )
