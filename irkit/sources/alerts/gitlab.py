"""GitLab's secret detection report, `gl-secret-detection-report.json`.

Format: https://gitlab.com/gitlab-org/security-products/security-report-schemas (dist/secret-detection-report-format.json). Samples:
https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/gitlab_secret_detection_report
The times in `scan` are the job's, in UTC without a zone, and whoever wrote the job could set them; the `created_at` of a vulnerability is
kept by GitLab.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import Instant, Trust
from irkit.sources.alerts.fields import dig, items, moment, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        for one in items(row, "vulnerabilities"):
            if not isinstance(one, dict):
                continue
            secret, hidden = revealed(one.get("raw_source_code_extract"))
            commit = string(one, "location", "commit", "sha")
            where = Where(
                relative(string(one, "location", "file")),
                number(one, "location", "start_line"),
                commit if commit.strip("0") else "",
            )
            rule = string(one, "identifiers", 0, "value") or string(one, "name")
            yield Alert("GitLab secret detection", rule, where, secret, instant=_known(row, one), hidden=hidden)


def _known(row: dict[str, Any], one: dict[str, Any]) -> Instant | None:
    created = moment(string(one, "created_at"), "GitLab's record of the vulnerability", Trust.INDEPENDENT)
    ended = string(row, "scan", "end_time")
    ended = f"{ended}Z" if ended and not ended.endswith("Z") else ended
    return created or moment(ended, "when the CI job scanned, as its report says", Trust.SETTABLE)


def _fits(document: Document) -> bool:
    return any(
        isinstance(row.get("vulnerabilities"), list)
        and (
            dig(row, "scan", "type") == "secret_detection"
            or string(row, "vulnerabilities", 0, "category") == "secret_detection"
        )
        for row in document.objects
    )


GITLAB = Scanner(
    name="gitlab",
    title="GitLab secret detection report",
    source="https://docs.gitlab.com/user/application_security/secret_detection/pipeline/",
    tested="documented sample: report schema 14 and 15",
    fits=_fits,
    read=_read,
)
