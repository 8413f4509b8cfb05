"""SARIF 2.1.0, the common format of scanners: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html

What the snippet of a region holds depends on the tool: in gitleaks, betterleaks and kingfisher it is the value itself
(https://github.com/gitleaks/gitleaks/blob/master/report/sarif.go), in others a line of source, in which tokens are sought by their shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import Instant, Trust
from irkit.sources.alerts import kingfisher
from irkit.sources.alerts.fields import dig, items, moment, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed
from irkit.sources.alerts.keys import key_blocks, without_blocks
from irkit.sources.alerts.pasted import tokens_in

_SNIPPET_IS_THE_VALUE = frozenset({"gitleaks", "betterleaks", "kingfisher"})
_TIME = "when the scanner ran, as its report says"


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        for run in items(row, "runs"):
            tool = string(run, "tool", "driver", "name") or "SARIF"
            ran = moment(string(run, "invocations", 0, "endTimeUtc"), _TIME, Trust.SETTABLE)
            for result in (one for one in items(run, "results") if isinstance(one, dict)):
                for location in items(result, "locations") or [None]:
                    yield from _alerts(tool, result, location, ran)


def _alerts(tool: str, result: Any, location: Any, ran: Instant | None) -> Iterator[Alert]:
    rule = string(result, "ruleId") or string(result, "rule", "id")
    snippet = dig(location, "physicalLocation", "region", "snippet", "text")
    where = Where(
        relative(string(location, "physicalLocation", "artifactLocation", "uri")),
        number(location, "physicalLocation", "region", "startLine"),
        string(result, "partialFingerprints", "commitSha"),
    )
    validity = kingfisher.says(string(location, "properties", "validation_status"))
    for value in _values(tool, snippet, location) or [None]:
        secret, hidden = revealed(value)
        yield Alert(tool, rule, where, secret, instant=ran, validity=validity, hidden=hidden)


def _values(tool: str, snippet: object, location: Any) -> list[Any]:
    if tool.lower() in _SNIPPET_IS_THE_VALUE:
        return [kingfisher.whole(snippet, None, string(location, "properties", "validate_command"))]
    if not isinstance(snippet, str):
        return []
    return [*(key for key, _ in key_blocks(snippet)), *tokens_in(without_blocks(snippet))]


SARIF = Scanner(
    name="sarif",
    title="SARIF 2.1.0",
    source="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",
    tested="real run: kingfisher 2.14.0; documented sample: gitleaks; other tools unverified",
    fits=lambda document: any(isinstance(row.get("runs"), list) for row in document.objects),
    read=_read,
)
