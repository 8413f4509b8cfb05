"""A limit is kept to by everybody who calls the provider, and only a limit is one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from irkit.case.pace import Pace, asked_to_wait, is_limit
from irkit.plan import AwsCall, Call
from irkit.providers.interface import Reply

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LIMITS = {
    "429": (Reply(429, {}), True),
    "429 that says when": (Reply(429, {"retry-after": "7"}), True),
    "403 with nothing left": (Reply(403, {"x-ratelimit-remaining": "0"}, "{}"), True),
    "503 that says when": (Reply(503, {"retry-after": "7"}, "{}"), True),
    "403": (Reply(403, {}, "{}"), False),
    "a firewall's 403 that says when": (Reply(403, {"retry-after": "7"}, "<!DOCTYPE html>"), False),
    "AWS throttles": (Reply(400, {}, '{"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}'), True),
    "AWS refuses": (Reply(400, {}, '{"Error": {"Code": "ValidationError", "Message": "x"}}'), False),
    "500": (Reply(500, {"retry-after": "7"}), False),
    "200 with nothing left": (Reply(200, {"x-ratelimit-remaining": "0"}), False),
    "nothing": (Reply(None, sent=False), False),
}
WAITS = {
    "7": 7.0,
    "0": 0.0,
    "Sun, 01 Mar 2026 12:01:00 GMT": 60.0,
    "Sun, 01 Mar 2026 11:00:00 GMT": 0.0,
    "soon": 2.0,
}


@pytest.mark.parametrize("case", LIMITS)
def test_a_limit_is_told_from_a_refusal(case):
    reply, limit = LIMITS[case]
    assert is_limit(reply) is limit


@pytest.mark.parametrize("said", WAITS)
def test_how_long_is_read_from_the_reply(said):
    assert asked_to_wait(Reply(429, {"retry-after": said}), NOW) == WAITS[said]


def test_githubs_reset_is_a_moment():
    assert asked_to_wait(Reply(403, {"x-ratelimit-reset": str(int(NOW.timestamp()) + 90)}), NOW) == 90


def test_what_would_take_too_long_is_said_and_not_waited_for():
    pace, call = Pace(patience_s=10), Call("GET", "https://api.example.com/me", "leaked")
    other = Call("GET", "https://other.example.com/me", "leaked")
    assert pace.told(call, Reply(429, {"retry-after": "3600"}))
    assert "wait another 36" in pace.wait(call) or "wait another 35" in pace.wait(call)
    assert pace.wait(Call("POST", "https://api.example.com/other", "nobody", mutates=True))
    assert pace.wait(other) == ""
    assert pace.wait(AwsCall("iam", "ListUsers", "responder")) == ""
    assert pace.told(other, Reply(401)) == ""
