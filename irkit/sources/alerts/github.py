"""GitHub secret scanning: an alert or a list of them as the REST API answers, and the webhooks about one.

https://docs.github.com/en/rest/secret-scanning/secret-scanning and
https://docs.github.com/en/webhooks/webhook-events-and-payloads#secret_scanning_alert (sample:
https://github.com/octokit/webhooks/tree/main/payload-examples/api.github.com/secret_scanning_alert). `created_at` is on GitHub's own clock.
A webhook never holds the value, and the API leaves it out with hide_secret=true.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import State, Trust
from irkit.sources.alerts.fields import address, dig, moment, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed

_VALIDITY = {"active": State.ALIVE, "inactive": State.DEAD}


def _alert_in(row: dict[str, Any]) -> dict[str, Any] | None:
    held = row.get("alert", row)
    return held if isinstance(held, dict) and "secret_type" in held and "number" in held else None


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        alert = _alert_in(row)
        if alert is None:
            continue
        place = dig(row, "location", "details") or dig(alert, "first_location_detected")
        url = string(alert, "html_url") or string(row, "repository", "html_url")
        where = Where(
            relative(string(place, "path").removeprefix("/")),
            number(place, "start_line"),
            string(place, "commit_sha"),
            address(url),
        )
        secret, hidden = revealed(alert.get("secret"))
        yield Alert(
            "GitHub secret scanning",
            string(alert, "secret_type"),
            where,
            secret,
            instant=moment(string(alert, "created_at"), "GitHub's record of the alert", Trust.INDEPENDENT),
            validity=_VALIDITY.get(string(alert, "validity"), State.UNKNOWN),
            hidden=hidden,
        )


GITHUB_ALERTS = Scanner(
    name="github",
    title="GitHub secret scanning (API or webhook)",
    source="https://docs.github.com/en/rest/secret-scanning/secret-scanning",
    tested="documented sample: REST API 2026-03-10, webhook payload examples",
    fits=lambda document: any(_alert_in(row) is not None for row in document.objects),
    read=_read,
)
