"""What people typed that stays inside: found in their texts, replaced visibly, and counted by kind. Pure.

The same words are looked for as in what irkit writes (`irkit.postmortem.editions.internal`), and by shape what a journal need not know:
private addresses, hosts under the case's own or under a name that no public host has, home folders, the team's mail. A text is searched
as it is read, so that emphasis within a name hides nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from irkit.postmortem.editions.internal import ADDRESS, PLACE, SHAPES, URL, Internal, known
from irkit.postmortem.editions.ours import Ours
from irkit.postmortem.writing.prose import blocks_of, plain
from irkit.show import Block, Passage, Table, Written
from irkit.show.hiding import mapped

_OTHERWISE = "(another name)"
HOST, MAIL, HOME = "(an internal host)", "(a mail address)", "(a home folder)"

_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\])"
"""Also as people write it so that nobody can click on it."""
_PRIVATE = tuple(
    f".{one}" for one in ("corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "localdomain", "localhost", "private")
)  # fmt: skip
"""What names of hosts end in that no public host has: RFC 6762 with its appendix G, RFC 6761, RFC 8375, ICANN's .internal."""
_HOST = re.compile(rf"\w[\w-]*(?:{_DOT}\w[\w-]*)*", re.IGNORECASE)
_BEHIND = re.compile(r"(?::\d{1,5}(?!\d))?(?:[:/\\][^\s\"'<>)\]]+)?")
"""A port and a path, which tell of that host."""
_MAIL = re.compile(rf"[\w.+%][\w.+%-]*@\w[\w-]*(?:{_DOT}\w[\w-]*)*", re.IGNORECASE)
_END = r"[^\s\"'<>)\]]*"
_MORE = (
    (re.compile(rf"(?<![\w/.])~(?:[a-z_][\w.-]*)?[/\\]{_END}"), HOME),
    (re.compile(rf"(?:\$(?:HOME|\{{HOME\}})|%(?:USERPROFILE|HOMEPATH|APPDATA)%)[/\\]{_END}"), HOME),
    (re.compile(rf"(?<!\w)[a-z]:[/\\](?:users|documents and settings)[/\\]{_END}", re.IGNORECASE), HOME),
    (re.compile(rf"(?<![\w/.])/(?:(?:home|Users)/[^\s\"'<>)\]/]+|root)(?![\w-])(?:/{_END})?"), HOME),
    (re.compile(rf"(?<!\w)[a-z]:\\{_END}|(?<![\w\\])\\\\[\w.-]+\\{_END}", re.IGNORECASE), PLACE),
    (re.compile(rf"(?<![\w.])(?:\d{{1,3}}{_DOT}){{3}}\d{{1,3}}(?!\w|{_DOT}\w)"), ADDRESS),
)
"""Home folders, paths and shares of Windows, addresses as people write them so that nobody can click on them."""
_ROLES = frozenset({
    "abuse", "cert", "contact", "csirt", "disclosure", "dpo", "hello", "help", "hostmaster", "info", "legal", "marketing", "news",
    "noc", "postmaster", "press", "privacy", "psirt", "sales", "security", "support", "webmaster", "www",
})  # fmt: skip
"""Mailboxes that are there to be written to: RFC 2142, and what became usual since."""


@dataclass(frozen=True)
class Found:
    """A stretch of a text that stays inside, and what stands in its place."""

    start: int
    end: int
    instead: str


def without(blocks: Sequence[Block], search: Search) -> tuple[tuple[Block, ...], Counter[str]]:
    """The written blocks with all of it replaced; and of each replacement how many there are."""
    count, kept = Counter[str](), list[Block]()
    for block in blocks:
        if isinstance(block, Written):
            kept.append(Written(tuple(_passage(one, search, count) for one in block.passages)))
        elif isinstance(block, Table):
            kept.append(mapped(block, lambda text: search.replaced(text, count)))
    return tuple(kept), count


def pointed(texts: Mapping[str, str], words: Sequence[Internal], team: Ours) -> Iterator[tuple[str, str, str]]:
    """Where it stands, what it is and what will stand there, of each text by its file: for whoever wrote it, before it goes out."""
    search = Search(words, team)
    for name, text in texts.items():
        lines = text.casefold().splitlines()
        for passage in plain(blocks_of(text)).splitlines():
            for one in search.found(passage):
                said = passage[one.start : one.end]
                line = next((number for number, line in enumerate(lines, 1) if said.casefold() in line), 0)
                yield f"{name}:{line}" if line else name, said, one.instead


