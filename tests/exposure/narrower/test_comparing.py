"""Two policies compared: what is beyond, what is less, and what their texts do not tell."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.exposure.narrower.apart import ways
from irkit.exposure.narrower.comparing import Compared, compared
from irkit.exposure.usage.policy import Statement, covers, statements_of

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
    assert bool(found.less) != bool(found.perhaps)
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


def test_what_was_refused_where_two_patterns_meet_is_beyond() -> None:
    """`logs/*` and `*secret*` each have samples that the other has not; what both hold is neither's."""
    everywhere = {"Effect": "Deny", "Action": "s3:*", "Resource": "*secret*"}
    old = policy({"Action": "s3:*", "Resource": LOGS}, everywhere)
    found = of(old, GET_LOGS)
    assert found.beyond == (f"s3:GetObject on *secret*, which is also {LOGS}",)
    assert of(old, policy({"Action": "s3:GetObject", "Resource": LOGS}, everywhere)).beyond == ()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text("ab*?", min_size=1, max_size=3), min_size=1, max_size=3))
def test_every_way_in_which_patterns_meet_is_found_and_no_other(patterns: list[str]) -> None:
    texts = ("".join(one) for size in range(7) for one in itertools.product("ab\0", repeat=size))
    met = {frozenset(at for at, one in enumerate(patterns) if covers(one, text)) for text in texts}
    assert ways(patterns) == met


def test_patterns_made_to_be_too_many_are_not_decided() -> None:
    hard = [f"*{'?' * number}a*{'?' * number}b*" for number in range(1, 40)]
    assert of(policy({"Action": "s3:GetObject", "Resource": hard}), GET_LOGS).undecided == ("s3:GetObject",)


def test_a_star_that_is_that_letter_is_no_pattern_and_a_variable_is_not_decided() -> None:
    star = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/${*}"})
    assert of(star, GET_LOGS).beyond
    assert of(GET_LOGS, star).less
    mine = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/${aws:username}/*"})
    assert of(mine, mine) == Compared()
    assert of(mine, policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/ci/*"})).undecided
    assert of(GET_LOGS, mine).less, "what is in no folder of anybody's"
    assert of(mine, GET_LOGS).beyond


def test_a_pattern_that_no_known_action_fits_may_hold_one() -> None:
    assert of(S3, policy({"Action": ["s3:GetObject", "newer:*"]})).undecided == ("newer:*",)


FORMS = {"s3:GetObject": ("arn:${Partition}:s3:::${BucketName}/${ObjectName}",), "iam:ListUsers": ("*",)}
ON_BUCKETS = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"})
ON_OBJECTS = policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*/*"})


def test_it_is_no_less_when_all_that_the_action_is_done_to_is_left() -> None:
    def forms(action: str) -> tuple[str, ...]:
        return FORMS.get(action, ())

    assert compared(GET, ON_OBJECTS, NAMES, forms) == Compared()
    assert of(GET, ON_BUCKETS) == Compared(), "without its forms, by the service"
    assert compared(GET, GET_LOGS, NAMES, forms).less == ("s3:GetObject",)
    users, no_users = policy({"Action": "iam:ListUsers"}), policy({"Action": "iam:ListUsers", "Resource": LOGS})
    assert compared(users, no_users, ("iam:ListUsers",), forms).less == ("iam:ListUsers",)


def test_what_is_no_action_is_not_less() -> None:
    assert of(policy({"Action": ["s3:GetObject", "s3:Invented"]}), GET) == Compared()
