"""gitleaks' JSON: an array of findings. https://github.com/gitleaks/gitleaks/blob/master/report/finding.go

`Date` is the commit's date, not the alert's; the report has no time of its own. With --redact, `Secret` is "REDACTED" or ends in "...".
Sample: https://github.com/DefectDojo/django-DefectDojo/blob/master/unittests/scans/gitleaks/gitleaks8_many.json
"""

from __future__ import annotations

from collections.abc import Iterator

from irkit.sources.alerts.fields import address, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        if "RuleID" not in row:
            continue
        secret, hidden = revealed(row.get("Secret"))
        where = Where(
            relative(string(row, "File")),
            number(row, "StartLine"),
            string(row, "Commit"),
            address(string(row, "Link")),
        )
        yield Alert("gitleaks", string(row, "RuleID"), where, secret, hidden=hidden)


GITLEAKS = Scanner(
    name="gitleaks",
    title="gitleaks JSON",
    source="https://github.com/gitleaks/gitleaks/blob/master/report/finding.go",
    tested="documented sample: gitleaks 8",
    fits=lambda document: any({"RuleID", "Secret", "File"} <= row.keys() for row in document.objects),
    read=_read,
)
