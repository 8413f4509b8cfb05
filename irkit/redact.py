"""The redactor: hides every needle in bytes, text, JSON trees and streams. Pure.

A stream may cut a secret anywhere; `Stream` holds back what could be the beginning of a needle, and no more, so that
no cut lets one through and a live display does not lag. A secret that stands in pieces (wrapped lines, strings put
together) is hidden with its joints; when its first piece is only a few bytes, that piece may be out already and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from irkit.errors import BadInput
from irkit.needles import CONTEXT, Needle, Seeker, longest


@dataclass(frozen=True)
class Hidden:
    """Needles of one credential and the label that stands in their place (a fingerprint, never a value)."""

    label: str
    needles: tuple[Needle, ...]


_REMEMBERED = 64
_DEEPEST = 10_000


class Redactor:
    """Replaces every needle by `[redacted LABEL]`. Weak needles (hash, id) stay: by them the case speaks of it."""

    def __init__(self, hidden: Iterable[Hidden] = ()) -> None:
        self._hidden = tuple(dict.fromkeys(hidden))
        self._labels = [f"[redacted {credential.label}]".encode() for credential in self._hidden]
        needles = [
            (owner, needle)
            for owner, credential in enumerate(self._hidden)
            for needle in credential.needles
            if not needle.weak and needle.pattern
        ]
        self._seeker = Seeker(needles)
        self._patterns = frozenset(needle.pattern for _, needle in needles)
        self._wider: dict[tuple[Hidden, ...], Redactor] = {}
        self.longest = max((longest(needle) for _, needle in needles), default=0)

    def __bool__(self) -> bool:
        return bool(self._seeker)

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """What it was made of: for searches that tell in which form and at which place."""
        return self._hidden

    def __or__(self, other: Redactor) -> Redactor:
        """Both: hides what either hides."""
        return Redactor((*self._hidden, *other._hidden))

    def also(self, hidden: Iterable[Hidden]) -> Redactor:
        """This one, hiding some more. What it hides already costs nothing, and what was added before is remembered."""
        more = tuple(
            one
            for one in dict.fromkeys(hidden)
            if any(
                not needle.weak and needle.pattern and needle.pattern not in self._patterns for needle in one.needles
            )
        )
        if not more:
            return self
        if more not in self._wider:
            if len(self._wider) >= _REMEMBERED:
                self._wider.clear()
            self._wider[more] = Redactor((*self._hidden, *more))
        return self._wider[more]

    def data(self, data: bytes) -> bytes:
        if not self._seeker or self._seeker.first(data) is None:
            return data
        stream = self.stream()
        return stream.feed(data) + stream.end()

    def text(self, text: str) -> str:
        if not self._seeker:
            return text
        # surrogatepass: text from a kernel or a file name may hold lone surrogates and must survive the round trip.
        clean = self.data(text.encode("utf-8", "surrogatepass"))
        return clean.decode("utf-8", "surrogatepass")

    def tree(self, value: Any) -> Any:
        """A JSON tree with every string, key included, redacted. Other values are returned as they are.

        BadInput when it is nested more deeply than any document, or holds itself.
        """
        # Without calling itself: a stranger's tree may be deeper than Python's stack.
        top = [value]
        waiting: list[tuple[Any, int]] = [(top, 0)]  # copies whose items are still as they were
        while waiting:
            copy, depth = waiting.pop()
            if depth > _DEEPEST:
                raise BadInput("this cannot be redacted", why="it is nested too deeply", do="leave it out")
            for place, item in list(copy.items() if isinstance(copy, dict) else enumerate(copy)):
                if isinstance(item, Mapping):
                    copy[place] = {self._leaf(key): one for key, one in item.items()}
                    waiting.append((copy[place], depth + 1))
                elif isinstance(item, list | tuple):
                    copy[place] = list(item)
                    waiting.append((copy[place], depth + 1))
                else:
                    copy[place] = self._leaf(item)
        return top[0]

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        return self.data(value) if isinstance(value, bytes) else value

    def finds(self, data: bytes) -> tuple[str, ...]:
        """The labels of the credentials that stand in `data`, each once; empty when it is clean."""
        if not self._seeker:
            return ()
        standing, _ = self._seeker.look(data)
        return tuple(dict.fromkeys(self._labels[one.owner].decode() for one in standing))

    def stream(self) -> Stream:
        return Stream(self)


class Run(NamedTuple):
    """What comes out of a stream: bytes as they went in, or a label; `at` is its place in what went in."""

    at: int
    text: bytes
    label: bool = False


class Stream:
    """Feed chunks, write what comes back; `end()` gives the rest."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = b""
        self._before = b""  # what was written last, as it was: a piece of a secret may begin there
        self._covered = 0  # so many bytes of what is held belong to a secret whose label is out already
        self._shown = 0  # so many bytes of what is held were shown at a pause
        self._passed = 0  # bytes that went in before what is held

    def feed(self, chunk: bytes) -> bytes:
        return _joined(self.runs(chunk)) if self._redactor else chunk

    def end(self) -> bytes:
        return _joined(self.last_runs())

    @property
    def holds(self) -> bool:
        """Whether something is held back that a pause would show or hide."""
        return len(self._held) > max(self._covered, self._shown)

    @property
    def is_idle(self) -> bool:
        """Whether what comes next is looked at by itself: nothing is held, shown or not."""
        return not self._held

    @property
    def decided(self) -> int:
        """Up to which place of what went in it was shown or hidden."""
        return self._passed + max(self._covered, self._shown)

    def pause(self) -> bytes:
        """When nothing more comes for now: what is held and is too short to say anything is shown; more is hidden as the secret it begins.

        It is remembered: when the rest comes after all it is hidden, behind what was shown.
        """
        return _joined(self.paused_runs())

    def runs(self, chunk: bytes) -> list[Run]:
        """As `feed`, with the places."""
        return self._written(chunk, last=False)

    def last_runs(self) -> list[Run]:
        return self._written(b"", last=True)

    def paused_runs(self) -> list[Run]:
        if not self.holds:
            return []
        done = len(self._before)
        data = self._before + self._held
        position = done + max(self._covered, self._shown)
        noticed = self._redactor._seeker.first(data, done)
        if noticed is None:
            self._shown = len(self._held)
            return [Run(self._passed + position - done, data[position:])]
        head, owner = noticed
        told = head < done + self._covered  # it goes on, and its label is out
        self._covered, self._shown = len(self._held), 0
        if told:
            return []
        until, offset = max(position, head), self._passed - done
        label = Run(offset + until, self._redactor._labels[owner], label=True)
        return [Run(offset + position, data[position:until]), label]

    def _written(self, chunk: bytes, *, last: bool) -> list[Run]:
        data, done = self._before + self._held + chunk, len(self._before)
        covered, shown = done + self._covered, done + self._shown
        # At one place the longest comes first and names it: a credential may begin with another one.
        standing, settled = self._redactor._seeker.look(data, done)
        if last:
            settled = len(data)
        out: list[Run] = []
        position, offset = max(covered, shown), self._passed - done
        for one in standing:
            if one.head >= settled:
                break  # what follows may make it longer, or begin earlier and take it in
            if one.head >= position:
                out.append(Run(offset + position, data[position : one.head]))
                out.append(Run(offset + one.head, self._redactor._labels[one.owner], label=True))
            elif covered < shown < one.end and one.head < shown:
                # its beginning was shown at a pause
                out.append(Run(offset + shown, self._redactor._labels[one.owner], label=True))
            covered = max(covered, one.end)
            position = max(position, covered)
        out.append(Run(offset + position, data[position:settled]))
        self._before = data[max(0, settled - CONTEXT) : settled]
        self._held = data[settled:]
        self._passed += settled - done
        self._covered, self._shown = max(0, covered - settled), max(0, shown - settled)
        return out


def _joined(runs: list[Run]) -> bytes:
    return b"".join(one.text for one in runs)
