"""Consumers of a credential that never rest: each takes it from its store before every request, as a service does that keeps none.

What they did is written down as the provider's log would have it. That log is a stand-in, made by the consumer itself: neither moto
nor verdaccio keeps one.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass
class Consumer:
    """`take` reads the credential, `ask` makes one request with it and raises when it is refused, `id_of` is what the log calls it."""

    name: str
    address: str
    take: Callable[[], str]
    ask: Callable[[str], object]
    id_of: Callable[[str], str]
    record: Callable[[Consumer, str, datetime], Record]
    requests: int = 0
    failures: list[str] = field(default_factory=list)
    log: list[Record] = field(default_factory=list)
    last: dict[str, datetime] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Consumer:
        self._thread = threading.Thread(target=self._work, daemon=True, name=self.name)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join(30)

    def _work(self) -> None:
        while not self._over.wait(0.02):
            try:
                value = self.take()
                self.ask(value)
            except Exception as error:  # whatever a consumer cannot do is an incident
                with self._news:
                    self.failures.append(repr(error))
                continue
            at = datetime.now(UTC).replace(microsecond=0)  # as coarse as logs are
            with self._news:
                self.requests += 1
                self.last[self.id_of(value)] = at
                self.log.append(self.record(self, self.id_of(value), at))
                self._news.notify_all()

    def used(self, public_id: str, since: datetime) -> bool:
        """Waits until the log shows a use of this credential not before `since`; False when there is none in a minute.

        It is in a later second than any use of another one: within a second, a log does not tell which came first.
        """

        def shown() -> bool:
            at, others = self.last.get(public_id), [last for one, last in self.last.items() if one != public_id]
            return at is not None and at >= since and all(at > other for other in others)

        with self._news:
            return self._news.wait_for(lambda: shown() or bool(self.failures), 60)


def write_logs(path: Path, consumers: Iterable[Consumer], *more: Record) -> Path:
    """What they have done until now, whole, one event a line."""
    events = list(more)
    for one in consumers:
        with one._news:
            events += one.log
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def cloudtrail(name: str, address: str, key_id: str, at: datetime, error: str = "") -> Record:
    """A CloudTrail record of one GetCallerIdentity. A stand-in: no AWS wrote it."""
    made: Record = {
        "eventVersion": "1.08", "eventID": str(uuid.uuid4()), "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": "sts.amazonaws.com", "eventName": "GetCallerIdentity", "awsRegion": "us-east-1",
        "sourceIPAddress": address, "userAgent": f"{name}/1.0", "readOnly": True,
        "userIdentity": {"type": "IAMUser", "accessKeyId": key_id, "arn": f"arn:aws:iam::123456789012:user/{name}"},
    }  # fmt: skip
    return made | ({"errorCode": error} if error else {})
