"""What a command printed, beside what the page shows: the same but for what differs from one run and machine to the next."""

from __future__ import annotations

import re

_SAME = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"/tmp/[^\s:,;)]*?/page(?=/|\b)"), "~/page"),
    (re.compile(r"~(/page)?/"), "/"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?( ?UTC|Z|[+-]\d\d:\d\d)?"), "INSTANT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b(revoke|resign)-[0-9a-f]{12}\b"), r"\1-DIGEST"),
    (re.compile(r"\b(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{7,64}\b"), "DIGEST"),
    (re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b"), "KEYID"),
    (re.compile(r"\b\d+(\.\d+){1,3}(-\d+)?\b"), "VERSION"),
    (re.compile(r"[\u2500-\u257f=-]{3,}"), "---"),
)


def plain(line: str) -> str:
    """One line without instants, digests, versions, the place of the page's folder, and the width of columns."""
    for pattern, instead in _SAME:
        line = pattern.sub(instead, line)
    return " ".join(line.split())


def agree(shown: str, printed: str) -> bool:
    """Whether what is shown is what was printed; a line `...` that is shown stands for any number of lines."""
    wanted = [plain(line) for line in shown.splitlines() if line.strip()]
    had = [plain(line) for line in printed.splitlines() if line.strip()]
    return _agree(wanted, had)


def _agree(wanted: list[str], had: list[str]) -> bool:
    parts: list[list[str]] = [[]]
    for line in wanted:
        if line == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    if len(parts) == 1:
        return wanted == had
    first, *middle, last = parts
    if had[: len(first)] != first or (last and had[-len(last) :] != last) or len(had) < len(first) + len(last):
        return False
    at, end = len(first), len(had) - len(last)
    for part in middle:
        while at + len(part) <= end and had[at : at + len(part)] != part:
            at += 1
        if at + len(part) > end:
            return False
        at += len(part)
    return True
