"""What happened in Larkspur's AWS account: weeks of backups, colleagues at work, and one intruder from 8.1 days ago on.

The intruder looks round, is denied things, mints a session (and a role session from it), makes a user with a key
to come back with, and fails to stop the trail. Whoever counts uses must not count the three events that merely
name the key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Literal

from irkit.drill import larkspur
from irkit.drill.cloudtrail import Caller, Event, Trail
from irkit.drill.credentials import aws_key_id
from irkit.drill.history import utc
from irkit.drill.truth import AWS_KEY, Child, Sign, Use

BACKDOOR_USER = "metrics-exporter"
_DENIED = "AccessDenied"
_NOT_ALLOWED = "Client.UnauthorizedOperation"


@dataclass(frozen=True)
class Intruded:
    """The uses, how many events merely name the key, the first intrusion, and what it left behind."""

    uses: tuple[Use, ...]
    mentions: int
    first: datetime
    children: tuple[Child, ...]


SIGNS = (
    Sign(AWS_KEY, larkspur.INTRUDER_CLOUD, "T1078.004"),
    Sign(AWS_KEY, "refusals within", "T1580"),
    Sign(AWS_KEY, "New accounts were made", "T1136.003"),
    Sign(AWS_KEY, "New credentials were made", "T1098.001"),
    Sign(AWS_KEY, "Permissions were widened", "T1098.003"),
    Sign(AWS_KEY, "Logging was tampered with", "T1562.008"),
    Sign(AWS_KEY, "Stored secrets were read", "T1555.006"),
    Sign(AWS_KEY, "regions", "T1535"),
)


def build(folder: Path, chance: Random, now: datetime, key_id: str) -> Intruded:
    """Writes the trail into `folder`."""
    account = larkspur.ACCOUNT
    trail = Trail(chance, account)

    def ago(days: float) -> datetime:
        return utc(now - timedelta(days=days))

    def key(prefix: str) -> str:
        return aws_key_id(account, prefix=prefix, tail=chance.randbytes(5))

    principal = "AIDA4QLARKSPUR0BACKUP"
    jobs = [
        Caller(
            account,
            larkspur.AWS_USER,
            key_id,
            address,
            "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0 exe/x86_64",
            principal,
        )
        for address in larkspur.CI_ADDRESSES
    ]
    _nights(trail, jobs, ago, chance)
    _colleagues(trail, ago, chance, key)
    mentions = _mentions(trail, ago, key_id, key("ASIA"))
    thief = Caller(
        account, larkspur.AWS_USER, key_id, larkspur.INTRUDER_CLOUD, "Boto3/1.34.51 Python/3.12.2 Linux/6.6", principal
    )
    session, role_session, backdoor = key("ASIA"), key("ASIA"), key("AKIA")
    first = ago(8.1)
    twice = _intrusion(trail, thief, ago, session, role_session, backdoor)
    trail.deliver(folder, twice)
    uses = (
        _use(trail, key_id, "by_key"),
        _use(trail, session, "derived", key_id),
        _use(trail, role_session, "derived", session),
        _use(trail, backdoor, "created", key_id),
    )
    children = (
        Child(AWS_KEY, "session", session, key_id, lives=False, used=True),
        Child(AWS_KEY, "session", role_session, session, lives=False, used=True),
        Child(AWS_KEY, "user", BACKDOOR_USER, key_id, lives=None, used=True),
        Child(AWS_KEY, "access-key", backdoor, key_id, lives=None, used=True),
    )
    return Intruded(uses, mentions, first, children)


def _nights(trail: Trail, jobs: list[Caller], ago: Callable[[float], datetime], chance: Random) -> None:
    """The backup job, every night for four weeks."""
    for night in range(28, 0, -1):
        who, at = chance.choice(jobs), ago(night - 0.3)
        snapshot = f"fulfil-{at:%Y%m%d}"
        steps: tuple[tuple[str, bool, dict[str, str] | None], ...] = (
            ("sts:GetCallerIdentity", True, None),
            ("s3:ListBuckets", True, None),
            ("s3:GetBucketLocation", True, {"bucketName": "larkspur-fulfil-backup"}),
            ("rds:DescribeDBInstances", True, {"dBInstanceIdentifier": "fulfil"}),
            ("rds:CreateDBSnapshot", False, {"dBSnapshotIdentifier": snapshot, "dBInstanceIdentifier": "fulfil"}),
            ("rds:DescribeDBSnapshots", True, {"dBSnapshotIdentifier": snapshot}),
        )
        for step, (call, read_only, request) in enumerate(steps):
            trail.record(
                who,
                at + timedelta(seconds=step * 41 + chance.randint(0, 20)),
                call,
                read_only=read_only,
                request=request,
            )


def _colleagues(trail: Trail, ago: Callable[[float], datetime], chance: Random, key: Callable[[str], str]) -> None:
    """People and machines that have nothing to do with it."""
    for day in range(27, 0, -1):
        since = ago(day + 0.05)
        mara = Caller(
            larkspur.ACCOUNT,
            "mara",
            key("ASIA"),
            larkspur.OFFICE,
            "Mozilla/5.0",
            "AROA4QLARKSPUR00ADMIN",
            "Admin",
            since,
        )
        for step, call in enumerate(("ec2:DescribeInstances", "rds:DescribeDBInstances", "cloudwatch:DescribeAlarms")):
            trail.record(mara, ago(day) + timedelta(minutes=step * 3 + chance.randint(0, 2)), call)
        deploy = Caller(
            larkspur.ACCOUNT,
            "deploy",
            key("ASIA"),
            "ecs.amazonaws.com",
            "ecs.amazonaws.com",
            "AROA4QLARKSPUR0DEPLOY",
            "Deploy",
            since,
        )
        trail.record(deploy, ago(day - 0.2), "ecr:GetAuthorizationToken")


def _mentions(trail: Trail, ago: Callable[[float], datetime], key_id: str, own_key: str) -> int:
    """An administrator's calls about the key: when it was made, and lately."""
    made = {
        "accessKey": {
            "accessKeyId": key_id,
            "status": "Active",
            "userName": larkspur.AWS_USER,
            "createDate": _as_told(ago(29)),
        }
    }
    asked = {"userName": larkspur.AWS_USER, "accessKeyId": key_id}
    tobias = Caller(
        larkspur.ACCOUNT, "tobias", own_key, larkspur.OFFICE, "Mozilla/5.0", "AROA4QLARKSPUR00ADMIN", "Admin", ago(29.1)
    )
    user = {"userName": larkspur.AWS_USER}
    trail.record(tobias, ago(29), "iam:CreateAccessKey", read_only=False, request=user, response=made)
    trail.record(tobias, ago(28.9), "iam:UpdateAccessKey", read_only=False, request={**asked, "status": "Active"})
    trail.record(tobias, ago(0.2), "iam:ListAccessKeys", request=user)
    trail.record(tobias, ago(0.19), "iam:GetAccessKeyLastUsed", request={"accessKeyId": key_id})
    return 3


