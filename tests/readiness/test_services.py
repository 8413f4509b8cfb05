"""What AWS works out about users: the services they may use and did, by its description in botocore; refused, late, cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from irkit.case.readiness import asking
from irkit.case.readiness.asking import Came, ask
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.exchange import Request as Exchanged
from irkit.drill.provider.state import AccessKey
from irkit.model import Held
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory import LISTINGS
from irkit.providers.inventory.aws import begin_study, collect_study, learn_services, read_studied
from irkit.readiness.policy import Asked
from irkit.readiness.rules import Team, wider_than_use
from tests.readiness import world
from tests.servers.loopback import Answer, serving
from tests.servers.loopback import Asked as Request

ARN = "arn:aws:iam::111122223333:user/ci"
AWS = [one for one in LISTINGS if one.issuer == "aws"]


def taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Came:
    monkeypatch.setenv("TEAM_ACCESS", f"AKIAFAKEFAKEFAKE0001:{'FAKE' * 10}")
    return ask(world.folder(tmp_path, {"aws": {"base": url, "responder": "env:TEAM_ACCESS"}}), AWS)


def state() -> ProviderState:
    made = ProviderState()
    made.keys = {
        "AKIAFAKEFAKEFAKE0001": AccessKey("responder", "2026-03-01T00:00:00Z"),
        "AKIAFAKEFAKEFAKE0002": AccessKey("ci", "2026-01-01T00:00:00Z"),
        "AKIAFAKEFAKEFAKE0003": AccessKey("ci", "2026-02-01T00:00:00Z"),
    }
    made.services = {"ci": {"s3": "2026-03-01T00:00:00Z", "iam": ""}, "responder": {"iam": "2026-03-01T00:00:00Z"}}
    return made


def test_what_a_user_may_use_stands_beside_what_it_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeProvider(state()) as provider:
        came = taken(tmp_path, monkeypatch, provider.url)
    held = {one.id: one for one in came.held}
    for key in ("AKIAFAKEFAKEFAKE0002", "AKIAFAKEFAKEFAKE0003"):  # both keys of a user have one answer
        assert (held[key].scope, held[key].uses) == (("iam", "s3"), ("s3",))
        answer = wider_than_use(held[key], Asked(), Team(2, 2), datetime.now(UTC))
        assert (answer.yes, answer.why) == ("yes", "never seen doing: iam")
    assert wider_than_use(held["AKIAFAKEFAKEFAKE0001"], Asked(), Team(2, 2), datetime.now(UTC)).yes == "no"
    assert came.unasked == []
    assert "unverified" in held["AKIAFAKEFAKEFAKE0002"].tested


def broken(action: str, answers: Callable[[], Answer]) -> Callable[[Request], Answer]:
    """The drill's provider, but for one action."""
    provider = FakeProvider(state())

    def rule(asked: Request) -> Answer:
        if parse_qs(asked.body.decode()).get("Action") == [action]:
            return answers()
        given = provider.answer(Exchanged(asked.method, asked.path, asked.headers, asked.body))
        assert given is not None
        return Answer(given.status, given.body, {"Content-Type": given.content_type})

    return rule


def xml(action: str, inner: str) -> Answer:
    text = f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{inner}</{action}Result></{action}Response>'
    return Answer(200, text.encode(), {"Content-Type": "text/xml"})


GET, BEGIN = "GetServiceLastAccessedDetails", "GenerateServiceLastAccessedDetails"
DENIED = Answer(
    403,
    b'<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code>'
    b"<Message>not authorized</Message></Error></ErrorResponse>",
    {"Content-Type": "text/xml"},
)


@pytest.mark.parametrize(
    ("action", "answer", "why"),
    [
        (BEGIN, lambda: DENIED, "AWS answered 403 AccessDenied: not authorized"),
        (GET, lambda: DENIED, "AWS answered 403 AccessDenied: not authorized"),
        (GET, lambda: xml(GET, "<JobStatus>FAILED</JobStatus>"), "AWS could not work it out"),
        (GET, lambda: xml(GET, "<JobStatus>COMPLETED</JobStatus>"), "AWS gave no list of services"),
        (GET, lambda: xml(GET, "<JobStatus>IN_PROGRESS</JobStatus>"), "it was not ready in time; run it again"),
        (
            GET,
            lambda: xml(GET, "<JobStatus>COMPLETED</JobStatus><IsTruncated>true</IsTruncated>"),
            "a user is allowed more than 1000 services",
        ),
    ],
)
def test_what_does_not_come_is_one_row_and_the_list_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, answer: Callable[[], Answer], why: str
) -> None:
    monkeypatch.setattr(asking, "_PAUSE_S", 0.0)
    with serving(broken(action, answer)) as server:
        came = taken(tmp_path, monkeypatch, server.url)
    assert len(came.held) == 3
    assert {(one.scope, one.uses) for one in came.held} == {(None, None)}
    (row,) = came.unasked
    assert row.what == "services that users may use, and when they did"
    assert row.why.endswith(f"and 1 more: {why}")
    assert came.asked == ["aws: passwords and access keys of the account's users"]


def test_the_accounts_own_user_is_not_worked_out_and_a_reply_that_is_none_teaches_nothing() -> None:
    root = Held("aws", "access key", "x/access key 1", "<root_account>", principal="arn:aws:iam::111122223333:root")
    mine = Held("aws", "access key", "y/access key 1", "ci", principal=ARN)
    assert list(begin_study(Setting("http://127.0.0.1:1"), (root, mine))) == [ARN]
    assert collect_study(Setting("http://127.0.0.1:1"), Reply(200, body="<!DOCTYPE html>")) is None
    assert not read_studied(Reply(200, body="[]")).yes
    (same,) = learn_services((mine,), "arn:aws:iam::111122223333:user/other", Reply(200, body=json.dumps({})))
    assert same == mine
