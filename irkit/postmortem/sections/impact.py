"""What could be reached and what was: abilities, other secrets, what was made or published with it, releases inside the window. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from irkit.model import Kind, OpenPgpKey
from irkit.postmortem.sections.uploads import uploads
from irkit.postmortem.story import PROVED, Story, Usage, rows, sequence, short
from irkit.postmortem.writing.asked import to_write
from irkit.show import Block, Cell, Facts, Table

_MOST = 40
_NOTHING = "nothing"


def impact(story: Story) -> tuple[Block, ...]:
    blocks: list[Block] = [Facts(tuple(_facts(story)), "What the journal knows of the impact")]
    for name, usage in story.usages.items():
        blocks += _reached(name, usage)
    blocks += uploads(story.packages, story.credentials, story.windows)
    blocks += _releases(story)
    return tuple(blocks)


def _facts(story: Story) -> Iterator[tuple[str, Cell]]:
    yield ("Abilities used", _abilities(story))
    scanned = story.of(Kind.COMPANIONS)
    found = len(sequence(scanned[-1].body.get("proposed"))) if scanned else None
    yield ("Other secrets beside it", f"{found} proposed, each to be looked at" if found else found)
    made = [len(sequence(usage.document.get("created"))) + len(usage.derived) for usage in story.usages.values()]
    yield ("Made with it, or derived from it", sum(made) if made else None)
    tags = {
        str(tag)
        for _, located in story.located
        for one in rows(located.get("occurrences"))
        for tag in sequence(one.get("tags"))
    }
    yield ("Tags that hold it", ", ".join(sorted(tags)) or "none found" if story.located else None)
    if any(isinstance(one, OpenPgpKey) for one in story.credentials):
        judged = Counter(str(one.get("verdict")) for one in story.judged().values())
        yield ("Signatures judged", ", ".join(f"{count} {word}" for word, count in sorted(judged.items())) or None)
    yield (
        "Records and persons",
        to_write("owner of the service", "whose data, how many, of what kind; or that there are none"),
    )
    yield ("What users noticed", to_write("owner of the service", "outages, wrong data, mails, or nothing"))


def _abilities(story: Story) -> Cell:
    lines = [line for usage in story.usages.values() for line in _lines(usage)]
    if not lines:
        return None
    reachable = sum(line.get("reachable") == "yes" for line in lines)
    unknown = sum(line.get("reachable") == "unknown" for line in lines)
    return f"{sum(_count(line.get('done')) > 0 for line in lines)} of {len(lines)}; reachable {reachable}, unknown {unknown}"


def _reached(name: str, usage: Usage) -> Iterator[Block]:
    lines = _lines(usage)
    if not lines:
        return
    given = str(_blast(usage).get("given"))
    table: list[tuple[Cell, ...]] = [
        (
            str(line.get("what")),
            {"yes": True, "no": False}.get(str(line.get("reachable"))),
            _count(line.get("done")) > 0,
            _count(line.get("done")),
            _count(line.get("refused")),
            str(line.get("through") or ""),
        )
        for line in lines
    ]
    judged = "nothing was given to judge reach by" if given == _NOTHING else f"reach judged by {given}"
    columns = ("Ability", "Could be reached", "Was used", "Events", "Refused", "Why")
    yield Table.of(columns, table, f"What could be reached with {short(name)}, beside what was: {judged}", most=_MOST)


def _releases(story: Story) -> Iterator[Block]:
    """Of an OpenPGP key, what it signed inside its window as far as records from before do not tell."""
    doubted: list[tuple[Cell, ...]] = [
        (path, str(one.get("verdict")), str(one.get("why") or ""))
        for path, one in story.judged().items()
        if one.get("verdict") not in PROVED
    ]
    if doubted:
        columns = ("Artifact", "Judged", "Why")
        yield Table.of(columns, doubted, "Signatures that may have been made inside the window", most=_MOST)


def _blast(usage: Usage) -> Mapping[str, Any]:
    blast = usage.document.get("blast")
    return blast if isinstance(blast, Mapping) else {}


def _lines(usage: Usage) -> tuple[Mapping[str, Any], ...]:
    return rows(_blast(usage).get("lines"))


def _count(counts: Any) -> int:
    return sum(one for one in counts.values() if isinstance(one, int)) if isinstance(counts, Mapping) else 0
