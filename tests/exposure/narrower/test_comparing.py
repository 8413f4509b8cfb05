"""Two policies compared: what is beyond, what is less, and what their texts do not tell."""

from __future__ import annotations

from typing import Any

import pytest

from irkit.exposure.narrower.comparing import Compared, compared
from irkit.exposure.usage.policy import Statement, statements_of

NAMES = ("s3:GetObject", "s3:GetBucketAcl", "s3:PutObject", "iam:CreateUser", "iam:GetUser")
LOGS = "arn:aws:s3:::logs/*"


def policy(*statements: dict[str, Any]) -> tuple[Statement, ...]:
    return statements_of({"Statement": [{"Effect": "Allow", "Resource": "*", **one} for one in statements]})


def of(old: tuple[Statement, ...], new: tuple[Statement, ...], names: tuple[str, ...] = NAMES) -> Compared:
    return compared(old, new, names)


ALL = policy({"Action": "*"})
S3 = policy({"Action": "s3:*"})
GET = policy({"Action": "s3:GetObject"})
GET_LOGS = policy({"Action": "s3:GetObject", "Resource": LOGS})
GET_A_FOLDER = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/2026/*"})
PUT_LOGS = policy({"Action": "s3:PutObject", "Resource": LOGS})
HERE = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
GET_HERE = policy({"Action": "s3:GetObject", "Condition": HERE})
NO_SECRETS = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/secret/*"}

NARROWER = {
    "all of one service": (ALL, S3),
    "one action": (S3, GET),
    "one folder": (GET_LOGS, GET_A_FOLDER),
    "one bucket": (GET, GET_LOGS),
    "under a condition": (GET, GET_HERE),
    "a refusal": (GET_LOGS, policy({"Action": "s3:GetObject", "Resource": LOGS}, NO_SECRETS)),
    "all but": (ALL, policy({"NotAction": "iam:*"})),
    "all resources but": (GET, policy({"Action": "s3:GetObject", "Resource": [], "NotResource": LOGS})),
}


@pytest.mark.parametrize(("old", "new"), NARROWER.values(), ids=NARROWER)
def test_less_and_nothing_beyond(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> None:
    found = of(old, new)
    assert (found.beyond, found.undecided) == ((), ())
    assert found.less
    back = of(new, old)
    assert back.beyond or back.undecided, "the other way round it is none"


SAME = {
    "the same": (GET_LOGS, GET_LOGS),
    "under the same condition": (GET_HERE, GET_HERE),
    "in other words": (GET, policy({"Action": ["s3:GetObject"]})),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_the_same_is_neither(old: tuple[Statement, ...], new: tuple[Statement, ...]) -> None:
    assert of(old, new) == Compared()


BEYOND = {
    "another action": (GET_LOGS, PUT_LOGS, "s3:PutObject"),
    "another bucket": (GET_LOGS, policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::mails/*"}), "mails"),
    "less here and more there": (S3, policy({"Action": ["s3:GetObject", "iam:CreateUser"]}), "iam:CreateUser"),
    "a pattern of actions": (GET, policy({"Action": "s3:Get*"}), "s3:GetBucketAcl"),
    "what was refused": (policy({"Action": "s3:GetObject", "Resource": LOGS}, NO_SECRETS), GET_LOGS, "secret"),
    "under a condition": (GET_LOGS, policy({"Action": "iam:GetUser", "Condition": HERE}), "iam:GetUser"),
    "one level up": (GET_A_FOLDER, GET_LOGS, "logs"),
}


@pytest.mark.parametrize(("old", "new", "what"), BEYOND.values(), ids=BEYOND)
def test_what_is_beyond_is_named(old: tuple[Statement, ...], new: tuple[Statement, ...], what: str) -> None:
    assert any(what in one for one in of(old, new).beyond)


def test_a_condition_that_was_dropped_or_changed_is_not_decided() -> None:
    assert of(GET_HERE, GET).undecided
    other = policy({"Action": "s3:GetObject", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
    assert of(GET_HERE, other).undecided


def test_without_the_names_of_all_actions_a_pattern_beyond_what_is_named_is_not_decided() -> None:
    found = of(policy({"Action": ["s3:GetObject", "s3:GetBucketAcl"]}), policy({"Action": "s3:Get*"}), ())
    assert found.undecided == ("s3:Get*",)
    assert found.beyond == ()
    assert of(S3, GET_LOGS, ()).beyond == of(S3, GET_LOGS, ()).undecided == ()
    assert of(S3, GET_LOGS, ()).less
