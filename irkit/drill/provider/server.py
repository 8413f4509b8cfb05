"""The fake provider on a port of its own: state, faults, and a log of who asked what.

Faults strike around the true answer:
    waf-403, html             a page of HTML instead of any answer (403, 200); nothing is carried out
    429                       refused with Retry-After; nothing is carried out
    500-then-done             a mutation is carried out and answered with 500
    timeout-after-mutation    a mutation is carried out and never answered
    accepted-but-alive        a revocation is accepted and has no effect
    delayed-death             what is revoked answers N more probes as before
    slow                      every answer takes half a second
"""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from irkit.drill.provider import aws, github, lists, others
from irkit.drill.provider.exchange import Answer, Request, json_body
from irkit.drill.provider.state import ProviderState, Recorded, fingerprint, now

_PATIENCE_S = 60.0
"""How long an unanswered request is kept open for a client that never gives up."""

_SLOW_S = 0.5
_PAGE = b"<!DOCTYPE html>\n<html><head><title>Attention required</title></head><body><h1>%b</h1></body></html>\n"


class FakeProvider:
    """Runs from `start` to `stop`, or for the length of a `with` block. The state is shared with its file, if it has one."""

    def __init__(
        self, state: ProviderState | Path | None = None, *, faults: Iterable[str] | None = None, port: int = 0
    ) -> None:
        self.state = ProviderState.load(state) if isinstance(state, Path) else state or ProviderState()
        if faults is not None:
            self.set_faults(faults)
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def faults(self) -> dict[str, int]:
        with self.state:
            return dict(self.state.faults)

    def set_faults(self, faults: Iterable[str]) -> None:
        """Replaces the faults: `name` or `name=N` (see `state.FAULTS`). BadInput for one that does not exist."""
        with self.state:
            self.state.set_faults(faults)

    @property
    def requests(self) -> tuple[Recorded, ...]:
        with self.state:
            return tuple(self.state.requests)

    def mutations(self, what: str = "") -> int:
        """How many mutations were carried out; of one kind (a path, an AWS action) when `what` is given."""
        return sum(one.carried_out and what in ("", one.what) for one in self.requests)

    def start(self) -> FakeProvider:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def serve(self) -> None:
        """Serves in this thread until it is interrupted."""
        with contextlib.suppress(KeyboardInterrupt):
            self._server.serve_forever()
        self._server.server_close()

    def __enter__(self) -> FakeProvider:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer | None:
        """The answer, recorded; None when the client is to be left waiting."""
        with self.state as state:
            slow = state.strikes("slow")
            given = _disturbed(state, request) or _true_answer(state, request)
            silent = given.carried_out and state.strikes("timeout-after-mutation")
            if given.carried_out and not silent and state.strikes("500-then-done"):
                given = replace(given, status=500, body=_told(request, "InternalFailure"), headers=())
            at = now()
            status = 0 if silent else given.status
            who, whom = fingerprint(given.who), fingerprint(given.whom) if given.whom else ""
            state.requests.append(
                Recorded(request.method, given.what, who, at, status, given.mutates, given.carried_out, whom)
            )
        if slow:
            time.sleep(_SLOW_S)
        return None if silent else given


def _true_answer(state: ProviderState, request: Request) -> Answer:
    if aws.speaks_aws(request):
        return aws.answer(state, request)
    return lists.answer(state, request) or others.answer(state, request) or github.answer(state, request)


def _disturbed(state: ProviderState, request: Request) -> Answer | None:
    """The answer of something that stands in front of the provider, when a fault puts it there."""
    path, html = request.path.partition("?")[0], "text/html; charset=utf-8"
    if state.strikes("waf-403"):
        return Answer(403, _PAGE % b"Sorry, you have been blocked", path, html)
    if state.strikes("html"):
        return Answer(200, _PAGE % b"Please sign in to the network", path, html)
    if state.strikes("429"):
        kind = "text/xml" if aws.speaks_aws(request) else "application/json"
        return Answer(429, _told(request, "Throttling"), path, kind, (("Retry-After", "1"),))
    return None


def _told(request: Request, code: str) -> bytes:
    """An error in the words of whoever was asked."""
    return aws.error_body(code) if aws.speaks_aws(request) else json_body({"message": code, "status": "error"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], provider: FakeProvider) -> None:
        self.provider = provider
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news here; anything else is a fault of the fake and is told."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "irkit-drill"
    sys_version = ""
    timeout = _PATIENCE_S

    def _any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        given = self.server.provider.answer(request)
        if given is None:
            self._wait_for_the_client_to_leave()
            return
        self.send_response(given.status)
        for name, value in (("Content-Type", given.content_type), *given.headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(given.body)))
        self.send_header("Connection", "close")  # a stopped provider must not live on in somebody's pool
        self.end_headers()
        self.wfile.write(given.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815  (the names http.server looks for)

    def _wait_for_the_client_to_leave(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.settimeout(_PATIENCE_S)
            self.connection.recv(1)
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (named by http.server)
        """Says nothing: the requests are in the state."""
