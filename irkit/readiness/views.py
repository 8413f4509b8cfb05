"""A run as something to look at: the one table, the findings, what is at hand, what changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from irkit.readiness import tables
from irkit.readiness.run import Changed, Inventory, Run, verdicts
from irkit.show import Block, Details, Facts, Level, Notice, Prose, View

HOW = (
    "Ready: enough people could approve, the issuer answers the team's own access (of a key: a revocation certificate is at hand), "
    "and what uses it is known. What people have to do by hand takes longer and is said. Nothing is guessed in minutes; a time stands "
    "where it was measured, in an incident or a rehearsal."
)


def inventory_view(taken: Inventory, run: Run | None = None) -> View:
    """With a run, also what each breaks."""
    held = run.held if run else taken.held
    return View("What the team holds", (*_lists(taken), tables.held_table(held, run), tables.lists_table(taken)))


def _lists(taken: Inventory) -> tuple[Block, ...]:
    """What did not come is said before what came."""
    said = Notice("info", f"{len(taken.held)} credentials in {len(taken.asked)} lists that came whole.")
    if not taken.unasked:
        return (said,)
    notice = Notice(
        "warn",
        f"{len(taken.unasked)} things were not asked, or did not come whole: what they hold is unknown, and not none.",
    )
    return (said, notice, tables.unasked_table(taken.unasked))


def findings_view(run: Run) -> View:
    """What breaks the policy, the worst first; then how often each rule could not be answered."""
    return View("Against the policy", (_said(run), *findings_blocks(run)))


def findings_blocks(run: Run) -> tuple[Block, ...]:
    accepted = (tables.accepted_table(run),) if any(one.accepted for one in run.findings) else ()
    broken = (tables.to_do_table(run), tables.findings_table(run)) if run.counting else ()
    return (*broken, tables.answers_table(run), *accepted)


def unknown_blocks(run: Run) -> tuple[Block, ...]:
    """Folded, since it is long and nothing in it alarms."""
    number = sum(one.answer == "unknown" for one in run.findings)
    if not number:
        return (Notice("ok", "Every rule was answered for every credential."),)
    return (Details(f"{number} answers, by their reasons", (tables.unknown_table(run),), "unknown-answers"),)


def _said(run: Run) -> Notice:
    found, unknown = len(run.counting), sum(one.answer == "unknown" for one in run.findings)
    bad, open_ = any(one.severity == "bad" for one in run.counting), found or unknown or run.inventory.unasked
    level: Level = "bad" if bad else "warn" if open_ else "ok"
    return Notice(
        level, f"Findings: {found}. Not known: {unknown}. Lists not asked or not whole: {len(run.inventory.unasked)}."
    )


def estimates_view(run: Run) -> View:
    """No number of minutes is made up: what is at hand, what is missing, and times where they were measured."""
    counts = verdicts(run.estimates)
    level: Level = "bad" if counts["not ready"] else "warn" if counts["unknown"] or not run.estimates else "ok"
    said = f"Ready: {counts['ready']}. Not ready: {counts['not ready']}. Unknown: {counts['unknown']}."
    table = tables.estimates_table(run.estimates, run.held)
    return View("How long would it take us today", (Notice(level, said), Prose((HOW,)), table))


def trend_view(before: Run | None, now: Run, changed: Sequence[Changed]) -> View:
    return View("Since the last run", trend_blocks(before, now, changed))


def trend_blocks(before: Run | None, now: Run, changed: Sequence[Changed]) -> tuple[Block, ...]:
    if before is None:
        return (Notice("info", "This is the first run here, so there is nothing to compare with."),)
    rows = (
        ("The run before (UTC)", before.inventory.at),
        ("Credentials", _since(len(before.held), len(now.held))),
        ("Findings", _since(len(before.counting), len(now.counting)) + _lost(before, now, changed)),
        ("Ready", _since(verdicts(before.estimates)["ready"], verdicts(now.estimates)["ready"])),
    )
    if not changed:
        return (Facts(rows), Notice("ok", "Nothing changed."))
    return (Facts(rows), tables.changes_table(changed, before, now))


def findings_before(before: Run, now: Run, changed: Sequence[Changed]) -> str:
    """How many there were; fewer now is no progress where nobody could say this time."""
    return f"{len(before.counting)} before{_lost(before, now, changed)}"


def _lost(before: Run, now: Run, changed: Sequence[Changed]) -> str:
    """Findings whose credential was not listed this time, or of which it is not known any more."""
    unseen = {one.key for one in changed if one.change == "not seen"} - {one.key for one in now.held}
    unknown = {(one.key, one.rule) for one in now.findings if one.answer == "unknown"}
    lost = sum(one.key in unseen or (one.key, one.rule) in unknown for one in before.counting)
    return f", {lost} of them unknown now" if lost else ""


def changes_in_words(changed: Sequence[Changed]) -> str:
    """How many of each kind, the worst first: "1 worse, 2 new"."""
    counts = Counter(one.change for one in changed)
    return ", ".join(
        f"{counts[kind]} {kind}" for kind in ("worse", "new", "not seen", "gone", "better") if counts[kind]
    )


def _since(before: int, now: int) -> str:
    return f"{now}, as before" if before == now else f"{now}, {before} before"
