"""GitHub secret scanning: an alert, a list of them, the list of an alert's locations, and the webhooks about one.

https://docs.github.com/en/rest/secret-scanning/secret-scanning and
https://docs.github.com/en/webhooks/webhook-events-and-payloads#secret_scanning_alert (sample:
https://github.com/octokit/webhooks/tree/main/payload-examples/api.github.com/secret_scanning_alert). `created_at` is on GitHub's own clock.
A webhook never holds the value, the API leaves it out with hide_secret=true, and locations hold neither a value nor a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from irkit.model import State, Trust
from irkit.sources.alerts.fields import address, dig, moment, number, relative, string
from irkit.sources.alerts.interface import Alert, Document, Scanner, Where, revealed

_TOOL = "GitHub secret scanning"
_VALIDITY = {"active": State.ALIVE, "inactive": State.DEAD}
_URLS = ("html_url", "page_url", "commit_url", "blob_url")
_NO_VALUE = "a list of locations holds no value"


def alert_in(row: Any) -> Alert | None:
    """The alert in an answer or a webhook, as the case and the window's clocks read it; None when there is none."""
    held = row.get("alert", row) if isinstance(row, dict) else None
    if not (isinstance(held, dict) and "secret_type" in held and "number" in held):
        return None
    url = string(held, "html_url") or string(row, "repository", "html_url")
    secret, hidden = revealed(held.get("secret"))
    name = f"alert {held['number']} ({string(held, 'secret_type')})"
    return Alert(
        _TOOL,
        string(held, "secret_type"),
        _where(dig(row, "location", "details") or dig(held, "first_location_detected"), url),
        secret,
        instant=moment(string(held, "created_at"), f"GitHub's record of {name}", Trust.INDEPENDENT),
        validity=_VALIDITY.get(string(held, "validity"), State.UNKNOWN),
        hidden=hidden,
        same=f"{name} {url}",
    )


def _where(place: Any, url: str) -> Where:
    return Where(
        relative(string(place, "path").removeprefix("/")),
        number(place, "start_line"),
        string(place, "commit_sha"),
        address(url),
        string(place, "blob_sha"),
    )


def _locations(row: dict[str, Any]) -> Iterator[Alert]:
    """One entry of `/alerts/NUMBER/locations`: git, or an issue, a discussion or a pull request, which have an address alone."""
    details = row.get("details")
    if not isinstance(details, dict) or not isinstance(row.get("type"), str):
        return
    named = [name for name in details if isinstance(name, str) and name.endswith("_url")]
    url = next((string(details, name) for name in (*_URLS, *named) if string(details, name)), "")
    if url or string(details, "path"):
        rule = f"found in a {row['type'].replace('_', ' ')}"
        yield Alert(_TOOL, rule, _where(details, url), None, hidden=_NO_VALUE, same="one list of locations")


def _read(document: Document) -> Iterator[Alert]:
    for row in document.objects:
        alert = alert_in(row)
        if alert:
            yield alert
        else:
            yield from _locations(row)


def _fits(document: Document) -> bool:
    return any(alert_in(row) or any(_locations(row)) for row in document.objects)


GITHUB_ALERTS = Scanner(
    name="github",
    title="GitHub secret scanning (alerts, locations or webhook)",
    source="https://docs.github.com/en/rest/secret-scanning/secret-scanning",
    tested="documented sample: REST API 2026-03-10, webhook payload examples",
    fits=_fits,
    read=_read,
)
