"""The GitHub organisation's audit log: the robot's nights, colleagues, and an intruder with the robot's token.

Fields: https://docs.github.com/en/enterprise-cloud@latest/admin/monitoring-activity-in-your-enterprise/ ;
`@timestamp` is in epoch milliseconds, `hashed_token` the base64 of the SHA-256 of the token.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from irkit.drill import larkspur
from irkit.drill.history import utc
from irkit.drill.truth import GITHUB_TOKEN, Sign, Use

Event = dict[str, Any]
_CLASSIC = "Personal access token (classic)"
SIGNS = (
    Sign(GITHUB_TOKEN, larkspur.INTRUDER_CODE, "T1078.004"),
    Sign(GITHUB_TOKEN, larkspur.INTRUDER_CLOUD, "T1078.004"),
    Sign(GITHUB_TOKEN, "New credentials were made", "T1098.001"),
    Sign(GITHUB_TOKEN, "repositories", "T1213.003"),
)
_HEAD = 24  # bytes: what a transfer that broke off left behind
_OTHERS = ("rate-sheets", "infra", "payments-ledger")


def build(
    folder: Path, chance: Random, now: datetime, token_hash: str, *, gap: bool = False
) -> tuple[tuple[Use, ...], datetime]:
    """Writes weekly NDJSON exports (.ndjson.gz) and one JSON array of the last days: the uses and the first intrusion.

    The array overlaps with the last week's export, as two exports made by hand do. `gap`: the second week's export is cut off in its
    head, so that nothing of it can be read, and its events count nowhere.
    """
    log = _Log(chance, token_hash)

    def ago(days: float) -> datetime:
        return utc(now - timedelta(days=days))

    for night in range(34, 0, -1):
        at, address = ago(night - 0.4), chance.choice(larkspur.CI_ADDRESSES)
        log.robot(at, "git.fetch", address, repository=larkspur.REPOSITORY)
        log.robot(at + timedelta(minutes=4), "git.clone", address, repository="larkspur/rate-sheets")
        who = chance.choice(larkspur.DEVELOPERS).email.split("@")[0]
        log.colleague(ago(night - 0.1), chance.choice(("git.push", "pull_request.merge", "repo.access")), who)
    first = ago(8.95)
    deploy_key = _intrusion(log, first, ago)

    split = ago(2)
    weeks: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(log.events, key=lambda event: int(event["@timestamp"])):
        at = datetime.fromtimestamp(event["@timestamp"] / 1000, UTC)
        year, week, _ = at.isocalendar()
        weeks[f"{year}-W{week:02}"].append(event)
    recent = [event for event in log.events if event["@timestamp"] >= split.timestamp() * 1000]
    folder.mkdir(parents=True)
    lost = sorted(weeks)[1] if gap else ""
    for week_name, events in weeks.items():
        lines = "".join(json.dumps(event, separators=(",", ":")) + "\n" for event in events)
        packed = gzip.compress(lines.encode(), mtime=0)
        (folder / f"audit-{week_name}.ndjson.gz").write_bytes(packed[:_HEAD] if week_name == lost else packed)
    unread = {event["_document_id"] for event in weeks.get(lost, ())}
    log.events = [event for event in log.events if event["_document_id"] not in unread]
    (folder / "export-recent.json").write_text(json.dumps(recent, indent=1))
    by_key = log.use(
        duplicates=sum("hashed_token" in event and event["hashed_token"] == token_hash for event in recent)
    )
    created = Use(GITHUB_TOKEN, deploy_key, "created", 0, 0, None, None, parent=token_hash)
    return (by_key, created), first


def _intrusion(log: _Log, first: datetime, ago: Any) -> str:
    """Reads what the token reaches, and leaves a deploy key; gives that key's fingerprint."""
    address, agent = larkspur.INTRUDER_CODE, "git/2.43.0"
    log.robot(first, "git.clone", address, repository=larkspur.REPOSITORY, agent=agent)
    for step, name in enumerate(_OTHERS):
        log.robot(first + timedelta(minutes=3 + step), "git.clone", address, repository=f"larkspur/{name}", agent=agent)
    log.robot(ago(8.2), "repo.download_zip", address, repository="larkspur/payments-ledger", agent="curl/8.5.0")
    fingerprint = "SHA256:" + base64.b64encode(log.chance.randbytes(32)).decode().rstrip("=")
    added = {"title": "deploy-2", "fingerprint": fingerprint, "read_only": False}
    log.robot(
        ago(5.6), "public_key.create", address, repository=larkspur.REPOSITORY, agent="python-requests/2.31.0", **added
    )
    log.robot(ago(5.5), "git.clone", larkspur.INTRUDER_CLOUD, repository="larkspur/infra", agent=agent)
    return fingerprint


class _Log:
    def __init__(self, chance: Random, token_hash: str) -> None:
        self.chance, self.token_hash = chance, token_hash
        self.events: list[Event] = []

    def robot(
        self, at: datetime, action: str, address: str, *, repository: str, agent: str = "git/2.39.2", **more: Any
    ) -> None:
        """An event made with the leaked token, by whoever holds it."""
        about: Event = {
            "actor_ip": address,
            "hashed_token": self.token_hash,
            "programmatic_access_type": _CLASSIC,
            "repo": repository,
            "token_id": 1_842_077_311,
            "token_scopes": "repo,workflow",
            "user_agent": agent,
            **more,
        }
        if action.startswith("git."):
            about |= {"transport_protocol": 1, "transport_protocol_name": "http", "repository": repository}
        self._add(at, action, "larkspur-ci", 90_210, about)

    def colleague(self, at: datetime, action: str, who: str) -> None:
        """An event by somebody else, now and then with a token of their own."""
        about: Event = {"actor_ip": larkspur.OFFICE, "repo": larkspur.REPOSITORY, "user_agent": "Mozilla/5.0"}
        if self.chance.random() < 0.4:
            own = base64.b64encode(self.chance.randbytes(32)).decode()
            about |= {"hashed_token": own, "programmatic_access_type": _CLASSIC, "token_id": 1_700_000_000}
        self._add(at, action, who, 90_100 + len(who), about)

    def use(self, duplicates: int) -> Use:
        mine = [event for event in self.events if event.get("hashed_token") == self.token_hash]
        times = sorted(event["@timestamp"] for event in mine)
        return Use(
            GITHUB_TOKEN,
            self.token_hash,
            "by_key",
            events=len(mine),
            duplicates=duplicates,
            first=datetime.fromtimestamp(times[0] / 1000, UTC),
            last=datetime.fromtimestamp(times[-1] / 1000, UTC),
            addresses=dict(Counter(event["actor_ip"] for event in mine)),
            actions=dict(Counter(event["action"] for event in mine)),
        )

    def _add(self, at: datetime, action: str, actor: str, actor_id: int, about: Event) -> None:
        ms = int(at.timestamp()) * 1000 + self.chance.randint(0, 999)
        mark = base64.urlsafe_b64encode(self.chance.randbytes(16)).decode().rstrip("=")
        head: Event = {"@timestamp": ms, "created_at": ms, "_document_id": mark, "action": action, "org": "larkspur"}
        self.events.append({**head, "actor": actor, "actor_id": actor_id, "operation_type": "access", **about})
