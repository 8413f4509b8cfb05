"""What is to change in the playbook, as a list of checks by rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from irkit.model import Kind
from irkit.plan import Ended, HumanTask
from irkit.postmortem.story import Story
from irkit.postmortem.writing.asked import to_write
from irkit.show import Block, Table


def checklist(story: Story) -> tuple[Block, ...]:
    """Columns: Check, Because, Answer; the answer is people's."""
    answer = to_write("incident lead", "yes, no, or what changes")
    rows = [(check, because, answer) for check, because in dict.fromkeys(_checks(story))]
    return (Table.of(("Check", "Because", "Answer"), rows, "Before the playbook is used again"),)


def _checks(story: Story) -> Iterator[tuple[str, str]]:
    for record in story.of(Kind.STEP_ENDED):
        if record.body.get("ended") == "stopped" and record.body.get(
            "notebook"
        ):  # one that people do always waits for them
            yield (
                f"Can step {record.body.get('step')} be kept from stopping?",
                str(record.body.get("why") or "it stopped"),
            )
    for _, plan in story.plans:
        for action in plan.actions:
            if isinstance(action.do, HumanTask):
                yield (f"Can irkit do this, or is it told well enough: {action.what}?", "people did it by hand")
    for done in story.outcomes:
        if done.outcome.ended in (Ended.UNKNOWN, Ended.FAILED, Ended.REFUSED):
            yield (
                f"What would make this certain: {done.what}?",
                f"it ended {done.outcome.ended.value}: {done.outcome.why}",
            )
    if story.skipped():
        yield (
            "Are the sources that could not be read reachable next time?",
            f"{len(story.skipped())} inputs were not read",
        )
    if not story.of(Kind.STEP_STARTED):
        yield ("Is there a playbook for this kind of incident?", "no playbook was run")
    yield ("Are roles, contacts and approvers of the playbook still right?", "asked after every incident")
    yield ("Which milestone took longest, and what would shorten it?", "asked after every incident")
