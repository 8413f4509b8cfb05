"""`irkit blast`: reach, use and replacement, through the real readers, policy_sentry and moto."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case.exposure import asking
from irkit.case.exposure.blasting import Blasted, blasted
from irkit.case.exposure.reading import Means
from irkit.errors import BadInput, NotAvailable
from irkit.model import ApiToken, SecretRef, Skipped
from irkit.providers.interface import Setting
from irkit.show import Table
from tests.case.trail import ACCOUNT, KEY, OPENED, ROLE, ROLE_SESSION, SESSION, credentials, event, write
from tests.needs import needs
from tests.servers.aws import SETUP_ACTIONS, World, moto
from tests.servers.loopback import serving

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}]}
UNTIL = "2026-03-02T00:00:00Z"


def trail() -> list[dict[str, Any]]:
    return [
        event(1, "GetObject", service="s3", requestParameters={"bucketName": "builds", "key": "app/1.tar"}),
        event(2, "PutObject", service="s3", requestParameters={"bucketName": "builds", "key": "app/2.tar"}),
        event(3, "CreateUser", errorCode="AccessDenied", requestParameters={"userName": "eve"}),
        event(4, "ListUsers"),
        event(
            5, "DeleteBucket", service="s3", requestParameters={"bucketName": "builds"}, sourceIPAddress="203.0.113.9"
        ),
    ]


def worked(tmp_path: Path, **more: Any) -> Blasted:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(POLICY))
    logs = [write(tmp_path / "logs", trail())]
    return blasted(f"id:{KEY}", logs, days=30, means=Means(policy=str(policy)), ends=UNTIL, **more)


@needs("python:policy_sentry")
def test_reach_use_and_replacement_stand_together(tmp_path: Path) -> None:
    found = worked(tmp_path, only_from=["192.0.2.0/24"])
    lines = {one.what: one for one in found.blast.lines}
    assert (lines["make new identities"].reachable, lines["make new identities"].refused) == (True, {"itself": 1})
    text = found.proposal.text
    assert text is not None
    assert [(one["Action"], one["Resource"]) for one in text["Statement"]] == [
        (["iam:ListUsers"], ["*"]),
        (["s3:GetObject"], ["arn:aws:s3:::builds/app/1.tar"]),
        (["s3:PutObject"], ["arn:aws:s3:::builds/app/2.tar"]),
    ]
    assert found.proposal.faults == ()
    left = {line.action: line.why for line in found.proposal.lines if not line.allows}
    assert set(left) == {"iam:CreateUser", "s3.amazonaws.com:DeleteBucket"}
    shown = found.view().text()
    assert '"s3:GetObject"' in shown
    assert "whether it suffices is unknown" in shown


def test_the_days_before_count_for_nothing(tmp_path: Path) -> None:
    logs = [write(tmp_path / "logs", trail())]
    found = blasted(f"id:{KEY}", logs, days=1, means=Means(), ends="2026-05-01T00:00:00Z")
    assert found.proposal.text is None
    assert "does not show that there is none" in found.proposal.notes[0]


def test_of_a_whole_accounts_policies_those_of_the_named_user_count(tmp_path: Path) -> None:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    users = [{"UserName": name, "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": document}]}
             for name, document in (("ci", POLICY), ("admin", everything))]  # fmt: skip
    account = tmp_path / "account.json"
    account.write_text(
        json.dumps({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []})
    )
    logs, means = [write(tmp_path / "logs", trail())], Means(policy=str(account))
    found = blasted(f"id:{KEY}", logs, days=30, means=means, ends=UNTIL, user="ci")
    assert {one.what: one.reachable for one in found.blast.lines}["run commands on machines"] is False
    with pytest.raises(BadInput, match="2 users"):
        blasted(f"id:{KEY}", logs, days=30, means=means, ends=UNTIL)


def test_what_a_session_did_as_the_keys_user_is_proposed_and_what_a_role_did_is_not(tmp_path: Path) -> None:
    """Whoever works with GetSessionToken (for a second factor) does nothing else with the key itself."""
    until = OPENED + timedelta(hours=12)
    deploy = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/x",
        "accessKeyId": ROLE_SESSION,
    }
    events = [
        event(1, "GetSessionToken", service="sts", responseElements=credentials(SESSION, until)),
        event(2, "GetObject", service="s3", key=SESSION, requestParameters={"bucketName": "builds", "key": "1"}),
        event(
            3,
            "AssumeRole",
            service="sts",
            key=SESSION,
            requestParameters={"roleArn": ROLE},
            responseElements=credentials(ROLE_SESSION, until),
        ),
        event(4, "ListUsers", userIdentity=deploy),
    ]
    found = blasted(f"id:{KEY}", [write(tmp_path / "logs", events)], days=30, means=Means(), ends=UNTIL)
    assert set(found.seen.acts) == {"sts:GetSessionToken", "s3:GetObject", "sts:AssumeRole"}


def test_how_far_the_logs_go_is_not_taken_for_granted(tmp_path: Path) -> None:
    found = worked(tmp_path)
    assert any("whether the logs go back to 2026-01-31" in note for note in found.notes)
    assert any("what was done in any other is unknown" in note for note in found.notes)
    many = replace(found, skipped=tuple(Skipped(f"log {at}", "broken") for at in range(25)))
    assert "not read: 5 more" in many.view().text()


def test_without_logs_nothing_is_proposed(tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(POLICY))
    found = blasted(f"id:{KEY}", [], days=30, means=Means(policy=str(policy)))
    assert found.proposal.text is None
    assert found.document()["logs_read"] is False
    assert found.document()["blast"]["read"] is False
    [told] = [block for block in found.view().blocks if isinstance(block, Table)][:1]
    assert {row[2:] for row in told.rows} == {(None, None)}  # not 0: nobody looked
    assert {one.what: one.reachable for one in found.blast.lines}["make new identities"] is True
    with pytest.raises(BadInput, match="nothing is given"):
        blasted(f"id:{KEY}", [], days=30, means=Means())


def test_the_page_has_the_picture_and_no_script(tmp_path: Path) -> None:
    out = tmp_path / "blast.html"
    worked(tmp_path).write_html(out)
    page = out.read_text()
    assert "<svg" in page or "data:image/svg" in page
    assert "<script" not in page
    assert "arn:aws:s3:::builds/app/1.tar" in page


def test_what_a_stranger_wrote_into_the_log_acts_nowhere(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m```\n# *"
    done = event(1, "GetObject", service="s3", requestParameters={"bucketName": "b", "key": hostile}, userAgent=hostile)
    found = blasted(f"id:{KEY}", [write(tmp_path / "logs", [done])], days=30, means=Means(), ends=UNTIL)
    found.write_html(tmp_path / "out.html")
    assert "<script" not in (tmp_path / "out.html").read_text()
    shown = found.view().text()
    assert "\x1b" not in shown
    assert found.proposal.text is not None
    assert found.proposal.text["Statement"][0]["Resource"][0].endswith("${*}")


def test_the_command_prints_one_document(tmp_path: Path) -> None:
    logs = write(tmp_path / "logs", trail())
    command = [sys.executable, "-m", "irkit", "blast", f"id:{KEY}", str(logs), "--until", UNTIL, "--format", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert document["proposal"]["enough"] == "unknown"
    assert document["blast"]["given"] == "nothing"


def test_what_is_not_worked_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEIRS", "visibly-fake-token-12345")
    logs = [write(tmp_path / "logs", trail())]
    found = blasted("env:THEIRS", logs, days=30, means=Means(also=("another-name",)), ends=UNTIL)
    assert found.proposal.text is None
    assert "not worked out" in found.proposal.notes[0]


def test_scopes_of_another_provider_are_not_judged_as_githubs(monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.providers.gitlab import GITLAB

    look_alike = next(shape.look_alike for shape in GITLAB.shapes if shape.look_alike)
    monkeypatch.setenv("THEIRS", look_alike())
    found = blasted("env:THEIRS", [], days=30, means=Means(scopes="api, read_user, gist"))
    assert found.blast.lines == ()
    assert "scopes of gitlab" in found.blast.notes[0]
    ours = blasted("id:visibly-fake", [], days=30, means=Means(scopes="repo"))
    assert {one.what: one.reachable for one in ours.blast.lines}["change code"] is True


def test_a_github_token_is_narrowed_by_its_audit_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib
    from base64 import b64encode

    from irkit.providers.github_formats import SHAPES

    shape = next(one for one in SHAPES if one.name == "ghp")
    assert shape.look_alike is not None
    token = shape.look_alike()
    monkeypatch.setenv("TOKEN", token)
    hashed = b64encode(hashlib.sha256(token.encode()).digest()).decode()
    entry = {
        "@timestamp": 1_772_366_400_250, "_document_id": "d", "action": "api.request", "actor": "fake", "org": "acme",
        "hashed_token": hashed, "request_method": "GET", "url_path": "/repos/acme/app/actions/artifacts/7", "repo": "acme/app",
        "status_code": 200, "token_scopes": "repo, admin:repo_hook, delete_repo",
    }  # fmt: skip
    log = tmp_path / "audit.json"
    log.write_text(json.dumps(entry) + "\n")
    found = blasted("env:TOKEN", [log], days=30, means=Means(), ends=UNTIL)
    assert found.blast.given == "the scopes repo, admin:repo_hook, delete_repo"
    assert found.proposal.text is not None
    assert found.proposal.text["classic_scopes"] == ["repo"]
    assert found.proposal.text["fine_grained"]["repositories"] == ["acme/app"]
    assert token not in found.view().text()


def test_github_is_asked_for_scopes_with_the_token_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.stores import resolve
    from tests.servers.github import GitHub

    monkeypatch.setenv("TOKEN", "visibly-fake-token-12345")
    token = ApiToken(SecretRef("env:TOKEN"), "github", "ghp", None, "the token")
    with serving(GitHub({"visibly-fake-token-12345"})) as server:
        assert asking.scopes(token, Setting(server.url), resolve) == ("repo", "read:org")
    with pytest.raises(NotAvailable, match="only AWS and GitHub"):
        asking.scopes(ApiToken(SecretRef("env:TOKEN"), "npm", "npm", None, "it"), Setting(), resolve)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with moto(SETUP_ACTIONS) as url:
        yield World(url)


@needs("python:moto")
def test_aws_is_asked_for_all_policies_of_the_user(world: World, tmp_path: Path) -> None:
    document = json.dumps(POLICY)
    other = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]}
    )
    arn = json.loads(world.admin("iam", "CreatePolicy", PolicyName="builds", PolicyDocument=document).body)["Policy"][
        "Arn"
    ]
    world.admin("iam", "AttachUserPolicy", UserName="ci", PolicyArn=arn)
    world.admin("iam", "CreateGroup", GroupName="builders")
    world.admin("iam", "PutGroupPolicy", GroupName="builders", PolicyName="machines", PolicyDocument=other)
    world.admin("iam", "AddUserToGroup", GroupName="builders", UserName="ci")
    key = ApiToken(SecretRef(f"id:{world.leaked_id}"), "aws", "access-key", None, world.leaked_id)
    setting = Setting(world.url, SecretRef("env:ADMIN"), {"user": "ci"})
    found, notes = asking.policies(key, setting, world.resolve)
    assert sorted(json.dumps(one["Statement"][0]["Action"]) for one in found) == ['"ec2:*"', '["s3:*", "iam:*"]']
    assert "2 policies of the user ci" in notes[0]
    world.admin("iam", "CreateUser", UserName="somebody-else")
    with pytest.raises(BadInput, match="another user's"):
        asking.policies(key, Setting(world.url, SecretRef("env:ADMIN"), {"user": "somebody-else"}), world.resolve)


@needs("python:moto", "python:policy_sentry")
def test_aws_takes_what_is_proposed_and_it_allows_what_was_done(world: World, tmp_path: Path) -> None:
    text = json.dumps(worked(tmp_path).proposal.text)
    world.admin("iam", "CreatePolicy", PolicyName="narrow", PolicyDocument=text)
    world.admin("iam", "CreateUser", UserName="fresh")
    world.admin("iam", "PutUserPolicy", UserName="fresh", PolicyName="narrow", PolicyDocument=text)
    made = world.admin("iam", "CreateAccessKey", UserName="fresh").json()["AccessKey"]
    world.values["env:FRESH"] = f"{made['AccessKeyId']}:{made['SecretAccessKey']}"
    from irkit.plan import AwsCall

    def ask(service: str, operation: str, **params: str) -> int | None:
        call = AwsCall(service, operation, "responder", dict(params), SecretRef("env:FRESH"), endpoint=world.url)
        return world.door.send(call).status

    assert ask("iam", "ListUsers") == 200
    assert ask("iam", "CreateUser", UserName="eve") == 403


@needs("python:moto", "python:policy_sentry")
def test_by_aws_rules_it_allows_a_copy_and_what_was_read_and_nothing_beside(world: World, tmp_path: Path) -> None:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    copied = {"bucketName": "builds", "key": "copy/1", "x-amz-copy-source": "/builds/app/1.tar"}
    events = [
        event(1, "GetObject", service="s3", requestParameters={"bucketName": "builds", "key": "app/1.tar"}),
        event(2, "CopyObject", service="s3", requestParameters=copied),
        event(3, "ListObjects", service="s3", requestParameters={"bucketName": "builds"}),
    ]
    found = blasted(f"id:{KEY}", [write(tmp_path / "logs", events)], days=30, means=Means(), ends=UNTIL)
    world.admin("iam", "CreateUser", UserName="copier")
    text = json.dumps(found.proposal.text)
    world.admin("iam", "PutUserPolicy", UserName="copier", PolicyName="narrow", PolicyDocument=text)
    made = world.admin("iam", "CreateAccessKey", UserName="copier").json()["AccessKey"]

    def client(key: str, secret: str) -> Any:
        words = {"aws_access_key_id": key, "aws_secret_access_key": secret, "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=world.url, config=Config(s3={"addressing_style": "path"}), **words)

    owner = client(*world.values["env:ADMIN"].split(":", 1))
    owner.create_bucket(Bucket="builds")
    for name in ("app/1.tar", "app/2.tar"):
        owner.put_object(Bucket="builds", Key=name, Body=b"x")
    fresh = client(made["AccessKeyId"], made["SecretAccessKey"])
    assert fresh.get_object(Bucket="builds", Key="app/1.tar")["Body"].read() == b"x"
    fresh.copy_object(Bucket="builds", Key="copy/1", CopySource="builds/app/1.tar")
    assert len(fresh.list_objects(Bucket="builds")["Contents"]) == 3
    for ask in (
        lambda: fresh.get_object(Bucket="builds", Key="app/2.tar"),
        lambda: fresh.put_object(Bucket="builds", Key="app/1.tar", Body=b""),
        lambda: fresh.delete_object(Bucket="builds", Key="copy/1"),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            ask()
