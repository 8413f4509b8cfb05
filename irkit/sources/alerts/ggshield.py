"""ggshield's JSON: https://github.com/GitGuardian/ggshield/blob/main/doc/schemas/secret.json

Matches are censored (`cl*****rt`) unless it ran with --show-secrets. An incident may have several matches (a user name and a password);
each is an alert of its own. The dates in it are those of commits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from irkit.model import State
from irkit.sources.alerts.fields import address, items, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed

_VALIDITY = {"valid": State.ALIVE, "invalid": State.DEAD}
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        for scan in (row, *items(row, "scans")):
            commit = string(scan, "id")
            for entity in items(scan, "entities_with_incidents"):
                for incident in items(entity, "incidents"):
                    for match in items(incident, "occurrences"):
                        yield _alert(commit if _COMMIT.fullmatch(commit) else "", entity, incident, match)


def _alert(commit: str, entity: Any, incident: Any, match: Any) -> Alert:
    text = string(match, "match")
    secret, hidden = revealed(text) if "**" not in text else (None, "the report hides the value")
    line = number(match, "post_line_start") or number(match, "line_start") or number(match, "pre_line_start")
    where = Where(relative(string(entity, "filename")), line, commit, address(string(incident, "incident_url")))
    kind = string(match, "type")
    rule = f"{string(incident, 'type')} ({kind})" if kind else string(incident, "type")
    validity = _VALIDITY.get(string(incident, "validity"), State.UNKNOWN)
    return Alert("ggshield", rule, where, secret, validity=validity, hidden=hidden)


def _fits(document: Document) -> bool:
    return any(
        "entities_with_incidents" in row or {"total_incidents", "total_occurrences"} <= row.keys()
        for row in document.objects
    )


GGSHIELD = Scanner(
    name="ggshield",
    title="ggshield JSON",
    source="https://github.com/GitGuardian/ggshield/blob/main/doc/schemas/secret.json",
    tested="documented sample: the published schema",
    fits=_fits,
    read=_read,
)
