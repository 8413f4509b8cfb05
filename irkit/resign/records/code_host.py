"""What a code host and its CI recorded of commits and tags, with their own clock. Pure.

Pushes: https://docs.github.com/rest/repos/repos#list-repository-activities and GitLab's events,
https://docs.gitlab.com/api/events/ (push_data). Runs: https://docs.github.com/rest/actions/workflow-runs (head_sha) and GitLab's
pipelines, https://docs.gitlab.com/api/pipelines/ (sha).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from irkit.errors import BadInput
from irkit.model import parse_instant
from irkit.resign.records.entry import Entry

_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TAGS = "refs/tags/"


def pushes(answer: Any) -> list[Entry | str] | None:
    """Where each push left its ref. None when it is no list of pushes."""
    rows = answer if isinstance(answer, list) else []
    if rows and all(isinstance(one, dict) and "activity_type" in one and "after" in one for one in rows):
        return [
            _moved(str(one.get("ref")), one.get("after"), one.get("timestamp"))
            for one in rows
            if not _gone(one.get("after"))
        ]
    if rows and all(isinstance(one, dict) and isinstance(one.get("push_data"), dict) for one in rows):
        return list(_gitlab(rows))
    return None


def runs(answer: Any) -> list[Entry | str] | None:
    """The commit each run was made of. None when it is no list of runs."""
    rows = answer.get("workflow_runs") if isinstance(answer, dict) else answer
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        return None
    if all("head_sha" in one for one in rows):
        return [_seen(one.get("head_sha"), one.get("created_at")) for one in rows]
    if all("sha" in one and "ref" in one and "created_at" in one for one in rows):
        return [_seen(one.get("sha"), one.get("created_at")) for one in rows]
    return None


def _gitlab(rows: list[dict[str, Any]]) -> Iterator[Entry | str]:
    for one in rows:
        data = one["push_data"]
        if not _gone(data.get("commit_to")):
            kind = _TAGS if data.get("ref_type") == "tag" else "refs/heads/"
            yield _moved(f"{kind}{data.get('ref')}", data.get("commit_to"), one.get("created_at"))


def _moved(ref: str, oid: Any, at: Any) -> Entry | str:
    """Of a tag, hosts do not say whether they name its object or its commit, so nothing can be compared with it."""
    if ref.startswith(_TAGS):
        return f"{ref[:60]!r}: the push of a tag, whose object is not told"
    return _entry(ref, oid, "git-commit", at)


def _seen(oid: Any, at: Any) -> Entry | str:
    return _entry(str(oid), oid, "git-commit", at)


def _entry(path: str, oid: Any, algorithm: str, at: Any) -> Entry | str:
    try:
        if isinstance(oid, str) and _OID.fullmatch(oid) and isinstance(at, str):
            return Entry(path, oid, algorithm, parse_instant(at))
    except BadInput:
        pass
    return f"{path[:60]!r}: no object id, or no time"


def _gone(oid: Any) -> bool:
    """A ref that was deleted leads to nothing: null, or all zeros."""
    return oid is None or (isinstance(oid, str) and not oid.strip("0"))
