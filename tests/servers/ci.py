"""The log of a stolen CI step, in a real repository, and servers of whom every secret in it is: moto, verdaccio, Redis, GitHub's stand-in.

Before moto and verdaccio stands a gateway, which counts what reaches them. Redis is started and stopped by the test.
"""

from __future__ import annotations

import json
import re
import secrets
import string
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import redis
import requests

from irkit.model import iso
from irkit.providers.github import GITHUB
from tests.servers import verdaccio as registry
from tests.servers.at_work import _client
from tests.servers.aws import moto
from tests.servers.gateway import Gateway, Line, Passed, cloudtrail, gateway
from tests.servers.github import GitHub
from tests.servers.loopback import Server, serving
from tests.servers.redis import ADMIN, Cache, place_for_redis, redis_server

ANYONE = "AKIAFAKEFAKEFAKEFAKE:fake"
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
DEPLOY, BACKUP, NPM, GITHUB_TOKEN, REDIS, UNKNOWN = (
    "deploy key", "backup key", "npm token", "github token", "redis password", "key of nobody knows whom",
)  # fmt: skip
_STAMP = "2026-11-20T04:11:07.1234567Z "
_STEP = "example/changed-files@v45"
_WORKFLOW = f"""\
on: {{push: {{branches: [main]}}}}
jobs:
  deploy:
    runs-on: [self-hosted]
    steps:
      - uses: {_STEP}
      - run: ./deploy.sh
        env: {{AWS_SECRET_ACCESS_KEY: "${{{{ secrets.DEPLOY_KEY_SECRET }}}}"}}
      - run: npm publish
        env: {{NODE_AUTH_TOKEN: "${{{{ secrets.SHOP_NPM_TOKEN }}}}"}}
"""
_COMPOSE = "services:\n  web: {image: shop, environment: [CACHE_URL]}\n"
_CHANGES = (
    "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "PutUserPolicy", "DELETE /-/npm", "POST /-/npm", "POST /credentials",
)  # fmt: skip


@dataclass(frozen=True)
class Ci:
    """`values` are what was stolen, by what it is; `repository` holds the log in its history; `trail` and `pushes` are the records
    of AWS and of the code host from before the theft."""

    values: dict[str, str] = field(repr=False)
    repository: Path
    trail: Path
    pushes: Path
    aws: Gateway
    npm: Gateway
    npm_key: str
    github: GitHub
    github_server: Server
    cache: Cache
    own: dict[str, str] = field(repr=False)

    @property
    def secrets(self) -> list[str]:
        """What must stand nowhere: of a pair its secret half, of a connection URI the password."""
        found = {what: value.rpartition(":")[2] for what, value in self.values.items() if what in (DEPLOY, BACKUP)}
        return list({**self.values, **found, REDIS: self.values[REDIS].rpartition("@")[0].rpartition(":")[2]}.values())

    def sent(self) -> Counter[str]:
        """Each request that changes something, as the servers saw it, whatever came of it."""
        told = [str(line.event["eventName"]) for line in (*self.aws.lines, *self.npm.lines)]
        told += [f"{one.method} {one.path}" for one in self.github_server.asked]
        return Counter(name for name in told if name.startswith(_CHANGES))

    def lives(self, what: str) -> bool:
        """Asked at its server, beside irkit."""
        value = self.values[what]
        if what in (DEPLOY, BACKUP):
            return let_in_at_aws(self.aws.url, value)
        if what == NPM:
            return let_in_at_registry(self.npm.url, value)
        if what == GITHUB_TOKEN:
            return value in self.github.living
        user, password = re.findall(r"redis://(\w+):(\w+)@", value)[0]
        with (
            suppress(redis.AuthenticationError),
            redis.Redis(port=self.cache.port, username=user, password=password) as one,
        ):
            return bool(one.ping())
        return False

    def users_changed(self) -> int:
        """How often Redis was told to change a user, since it was started."""
        with _admin(self.cache) as client:
            told = client.info("commandstats")
        return int(told.get("cmdstat_acl|setuser", {}).get("calls", 0))


def let_in_at_aws(url: str, pair: str) -> bool:
    try:
        _client("sts", url, pair, "afterwards").get_caller_identity()
    except Exception:
        return False
    return True


