"""A consumer in a process of its own, at work without a rest: before every request it takes the credential from where it is kept.

    python -m tests.servers.at_work KIND NAME URL PLACE

KIND is "aws" (asks who it is) or "npm" (the same, of a registry). PLACE is a file, or `secret:URL NAME` of a Secrets Manager that it may
read with the key pair in READER, as a role of its machine would let it. It works until its input is closed, then writes what it did as
JSON.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_REST_S = 0.02


@dataclass
class Report:
    """What a consumer did, once its block is over. `failures` are in words."""

    requests: int = 0
    failures: tuple[str, ...] = ()


@contextmanager
def at_work(kind: str, name: str, url: str, place: str, env: dict[str, str]) -> Iterator[Report]:
    """A consumer at work until the end of the block."""
    command = [sys.executable, "-m", "tests.servers.at_work", kind, name, url, place]
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        command, env={**env, "PYTHONPATH": root}, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    report = Report()
    try:
        yield report
    finally:
        out, _ = process.communicate(timeout=60)
        told = json.loads(out)
        report.requests, report.failures = told["requests"], tuple(told["failures"])


def work(take: Callable[[], str], ask: Callable[[str], None]) -> Report:
    """Request after request, until the input is closed."""
    done, failures = 0, []
    while not select.select([sys.stdin], [], [], _REST_S)[0]:
        try:
            ask(take())
            done += 1
        except Exception as error:  # whatever a consumer cannot do is an incident
            failures.append(f"{type(error).__name__} after {done} requests")
    return Report(done, tuple(failures))


def _client(service: str, url: str, pair: str, agent: str) -> Any:
    import boto3
    from botocore.config import Config

    key, _, secret = pair.partition(":")
    once = Config(user_agent=agent, retries={"total_max_attempts": 1})
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret, config=once
    )  # fmt: skip


def _taker(place: str) -> Callable[[], str]:
    kind, _, rest = place.partition(":")
    if kind != "secret":
        return Path(place).read_text
    url, _, name = rest.partition(" ")
    secrets = _client("secretsmanager", url, os.environ["READER"], "machine")
    return lambda: str(secrets.get_secret_value(SecretId=name)["SecretString"])


def _asker(kind: str, name: str, url: str) -> Callable[[str], None]:
    if kind == "aws":
        clients: dict[str, Any] = {}

        def who(pair: str) -> None:
            if pair not in clients:
                clients[pair] = _client("sts", url, pair, f"{name}/1.0")
            clients[pair].get_caller_identity()

        return who

    import requests

    session = requests.Session()
    session.trust_env = False

    def whoami(token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": f"{name}/1.0"}
        answer = session.get(f"{url}/-/whoami", headers=headers, timeout=20)
        answer.raise_for_status()
        if not answer.json().get("username"):
            raise PermissionError("the registry knows nobody by this token")

    return whoami


if __name__ == "__main__":
    kind, name, url, place = sys.argv[1:]
    did = work(_taker(place), _asker(kind, name, url))
    sys.stdout.write(json.dumps({"requests": did.requests, "failures": did.failures}))
