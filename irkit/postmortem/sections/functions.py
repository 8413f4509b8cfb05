"""Functions of CSF 2.0 that a case touched, counted. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from irkit.model import Kind
from irkit.postmortem.actions import ActionItem
from irkit.postmortem.standards.csf import CATEGORIES, FUNCTIONS, OF_ACTION, OF_KIND
from irkit.postmortem.story import Story, sequence
from irkit.postmortem.timeline import Event
from irkit.show import Block, Cell, Prose, Table


def functions(story: Story, events: Sequence[Event], items: Sequence[ActionItem]) -> tuple[Block, ...]:
    """What this case did, but for writing reports, counted by category: rows of the timeline, records, playbook steps, action items."""
    counted = {
        "timeline": Counter(event.csf for event in events if event.csf and event.kind is not Kind.EXPORTED),
        "records": Counter(OF_KIND[record.kind] for record in story.readable if record.kind is not Kind.EXPORTED),
        "steps": Counter(str(tag) for one in story.of(Kind.STEP_STARTED) for tag in sequence(one.body.get("csf"))),
        "actions": Counter(OF_ACTION.get(item.kind, "ID.IM") for item in items),
    }
    tags = sorted({tag for counter in counted.values() for tag in counter}, key=lambda tag: (_order(tag), tag))
    rows: list[tuple[Cell, ...]] = [
        (FUNCTIONS.get(tag[:2], "unknown"), tag, CATEGORIES.get(tag, "as the playbook says"), *(one[tag] for one in counted.values()))
        for tag in tags
    ]  # fmt: skip
    columns = ("Function", "Category", "In words", "Timeline", "Records", "Playbook steps", "Action items")
    said = (
        "By a rule over the kind of each record and action item, and as the playbook tags its steps: NIST CSF 2.0, in the profile of "
        "SP 800-61r3."
    )
    return (Prose((said,)), Table.of(columns, rows, "Functions of CSF 2.0 that this case touched"))


def _order(tag: str) -> int:
    names = list(FUNCTIONS)
    return names.index(tag[:2]) if tag[:2] in names else len(names)
