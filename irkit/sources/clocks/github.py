"""GitHub's own records, as its API answers: the pushes, the events feed, the audit log, CI runs, releases, alerts, forks, clones.

Formats: https://docs.github.com/rest/repos/repos#list-repository-activities (the schema says `timestamp` and `activity_type`, the
sample beside it the older `pushed_at` and `push_type`; both are read), https://docs.github.com/rest/using-the-rest-api/github-event-types
(PushEvent: `payload.head`, `payload.ref`; PublicEvent), https://docs.github.com/rest/orgs/orgs#get-the-audit-log-for-an-organization
(`@timestamp` in milliseconds; `repo.access` with `visibility`), https://docs.github.com/rest/actions/workflow-runs,
https://docs.github.com/rest/releases/releases (a release's `created_at` is the date of its commit, which its author chose: it is
not read), https://docs.github.com/rest/secret-scanning/secret-scanning, https://docs.github.com/rest/repos/forks,
https://docs.github.com/rest/metrics/traffic#get-repository-clones (the last 14 days alone).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from irkit.model import Clock, Instant, Skipped, Trust, iso, parse_instant
from irkit.sources.alerts.github import alert_in
from irkit.sources.clocks.interface import Reader, Record, Sign, each, entries_with, since_epoch
from irkit.sources.clocks.pushes import Push

_HOST = "whoever runs the code host"
_CARRY = frozenset(
    {"push", "force_push", "branch_creation", "pr_merge", "merge_queue_merge", "normal", "branch_deletion"}
)

_MERGES = frozenset({"pr_merge", "merge_queue_merge"})

_SHOWN_BY = frozenset({"repo.access", "repo.visibility_change", "repo.create"})
"""Entries of the audit log after which a repository is public: it was made so, or began so."""


def _activity(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record | None:
        kind = entry.get("activity_type", entry.get("push_type"))
        if kind not in _CARRY:
            return None
        at, before = parse_instant(entry.get("timestamp") or entry["pushed_at"]), str(entry.get("before", ""))
        return Record((Push(at, entry["ref"], entry["after"], place, before=before, merged=kind in _MERGES),))

    return each(content, where, take, "an activity with ref, after and timestamp")


def _events(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record | None:
        at = parse_instant(entry["created_at"])
        if entry["type"] == "PushEvent":
            told = entry["payload"]
            return Record((Push(at, told["ref"], told["head"], place, record="github-events", every_push=False),))
        if entry["type"] == "PublicEvent":
            return Record(signs=(_public(at, entry["repo"]["name"], place),))
        return None

    return each(content, where, take, "an event with type, created_at and payload")


def _public(at: Any, repository: str, place: str) -> Sign:
    return Sign(
        Instant(at, Clock.PUBLIC, f"{place}: {repository} made public", Trust.INDEPENDENT), "repository", repository
    )


def _audit(content: Any, where: str) -> Record:
    pushed: list[str] = []

    def take(entry: dict[str, Any], place: str) -> Record | None:
        at = since_epoch(entry.get("@timestamp", entry.get("created_at")))
        if entry["action"] in _SHOWN_BY and str(entry.get("visibility", "")).lower() == "public":
            return Record(signs=(_public(at, entry["repo"], place),))
        if entry["action"] == "git.push":
            pushed.append(iso(at))
        return None

    found = each(content, where, take, "an audit log entry with action and @timestamp")
    if pushed:
        said = f"{where}: {len(pushed)} pushes between {min(pushed)} and {max(pushed)}; which commits they carried it does not say"
        found += Record(facts=(said,))
    return found


def _runs(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record:
        at, branch = parse_instant(entry["created_at"]), str(entry.get("head_branch") or "a run")
        push = Push(
            at, branch, entry["head_sha"], place, record="github-runs", every_push=False, did="was being built at"
        )
        return Record((push,))

    return each(content["workflow_runs"], where, take, "a run with head_sha and created_at")


def _releases(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record:
        if entry.get("draft") or not entry.get("published_at"):
            return Record(facts=(f"{place}: release {entry['tag_name']} is a draft, which the public cannot read",))
        published = parse_instant(entry["published_at"])
        signs, facts = [], []
        for asset in entry.get("assets", []):
            at = max(published, parse_instant(asset["created_at"]))
            digest = str(asset.get("digest") or "")
            if digest.startswith("sha256:"):
                source = f"{place}: {asset['name']} published with release {entry['tag_name']}"
                signs.append(
                    Sign(Instant(at, Clock.PUBLIC, source, Trust.INDEPENDENT), "file", digest.removeprefix("sha256:"))
                )
            else:
                facts.append(f"{place}: {asset['name']} was there at {iso(at)}; without a digest it is not matched")
        return Record(signs=tuple(signs), facts=tuple(facts))

    return each(content, where, take, "a release with published_at and assets")


def _alerts(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record:
        alert = alert_in(entry)
        if alert is None or alert.instant is None:
            raise ValueError
        source = f"{place}: {alert.instant.source}"
        if not alert.where.blob:
            why = "the alert names no first location in git (ask for /locations), so it is tied to no occurrence"
            return Record(skipped=(Skipped(source, why),))
        return Record(signs=(Sign(replace(alert.instant, source=source), "blob", alert.where.blob),))

    entries = content if isinstance(content, list) else [content]
    return each(entries, where, take, "an alert with number, created_at and secret_type")


def _forks(content: Any, where: str) -> Record:
    made = sorted(str(entry.get("created_at")) for entry in content if isinstance(entry, dict))
    said = f"{where}: {len(made)} forks, made between {made[0]} and {made[-1]}; each keeps its own copy of the history"
    return Record(facts=(said,))


def _clones(content: Any, where: str) -> Record:
    days = [str(day.get("timestamp"))[:10] for day in content["clones"] if isinstance(day, dict)]
    span = f" from {min(days)} to {max(days)}" if days else ""
    return Record(
        facts=(f"{where}: {content['count']} clones by {content['uniques']} cloners{span} (whole days, UTC)",)
    )


def _is_audit(content: Any) -> bool:
    return entries_with(content, "action", "@timestamp") or entries_with(
        content, "action", "actor", "created_at", "org"
    )


_DOCUMENTED = "documented sample"
_SCHEMA = "schema of GitHub's API description"
READERS = (
    Reader(
        "github-activity", "GitHub's record of pushes", "https://docs.github.com/rest/repos/repos#list-repository-activities",
        _SCHEMA, _HOST,
        lambda content: entries_with(content, "activity_type", "after") or entries_with(content, "push_type", "after"), _activity,
    ),
    Reader(
        "github-events", "GitHub's events feed (300 events, 90 days at most)", "https://docs.github.com/rest/activity/events",
        _DOCUMENTED, _HOST, lambda content: entries_with(content, "type", "payload", "repo", "created_at"), _events,
    ),
    Reader(
        "github-audit", "GitHub's audit log", "https://docs.github.com/rest/orgs/orgs#get-the-audit-log-for-an-organization",
        f"{_SCHEMA}; a repo.access entry: unverified", _HOST, _is_audit, _audit,
    ),
    Reader(
        "github-runs", "GitHub Actions runs", "https://docs.github.com/rest/actions/workflow-runs",
        _DOCUMENTED, _HOST, lambda content: isinstance(content, dict) and isinstance(content.get("workflow_runs"), list), _runs,
    ),
    Reader(
        "github-alerts", "GitHub secret scanning alerts", "https://docs.github.com/rest/secret-scanning/secret-scanning",
        f"{_SCHEMA}; the first location: unverified", _HOST,
        lambda content: entries_with(content, "secret_type", "number", "created_at") or alert_in(content) is not None, _alerts,
    ),
    Reader(
        "github-releases", "GitHub releases", "https://docs.github.com/rest/releases/releases",
        f"{_DOCUMENTED}; the digest of an asset: schema", _HOST,
        lambda content: entries_with(content, "tag_name", "assets"), _releases,
    ),
    Reader(
        "github-forks", "GitHub forks", "https://docs.github.com/rest/repos/forks", _DOCUMENTED, _HOST,
        lambda content: entries_with(content, "full_name", "fork", "forks_count"), _forks,
    ),
    Reader(
        "github-clones", "GitHub's count of clones", "https://docs.github.com/rest/metrics/traffic", _DOCUMENTED, _HOST,
        lambda content: isinstance(content, dict) and isinstance(content.get("clones"), list) and "uniques" in content, _clones,
    ),
)  # fmt: skip
