"""The records of chapter 1: where it was found, who used it, since when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from irkit.model import Bound, Clock, Instant, Kind, Trust, Window
from tests.postmortem.story.journal import Journal, instant
from tests.postmortem.story.people import START, TOKEN


def window(closed: float | None) -> Window:
    commit = Instant(
        START - timedelta(days=41), Clock.ISSUED, "the provider's record of when it was issued", Trust.INDEPENDENT
    )
    push = Instant(
        START - timedelta(days=39, hours=4), Clock.PUSH, "push record of the repository's host", Trust.INDEPENDENT
    )
    end = Bound()
    if closed is not None:
        end = Bound(
            instant(closed - 6, Clock.STILL_ALIVE, "it answered the probe"),
            instant(closed, Clock.CONFIRMED_DEAD, "the provider refused it"),
            ("alive when last asked before the revocation, refused after it",),
        )
    narrow = ("the host's push log before that date", "logs of the build server")
    why = ("it cannot have leaked before it was issued", "the push record shows it public by then")
    return Window(
        Bound(commit, push, (*why, "commit dates were not used: whoever commits can choose them")), end, narrow
    )


def located(journal: Journal, minutes: float) -> None:
    mark = {"commit": "9f1c" * 10, "author_time": "2026-03-25T22:10:00Z", "commit_time": "2026-03-25T22:14:00Z"}
    gone = {"commit": "77aa" * 10, "author_time": "2026-03-28T08:00:00Z", "commit_time": "2026-03-28T08:00:00Z"}
    git = {
        "repository": "widget.git",
        "blob": "0a" * 20,
        "reachable": True,
        "commits": 12,
        "added": [mark],
        "removed": [gone],
    }
    path = "ci/release.env"
    found = [
        {
            "place": "git",
            "path": path,
            "line": 3,
            "offset": 118,
            "form": "raw",
            "live": False,
            **git,
            "tags": ["v2.3.0"],
        },
        {
            "place": "archive",
            "path": f"dist/widget.tar.gz!{path}",
            "line": 3,
            "offset": 118,
            "form": "raw",
            "live": True,
        },
        {
            "place": "file",
            "path": "notebooks/debug.ipynb",
            "line": None,
            "offset": 20411,
            "form": "base64",
            "live": True,
        },
    ]
    skipped = [{"what": "backup/2026-03.tar.gz", "why": "the gzip stream ends early"}]
    plain = {"credential": {"fingerprint": TOKEN.name}, "occurrences": found, "skipped": skipped}
    digest = journal.keep(minutes, plain, "occurrences", "widget.git, dist/, notebooks/")
    journal.add(
        minutes, Kind.LOCATED, {"evidence": digest, "occurrences": 3, "live": 2, "skipped": 1, "paths": ["widget.git"]}
    )


def used(journal: Journal, minutes: float, credential: str = TOKEN.name, hostile: str = "") -> None:
    by_key = {
        "events": 214, "duplicates": 3, "first": "2026-03-27T03:12:44Z", "last": "2026-05-04T08:41:02Z",
        "addresses": {"198.51.100.23": 181, "203.0.113.9": 30, "192.0.2.200": 3}, "agents": {hostile or "curl/8.5": 181, "octokit": 33},
        "regions": {}, "actions": {"git:clone": 150, "repo:download_zip": 52, "org:list_members": 12}, "errors": {"403": 9}, "writes": 2,
    }  # fmt: skip
    derived = [{**by_key, "key": "installation-8841", "parent": credential, "events": 4, "duplicates": 0, "writes": 0}]
    findings: list[dict[str, Any]] = [
        {"what": "new address outside the usual ranges", "address": "198.51.100.23"},
        {"what": "clone of 31 repositories in one night"},
    ]
    event = {
        "event": "ev-1",
        "at": "2026-03-27T03:12:44Z",
        "key": credential,
        "action": "public_key.create",
        "address": "198.51.100.23",
    }
    findings.append({"title": "New credentials were made", "severity": "high", "confidence": "high", "rows": [event]})
    stranger = {
        "address": "198.51.100.23", "principal": "ci", "events": 181, "first": "2026-03-27T03:12:44Z", "last": "2026-05-04T08:41:02Z",
        "agents": [hostile or "curl/8.5"], "near": False, "confidence": "medium",
    }  # fmt: skip
    session = {
        "id": "installation-8841",
        "kind": "session",
        "parent": credential,
        "event": "ev-2",
        "how": "create",
        "uses": 4,
    }
    plain = {
        "credential": {"name": credential}, "by_key": by_key, "derived": derived, "created": ["deploy key 77"], "mentions": 6,
        "strangers": [stranger], "descent": [{**session, "first": by_key["first"], "last": by_key["last"]}],
        "findings": findings, "skipped": [{"what": "audit-2026-04-11.jsonl.gz", "why": "line 88 is not JSON"}],
    }  # fmt: skip
    digest = journal.keep(minutes, plain, "usage", "organisation audit log, 2026-03-01 to 2026-05-04")
    journal.add(
        minutes, Kind.USAGE_READ, {"credential": credential, "evidence": digest, "summary": by_key, "skipped": 1}
    )