def told(replaced: Counter[str]) -> str:
    """By kind and count, in the words that stand in the text: "2 times (an internal host), once (a mail address)"."""
    kinds = Counter[str]()
    for word, many in replaced.items():
        kinds[word if word.startswith("(") else _OTHERWISE] += many
    return ", ".join(f"{'once' if many == 1 else f'{many} times'} {kind}" for kind, many in sorted(kinds.items()))


class Search:
    """Finds what stays inside in one text after the other."""

    def __init__(self, words: Sequence[Internal], team: Ours) -> None:
        self.words, self.instead, self.team = *known(words), team
        hosts = "|".join(map(re.escape, sorted(team.hosts, key=len, reverse=True))) or r"(?!)"
        self.hosts = re.compile(rf"(?<![^\W_])(?:{hosts})(?![^\W_])")

    def found(self, text: str) -> tuple[Found, ...]:
        """In order, none within another; what overlaps is one."""
        joined: list[Found] = []
        for one in sorted(self._each(text), key=lambda one: (one.start, -one.end)):
            if joined and one.start < joined[-1].end:
                last = joined[-1]
                joined[-1] = replace(last, end=max(last.end, one.end))
            else:
                joined.append(one)
        return tuple(joined)

    def replaced(self, text: str, count: Counter[str]) -> str:
        for one in reversed(self.found(text)):
            text = text[: one.start] + one.instead + text[one.end :]
            count[one.instead] += 1
        return text

    def _each(self, text: str) -> Iterator[Found]:
        for match in self.words.finditer(text):
            yield Found(match.start(), match.end(), self.instead.get(match[0].casefold(), PLACE))
        for start, said, instead in self._shaped(text):
            bare = said.rstrip(".,;!?")
            bare = bare[:-1] if bare.endswith(":") and not bare.endswith("::") else bare
            yield Found(start, start + len(bare), instead)

    def _shaped(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Where it begins, what it is with what follows it in a sentence, and its replacement."""
        for pattern, instead in (*_MORE, *SHAPES):
            yield from ((match.start(), match[0], instead) for match in pattern.finditer(text))
        for match in URL.finditer(text):
            if instead := self._url(match[0]):
                yield match.start(), match[0], instead
        for match in _MAIL.finditer(text):
            if self._mail(match[0]):
                yield match.start(), match[0], MAIL
        for match in _HOST.finditer(text):
            if self._internal(match[0]):
                behind = _BEHIND.match(text, match.end())
                yield match.start(), match[0] + (behind[0] if behind else ""), HOST

    def _url(self, url: str) -> str:
        """Empty for what everybody may open: over http, at a public name, by nobody's name."""
        try:
            parts = urlsplit(_plain(url))
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return ADDRESS
        if self._internal(host):
            return HOST
        open_to_all = parts.scheme.lower() in ("http", "https") and port is None and "@" not in parts.netloc
        return "" if open_to_all and re.search(r"\.[^\W\d_]", host) else ADDRESS

    def _mail(self, address: str) -> bool:
        box, _, domain = _plain(address).rstrip(".-").lower().rpartition("@")
        if self._internal(domain):
            return True
        if f"{box}@{domain}" in self.team.public or box in _ROLES:
            return False
        return any(domain == one or domain.endswith(f".{one}") for one in self.team.domains)

    def _internal(self, host: str) -> bool:
        """A host of the team's also within a longer name, as in `git.acme.example-2026.tar`; of what only looks internal the end counts."""
        name = _plain(host).strip("._-").lower()
        labels = name.split(".")
        bare = ".".join([*labels[:-1], re.split(r"[-_]", labels[-1])[0]])
        if name == "localhost" or name.endswith(_PRIVATE) or bare.endswith(_PRIVATE):
            return True
        return self.hosts.search(name) is not None


def _plain(name: str) -> str:
    return re.sub(_DOT, ".", name, flags=re.IGNORECASE)


def _passage(passage: Passage, search: Search, count: Counter[str]) -> Passage:
    """Found in the words of all spans together; what is replaced stands in the span where it began."""
    found = search.found(passage.text)
    count.update(one.instead for one in found)
    spans, start = [], 0
    for span in passage.spans:
        spans.append(replace(span, text=_cut(span.text, start, found)))
        start += len(span.text)
    parts = tuple(_passage(part, search, count) for part in passage.parts)
    return replace(passage, spans=tuple(span for span in spans if span.text), parts=parts)


def _cut(text: str, start: int, found: Sequence[Found]) -> str:
    """The part of a text that begins at `start` of it all."""
    kept, at, end = [], start, start + len(text)
    for one in found:
        if one.end <= start or one.start >= end:
            continue
        kept.append(text[at - start : max(one.start, start) - start])
        kept += [one.instead] if one.start >= start else []
        at = min(one.end, end)
    return "".join((*kept, text[at - start :]))
