"""Each task that only a person can do, with its page and steps; and in JupyterLab a form under it to say that it was done."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping

from irkit.case import plans
from irkit.case.desk import Desk
from irkit.case.forms import typed
from irkit.case.forms.widgets import Field, Form, Page, in_lab
from irkit.plan import Action, Ended, HumanTask
from irkit.show import Block, Cell, Facts, Link, Notice, Table, View

_SHOWN = 20


def by_hand(case: Desk, chapter: str = "") -> View | Page:
    """The tasks of the latest plan of this chapter, or of both."""

    def again() -> View:
        return view(case, chapter)

    if not in_lab():
        return again()
    return Page(again, [_form(case, action) for action in open_tasks(case, chapter)[:_SHOWN]])


def open_tasks(case: Desk, chapter: str = "") -> list[Action]:
    """Hand tasks that nobody has said are done; those that hold others up come first, then those that wait now."""
    ledger = case.ledger
    latest = [ledger.latest(one) for one in ("revoke", "resign") if chapter in ("", one)]
    tasks = [
        action
        for plan in latest
        if plan
        for action in plan.actions
        if isinstance(action.do, HumanTask) and action.id not in ledger.hand_done and not ledger.settled(action.id)
    ]
    return sorted(tasks, key=lambda one: (not one.gate, not _waits(case, one)))


def view(case: Desk, chapter: str = "") -> View:
    """What each task asks for; of many, the first twenty at length."""
    tasks = open_tasks(case, chapter)
    if not tasks:
        return View("Tasks by hand", (Notice("ok", "No task of the latest plans waits for a person's hands."),))
    blocks: list[Block] = [Facts(tuple(_rows(case, one)), one.what) for one in tasks[:_SHOWN]]
    if rest := tasks[_SHOWN:]:
        rows = [(one.what, one.do.page if isinstance(one.do, HumanTask) else "", one.id) for one in rest]
        blocks.append(Table.of(("Task", "Page", "Action"), rows, f"{len(rest)} more"))
    count = f"{len(tasks)} task{'s' if len(tasks) > 1 else ''}"
    return View(f"Tasks by hand: {count} for {case.responder}", tuple(blocks))


def _rows(case: Desk, action: Action) -> Iterator[tuple[str, Cell]]:
    task = action.do
    if not isinstance(task, HumanTask):
        return
    yield "What", task.title
    yield "Page", Link(task.page, task.page)
    yield from ((f"Step {number}", step) for number, step in enumerate(task.steps, 1))
    yield "Waits for", case.responder
    yield (
        "State",
        "it waits now" if _waits(case, action) else "it may be done already; carrying out the plan asks for it",
    )
    if action.gate:
        yield "Holds up", "everything after it for the same credential"
    yield "Or", f"irkit done {shlex.quote(str(case.folder))} {action.id} --text 'what was done'"


def _waits(case: Desk, action: Action) -> bool:
    outcome = case.ledger.outcomes.get(action.id)
    return outcome is not None and outcome.ended is Ended.WAITING


def _form(case: Desk, action: Action) -> Form:
    check: Callable[[str], object] = lambda text: typed.plain("what was done", text, case.redactor)  # noqa: E731

    def act(held: Mapping[str, str]) -> View:
        text = typed.said("what was done", held["text"], case.redactor)
        if action.id in case.ledger.hand_done:
            return View("Said before", (Notice("ok", "That this was done has been said before; nothing was added."),))
        plans.hand_done(case, action.id, text)
        left = len(open_tasks(case))
        after = f"{left} more wait." if left else "No other waits: run the cell that carries out the plan again."
        return View("Written down", (Notice("ok", f'It was done by {case.responder}, as said: "{text}". {after}'),))

    fields = (Field("text", "What was done", check, "a sentence for the journal"),)
    return Form(action.what, fields, "Say that it is done", act)
