"""GitLab's events, audit events, pipelines and forks, and the reflog of a bare repository on a server.

Formats: https://docs.gitlab.com/api/events/ (`action_name` "pushed to" or "pushed new", `push_data.commit_to`; a push of many refs
at once is one entry with `ref_count` and no commit; events older than three years are removed), https://docs.gitlab.com/api/pipelines/,
https://docs.gitlab.com/api/audit_events/ (`details.change` is "visibility", or "visibility_level" in newer ones, with `from` and `to` in
words; an events feed does not tell it), https://docs.gitlab.com/api/project_forks/, https://git-scm.com/docs/gitrepository-layout (`logs/`;
off by default in a bare repository, and a file that whoever runs the server can write).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.model import Clock, Instant, Skipped, Trust, iso, parse_instant
from irkit.sources.clocks.interface import UNREADABLE, Reader, Record, Sign, each, entries_with
from irkit.sources.clocks.pushes import Push

_SERVER = "whoever runs the server"
_REFLOG = re.compile(r"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*? (\d+) [+-]\d{4}(?:\t|$)")


def _events(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record | None:
        if "push_data" not in entry:
            return None
        told, at = entry["push_data"], parse_instant(entry["created_at"])
        if told.get("action") == "removed":
            return None
        if not told.get("commit_to"):
            why = "a push of many refs at once: GitLab does not say which commits"
            return Record(skipped=(Skipped(place, why),))
        push = Push(at, str(told["ref"]), told["commit_to"], place, record="gitlab-events", every_push=False)
        return Record((push,))

    return each(content, where, take, "an event with created_at and push_data")


def _pipelines(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record:
        at = parse_instant(entry["created_at"])
        return Record(
            (Push(at, str(entry["ref"]), entry["sha"], place, record="gitlab-pipelines", every_push=False,
                  did="was being built at"),)
        )  # fmt: skip

    return each(content, where, take, "a pipeline with sha and created_at")


def _audit(content: Any, where: str) -> Record:
    def take(entry: dict[str, Any], place: str) -> Record | None:
        told, at = entry["details"], parse_instant(entry["created_at"])
        if told.get("change") not in ("visibility", "visibility_level"):
            return None
        became, kind = str(told.get("to", "")).lower(), str(entry["entity_type"])
        name = str(entry.get("entity_path") or told.get("entity_path") or told.get("target_details"))
        if kind == "Project" and became == "public":
            source = f"{place}: {name} made public"
            return Record(signs=(Sign(Instant(at, Clock.PUBLIC, source, Trust.INDEPENDENT), "repository", name),))
        who = {"internal": "everybody with an account on this GitLab may read it", "public": "anybody may read it"}
        then = who.get(became, "what was copied before stays copied")
        return Record(facts=(f"{place}: {kind.lower()} {name} became {became} at {iso(at)}: {then}",))

    return each(content, where, take, "an audit event with entity_type, details and created_at")


def _forks(content: Any, where: str) -> Record:
    made = sorted(str(entry.get("created_at")) for entry in content if isinstance(entry, dict))
    said = f"{where}: {len(made)} forks, made between {made[0]} and {made[-1]}; each keeps its own copy of the history"
    return Record(facts=(said,))


READERS = (
    Reader(
        "gitlab-events", "GitLab's push events", "https://docs.gitlab.com/api/events/",
        "documented sample; created_at of a push: unverified", _SERVER,
        lambda content: entries_with(content, "action_name", "author_id", "project_id"), _events,
    ),
    Reader(
        "gitlab-pipelines", "GitLab pipelines", "https://docs.gitlab.com/api/pipelines/", "documented sample", _SERVER,
        lambda content: entries_with(content, "sha", "ref", "status", "created_at"), _pipelines,
    ),
    Reader(
        "gitlab-audit", "GitLab's audit events", "https://docs.gitlab.com/api/audit_events/",
        "documented sample; a change of visibility: GitLab's own tests", _SERVER,
        lambda content: entries_with(content, "entity_type", "details", "created_at"), _audit,
    ),
    Reader(
        "gitlab-forks", "GitLab forks", "https://docs.gitlab.com/api/project_forks/", "documented sample", _SERVER,
        lambda content: entries_with(content, "path_with_namespace", "forks_count", "created_at"), _forks,
    ),
)  # fmt: skip


def is_reflog(text: str) -> bool:
    return bool(_REFLOG.match(text.split("\n", 1)[0]))


def read_reflog(text: str, where: str, ref: str, trust: Trust) -> Record:
    """The moves of one ref. `trust` is OURS only where the responder says that the server is theirs; else SETTABLE."""
    pushes, skipped = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            match = _REFLOG.match(line)
            if match is None:
                raise ValueError
            at = datetime.fromtimestamp(int(match[3]), UTC)
        except UNREADABLE:
            skipped.append(Skipped(f"{where}, line {number}", "not a line of a reflog"))
            continue
        if set(match[2]) != {"0"}:
            place = f"{where}, line {number}"
            pushes.append(Push(at, ref, match[2], place, trust, record=f"reflog-{trust.value}", every_push=False))
    forgers = "whoever runs the server, who is you" if trust is Trust.OURS else "anybody who can write on the server"
    origin = (where, "reflog of a repository on a server", len(pushes), forgers, "format of git itself")
    return Record(tuple(sorted(pushes, key=lambda push: push.at)), (), (), tuple(skipped), (origin,))


def reflogs(folder: Path) -> Iterator[tuple[Path, str]]:
    """The reflogs of the git directory (or work tree) at `folder`, with the ref each is of."""
    for logs in (folder / "logs", folder / ".git" / "logs"):
        if logs.is_dir():
            for file in sorted(path for path in logs.rglob("*") if path.is_file()):
                yield file, file.relative_to(logs).as_posix()
