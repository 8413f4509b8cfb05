"""The draft at the desk: what people are asked to write, what of it is still empty and by whom, and what changed since the last draft."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from irkit.case.desk import Desk
from irkit.case.disk import write_whole
from irkit.case.postmortem.people import FOLDER, FRONT, files, make_missing, read_people
from irkit.model import Purpose
from irkit.postmortem import Postmortem, to_markdown
from irkit.postmortem.compose import unwritten
from irkit.postmortem.editions.internal import internal
from irkit.postmortem.editions.ours import ours
from irkit.postmortem.editions.typed import pointed
from irkit.postmortem.story import Story
from irkit.postmortem.telling import tell
from irkit.postmortem.writing.asked import Role, asked_of, holder
from irkit.postmortem.writing.blameless import blame
from irkit.postmortem.writing.changes import as_view, changes, written_at
from irkit.postmortem.writing.people import People
from irkit.postmortem.writing.prose import is_written
from irkit.show import Block, Cell, Facts, Notice, Table, View

_LAST = "last-draft.md"
CUSTOMER = "customer"
"""The one section of theirs that customers read."""


def draft(case: Desk) -> View:
    """Make the files that are missing, and show which are empty and of whom they are asked. Overwrites nothing."""
    made = make_missing(case)
    people, story = read_people(case), tell(case.journal.records(), case.evidence.document)
    empty = unwritten(story, people)
    asked = asked_of(story.purpose)
    needed = [key for key in empty if asked[key].needed]
    counts = Facts(
        (
            ("Folder", str(case.folder / FOLDER)),
            ("Made now", len(made)),
            ("Sections written", f"{len(asked) - len(empty)} of {len(asked)}"),
            ("Still needed", ", ".join(needed) or "none"),
        )
    )
    rows = tuple(_asked(story, people, empty))
    blocks: list[Block] = [
        counts,
        Table.of(("File", "State", "Asked of", "Who that is", "What"), rows, "What people write"),
    ]
    if found := blame(story, people):
        said = [(one.where, one.found, one.instead) for one in found]
        blocks.append(Table.of(("Where", "Words", "Write instead"), said, "Wording to look at again; it stops nothing"))
    if leaving := list(_for_customers(story, people)):
        columns, caption = (
            ("Where", "Words", "Customers read"),
            "What the customers' edition replaces: write it otherwise, or leave it so",
        )
        blocks.append(Table.of(columns, leaving, caption))
    blocks += [Notice("warn", line) for line in _misnamed(case, people, story)]
    return View("What people write", tuple(blocks))


def _asked(story: Story, people: People, empty: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    front = people.front
    filled = front.model_dump(exclude_defaults=True)
    lead, what = _of_front(story.purpose)
    yield (FRONT, f"filled: {', '.join(filled)}" if filled else "empty", lead, holder(front.roles, lead) or None, what)
    for key, asked in asked_of(story.purpose).items():
        state = "written" if key not in empty else "empty" if asked.needed else "empty, and may stay so"
        yield (f"{key}.md", state, asked.role, holder(front.roles, asked.role) or None, asked.what)


def _for_customers(story: Story, people: People) -> Iterator[tuple[str, str, str]]:
    """What of the texts that leave stays inside."""
    texts = {f"{FOLDER}/{CUSTOMER}.md": people.texts.get(CUSTOMER, ""), f"{FOLDER}/{FRONT}, title": people.front.title}
    written = {name: text for name, text in texts.items() if is_written(text)}
    if written and story.purpose == "incident":
        yield from pointed(written, internal(story, people), ours(story, people))


def _of_front(purpose: Purpose) -> tuple[Role, str]:
    """Of whom the front matter is asked, and what stands there."""
    if purpose == "rotation":
        return "owner of the service", "sharing, owner; of each credential its owner, age and places, by name"
    return (
        "incident lead",
        "severity, sharing, owner, roles, legal hold; credentials, gaps, duties and action items by name",
    )


def _misnamed(case: Desk, people: People, story: Story) -> Iterator[str]:
    """Names that nothing goes by: a file, a credential, a regime."""
    from irkit.postmortem.standards.duties import DUTIES

    for path in files(case):
        if path.name != FRONT and path.stem.lower() not in asked_of(story.purpose):
            yield f"{FOLDER}/{path.name} is no section's name: it stands under Notes."
    known = {one.name for one in story.credentials}
    yield from (
        f"front.toml names a credential that the case has not: {name}."
        for name in people.front.credentials.keys() - known
    )
    regimes = {one.regime for one in DUTIES}
    yield from (
        f"front.toml names a regime that irkit knows not: {name}; it knows {', '.join(dict.fromkeys(one.regime for one in DUTIES))}."
        for name in people.front.notifications.keys() - regimes
    )


def keep(case: Desk, made: Postmortem) -> None:
    """Remember what was handed out, to tell the next draft from it. A disk that refuses costs only that."""
    with contextlib.suppress(OSError):
        write_whole(case.folder / _LAST, case.redactor.text(to_markdown(made)).encode())


def compared(case: Desk, make: Callable[[], Postmortem]) -> View:
    """What changed since the draft that was exported last, or that none was."""
    try:
        before = (case.folder / _LAST).read_text(encoding="utf-8", errors="replace")
    except OSError:
        said = "No draft has been exported yet, so there is nothing to compare with: irkit export CASE."
        return View("What changed", (Notice("info", said),))
    when = written_at(before)
    return as_view(
        changes(before, case.redactor.text(to_markdown(make()))), f"the draft of {when}" if when else "the last draft"
    )
