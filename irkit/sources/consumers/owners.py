"""Who answers for a file, by CODEOWNERS. Pure.

https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners ,
https://docs.gitlab.com/user/project/codeowners/reference/ (sections)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""The first that is there counts."""

_SECTION = re.compile(r"^\^?\[([^\]]+)\](?:\[\d+\])?\s*(.*)$")
_MOST_STARS = 6  # more would make matching slow, and nobody writes them


@dataclass(frozen=True)
class Rule:
    """In each section the last rule that matches a path says who owns it."""

    section: str
    pattern: re.Pattern[str]
    owners: tuple[str, ...]


def rules(text: str) -> tuple[Rule, ...]:
    made: list[Rule] = []
    section, default = "", ()
    for raw in text.splitlines():
        line = re.sub(r"(?:^|\s)#.*$", "", raw).strip()
        if header := _SECTION.match(line):
            section, default = header[1].lower(), tuple(header[2].split())
        elif line:
            pattern, *owners = re.split(r"(?<!\\)\s+", line)
            if pattern.count("*") <= _MOST_STARS:
                made.append(Rule(section, _compiled(pattern.replace("\\ ", " ")), tuple(owners) or default))
    return tuple(made)


def owners_of(path: str, known: Sequence[Rule]) -> str:
    """The owners, as written there; "" when nobody is named."""
    last: dict[str, tuple[str, ...]] = {}
    for rule in known:
        if rule.pattern.match(path):
            last[rule.section] = rule.owners
    return " ".join(dict.fromkeys(owner for owners in last.values() for owner in owners))


def _compiled(pattern: str) -> re.Pattern[str]:
    """As in .gitignore: with a slash within it is anchored, `*` stays in one folder, `**` does not."""
    anchored = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    out = "" if anchored else "(?:.*/)?"
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", body):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
    tail = "/.*" if pattern.endswith("/") else "" if pattern.endswith("/*") else "(?:/.*)?"
    return re.compile(f"{out}{tail}\\Z", re.DOTALL)
