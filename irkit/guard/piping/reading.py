"""A stream redacted as it reads on a terminal: colours, rubbed-out letters and what else takes no room may stand within a secret. Pure.

`grep --color` colours the part of a line that it sought, `man` writes letters over themselves, an editor of lines writes the last letter of
a full line twice. So what goes in is looked at without these, and they are put back where they stood; and once more with them, since a
window's title or a link may hold a secret of its own. Sequences: ECMA-48,
https://ecma-international.org/publications-and-standards/standards/ecma-48/, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

from irkit.redact import Redactor, Run

_ESC = b"\x1b"
_SEQUENCE = (
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]"  # colours, the cursor
    rb"|\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links
    rb"|[PX^_][^\x1b]*\x1b\\"
    rb"|[ -/]*[0-~])"
)
_STILL = re.compile(_SEQUENCE)
_MARK = re.compile(_SEQUENCE + rb"|\x08|\r(?!\n|\Z)")
_BEGUN = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)\Z")
_LONGEST = 8192
_LAST = 512
_LEAST_BINARY = 4096
_SETTLED = b"\b\n"
"""What nothing behind it rubs out, and what does not depend on what follows."""


class Mark(NamedTuple):
    """What takes no room, and the place in what does behind which it stands. `moves`: it rubs out, or writes over."""

    at: int
    text: bytes
    moves: bool


class ReadingStream:
    """As `irkit.redact.Stream`: feed chunks, write what comes back; `end()` gives the rest."""

    def __init__(self, redactor: Redactor) -> None:
        self._read = redactor.stream()
        self._whole = redactor.stream()
        self._marked = False  # whether there was ever a mark: until then both are the same
        self._marks: deque[Mark] = deque()
        self._fed = 0
        self._begun = b""  # a sequence whose end has not come, or a letter that may yet be rubbed out
        self._begun_shown = 0  # so many bytes of it were shown at a pause

    def feed(self, chunk: bytes) -> bytes:
        if not self._marked and (not (_ESC in chunk or _moves(chunk)) or _is_binary(chunk)):
            self._fed += len(chunk)
            return self._read.feed(chunk)
        self._marked = True
        if _is_binary(chunk):
            letters, self._begun, self._begun_shown = self._begun[self._begun_shown :] + chunk, b"", 0
            self._fed += len(letters)
            return self._whole.feed(self._laid(self._read.runs(letters)))
        data = self._begun + chunk
        if self._begun_shown or self._marks or _moves(data) or _begun_at(data) < len(data):
            return self._whole.feed(self._laid(self._read.runs(self._taken_apart(chunk))))
        out = self._still(data)
        return out if _ESC not in data and self._whole.is_idle else self._whole.feed(out)

    def pause(self) -> bytes:
        runs = self._letter_kept() + self._read.paused_runs()
        out = self._laid(runs, all_of_them=True) + self._begun[self._begun_shown :]
        self._begun_shown = len(self._begun)
        return self._whole.feed(out) + self._whole.pause() if self._marked else out

    def end(self) -> bytes:
        runs = self._letter_kept() + self._read.last_runs()
        out = self._laid(runs, all_of_them=True) + self._begun[self._begun_shown :]
        return self._whole.feed(out) + self._whole.end() if self._marked else out

    @property
    def holds(self) -> bool:
        """Whether something is held back that a pause would show or hide."""
        begun = len(self._begun) > self._begun_shown
        return begun or bool(self._marks) or self._read.holds or self._whole.holds

    def _still(self, data: bytes) -> bytes:
        """What nothing is rubbed out in, which is most: its marks are looked at one by one only where something is hidden or held."""
        end = _end_of_last(data)
        if end < len(data) and data[-1] not in _SETTLED:
            data, self._begun = data[:-1], data[-1:]
        else:
            self._begun = b""
        letters = _STILL.sub(b"", data) if _ESC in data else data
        before, self._fed = self._fed, self._fed + len(letters)
        runs = self._read.runs(letters)
        apart, at = 0, before  # so many bytes of it, and of what is read, are as they were
        if len(runs) == 1 and runs[0].at == before:
            if self._read.decided == self._fed:
                return data
            line = _last_lines(data)
            place = self._fed - len(_STILL.sub(b"", data[line:]))
            if before < place <= self._read.decided:
                apart, at, runs = line, place, [Run(place, runs[0].text[place - before :])]
        done = apart
        for mark in _STILL.finditer(data, apart):
            at += mark.start() - done
            done = mark.end()
            self._marks.append(Mark(at, mark[0], moves=False))
        return data[:apart] + self._laid(runs)

    def _taken_apart(self, chunk: bytes) -> bytes:
        """What takes room, as it reads; what does not is kept with its place."""
        data, done = self._begun + chunk, self._begun_shown
        cut = _begun_at(data)
        self._begun, data = data[cut:], data[:cut]
        if self._begun and cut == 0:
            return b""
        done, self._begun_shown = min(done, cut), max(0, done - cut)
        letters, position = bytearray(), 0
        first = _MARK.match(data) if done else None
        if first:  # its beginning is out
            self._marks.append(Mark(self._fed, first[0][done:], moves=False))
            position = max(done, first.end())
        elif done:
            position = done  # it was none
        for mark in _MARK.finditer(data, position):
            letters += data[position : mark.start()]
            position = mark.end()
            moves = mark[0] in (b"\b", b"\r")
            if moves and letters and (mark[0] == b"\b" or _is_written_over(letters, data[position : position + 1])):
                self._rub_out(letters)
            self._marks.append(Mark(self._fed + len(letters), mark[0], moves))
        rest = data[position:]
        if rest and not self._begun and rest[-1] not in _SETTLED:
            kept = 2 if rest.endswith(b"\r") else 1
            rest, self._begun = rest[:-kept], rest[-kept:]
        letters += rest
        if self._begun.startswith(_ESC) and letters.endswith(b"\r"):  # what follows is no end of a line
            del letters[-1]
            if letters.endswith(b" "):
                self._rub_out(letters)
            self._marks.append(Mark(self._fed + len(letters), b"\r", moves=True))
        self._fed += len(letters)
        return bytes(letters)

    def _letter_kept(self) -> list[Run]:
        """A letter that nothing rubbed out, or a return: it is one."""
        if not self._begun or self._begun.startswith(_ESC):
            return []
        letter = self._begun.removesuffix(b"\r")
        moved = b"" if letter == self._begun else b"\r"
        if moved and letter == b" ":  # a full line, as an editor of lines leaves it
            letter, moved = b"", self._begun
        self._begun = b""
        self._fed += len(letter)
        if moved:
            self._marks.append(Mark(self._fed, moved, moves=True))
        return self._read.runs(letter)

    def _rub_out(self, letters: bytearray) -> None:
        """The last letter takes no room, nor does what stood behind it stand there any more."""
        rubbed = letters[-1:]
        del letters[-1]
        at, behind = self._fed + len(letters), []
        while self._marks and self._marks[-1].at > at:
            behind.append(self._marks.pop()._replace(at=at))
        self._marks.append(Mark(at, bytes(rubbed), moves=True))
        self._marks.extend(reversed(behind))

    def _laid(self, runs: list[Run], *, all_of_them: bool = False) -> bytes:
        """What the stream let out, with the marks that stand in it. Within a secret colours stay, and rubbed-out letters go."""
        out: list[bytes] = []
        for at, text, label in runs:
            if label:
                out += self._hidden(at + 1)
                out.append(text)
            elif text:
                out += self._hidden(at)
                out += self._shown(at, text)
        out += self._hidden(self._read.decided)
        while self._marks and self._marks[0].at == self._read.decided and (all_of_them or not self._marks[0].moves):
            out.append(self._marks.popleft().text)
        return b"".join(out)

    def _hidden(self, until: int) -> list[bytes]:
        """The marks before a place to which nothing was shown."""
        kept: list[bytes] = []
        while self._marks and self._marks[0].at < until:
            mark = self._marks.popleft()
            if not mark.moves:
                kept.append(mark.text)
        return kept

    def _shown(self, at: int, text: bytes) -> list[bytes]:
        out: list[bytes] = []
        position = 0
        while self._marks and self._marks[0].at < at + len(text):
            mark = self._marks.popleft()
            out += (text[position : mark.at - at], mark.text)
            position = mark.at - at
        out.append(text[position:])
        return out


def _moves(chunk: bytes) -> bool:
    """Whether something is rubbed out or written over; a return may be the half of a line's end."""
    return b"\b" in chunk or (b"\r" in chunk and chunk.count(b"\r") != chunk.count(b"\r\n"))


