"""A cloud account at moto in which a leaked key is used, by the job it belongs to and by a stranger, and a case on it.

What happens there is real traffic, and the log is written of it (`tests/servers/cloudtrail.py`); only the days on which it happened
are the story's: the job's two weeks of ordinary use lie before the push that leaked the key.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from irkit.case import Case
from tests.servers.aws import moto
from tests.servers.cloudtrail import Trail
from tests.servers.gateway import Gateway, gateway

HOME, ABROAD = "eu-central-1", "ap-southeast-2"
JOB, STRANGER, OFFICE = "198.51.100.7", "203.0.113.66", "192.0.2.10"
BACKDOOR = "metrics-exporter"

_ANYONE = ("AKIAFAKEFAKEFAKEFAKE", "fake")
_SETUP_ACTIONS = 8  # two users with a policy and a key each, and a role with its policy
_ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
_TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'


@dataclass(frozen=True)
class Keys:
    """A key as its holder has it."""

    id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)

    @classmethod
    def of(cls, made: dict[str, Any]) -> Keys:
        return cls(made["AccessKeyId"], made["SecretAccessKey"], made.get("SessionToken", ""))


@dataclass(frozen=True)
class Party:
    """Somebody who calls AWS from one place with one program."""

    door: Gateway
    agent: str

    def client(self, service: str, keys: Keys, region: str = HOME) -> Any:
        once = Config(user_agent=self.agent, retries={"total_max_attempts": 1})
        return boto3.client(
            service, endpoint_url=self.door.url, region_name=region, config=once,
            aws_access_key_id=keys.id, aws_secret_access_key=keys.secret, aws_session_token=keys.session or None,
        )  # fmt: skip


@dataclass
class Loot:
    """What the stranger made: the key of a user, a session of the leaked key's user and one of a role, a machine."""

    back: Keys
    token: Keys
    role: Keys
    instance: str


