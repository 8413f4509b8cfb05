"""What has no API is done by a person, and the case says that a person said so: it does not say dead."""

from __future__ import annotations

import pytest

from irkit.case import Case
from irkit.case.ledger import Ledger
from irkit.errors import BadInput, OutcomeUnknown, StepFailed, Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import HumanTask
from irkit.providers.github import checksum
from tests.needs import needs
from tests.providers.test_pypi import token as index_token
from tests.servers.aws import moto
from tests.servers.github import GitHub
from tests.servers.loopback import serving
from tests.servers.oidc import authorization_server

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE01" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE01")


def opened(tmp_path, monkeypatch, value: str, *, issuers=None, **settings) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Case.create(
        tmp_path / "case",
        [SecretRef("env:FAKE_TOKEN")],
        settings=settings,
        approvers=[tmp_path / "alice.asc"],
        issuers=issuers or {},
    )


def approve(case: Case, alice) -> None:
    home, key = alice
    case.plan_revocation()
    case.approve("revoke", key, home)


def carry_out(case: Case) -> None:
    """And say of what a person has to look at that it was looked at."""
    try:
        case.carry_out("revoke")
    except Waiting:
        for action in case.plan("revoke").actions:
            if isinstance(action.do, HumanTask) and action.id not in case.ledger.hand_done:
                case.hand_done(action.id, "looked at")
        case.carry_out("revoke")


def revocations(server) -> int:
    return sum(one.path == "/credentials/revoke" for one in server.asked)


def test_a_guide_only_provider_is_a_hand_task(tmp_path, monkeypatch, alice):
    case = opened(tmp_path, monkeypatch, index_token())
    approve(case, alice)
    (action,) = case.plan("revoke").actions
    assert isinstance(action.do, HumanTask)
    with pytest.raises(Waiting, match=action.id):
        case.carry_out("revoke")
    with pytest.raises(BadInput, match="no hand task"):
        case.hand_done("something-else", "done")
    case.hand_done(action.id, "removed it in the account settings")
    case.carry_out("revoke")
    case.confirm()  # there is nothing to ask, so nothing is claimed and nothing fails
    (verdict,) = case.journal.records(Kind.VERDICT)
    assert verdict.body["verdict"] == "inconclusive"
    assert "dead" not in case.status().text().split("Verdict")[1]
    case.verify()


def test_accepted_but_alive_is_not_dead_and_another_attempt_is_another_plan(tmp_path, monkeypatch, alice):
    github = GitHub({TOKEN}, fault="accepted but alive")
    with serving(github) as server:
        case = opened(tmp_path, monkeypatch, TOKEN, providers={"github": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        first = case.plan("revoke")
        with pytest.raises(StepFailed, match="NOT DEAD"):  # said before a person is asked for anything
            case.carry_out("revoke")
        assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "not dead"
        with pytest.raises(StepFailed, match="NOT DEAD"):
            case.carry_out("revoke")
        assert revocations(server) == 1
        approve(case, alice)
        second = case.plan("revoke")
        assert second.digest != first.digest
        github.fault = ""
        carry_out(case)
        case.confirm()
        assert revocations(server) == 2
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    case.verify()


def test_an_answer_that_was_lost_is_settled_by_asking(tmp_path, monkeypatch, alice):
    with serving(GitHub({TOKEN}, fault="hangs up")) as server:
        case = opened(tmp_path, monkeypatch, TOKEN, providers={"github": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        carry_out(case)
        case.confirm()
        assert revocations(server) == 1
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"


def test_an_intent_without_an_outcome_is_never_sent_again(tmp_path, monkeypatch, alice):
    with serving(GitHub({TOKEN})) as server:
        case = opened(tmp_path, monkeypatch, TOKEN, providers={"github": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        plan = case.plan("revoke")
        action = plan.actions[0]
        announced = {"plan": plan.digest, "action": action.id, "what": action.what, "target": action.target}
        case.write(Kind.INTENT, announced)  # killed right here, as far as anybody can tell
        with pytest.raises(StepFailed, match="no effect"):
            carry_out(case)
        assert revocations(server) == 0
        approve(case, alice)
        assert case.plan("revoke").actions[0].attempt == 2
        carry_out(case)
        case.confirm()
        assert revocations(server) == 1


def test_a_firewall_in_the_way_is_unknown_and_stays_so(tmp_path, monkeypatch, alice):
    with serving(GitHub({TOKEN}, fault="firewall")) as server:
        case = opened(tmp_path, monkeypatch, TOKEN, providers={"github": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                carry_out(case)
        assert revocations(server) == 1
        with pytest.raises(OutcomeUnknown, match="could not be proved dead"):
            case.confirm()


@needs("npm:oidc-provider")
def test_an_opaque_token_is_revoked_where_the_case_says_it_was_issued(tmp_path, monkeypatch, alice):
    with authorization_server() as issued:
        monkeypatch.setenv("RESPONDER", issued.responder)
        oauth2 = {"base": issued.issuer, "responder": "env:RESPONDER", "propagation_s": 1}
        case = opened(
            tmp_path, monkeypatch, issued.token, issuers={"env:FAKE_TOKEN": "oauth2"}, providers={"oauth2": oauth2}
        )
        approve(case, alice)
        carry_out(case)
        case.confirm()
        assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
        case.verify()


@needs("python:moto")
def test_an_aws_key_is_deactivated_and_deleted_once(tmp_path, monkeypatch, alice):
    import boto3

    with moto(6) as url:
        anyone = {
            "aws_access_key_id": "AKIAFAKEFAKEFAKEFAKE",
            "aws_secret_access_key": "fake",
            "region_name": "us-east-1",
        }
        iam = boto3.client("iam", endpoint_url=url, **anyone)
        allow = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
        pairs = []
        for user in ("deploy", "responder"):
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=allow)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs.append((made["AccessKeyId"], made["SecretAccessKey"]))
        monkeypatch.setenv("RESPONDER", ":".join(pairs[1]))
        aws = {"base": url, "responder": "env:RESPONDER", "propagation_s": 1}
        case = opened(tmp_path, monkeypatch, ":".join(pairs[0]), providers={"aws": aws})
        approve(case, alice)
        assert [action.verb for action in case.plan("revoke").actions] == ["deactivate", "delete", "close"]
        carry_out(case)
        case.confirm()
        assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
        before = len(case.journal.records(Kind.INTENT))
        carry_out(case)
        assert len(case.journal.records(Kind.INTENT)) == before == 3
        assert Ledger.of(case.journal.records()).next_attempt(case.credentials[0].name) == 1


@pytest.mark.parametrize(("reachable", "said"), [(True, "yes"), (False, "unknown")])
def test_the_gate_calls_a_case_clean_only_when_it_could_look_for_the_secret(
    tmp_path, monkeypatch, alice, reachable, said
):
    case = opened(tmp_path, monkeypatch, TOKEN)
    if not reachable:
        monkeypatch.delenv("FAKE_TOKEN")
    (line,) = [row for row in Case.open(case.folder).gate(case.folder).text().splitlines() if row.startswith("Clean")]
    assert line.split()[-1] == said