def _is_binary(chunk: bytes) -> bool:
    """Not for a terminal: what looks like its sequences there is none."""
    return len(chunk) >= _LEAST_BINARY and 0 in chunk and chunk.count(0) * 1000 > len(chunk)


def _last_lines(data: bytes) -> int:
    """Where the last lines begin, of some hundred bytes; not within a sequence."""
    line = data.rfind(b"\n", 0, max(0, len(data) - _LAST)) + 1
    last = data.rfind(_ESC, 0, line)
    around = _STILL.match(data, last) if last >= 0 else None
    return 0 if around and around.end() > line else line


def _end_of_last(data: bytes) -> int:
    """Where the last sequence ends."""
    at = data.rfind(_ESC)
    last = _STILL.match(data, at) if at >= 0 else None
    return last.end() if last else 0


def _is_written_over(letters: bytearray, following: bytes) -> bool:
    """Where a line is full, its last letter, or a blank, is written once more behind the return."""
    return letters[-1:] in (b" ", following)


def _begun_at(data: bytes) -> int:
    """Where a sequence begins that goes on in what follows; the end when none does."""
    begun, end = len(data), len(data)
    for _ in range(2):  # the second escape of a sequence may be its end's
        at = data.rfind(_ESC, max(0, len(data) - _LONGEST), end)
        if at < 0:
            break
        begun, end = at if _BEGUN.match(data, at) else begun, at
    return begun