@dataclass
class CloudIncident:
    """`leaked` is the key of the user `ci`; `admin` the responder's. `repository` is a clone of `server`, where it was pushed."""

    folder: Path
    trail: Trail
    job: Party
    stranger: Party
    office: Party
    leaked: Keys
    admin: Keys
    approver: tuple[Path, str]
    role: str
    opened: datetime

    @property
    def case(self) -> Case:
        return Case.open(self.folder / "case")

    @property
    def repository(self) -> Path:
        return self.folder / "shop"

    @property
    def env(self) -> dict[str, str]:
        secrets = {
            "LEAKED": f"{self.leaked.id}:{self.leaked.secret}",
            "RESPONDER": f"{self.admin.id}:{self.admin.secret}",
        }
        return os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | secrets

    def irkit(self, *arguments: object) -> tuple[int, str]:
        """The exit code, and all that it said."""
        command = [sys.executable, "-m", "irkit", *map(str, arguments)]
        ran = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=300, cwd=self.folder)
        return ran.returncode, ran.stdout + ran.stderr

    def open_case(self) -> None:
        """As a responder does: `irkit new`, and in case.toml where AWS is here and who acts."""
        aware = (self.opened + timedelta(hours=2)).isoformat()
        certificate = self.folder / "alice.asc"
        code, told = self.irkit(
            "new", "case", "--credential", "env:LEAKED", "--approver", certificate, "--aware-at", aware
        )
        assert code == 0, told
        own = f'\n[providers.aws]\nbase = "{self.office.door.url}"\nresponder = "env:RESPONDER"\npropagation_s = 1.0\n'
        settings = self.folder / "case" / "case.toml"
        settings.write_text(settings.read_text().replace("[providers]\n", "") + own)

    @property
    def clock(self) -> str:
        """The record of pushes that their own server keeps."""
        return f"ours:{self.folder / 'server.git' / 'logs' / 'refs' / 'heads' / 'main'}"

    def run(self, logs: Path, *more: object) -> tuple[int, str]:
        given = [f"paths={self.repository}", f"logs={logs}", f"clocks={self.clock}"]
        return self.irkit("run", "cloud-key", "case", *[one for text in given for one in ("-p", text)], *more)

    def approve(self) -> None:
        home, key = self.approver
        code, told = self.irkit("approve", "case", "revoke", "--key", key, "--home", home)
        assert code == 0, told

    def done(self, action: str, text: str) -> None:
        code, told = self.irkit("done", "case", action, "--text", text)
        assert code == 0, told

    def read(self, logs: Path) -> Case:
        """The case with all that notebook 1 finds, without its pictures; `env` must stand in this process."""
        case = self.case
        case.locate(self.repository)
        case.window(clocks=[self.clock])
        case.usage(logs)
        case.consumers(self.repository)
        return case

    # What happens in the account, in the order of the story.

    def two_weeks_of_ordinary_use(self) -> None:
        for day in range(14, 0, -1):
            self.trail.at = self.opened - timedelta(days=day)
            self.works_as_ever()

    def works_as_ever(self) -> None:
        self.job.client("sts", self.leaked).get_caller_identity()
        self.job.client("ec2", self.leaked).describe_instances()

    def leak(self) -> None:
        """Committed among other things and pushed, with the server's clock as the story has it."""
        server, when = self.folder / "server.git", self.opened.isoformat()
        dated = os.environ | {
            "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when, "GIT_AUTHOR_NAME": "Dev", "GIT_AUTHOR_EMAIL": "dev@example.com",
            "GIT_COMMITTER_NAME": "Dev", "GIT_COMMITTER_EMAIL": "dev@example.com",
        }  # fmt: skip

        def git(*words: object) -> None:
            subprocess.run(["git", *map(str, words)], env=dated, check=True, capture_output=True)

        git("init", "-q", "--bare", "-b", "main", server)
        git("-C", server, "config", "core.logAllRefUpdates", "true")
        git("init", "-q", "-b", "main", self.repository)
        (self.repository / "deploy.env").write_text(
            f"AWS_ACCESS_KEY_ID={self.leaked.id}\nAWS_SECRET_ACCESS_KEY={self.leaked.secret}\nAWS_REGION={HOME}\n"
        )
        (self.repository / "deploy.sh").write_text(". ./deploy.env\naws ec2 describe-instances\n")
        git("-C", self.repository, "add", ".")
        git("-C", self.repository, "commit", "-q", "-m", "deploy")
        git("-C", self.repository, "push", "-q", server, "main")

    def break_in(self) -> Loot:
        """An hour after the push: looks round, comes back as another user and as a role, and starts a machine where nobody looks."""
        self.trail.at = self.opened + timedelta(hours=1)
        who, mine = self.stranger, self.leaked
        who.client("sts", mine).get_caller_identity()
        iam = who.client("iam", mine)
        iam.list_users()
        iam.create_user(UserName=BACKDOOR)
        iam.put_user_policy(UserName=BACKDOOR, PolicyName="all", PolicyDocument=_ALLOW)
        back = Keys.of(iam.create_access_key(UserName=BACKDOOR)["AccessKey"])
        sts = who.client("sts", mine)
        token = Keys.of(sts.get_session_token(DurationSeconds=129600)["Credentials"])
        lent = sts.assume_role(RoleArn=self.role, RoleSessionName="maintenance", DurationSeconds=43200)["Credentials"]
        role = Keys.of(lent)
        who.client("ec2", role, ABROAD).describe_instances()
        machine = who.client("ec2", mine, ABROAD).run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
        who.client("sts", back).get_caller_identity()
        self.trail.at = None
        return Loot(back, token, role, machine["Instances"][0]["InstanceId"])

    def make_another(self, loot: Loot, user: str) -> Keys:
        """One more user with a key, by the key of the first; twenty minutes later."""
        self.trail.at = self.opened + timedelta(hours=1, minutes=20)
        iam = self.stranger.client("iam", loot.back)
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=_ALLOW)
        made = Keys.of(iam.create_access_key(UserName=user)["AccessKey"])
        self.trail.at = None
        return made

    def status_of(self, keys: Keys, user: str) -> str:
        """Active, Inactive, or "" when it is gone, as AWS says to the administrator."""
        listed = self.office.client("iam", self.admin).list_access_keys(UserName=user)["AccessKeyMetadata"]
        return next((one["Status"] for one in listed if one["AccessKeyId"] == keys.id), "")

    def sent(self, operation: str) -> list[dict[str, Any]]:
        """What irkit asked of AWS under this name, whatever came of it."""
        return [
            one["requestParameters"]
            for one in self.trail.records
            if one["eventName"] == operation and "irkit/" in one["userAgent"]
        ]

    def clear_away(self, loot: Loot) -> None:
        """What the plan asks a person to do, done as the administrator."""
        iam = self.office.client("iam", self.admin)
        iam.delete_access_key(UserName=BACKDOOR, AccessKeyId=loot.back.id)
        iam.delete_user_policy(UserName=BACKDOOR, PolicyName="all")
        iam.delete_user(UserName=BACKDOOR)
        self.office.client("ec2", self.admin, ABROAD).terminate_instances(InstanceIds=[loot.instance])


def lets_in(party: Party, keys: Keys, region: str = HOME) -> bool:
    """Whether AWS lets this key do anything: who it is may be asked by whoever is denied all else."""
    try:
        party.client("ec2", keys, region).describe_instances()
    except ClientError:
        return False
    return True


@contextmanager
def cloud_incident(folder: Path, approver: tuple[Path, str]) -> Iterator[CloudIncident]:
    """The account as it is before anything leaks. `approver`'s certificate lies in `folder`/alice.asc."""
    opened = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    with ExitStack() as stack:
        trail = Trail(opened - timedelta(days=90))
        url = stack.enter_context(moto(_SETUP_ACTIONS))
        doors = {
            name: Party(stack.enter_context(gateway(url, trail.door(address))), agent)
            for name, address, agent in (
                ("job", JOB, "aws-cli/2.15.30 Python/3.11.8"),
                ("stranger", STRANGER, "Boto3/1.34.51 Python/3.12.2"),
                ("office", OFFICE, "console.amazonaws.com"),
            )
        }
        iam = doors["office"].client("iam", Keys(*_ANYONE))
        iam.create_role(RoleName="Deploy", AssumeRolePolicyDocument=_TRUST)
        iam.put_role_policy(RoleName="Deploy", PolicyName="all", PolicyDocument=_ALLOW)
        keys = {}
        for user in ("ci", "admin"):
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=_ALLOW)
            keys[user] = Keys.of(iam.create_access_key(UserName=user)["AccessKey"])
        made = CloudIncident(
            folder, trail, **doors, leaked=keys["ci"], admin=keys["admin"], approver=approver,
            role="arn:aws:iam::123456789012:role/Deploy", opened=opened,
        )  # fmt: skip
        yield made
