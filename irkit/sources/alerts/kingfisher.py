"""Kingfisher's JSON and JSON Lines.

Format: https://github.com/mongodb/kingfisher/blob/main/docs/USAGE.md, and what version 2.14.0 writes. The halves of a pair are in
`snippet` and `dependent_captures`; `validation.status` is "Active Credential", "Inactive Credential" or anything else. Of a password in a
connection URI the snippet is the password alone: the URI, without which nobody knows whose it is and where, stands in `validate_command`.
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator
from typing import Any

from irkit.errors import BadInput
from irkit.model import Instant, State, Trust
from irkit.providers import identify
from irkit.sources.alerts.fields import address, dig, items, moment, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed
from irkit.sources.alerts.pasted import tokens_in

_VALIDITY = {"Active Credential": State.ALIVE, "Inactive Credential": State.DEAD}
_TIME = "when kingfisher ran, as its report says"


def whole(snippet: object, captures: object, command: str = "") -> object:
    """The pair, where the rule found both halves of one; the URI that a password stands in; else the snippet by itself.

    `command` is the one that would validate it. SARIF keeps the other half of a pair only there.
    """
    if not isinstance(snippet, str):
        return snippet
    words = _words(command)
    named = [after for word, after in itertools.pairwise(words) if word == "--var"]
    captures = captures or dict(one.split("=", 1) for one in named if "=" in one)
    if isinstance(captures, dict) and captures:
        joined = ":".join([snippet, *(str(part) for part in captures.values())])
        if joined in tokens_in(joined):
            return joined
    around = words[-1] if words else ""
    return around if "://" in around and f":{snippet}@" in around and _known(around) else snippet


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []


def _known(text: str) -> bool:
    try:
        return bool(identify(text))
    except BadInput:
        return False


def says(status: str) -> State:
    return _VALIDITY.get(status, State.UNKNOWN)


def _findings(row: dict[str, Any]) -> list[Any]:
    return [row] if "finding" in row else items(row, "findings")


def _ran(document: Document) -> Instant | None:
    for row in document.objects:
        text = string(row, "metadata", "scan_timestamp") or string(row, "audit", "started_at")
        if text:
            return moment(text, _TIME, Trust.SETTABLE)
    return None


def _read(document: Document) -> Iterator[Alert]:
    ran = _ran(document)
    for row in document.objects:
        for one in _findings(row):
            finding = dig(one, "finding")
            if not isinstance(finding, dict):
                continue
            secret, hidden = revealed(
                whole(finding.get("snippet"), finding.get("dependent_captures"), string(finding, "validate_command"))
            )
            where = Where(
                relative(string(finding, "path")),
                number(finding, "line"),
                string(finding, "git_metadata", "commit", "id"),
                address(string(finding, "git_metadata", "repository_url").removeprefix(".")),
            )
            rule = string(one, "rule", "id") or string(one, "rule", "name")
            validity = says(string(finding, "validation", "status"))
            yield Alert("kingfisher", rule, where, secret, instant=ran, validity=validity, hidden=hidden)


def _fits(document: Document) -> bool:
    return any(
        {"rule", "finding"} <= row.keys() or "kingfisher" in row or string(row, "metadata", "kingfisher_version")
        for row in document.objects
    )


KINGFISHER = Scanner(
    name="kingfisher",
    title="Kingfisher JSON or JSON Lines",
    source="https://github.com/mongodb/kingfisher/blob/main/docs/USAGE.md",
    tested="real run: kingfisher 2.14.0",
    fits=_fits,
    read=_read,
)
