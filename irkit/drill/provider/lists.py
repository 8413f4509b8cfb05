"""What issuers list of what they gave out, as the state holds it: documents by their paths, for whoever asks with a living token; and
AWS's credential report with the services that users may use.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html ,
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
"""

from __future__ import annotations

import base64
import csv
import io
import uuid
from collections.abc import Mapping
from xml.sax.saxutils import escape

from irkit.drill.provider.exchange import Answer, Request, json_body
from irkit.drill.provider.state import AccessKey, ProviderState, outlives

_NONE = "N/A"
_COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed", "password_next_rotation",
    "mfa_active", "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_2_active",
    "access_key_2_last_rotated", "access_key_2_last_used_date",
)  # fmt: skip


def answer(state: ProviderState, request: Request) -> Answer | None:
    """None where nothing is listed under this path. Without a living token nothing is told."""
    path = request.path.partition("?")[0].removeprefix("/api/v3")
    if request.method != "GET" or path not in state.lists:
        return None
    value = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    token = state.token(value) if value else None
    if token is None or not (token.revoked is None or outlives(token)):
        return Answer(401, json_body({"message": "Bad credentials", "status": "401"}), path, who=value)
    document = state.lists[path]
    if document is None:
        return Answer(403, json_body({"message": "Resource not accessible", "status": "403"}), path, who=value)
    return Answer(200, json_body(document), path, who=value)


def credential_report(state: ProviderState) -> str:
    """The CSV: a row for each user, with a password or with keys."""
    keys: dict[str, list[AccessKey]] = {name: [] for name in state.people}
    for key in state.keys.values():
        if key.deleted is None:
            keys.setdefault(key.user, []).append(key)
    text = io.StringIO()
    rows = csv.DictWriter(text, _COLUMNS, restval=_NONE)
    rows.writeheader()
    for user, mine in sorted(keys.items()):
        row = {"user": user, "arn": arn(state, user), "password_enabled": "false", **state.people.get(user, {})}
        for number, key in enumerate(mine[:2], 1):
            at = f"access_key_{number}_"
            row |= {f"{at}active": str(key.status == "Active").lower(), f"{at}last_rotated": key.made}
            row[f"{at}last_used_date"] = key.used or _NONE
        rows.writerow({"access_key_1_active": "false", "access_key_2_active": "false", **row})
    return text.getvalue()


def arn(state: ProviderState, user: str) -> str:
    return f"arn:aws:iam::{state.account}:user/{user}"


def report(state: ProviderState) -> str:
    content = base64.b64encode(credential_report(state).encode()).decode()
    return f"<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>"


def begun(form: Mapping[str, str]) -> str:
    """The job's id is made from whom it is about."""
    return f"<JobId>{_job(form.get('Arn', ''))}</JobId>"


def services(state: ProviderState, form: Mapping[str, str]) -> str:
    named = {_job(arn(state, user)): found for user, found in state.services.items()}
    members = "".join(
        f"<member><ServiceName>{escape(name)}</ServiceName><ServiceNamespace>{escape(name)}</ServiceNamespace>"
        + (f"<LastAuthenticated>{used}</LastAuthenticated>" if used else "")
        + "</member>"
        for name, used in sorted(named.get(form.get("JobId", ""), {}).items())
    )
    return (
        "<JobStatus>COMPLETED</JobStatus><IsTruncated>false</IsTruncated>"
        f"<ServicesLastAccessed>{members}</ServicesLastAccessed>"
    )


def _job(about: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, about))
