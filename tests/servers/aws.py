"""AWS as moto imitates it, in a process of its own, with its authentication switched on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.plan import AwsCall
from irkit.providers.interface import Reply, Setting, Target
from irkit.redact import Redactor
from irkit.stores import resolve
from tests.servers.programs import free_port

BOOT = "AKIAQVISIBLYFAKE0000:" + "visiblyFakeSecretKey" * 2
SETUP_ACTIONS = 5  # what a World does before moto checks who calls: two users, a policy, two keys


@contextmanager
def moto(free_actions: int) -> Iterator[str]:
    """The address. The first `free_actions` calls are let in without a check, so that a user and a key can be made."""
    port = free_port()
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(free_actions)}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(60)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    """Until it answers anything at all on its own page, which does not count as an action."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("moto ended before it listened")
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()  # noqa: S310  (loopback)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("moto did not listen within a minute")


class World:
    """A user with a leaked key and an administrator, at moto."""

    def __init__(self, url: str) -> None:
        self.values: dict[str, str] = {"env:BOOT": BOOT}
        self.url, self.door = url, Door(self.resolve, Redactor(), 20)
        for user in ("ci", "admin"):
            self.iam("CreateUser", UserName=user)
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        self.iam("PutUserPolicy", UserName="admin", PolicyName="all", PolicyDocument=json.dumps(policy))
        self.leaked_id = self.key("ci", "env:LEAKED")
        self.key("admin", "env:ADMIN")
        self.setting = Setting(url, SecretRef("env:ADMIN"))
        self.target = Target(SecretRef("env:LEAKED"), "access-key", self.leaked_id)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.values[str(ref)]) if str(ref) in self.values else resolve(ref)

    def iam(self, operation: str, **params: str) -> Reply:
        call = AwsCall(
            "iam", operation, "responder", dict(params), SecretRef("env:BOOT"), endpoint=self.url, mutates=True
        )
        reply = self.door.send(call)
        assert reply.status == 200, reply
        return reply

    def key(self, user: str, name: str) -> str:
        made = self.iam("CreateAccessKey", UserName=user).json()["AccessKey"]
        self.values[name] = f"{made['AccessKeyId']}:{made['SecretAccessKey']}"
        return str(made["AccessKeyId"])

    def admin(self, service: str, operation: str, **params: str) -> Reply:
        """As the administrator, when moto checks who calls."""
        ref = SecretRef("env:ADMIN")
        reply = self.door.send(
            AwsCall(service, operation, "responder", dict(params), ref, endpoint=self.url, mutates=True)
        )
        assert reply.status == 200, reply
        return reply
