"""The edition for customers, TLP:CLEAR: what they need to act, and nothing from inside. Pure.

By a rule for each section, block and column, with a list of what was withheld and by which. What no rule names is withheld.
TLP 2.0: https://www.first.org/tlp/
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from irkit.model import Kind
from irkit.postmortem.actions import ActionItem
from irkit.postmortem.compose import Section
from irkit.postmortem.document import Postmortem, Withheld
from irkit.postmortem.editions.internal import hiding
from irkit.postmortem.editions.ours import NOTHING
from irkit.postmortem.editions.typed import Search, told, without
from irkit.postmortem.indicators import for_customers
from irkit.postmortem.timeline import Event
from irkit.show import Block, Facts, Notice, Prose, Table, Written
from irkit.show.hiding import mapped

TEXT = "what people wrote stays inside, but for customer.md"
TYPED = "names of people and hosts, addresses, paths and the team's mail stay inside, also where people typed them"
PLACES = "hosts, paths, repositories and addresses stay inside"
PEOPLE = "who did what stays inside"
EVIDENCE = "evidence, the journal and what ran stay inside"
WORK = "work that is still open stays inside"
LAW = "which duties are weighed stays with counsel"
ANALYSIS = "how it is classified stays inside"
OTHER = "what no rule allows stays inside"

WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "credentials": PLACES, "usage": PLACES, "impact": TEXT, "detection": TEXT, "open": WORK, "factors": TEXT, "lessons": TEXT,
        "notifications": LAW, "communications": TEXT, "indicators": PLACES, "attack": ANALYSIS, "functions": ANALYSIS,
        "evidence": EVIDENCE, "playbook": WORK, "appendix": EVIDENCE, "notes": TEXT,
    }
)  # fmt: skip
"""Sections that are withheld as a whole, by which rule."""


@dataclass(frozen=True)
class Keep:
    """A table or facts by the beginning of the caption, and the columns or labels of it that may be seen; `rule` withholds the others."""

    caption: str
    columns: tuple[str, ...]
    rule: str


KEPT: Mapping[str, tuple[Keep, ...]] = MappingProxyType(
    {
        "front": (Keep("", ("Case", "Status", "Severity", "Written"), PEOPLE),),
        "exposure": (
            Keep("Exposure of", ("End", "Bound", "Time (UTC)"), PLACES),
            Keep("", ("Exposed at least", "Exposed at most", "Window"), PLACES),
        ),
        "response": (Keep("Proof of death", ("Credential", "Asked", "Answer", "At (UTC)"), EVIDENCE),),
        "resigning": (
            Keep("Keys revoked", ("Old key", "Reason", "Revoked (UTC)"), EVIDENCE),
            Keep("New key", ("Primary", "Signing key", "User id", "Expires"), EVIDENCE),
            Keep("Every artifact", ("Artifact", "Now", "SHA-256"), EVIDENCE),
        ),
        "metrics": (
            Keep("Metrics of the whole case", (), WORK),
            Keep("Metrics of", ("Metric", "Value", "From", "To"), EVIDENCE),
        ),
    }
)
"""Of each section that customers see, the blocks and their columns. Any other block of it is withheld."""

EVENTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.WINDOW: "", Kind.CASE_OPENED: "the case was opened", Kind.KEY_REVOKED: "", Kind.KEY_GENERATED: "",
        Kind.UNREVOKABLE: "it was found that the old key cannot be revoked",
        Kind.REPLACED: "a fresh credential was put in place", Kind.PUBLISHED: "the keys were published",
        Kind.RESIGNED: "artifacts were signed anew", Kind.QUARANTINED: "artifacts were set aside",
        Kind.WITHDRAWN: "artifacts were withdrawn", Kind.STATED: "the transition statement was signed by the new key",
    }
)  # fmt: skip
"""Kinds of events that customers see, and in which words; "" are the event's own, which irkit made of fixed words and a key."""


def customer(made: Postmortem) -> Postmortem:
    """The same case for customers. Every text that is left is searched for what stays inside (`irkit.postmortem.editions.internal`)."""
    hide = hiding(made.internal)
    withheld: list[Withheld] = []
    search = Search(made.internal, made.ours)
    sections = [one for section in made.sections for one in _section(section, made, search, withheld)]
    sections.sort(key=lambda section: _ORDER.index(section.key) if section.key in _ORDER else len(_ORDER))
    typed = Counter[str]()

    def as_typed(text: str) -> str:
        return search.replaced(text, typed)

    how: dict[str, Callable[[str], str]] = {"customer": str, "front": as_typed}  # customers' own has been through it
    shown = [replace(one, blocks=mapped(one.blocks, how.get(one.key, hide))) for one in sections]
    title, severity = (
        as_typed(made.title),
        search.replaced(made.severity, Counter()),
    )  # which stands in the front as well
    withheld += [Withheld("Title and front", told(typed), TYPED)] if typed else []
    listed = tuple(dict.fromkeys(withheld))
    rows = [(one.section, one.what, one.rule) for one in listed]
    table = Table.of(("Section", "What", "Rule"), rows, "What was withheld, and by which rule")
    return replace(
        made,
        title=title,
        severity=severity,
        tlp="TLP:CLEAR",
        journal_head="",
        origin=hashlib.sha256(
            made.origin.encode()
        ).hexdigest(),  # names the case as well, and is no digest of its journal
        headlines=tuple(replace(one, detail="") for one in made.headlines),
        sections=(*shown, Section("withheld", "What is withheld here", (table,))),
        events=mapped(tuple(_events(made.events)), hide),
        metrics=tuple(
            replace(one, credential=hide(one.credential), note="")
            for one in made.metrics
            if one.name != "Action items overdue"
        ),
        warnings=(),
        actions=mapped(tuple(_actions(made.actions)), hide),
        due=(),
        audience="customer",
        withheld=listed,
        indicators=for_customers(made.indicators),
        techniques=(),
        internal=(),
        ours=NOTHING,
    )


