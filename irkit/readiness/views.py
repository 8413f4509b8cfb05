"""A run as something to look at: the one table, the findings, what is at hand, what changed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from irkit.readiness import tables
from irkit.readiness.estimate import latest
from irkit.readiness.run import Inventory, Run, verdicts
from irkit.readiness.trend import CHANGES, Changed, rules_changed
from irkit.show import Block, Details, Facts, Level, Notice, Prose, View

HOW = (
    "Ready: enough people could approve, the issuer answers the team's own access (of a key: a revocation certificate is at hand), "
    "and something that uses it was found. That the access may revoke as well, and that nothing else uses it, shows only when it is done. "
    "What people have to do by hand takes longer and is said. Nothing is guessed in minutes; a time stands where it was measured, in an "
    "incident or a rehearsal."
)


def inventory_view(taken: Inventory, run: Run | None = None) -> View:
    """With a run, also what each breaks."""
    held = run.held if run else taken.held
    when = Facts((("As the issuers answered on (UTC)", taken.at),))
    missing = (tables.missing_table(run),) if run and run.missing else ()
    return View(
        "What the team holds", (when, *_lists(taken), *missing, tables.held_table(held, run), tables.lists_table(taken))
    )


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
    return View("Against the policy", (said(run), *findings_blocks(run)))


def findings_blocks(run: Run, *, to_do: bool = True) -> tuple[Block, ...]:
    """`to_do`: with what to do about each rule, where that does not stand elsewhere."""
    accepted = (tables.accepted_table(run),) if any(one.accepted for one in run.findings) else ()
    doing = (tables.to_do_table(run),) if to_do and run.counting else ()
    broken = (tables.findings_table(run),) if run.counting else ()
    return (*doing, *broken, tables.answers_table(run), *accepted)


def unknown_blocks(run: Run) -> tuple[Block, ...]:
    """Folded, since it is long and nothing in it alarms."""
    number = sum(one.answer == "unknown" for one in run.findings)
    if not run.findings:
        return (Notice("warn", "No rule was answered for any credential."),)
    if not number:
        return (Notice("ok", "Every rule that is asked was answered for every credential that was listed."),)
    return (Details(f"{number} answers, by their reasons", (tables.unknown_table(run),), "unknown-answers"),)


def said(run: Run) -> Notice:
    found, unknown = len(run.counting), sum(one.answer == "unknown" for one in run.findings)
    return Notice(
        level_of_findings(run),
        f"Findings: {found}. Not known: {unknown}. Lists not asked or not whole: {len(run.inventory.unasked)}.",
    )


def level_of_findings(run: Run) -> Level:
    """All is well only where something was asked, of something, and every answer came."""
    if any(one.severity == "bad" for one in run.counting):
        return "bad"
    unknown = any(one.answer == "unknown" for one in run.findings)
    open_ = run.counting or unknown or run.inventory.unasked or run.missing or not run.findings
    return "warn" if open_ else "ok"


def estimates_view(run: Run) -> View:
    """No number of minutes is made up: what is at hand, what is missing, and times where they were measured."""
    table = tables.estimates_table(run.estimates, run.held)
    return View("How long would it take us today", (*today_blocks(run), Prose((HOW,)), table))


def today_blocks(run: Run) -> tuple[Block, ...]:
    """The answer in a sentence, whether a time is known, and what stands in the way."""
    pending = any(one.needed and one.answer != "yes" for found in run.estimates for one in found.parts)
    way = (tables.in_the_way_table(run),) if pending else ()
    return (Notice(level_of_today(run), today(run)), Notice("info", times(run)), *way)


def level_of_today(run: Run) -> Level:
    counts = verdicts(run.estimates)
    if counts["not ready"]:
        return "bad"
    return "warn" if counts["unknown"] or not run.estimates or run.inventory.unasked or run.missing else "ok"


def today(run: Run) -> str:
    counts, every = verdicts(run.estimates), len(run.estimates)
    if not every:
        return "Nobody can say: no credential was listed."
    by_hand = sum(one.verdict == "ready" and bool(one.slower) for one in run.estimates)
    slower = f" ({by_hand} of them in part by hand, which takes longer)" if by_hand else ""
    parts = [f"{counts['ready']} of {every} credentials could be put out of use today with what is at hand{slower}"]
    parts += [f"{counts['not ready']} could not"] if counts["not ready"] else []
    parts += [f"of {counts['unknown']} nobody can say"] if counts["unknown"] else []
    beside = [f"what was not asked ({len(run.inventory.unasked)})"] if run.inventory.unasked else []
    beside += [f"what was held before and not seen now ({len(run.missing)})"] if run.missing else []
    more = f" Not among them: {'; '.join(beside)}." if beside else ""
    return f"{'; '.join(parts)}.{more}"


def times(run: Run) -> str:
    """The last time of each issuer, or how to come by one."""
    every = run.inventory.measured
    known = [
        (name, latest(one for one in every if one.issuer == name)) for name in sorted({one.issuer for one in every})
    ]
    told = [f"{name}: {one.said}" for name, one in known if one]
    if told:
        return f"How long it took when it was measured: {'; '.join(told)}."
    return "How long that takes was not measured: rehearse (irkit drill --human), and name the rehearsal's folder in drills."


def trend_view(before: Run | None, now: Run, changed: Sequence[Changed]) -> View:
    return View("Since the last run", trend_blocks(before, now, changed))


def trend_blocks(before: Run | None, now: Run, changed: Sequence[Changed]) -> tuple[Block, ...]:
    if before is None:
        return (Notice("info", "This is the first run here, so there is nothing to compare with."),)
    rows = (
        ("The run before (UTC)", before.inventory.at),
        ("Credentials", _since(len(before.held), len(now.held)) + _unseen(before, now)),
        ("Findings", _since(len(before.counting), len(now.counting)) + _lost(before, now, changed)),
        ("Ready", _since(verdicts(before.estimates)["ready"], verdicts(now.estimates)["ready"])),
    )
    policy = _policy_changed(before, now)
    if changed:
        return (Facts(rows), *policy, tables.changes_table(changed, before, now))
    if now.inventory.unasked:
        return (Facts(rows), *policy, Notice("info", "Nothing changed in what came; not all of it came."))
    return (Facts(rows), *policy, Notice("ok", "Nothing changed."))


def _policy_changed(before: Run, now: Run) -> tuple[Notice, ...]:
    """What another policy does to the numbers is neither progress nor decline."""
    if before.policy_sha256 == now.policy_sha256:
        return ()
    other = rules_changed(before, now)
    left = sorted(name for name in other if name not in now.rules)
    lost = sum(one.rule in left for one in before.counting)
    words = f"rules that ask something else: {', '.join(sorted(other - set(left))) or 'none'}"
    words += f"; no longer asked: {', '.join(left)}, findings before: {lost}" if left else ""
    return (
        Notice("warn", f"The policy is another one than in the run before ({words}). Numbers differ for that, too."),
    )


def findings_before(before: Run, now: Run, changed: Sequence[Changed]) -> str:
    """How many there were; fewer now is no progress where nobody could say this time."""
    return f"{len(before.counting)} before{_lost(before, now, changed)}"


def _unseen(before: Run, now: Run) -> str:
    was = {one.key for one in before.held}
    number = sum(one.held.key in was for one in now.missing)
    return f", {number} of them not seen now" if number else ""


def _lost(before: Run, now: Run, changed: Sequence[Changed]) -> str:
    """Findings whose credential was not listed this time, or of which it is not known any more."""
    unseen = {one.key for one in changed if one.change == "not seen"} - {one.key for one in now.held}
    unknown = {(one.key, one.rule) for one in now.findings if one.answer == "unknown"}
    lost = sum(one.key in unseen or (one.key, one.rule) in unknown for one in before.counting)
    return f", {lost} of them unknown now" if lost else ""


def changes_in_words(changed: Sequence[Changed]) -> str:
    """How many of each kind, the worst first: "1 worse, 2 new"."""
    counts = Counter(one.change for one in changed)
    return ", ".join(f"{counts[kind]} {kind}" for kind in CHANGES if counts[kind])


def _since(before: int, now: int) -> str:
    return f"{now}, as before" if before == now else f"{now}, {before} before"
