"""A gateway before a provider: it passes requests on unchanged, and writes down each as the provider's own log would have it.

Neither moto nor verdaccio keeps a log that names the credential. This one is a stand-in for theirs, but of what really reached them
and what they really answered: nobody who is watched writes it.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_OF_THE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_SIGNED_BY = re.compile(r"Credential=(?P<key>\w+)/\d+/(?P<region>[\w-]+)/(?P<service>\w+)/")


@dataclass(frozen=True)
class Passed:
    """One request and its answer, as a provider sees them."""

    at: datetime
    address: str
    agent: str
    method: str
    path: str
    authorization: str
    operation: str
    status: int
    answer: bytes
    body: bytes = b""


@dataclass(frozen=True)
class Line:
    """What the log says of one request: under which name it knows the credential, whether it was let in, and the event itself."""

    key: str
    agent: str
    at: datetime
    let_in: bool
    event: Mapping[str, Any]


@dataclass
class Gateway:
    """`lines` is the log; `url` is where clients go instead of the provider.

    `when_done` is called once the provider has answered such an operation, before its answer goes on to whoever asked.
    """

    url: str
    when_done: dict[str, Callable[[], None]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def write(self, path: Path) -> Path:
        """The log until now, whole, one event a line."""
        with self.news:
            path.write_text("".join(json.dumps(line.event) + "\n" for line in self.lines))
        return path

    def used(self, agent: str, key: str, since: datetime) -> bool:
        """Waits until this program was let in with this credential at `since` or later; False when that takes a minute."""

        def seen() -> bool:
            return any(
                one.let_in and one.key == key and one.agent.startswith(agent) and one.at >= since for one in self.lines
            )

        with self.news:
            return self.news.wait_for(seen, 60)


def cloudtrail(one: Passed) -> Line | None:
    """As CloudTrail would have it; None for a request that no access key signed."""
    signed = _SIGNED_BY.search(one.authorization)
    if signed is None:
        return None
    code = re.search(rb"<Code>(\w+)</Code>|\"__type\": ?\"(\w+)\"", one.answer) if one.status >= 400 else None
    event: dict[str, Any] = {
        "eventVersion": "1.08", "eventID": str(uuid.uuid4()), "eventTime": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": f"{signed['service']}.amazonaws.com", "eventName": one.operation, "awsRegion": signed["region"],
        "sourceIPAddress": one.address, "userAgent": one.agent,
        "userIdentity": {"type": "IAMUser", "accessKeyId": signed["key"]},
    }  # fmt: skip
    if one.status >= 400:
        event["errorCode"] = next(filter(None, code.groups())).decode() if code else "AccessDenied"
    return Line(signed["key"], one.agent, one.at.replace(microsecond=0), one.status < 400, event)


def registry_log(one: Passed) -> Line | None:
    """As a registry that writes OCSF would have it, a token by its digest; None for a request without one."""
    scheme, _, token = one.authorization.partition(" ")
    if scheme != "Bearer":
        return None
    key = base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()
    # This registry answers 200 to a token that it does not know, and names nobody.
    let_in = one.status < 400 and b'"username"' in one.answer
    event = {
        "class_uid": 6003, "metadata": {"uid": str(uuid.uuid4()), "version": "1.1.0", "product": {"name": "registry"}},
        "time": int(one.at.timestamp()) * 1000, "status_id": 1 if let_in else 2, "activity_id": 2,
        "actor": {"user": {"credential_uid": key}}, "src_endpoint": {"ip": one.address},
        "http_request": {"user_agent": one.agent},
        "api": {"operation": one.operation, "response": {} if let_in else {"error": "Unauthorized"}},
    }  # fmt: skip
    return Line(key, one.agent, one.at.replace(microsecond=0), let_in, event)


@contextmanager
def gateway(upstream: str, log: Callable[[Passed], Line | None]) -> Iterator[Gateway]:
    """Before the provider at `upstream`, on a free port of this machine, until the end of the block."""
    behind = urlsplit(upstream)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = {name: value for name, value in self.headers.items() if name.lower() not in _OF_THE_HOP}
            there = http.client.HTTPConnection(behind.hostname or "", behind.port or 0, timeout=30)
            there.request(self.command, self.path, body, sent)
            reply = there.getresponse()
            answer = reply.read()
            there.close()
            self._note(body, reply.status, answer)
            with suppress(ConnectionError):  # whoever asked may have been killed meanwhile
                self._pass_on(reply, answer)

        def _pass_on(self, reply: http.client.HTTPResponse, answer: bytes) -> None:
            self.send_response_only(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in _OF_THE_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_one  # noqa: N815

        def _note(self, body: bytes, status: int, answer: bytes) -> None:
            target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            action = re.search(rb"(?:^|&)Action=(\w+)", body)
            operation = target or (action[1].decode() if action else f"{self.command} {self.path.partition('?')[0]}")
            one = Passed(
                datetime.now(UTC), self.client_address[0], self.headers.get("User-Agent", ""), self.command,
                self.path, self.headers.get("Authorization", ""), operation, status, answer, body,
            )  # fmt: skip
            if line := log(one):
                with made.news:
                    made.lines.append(line)
                    made.news.notify_all()
            if blow := made.when_done.pop(operation, None):
                blow()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Gateway(f"http://127.0.0.1:{server.server_address[1]}")
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        serving.join(10)
