"""What of a case stays inside: names of people, places, addresses, evidence, by the words in which the journal has them. Pure.

Editions for others leave whole sections and columns out; these words are looked for in what is left, and replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from irkit.model import ApiToken, Kind
from irkit.plan import HumanTask
from irkit.postmortem.story import Story, short
from irkit.postmortem.writing.blameless import known_names
from irkit.postmortem.writing.people import People

PERSON, PLACE, ADDRESS, EVIDENCE, KEY = "(a person)", "(a place)", "(an address)", "(evidence)", "(a credential)"

_PLACES = frozenset(
    {
        "path",
        "paths",
        "repository",
        "file",
        "kept_at",
        "store",
        "executed",
        "notebook",
        "report",
        "commit",
        "location",
        "where",
    }
)
_PEOPLE = frozenset({"who", "actor", "owner", "principal", "opened_by"})
_ADDRESSES = frozenset({"address", "addresses", "agents", "url", "page", "base"})
_KEYS = frozenset({"public_id", "parent", "created"})
_EVIDENCE = frozenset({"evidence", "digest", "certificate", "statement", "source"})
_GROUPS = ((_PLACES, PLACE), (_PEOPLE, PERSON), (_ADDRESSES, ADDRESS), (_KEYS, KEY), (_EVIDENCE, EVIDENCE))

URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s\"'<>)\]]+", re.IGNORECASE)
SHAPES = (
    (re.compile(r"(?<!\w)(?<!\d\.)(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)"), ADDRESS),
    (
        re.compile(
            r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?!\w|:\w)|(?<![\w:])(?:[0-9a-f]{1,4}:)+:[0-9a-f:]*(?!\w|:\w)"
            r"|(?<![\w:])::[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*(?!\w|:\w)",
            re.IGNORECASE,
        ),
        ADDRESS,
    ),
    (re.compile(r"\bsha256:[0-9a-f]{8,64}…?"), EVIDENCE),
    (re.compile(r"(?<![\w/.])/(?:[\w.@+-]+/)+[\w.@+-]*"), PLACE),
)
"""Addresses, digests of evidence and absolute paths, whoever wrote them."""


@dataclass(frozen=True)
class Internal:
    """A text that stays inside, and what stands in its place."""

    text: str
    instead: str


def internal(story: Story, people: People) -> tuple[Internal, ...]:
    """Each once, longest first."""
    found: dict[str, str] = {}
    tokens = [one for one in story.credentials if isinstance(one, ApiToken)]
    for number, one in enumerate(tokens, 1):
        alias = f"no. {number}" if len(tokens) > 1 else "in question"
        for name in (one.name, short(one.name), one.public_id, str(one.fingerprint or "")):
            found.setdefault(name, alias)
    for text, instead in (*_people(story, people), *_documents(story)):
        for part in (text, *(text.split(", ") if instead is not EVIDENCE else ())):
            found.setdefault(part, instead)
    kept = (Internal(text, instead) for text, instead in found.items() if _telling(text, instead))
    return tuple(sorted(kept, key=lambda one: (-len(one.text), one.text)))


def known(words: Sequence[Internal]) -> tuple[re.Pattern[str], Mapping[str, str]]:
    """A pattern of all of them, each as a whole word; and what stands in the place of each, by its text in lower case."""
    instead = {one.text.casefold(): one.instead for one in words}
    pattern = "|".join(rf"(?<!\w){re.escape(one.text)}(?!\w)" for one in words) or r"(?!)"
    return re.compile(pattern, re.IGNORECASE), instead


def hiding(words: Sequence[Internal]) -> Callable[[str], str]:
    """A function that replaces all of them, and the shapes, in a text."""
    pattern, instead = known(words)

    def hide(text: str) -> str:
        text = pattern.sub(lambda found: instead.get(found[0].casefold(), PLACE), text)
        for shape, word in ((URL, ADDRESS), *SHAPES):
            text = shape.sub(word, text)
        return text

    return hide


def _people(story: Story, people: People) -> Iterator[tuple[str, str]]:
    public = {uid for one in story.credentials for uid in getattr(one, "user_ids", ())}
    addresses = {uid.partition("<")[2].rstrip("> ") for uid in public} | {
        uid.partition("<")[0].strip() for uid in public
    }
    yield from ((name, PERSON) for name in known_names(story) if name not in addresses)
    front = people.front
    yield from ((name, PERSON) for name in (front.owner, *front.roles.model_dump().values()) if name)
    owners = [one.owner for one in (*front.actions.values(), *front.own_actions)] + [gap.owner for gap in front.gaps]
    yield from ((name, PERSON) for name in owners if name)


def _documents(story: Story) -> Iterator[tuple[str, str]]:
    for record in story.readable:
        skip = ("path",) if record.kind in (Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN) else ()
        yield from _walk(record.body, skip)
        yield from ((path, PurePath(path).name) for path in _paths(record.body) if skip and "/" in path)
        if record.kind is Kind.PUBLISHED:
            yield (str(record.body.get("place")), PLACE)
    for _, located in story.located:
        yield from _walk(located)
    for usage in story.usages.values():
        yield from _walk(usage.document)
        yield from ((str(one.get("key")), KEY) for one in usage.derived)
    for judged in story.judged():
        if "/" in judged:
            yield (judged, PurePath(judged).name)
    for _, plan in story.plans:
        yield from ((action.do.page, ADDRESS) for action in plan.actions if isinstance(action.do, HumanTask))


def _paths(body: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(path := body.get("path"), str):
        yield path


def _walk(value: Any, skip: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Texts under the names that hold people, places, addresses or evidence; of a mapping under such a name, its keys."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _walk(item)
    if not isinstance(value, Mapping):
        return
    for name, item in value.items():
        instead = next((word for names, word in _GROUPS if name in names), "")
        if name in skip or name == "artifacts":
            continue
        if instead:
            yield from ((text, instead) for text in _texts(item))
        yield from _walk(item)


def _texts(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, Mapping):
        yield from map(str, item)
    elif isinstance(item, list | tuple):
        for one in item:
            if isinstance(one, str):
                yield one


def _telling(text: str, instead: str) -> bool:
    """Whether it says anything: not a number, not one of the words that stand everywhere; of a source, more than plain words."""
    if instead is EVIDENCE and not re.search(r"[\d/.]", text):
        return False
    return len(text) > 2 and not text.isdigit() and text.casefold() not in _COMMON


_COMMON = frozenset({
    "none", "unknown", "yes", "no", "git", "file", "raw", "root", "irkit", "none kept", "in question", "revoked", "release", "releases",
    "postmortem.html", "a person", "the case", "users", "user", "said", "curl", "api",
})  # fmt: skip