_ORDER = ("summary", "customer", "front", "exposure", "timeline", "response", "resigning", "metrics", "actions")


def _section(section: Section, made: Postmortem, search: Search, withheld: list[Withheld]) -> Iterator[Section]:
    match section.key:
        case "summary":
            first = section.blocks[0] if section.blocks else None
            if isinstance(first, Prose):
                yield replace(section, blocks=(Prose(tuple(map(_cut, first.paragraphs))),))
            if section.blocks[1:]:
                withheld.append(Withheld(section.title, "what people wrote", TEXT))
        case "customer":
            kept, replaced = without(section.blocks, search)
            yield replace(section, blocks=kept or (Notice("info", "Nothing more has been written for customers yet."),))
            if replaced:
                withheld.append(Withheld(section.title, told(replaced), TYPED))
            if any(isinstance(block, Prose) for block in section.blocks):
                withheld.append(Withheld(section.title, "notes of the journal", TEXT))
        case "timeline":
            seen = tuple(_events(made.events))
            lines = [(one.at, one.what, one.trust.value) for one in seen]
            yield replace(
                section, blocks=(Table.of(("Time (UTC)", "Event", "Its time is"), lines, "What happened, UTC"),)
            )
            withheld.append(
                Withheld(section.title, f"{len(made.events) - len(seen)} events, and the sources of all", PEOPLE)
            )
        case "actions":
            items = tuple(_actions(made.actions))
            rows = [(one.id, one.text, one.kind, one.status) for one in items]
            table = Table.of(("No.", "Action", "Kind", "Status"), rows, "What is done so that it does not happen again")
            yield replace(section, blocks=(table,))
            withheld.append(
                Withheld(
                    section.title,
                    f"{len(made.actions) - len(items)} items; owners, days, tickets, reasons and checks",
                    WORK,
                )
            )
        case key if key in KEPT:
            yield replace(section, blocks=tuple(_kept(section, withheld)))
        case key:
            withheld.append(Withheld(section.title, "the whole section", WHOLE.get(key, OTHER)))


def _kept(section: Section, withheld: list[Withheld]) -> Iterator[Block]:
    for block in section.blocks:
        keep = _keep(section.key, block)
        if keep is None or not isinstance(block, Table | Facts):
            withheld.append(
                Withheld(section.title, _what(block), TEXT if isinstance(block, Written | Prose) else OTHER)
            )
        elif not keep.columns:
            withheld.append(Withheld(section.title, keep.caption, keep.rule))
        elif isinstance(block, Facts):
            rows = tuple((label, value) for label, value in block.rows if label in keep.columns)
            gone = [label for label, _ in block.rows if label not in keep.columns]
            yield Facts(rows, block.caption)
            if gone:
                withheld.append(Withheld(section.title, ", ".join(gone), keep.rule))
        else:
            yield _columns(block, keep)
            if gone := [name for name in block.columns if name not in keep.columns]:
                withheld.append(Withheld(section.title, f"columns {'; '.join(gone)}", keep.rule))


def _keep(key: str, block: Block) -> Keep | None:
    caption = getattr(block, "caption", None)
    if caption is None:
        return None
    return next(
        (one for one in KEPT[key] if caption.startswith(one.caption) and bool(one.caption) == bool(caption)), None
    )


def _columns(table: Table, keep: Keep) -> Table:
    places = [index for index, name in enumerate(table.columns) if name in keep.columns]
    rows = tuple(tuple(row[index] for index in places) for row in table.rows)
    return Table(
        tuple(table.columns[index] for index in places), rows, table.caption, "more rows" if table.more else ""
    )


def _what(block: Block) -> str:
    return {
        "Written": "what people wrote",
        "Prose": "what people wrote",
        "Notice": "remarks",
        "Figure": "pictures",
    }.get(type(block).__name__, "other tables")


def _cut(paragraph: str) -> str:
    """Why something is not known is told in words from inside."""
    return re.sub(r"(Whether it still works is not known): .*", r"\1.", paragraph, flags=re.DOTALL)


def _events(events: Sequence[Event]) -> Iterator[Event]:
    seen: set[str] = set()
    for event in events:
        if event.kind is Kind.MILESTONE and event.what == "the team learned of the leak":
            words = event.what
        elif event.kind is Kind.VERDICT and (
            verdict := re.search(r": verdict (dead|not dead|inconclusive)\b", event.what)
        ):
            words = f"a credential was tested after its revocation: {verdict[1]}"
        elif event.kind and (fixed := EVENTS.get(event.kind)) is not None:
            if fixed in seen:
                continue
            seen |= {fixed} - {""}
            words = fixed or event.what
        else:
            continue
        yield replace(event, what=words, source="", evidence="", csf="")


def _actions(items: Sequence[ActionItem]) -> Iterator[ActionItem]:
    """Items by rule that prevent or detect; their own ids name credentials."""
    kept = (one for one in items if one.kind in ("prevent", "detect") and ":" in one.id and one.status != "rejected")
    for number, one in enumerate(kept, 1):
        yield ActionItem(f"A{number}", one.text, one.kind, "", status=one.status)
