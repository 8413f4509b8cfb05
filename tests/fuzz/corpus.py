"""The corpus that is kept: a file of JSON lines a target, each the bytes of one input (base64) and what becomes of it."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.target import Outcome, Target

KEPT = Path(__file__).parent / "corpus"
MOST, LARGEST, ALTOGETHER = 30, 4096, 48 << 10
"""Inputs kept of a target, bytes of one, bytes of all of them."""

_OURS = str(Path(__file__).parents[2] / "irkit")


@dataclass(frozen=True)
class Kept:
    data: bytes
    expected: Outcome


def read(name: str) -> tuple[Kept, ...]:
    path = KEPT / f"{name}.jsonl"
    rows = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return tuple(Kept(base64.b64decode(row["data"]), row["expected"]) for row in rows)


def write(name: str, kept: Iterable[Kept]) -> None:
    lines = []
    for one in kept:
        lines.append(json.dumps({"expected": one.expected, "data": base64.b64encode(one.data).decode()}) + "\n")
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{name}.jsonl").write_text("".join(lines))


def chosen(target: Target, inputs: Iterable[bytes]) -> tuple[Kept, ...]:
    """The few that together reach the most lines, each time the one that adds most; when none adds any, the shortest of the rest."""
    small = dict.fromkeys(data for data in inputs if len(data) <= LARGEST)
    reached = {data: lines_of(target.one, data) for data in sorted(small, key=len)}
    known: set[tuple[str, int]] = set()
    kept: list[Kept] = []
    room = ALTOGETHER
    while len(kept) < MOST and reached:
        data = max(reached, key=lambda one: (len(reached[one] - known), -len(one)))
        new = reached.pop(data) - known
        if len(data) <= room:
            known |= new
            room -= len(data)
            kept.append(Kept(data, target.outcome(data)))
    return tuple(kept)


def lines_of(one: Callable[[bytes], None], data: bytes) -> set[tuple[str, int]]:
    """The lines of irkit that this input reaches."""
    found: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        one(data)
    finally:
        sys.settrace(before)
    return found