def let_in_at_registry(url: str, token: str) -> bool:
    answer = requests.get(f"{url}/-/whoami", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    return bool(answer.ok and answer.json().get("username"))


@contextmanager
def ci(folder: Path) -> Iterator[Ci]:
    """Everything works, and everything is stolen. Redis is stopped again once it knows its user."""
    with ExitStack() as stack:
        url = stack.enter_context(moto(8))
        admin, deploy, backup = _key_pairs(url)
        npm = stack.enter_context(registry.verdaccio())
        cache = stack.enter_context(place_for_redis())
        password = _random(24)
        values = {
            DEPLOY: deploy, BACKUP: backup, NPM: npm.leaked, GITHUB_TOKEN: _never_issued(),
            REDIS: f"redis://shop:{password}@{cache.at}", UNKNOWN: f"lin_api_{_random(40)}",
        }  # fmt: skip
        with redis_server(cache), _admin(cache) as client:
            client.acl_setuser("shop", enabled=True, passwords=[f"+{password}"], keys=["*"], commands=["+@all"])
            client.acl_save()
        aws = stack.enter_context(gateway(url, cloudtrail))
        github = GitHub({values[GITHUB_TOKEN]})
        work = _client("sqs", aws.url, deploy, "deployer/1.0").list_queues
        work()
        pushed = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        repository = _repository(folder / "shop", values)
        while aws.lines[-1].at < pushed:  # the deployment goes on after it is out
            work()
        trail = aws.write(folder / "trail.jsonl")
        yield Ci(
            values, repository, trail, _pushes(folder / "pushes.json", repository, pushed), aws,
            stack.enter_context(gateway(npm.url, every_request)), npm.leaked_key, github,
            stack.enter_context(serving(github)), cache,
            {"AWS_ADMIN": admin, "NPM_PASSWORD": registry.PASSWORD, "REDIS_ADMIN": ADMIN},
        )  # fmt: skip


def every_request(one: Passed) -> Line:
    """A log that has every request, by whomever."""
    return Line("", one.agent, one.at, one.status < 400, {"eventName": f"{one.method} {one.path}"})


def _admin(cache: Cache) -> redis.Redis:
    return redis.Redis(port=cache.port, username="admin", password=ADMIN, decode_responses=True)


def _key_pairs(url: str) -> list[str]:
    """Of an administrator, of the deployment and of a backup job."""
    pairs = []
    for user in ("responder", "deploy", "backup"):
        iam = _client("iam", url, ANYONE, "setup")
        iam.create_user(UserName=user)
        if user != "backup":
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ALLOW)
        made = iam.create_access_key(UserName=user)["AccessKey"]
        pairs.append(f"{made['AccessKeyId']}:{made['SecretAccessKey']}")
    return pairs


def _random(length: int) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def _never_issued() -> str:
    """A GitHub token as a scanner wants it: it passes over what is visibly fake."""
    shape = next(one for one in GITHUB.shapes if one.name == "ghp")
    assert shape.look_alike is not None
    return shape.look_alike()


def _repository(folder: Path, values: dict[str, str]) -> Path:
    """Two logs with the whole environment in them, committed with the build's artifacts and taken away again."""

    def log(**named: str) -> str:
        lines = [f"##[group]Run {_STEP}", "env:", *(f"  {name}={value}" for name, value in named.items())]
        return "".join(f"{_STAMP}{line}\n" for line in lines)

    def pair(what: str) -> dict[str, str]:
        return dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), values[what].split(":"), strict=True))

    kept = {".github/workflows/deploy.yml": _WORKFLOW, "compose.yaml": _COMPOSE}
    artifacts = {
        "artifacts/deploy.log": log(
            **pair(DEPLOY), CI="true", SHOP_NPM_TOKEN=values[NPM], GH_TOKEN=values[GITHUB_TOKEN], CACHE_URL=values[REDIS],
            LINEAR_API_KEY=values[UNKNOWN],
        ),
        "artifacts/backup.log": log(**pair(BACKUP)),
    }  # fmt: skip
    for name, text in {**kept, **artifacts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    commit(folder, "Build 1207")
    for name in artifacts:
        (folder / name).unlink()
    commit(folder, "Logs are no artifacts")
    return folder


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Dev", "-c", "user.email=dev@shop.example"]
    ran = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def commit(folder: Path, message: str) -> None:
    """All that stands there, in a repository that is made where there is none."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def _pushes(path: Path, repository: Path, at: datetime) -> Path:
    """The host's own record: both commits came with one push."""
    entry = {
        "id": 1, "before": "0" * 40, "after": git(repository, "rev-parse", "HEAD"), "ref": "refs/heads/main",
        "timestamp": iso(at), "activity_type": "push", "actor": {"login": "dev", "type": "User"},
    }  # fmt: skip
    path.write_text(json.dumps([entry]))
    return path