def _intrusion(
    trail: Trail, thief: Caller, ago: Callable[[float], datetime], session: str, role_session: str, backdoor: str
) -> list[str]:
    """The intruder's four sittings; gives the event ids whose file is delivered twice."""
    minute = timedelta(minutes=1)
    at = ago(8.1)
    trail.record(thief, at, "sts:GetCallerIdentity")
    trail.record(thief, at + minute, "s3:ListBuckets")
    trail.record(thief, at + 2 * minute, "iam:ListUsers", error=_DENIED)
    trail.record(thief, at + 2 * minute, "iam:GetAccountAuthorizationDetails", error=_DENIED)
    trail.record(thief, at + 3 * minute, "iam:ListAttachedUserPolicies", request={"userName": thief.user})
    doors = ("ec2:DescribeInstances", "ec2:DescribeSnapshots", "lambda:ListFunctions20150331")
    for step, region in enumerate(("eu-central-1", "us-east-1", "us-west-2", "ap-southeast-1")):
        for second, call in enumerate(doors):
            error = _NOT_ALLOWED if call.startswith("ec2:") else _DENIED
            trail.record(
                thief, at + (4 + step) * minute + timedelta(seconds=9 * second), call, region=region, error=error
            )
    trail.record(thief, at + 8 * minute, "secretsmanager:ListSecrets", error=_DENIED)
    twice = [trail.records[-1]["eventID"]]

    at = ago(7.4)
    until = {"sessionToken": "HIDDEN_DUE_TO_SECURITY_REASONS", "expiration": _as_told(at + timedelta(hours=12))}
    begot = {"credentials": {"accessKeyId": session, **until}}
    trail.record(thief, at, "sts:GetSessionToken", request={"durationSeconds": 43200}, response=begot)
    lent = Caller(thief.account, thief.user, session, thief.address, thief.agent, thief.principal, session_since=at)
    trail.record(lent, at + 2 * minute, "ssm:DescribeParameters")
    trail.record(lent, at + 3 * minute, "ssm:GetParametersByPath", request={"path": "/fulfil/", "recursive": True})
    trail.record(lent, at + 4 * minute, "s3:GetBucketPolicy", request={"bucketName": "larkspur-fulfil-backup"})
    role = f"arn:aws:iam::{thief.account}:role/Deploy"
    begot = {"credentials": {"accessKeyId": role_session, **until}, "assumedRoleUser": {"arn": f"{role}/x"}}
    trail.record(
        lent, at + 6 * minute, "sts:AssumeRole", request={"roleArn": role, "roleSessionName": "x"}, response=begot
    )
    deploy = Caller(
        thief.account, "x", role_session, thief.address, thief.agent, "AROA4QLARKSPUR0DEPLOY", "Deploy", at + 6 * minute
    )
    trail.record(deploy, at + 7 * minute, "ecr:DescribeRepositories")
    trail.record(deploy, at + 8 * minute, "ecs:RegisterTaskDefinition", read_only=False, error=_DENIED)

    at = ago(6.2)
    new = {"userName": BACKDOOR_USER}
    trail.record(thief, at, "iam:CreateUser", read_only=False, request=new, response={"user": new})
    made = {"accessKey": {**new, "accessKeyId": backdoor, "status": "Active"}}
    trail.record(thief, at + minute, "iam:CreateAccessKey", read_only=False, request=new, response=made)
    twice.append(trail.records[-1]["eventID"])
    policy = {**new, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    trail.record(thief, at + 2 * minute, "iam:AttachUserPolicy", read_only=False, request=policy, error=_DENIED)
    trail.record(
        thief, at + 9 * minute, "cloudtrail:StopLogging", read_only=False, request={"name": "larkspur"}, error=_DENIED
    )

    at = ago(3.3)
    back = Caller(
        thief.account, BACKDOOR_USER, backdoor, larkspur.INTRUDER_CODE, "Boto3/1.34.51", "AIDA4QLARKSPUR0METRIC"
    )
    trail.record(back, at, "sts:GetCallerIdentity")
    trail.record(back, at + minute, "s3:ListBuckets", error=_DENIED)
    trail.record(thief, ago(3.2), "s3:ListBuckets")
    return twice


def _use(trail: Trail, key: str, how: Literal["by_key", "derived", "created"], parent: str = "") -> Use:
    mine = _by(trail.records, key)
    times = sorted(datetime.fromisoformat(event["eventTime"]) for event in mine)
    return Use(
        AWS_KEY,
        key,
        how,
        events=len(mine),
        duplicates=len(_by(trail.duplicates, key)),
        first=times[0],
        last=times[-1],
        parent=parent,
        addresses=dict(Counter(event["sourceIPAddress"] for event in mine)),
        actions=dict(Counter(f"{event['eventSource']}:{event['eventName']}" for event in mine)),
        errors=dict(Counter(event["errorCode"] for event in mine if "errorCode" in event)),
        writes=sum(not event["readOnly"] for event in mine),
    )


def _as_told(at: datetime) -> str:
    """A time inside a response, as CloudTrail writes it: in words, not in ISO 8601."""
    return f"{at:%b %d, %Y, %I:%M:%S %p}"


def _by(events: Iterable[Event], key: str) -> list[Event]:
    return [event for event in events if event["userIdentity"]["accessKeyId"] == key]
