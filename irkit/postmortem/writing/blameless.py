"""Wording that asks who instead of what and how; it is pointed out, never changed, and stops nothing. Pure.

https://postmortems.pagerduty.com/culture/blameless/ ; https://www.etsy.com/codeascraft/blameless-postmortems
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from irkit.model import Kind, OpenPgpKey
from irkit.postmortem.story import Story
from irkit.postmortem.writing.people import People

_INSTEAD = (
    (r"should(?: have|'ve|n't have| not have)", 'what was known then, and what would make the other way the easy one: "at that time ..."'),
    (r"could(?: have|'ve) (?:easily |simply |just )?\w+", 'what happened; what would have been needed: "... was not visible, because ..."'),
    (r"fail(?:ed|s|ing|ure) to \w+|forgot(?: to)?|neglected|overlooked", 'what happened, and how: "the check did not run, because ..."'),
    (r"careless\w*|negligen\w+|sloppy|lazy|incompeten\w+|stupid\w*|obvious(?:ly)? wrong",
     "the conditions under which it made sense: tools, defaults, time, load"),
    (r"human error|user error|operator error|someone's mistake|root cause was a person",
     "the design that let one action have this effect, and what would have caught it"),
    (r"(?:was|is|were|are) (?:to blame|at fault|responsible for the (?:leak|incident|breach))", "what contributed, as a condition"),
    (r"(?:\w+'s|his|her|their|my|our) (?:own )?(?:fault|mistake|oversight|blunder)|by mistake|(?<!git )blam(?:e|ed|ing)",
     "what contributed, as a condition"),
    (r"why did(?:n't)? \w+", '"what led to ...", "how did ... look at that time"'),
    (r"who (?:did|caused|leaked|committed|pushed) (?:this|it|that)", '"how did it come to be there", "what let it pass"'),
)  # fmt: skip
"""A pattern each, and the what/how form to write in its place."""

_RULES = tuple((re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), instead) for pattern, instead in _INSTEAD)
_NAMED = "a role, or what the system did: a person is no contributing factor"
WITHOUT_NAMES = ("factors", "lessons", "detection")
"""Sections in which names of people are pointed out."""


@dataclass(frozen=True)
class Blame:
    """One find: where (`postmortem/factors.md:12`, `journal record 41`), the words, and what to write instead."""

    where: str
    found: str
    instead: str

    @property
    def sentence(self) -> str:
        return f'{self.where}: "{self.found}"; write instead {self.instead}'


def blame(story: Story, people: People) -> tuple[Blame, ...]:
    """Each find in what people wrote: files first, then notes of the journal."""
    names = known_names(story)
    found: list[Blame] = []
    for key, text in people.texts.items():
        for number, line in _lines(text):
            found += lint(line, f"postmortem/{key}.md:{number}", names if key in WITHOUT_NAMES else ())
    for record in story.of(Kind.NOTE):
        section = str(record.body.get("section", "")).lower()
        found += lint(
            str(record.body.get("text")), f"journal record {record.seq}", names if section in WITHOUT_NAMES else ()
        )
    return tuple(found)


def lint(text: str, where: str, names: Iterable[str] = ()) -> Iterator[Blame]:
    """Finds in one text, in order; `names` are of people, and found as whole words."""
    for pattern, instead in _RULES:
        for match in pattern.finditer(text):
            yield Blame(where, match[0], instead)
    for name in names:
        if named := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            yield Blame(where, named[0], _NAMED)


def known_names(story: Story) -> tuple[str, ...]:
    """People the journal knows: who wrote its records, who approved, whose word was taken, whose user id a key bears; longest first."""
    people: list[str] = [record.actor for record in story.readable]
    people += [
        str(record.body.get("who")) for record in story.of(Kind.HUMAN_DONE, Kind.VOUCHED, Kind.SEALED, Kind.SIGNED)
    ]
    people += [approval.who for _, approval in story.approvals]
    people += [story.incident.responder] if story.incident else []
    keys = [uid for one in story.credentials if isinstance(one, OpenPgpKey) for uid in one.user_ids]
    names: dict[str, str] = {}
    for one in (*people, *keys):
        name, _, address = one.partition("<")
        for part in (name.strip(), address.rstrip("> ").strip(), *(name.split() if one in people else ())):
            names.setdefault(part.casefold(), part)
    return tuple(
        sorted(
            (name for name in names.values() if _A_NAME.fullmatch(name) and name not in _NOBODY),
            key=lambda name: (-len(name), name),
        )
    )


_A_NAME = re.compile(r"[^\W\d_][\w .@+'-]{2,60}")
_NOBODY = frozenset({"root", "None", "irkit"})


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without comments, whose lines still count."""
    bare = re.sub(r"<!--.*?(?:-->|\Z)", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.DOTALL)
    return ((number, line) for number, line in enumerate(bare.splitlines(), 1) if line.strip())
