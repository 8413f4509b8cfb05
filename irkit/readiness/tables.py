"""The tables of a run: the one of what is held, what to do, each finding, what is at hand, what changed, what is not known. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from irkit.model import Held, Unasked, When
from irkit.readiness.estimate import Estimate
from irkit.readiness.remedies import STEPS, remedy
from irkit.readiness.rules import NO_KEY, Finding
from irkit.readiness.run import Inventory, Run
from irkit.readiness.short_lived import TABLE
from irkit.readiness.trend import Changed
from irkit.show import Cell, Table

COLUMNS = (
    "What", "Owner", "Automation or person", "Scope", "Created", "Last used", "Expires", "Consumed by", "Stored at", "Breaks",
)  # fmt: skip
_MOST = 200
_FEW = 3
_WHERE = "the folder's evidence (irkit readiness show TEAM --format json)"


def called(held: Held) -> str:
    """As a person calls it, and as the policy does (ISSUER:KIND:ID)."""
    return f"{held.name} · {held.key}" if held.name and held.name not in held.id else held.key


def shortly(run: Run) -> dict[str, str]:
    """What each is called where one looks over many: the long name stands in the tables of each."""
    return {one.key: f"{one.kind} {one.name or one.id}" for one in run.held}


def names(*groups: Iterable[Held]) -> dict[str, str]:
    """What each key is called; of one that is in several groups the last counts."""
    return {one.key: called(one) for group in groups for one in group}


def unasked_table(unasked: Sequence[Unasked]) -> Table:
    rows = [(one.issuer, one.what, "not asked, or not whole: unknown", one.why) for one in unasked]
    return Table.of(("Whose", "What", "Answer", "Why"), rows, "Not asked", most=_MOST, where=_WHERE)


def missing_table(run: Run) -> Table:
    """What a run before held, and no list since told of."""
    rows = [
        (called(one.held), one.held.owner or None, str(one.seen.date()), _broken_rules(one.findings) if one.findings else None)
        for one in sorted(run.missing, key=lambda one: (one.seen, one.held.key))
    ]  # fmt: skip
    columns = ("Credential", "Owner", "Last seen", "Broke then")
    return Table.of(columns, rows, "Held before, and not seen now: it may be there still", most=_MOST, where=_WHERE)


def lists_table(taken: Inventory) -> Table:
    """What of each list came, of what it was asked, and how the list is known to work."""
    came = Counter(one.listed_by for one in taken.held)
    how = {one.listed_by: one.tested for one in taken.held}
    every = dict.fromkeys((*taken.asked, *came))
    whole: dict[str, list[str]] = {}
    for name, place in taken.covered:
        whole.setdefault(name, []).append(place.partition(" ")[2] or place)
    places = {name: _few(found) for name, found in whole.items()}
    rows = [
        (name or None, places.get(name), came[name], "yes" if name in taken.asked else "no", how.get(name) or "it holds nothing")
        for name in every
    ]  # fmt: skip
    columns = ("List", "Whole of", "Credentials", "Whole", "How it is known to work")
    return Table.of(columns, rows, "The lists that came")


def held_table(held: Sequence[Held], run: Run | None = None) -> Table:
    """The one table. Without a run nothing was judged, and what each breaks is unknown. Days are UTC."""
    breaks = _breaks(run) if run else {}
    rows = [_row(one, breaks.get(one.key)) for one in held]
    caption = "What the team holds; days are UTC"
    return Table.of(COLUMNS, rows, caption, most=_MOST, where=_WHERE)


def _breaks(run: Run) -> dict[str, str]:
    """By credential: the rules that it breaks, those that people accepted, and how many answers are unknown."""
    found: dict[str, list[Finding]] = {}
    for one in run.findings:
        found.setdefault(one.key, []).append(one)
    return {key: _broken_rules(mine) for key, mine in found.items()}


def _broken_rules(found: Sequence[Finding]) -> str:
    broken, accepted = [one.rule for one in found if one.counts], [one.rule for one in found if one.accepted]
    unknown = sum(one.answer == "unknown" for one in found)
    parts = [", ".join(broken)] if broken else []
    parts += [f"accepted: {', '.join(accepted)}"] if accepted else []
    parts += [f"{'' if parts else 'none known; '}{unknown} unknown"] if unknown else []
    return "; ".join(parts) or "nothing"


def _row(one: Held, breaks: str | None) -> tuple[Cell, ...]:
    state = {True: "", False: " (not active)", None: ""}[one.active] + (" (revoked)" if one.revoked else "")
    holder = f"{one.holder}: {one.holder_by}" if one.holder_by else None if one.holder == "unknown" else one.holder
    made = _day(one.created)
    if one.created is None and one.there_since is not None:
        made = f"before {one.there_since.date()}"
    consumers = None if one.consumers is None else _few(one.consumers) or "none found"
    expires = "what it gives lives for hours" if one.short_lived and one.expires is None else _day(one.expires)
    scope = None if one.scope is None else ", ".join(one.scope) or "none"
    return (
        called(one) + state, one.owner or None, holder, scope, made, _day(one.last_used), expires, consumers,
        ", ".join(one.stored) or None, breaks,
    )  # fmt: skip


def _day(value: When) -> str | None:
    return str(value.date()) if isinstance(value, datetime) else value


def _few(items: Sequence[str], between: str = ", ") -> str:
    more = f" and {len(items) - _FEW} more" if len(items) > _FEW else ""
    return between.join(items[:_FEW]) + more


def to_do_table(run: Run) -> Table:
    """A row for each rule that is broken, the worst first: what to do, and for how many."""
    found = sorted(run.counting, key=_severity)
    called_ = shortly(run)
    rows = [
        (severity, rule, len(keys), remedy(rule), _few([called_[key] for key in keys], "; "))
        for (severity, rule), keys in _grouped(((one.severity, one.rule), one.key) for one in found).items()
    ]
    return Table.of(("Severity", "Rule", "Credentials", "What to do", "Which"), rows, "What to do, the worst first")


def findings_table(run: Run) -> Table:
    """A row for each credential that breaks a rule, the worst first, so that each owner sees theirs together."""
    broken: dict[str, list[Finding]] = {}
    for one in run.counting:
        broken.setdefault(one.key, []).append(one)
    holding = sorted(
        (one for one in run.held if one.key in broken),
        key=lambda one: (min(map(_severity, broken[one.key])), one.owner or "~", -len(broken[one.key]), one.key),
    )
    rows = [_broken(one, sorted(broken[one.key], key=_severity)) for one in holding]
    columns = ("Severity", "Owner", "Credential", "Findings", "Because")
    return Table.of(columns, rows, "Findings, by credential", most=_MOST, where=_WHERE)


def _broken(held: Held, found: Sequence[Finding]) -> tuple[Cell, ...]:
    why = "; ".join(f"{one.rule}: {one.why}" for one in found)
    return found[0].severity, held.owner or None, called(held), len(found), why


def _severity(one: Finding) -> bool:
    """The bad ones first."""
    return one.severity != "bad"


def answers_table(run: Run) -> Table:
    counts = Counter((one.rule, _answered(one)) for one in run.findings)
    words = ("yes", "accepted", "no", "unknown", "not concerned")
    rules = dict.fromkeys(one.rule for one in run.findings)
    rows: list[tuple[Cell, ...]] = [(rule, *(counts[rule, word] for word in words)) for rule in rules]
    columns = ("Rule", "Broken", "Accepted", "Kept", "Unknown", "Not concerned")
    return Table.of(columns, rows, "Each rule, over all credentials")


def _answered(one: Finding) -> str:
    return "accepted" if one.accepted else "not concerned" if one.why == NO_KEY else one.answer


def accepted_table(run: Run) -> Table:
    called_ = names(run.held)
    rows = [(one.rule, called_[one.key], one.accepted) for one in run.findings if one.accepted]
    columns = ("Rule", "Credential", "Why people live with it")
    return Table.of(columns, rows, "Accepted for a while", most=_MOST, where=_WHERE)


def unknown_table(run: Run) -> Table:
    """What has one reason stands in one row."""
    called_ = names(run.held)
    found = _grouped(((one.rule, one.why), one.key) for one in run.findings if one.answer == "unknown")
    rows = [(rule, why, len(keys), _few([called_[key] for key in keys], "; ")) for (rule, why), keys in found.items()]
    columns = ("Rule", "Why it is not known", "Credentials", "Which")
    return Table.of(columns, rows, "Not known", most=_MOST, where=_WHERE)


def _grouped(pairs: Iterable[tuple[tuple[str, str], str]]) -> dict[tuple[str, str], list[str]]:
    made: dict[tuple[str, str], list[str]] = {}
    for group, key in pairs:
        made.setdefault(group, []).append(key)
    return made


def in_the_way_table(run: Run) -> Table:
    """A row for each thing that is needed and is missing, then for what nobody knows: for how many, and what would mend it."""
    called_ = shortly(run)
    pairs = [
        ((one.answer, one.question, one.because), estimate.key)
        for estimate in run.estimates
        for one in estimate.parts
        if one.needed and one.answer != "yes"
    ]
    found: dict[tuple[str, str, str], list[str]] = {}
    for group, key in pairs:
        found.setdefault(group, []).append(key)
    order = sorted(found.items(), key=lambda one: (one[0][0] != "no", -len(one[1]), one[0]))
    rows = [
        ("not ready" if answer == "no" else "unknown", because, len(keys), STEPS[question], _few([called_[key] for key in keys], "; "))
        for (answer, question, because), keys in order
    ]  # fmt: skip
    columns = ("So it is", "In the way", "Credentials", "What to do", "Which")
    return Table.of(columns, rows, "In the way", most=_MOST, where=_WHERE)


def estimates_table(estimates: Sequence[Estimate], held: Iterable[Held]) -> Table:
    order, called_ = ("not ready", "unknown", "ready"), names(held)
    found = sorted(estimates, key=lambda one: (order.index(one.verdict), one.key))
    rows = [
        (one.verdict, called_[one.key], one.because, _by_hand(one), one.measured or "not measured") for one in found
    ]
    columns = ("Today", "Credential", "Because", "By hand, so slower", "Measured")
    return Table.of(columns, rows, "For each credential", most=_MOST, where=_WHERE)


def _by_hand(one: Estimate) -> str | None:
    """None where nobody asked what its adapter would do: of a CI secret, and of a key, which has no issuer."""
    asked = any(not part.needed for part in one.parts) or not one.parts
    return "; ".join(one.slower) or ("nothing" if asked else None)


def changes_table(changed: Sequence[Changed], before: Run, now: Run) -> Table:
    called_ = names((one.held for one in before.missing), before.held, now.held)
    rows = [(one.change, called_[one.key], one.what) for one in changed]
    columns = ("Change", "Credential", "What")
    return Table.of(columns, rows, "Changes, the worst first", most=_MOST, where=_WHERE)


def instead_table() -> Table:
    rows = [(one.issuer, ", ".join(one.kinds), one.instead, one.source) for one in TABLE]
    return Table.of(("Issuer", "In place of", "There is", "Source"), rows, "Short-lived in place of stored")
