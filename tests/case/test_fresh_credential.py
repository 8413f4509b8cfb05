"""From case.toml to the places: an AWS key is revoked at moto, a fresh one made and put where its consumers read it."""

from __future__ import annotations

import contextlib
import stat

from irkit.case import Case
from irkit.errors import Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import Replace
from tests.needs import needs
from tests.servers.aws import moto

ANYONE = {"aws_access_key_id": "AKIAFAKEFAKEFAKEFAKE", "aws_secret_access_key": "fake", "region_name": "us-east-1"}
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@needs("python:moto")
def test_a_fresh_key_is_in_its_places_and_nowhere_else(tmp_path, monkeypatch, alice):
    import boto3

    with moto(7) as url:
        iam = boto3.client("iam", endpoint_url=url, **ANYONE)
        pairs = []
        for user in ("deploy", "responder"):
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ALLOW)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs.append((made["AccessKeyId"], made["SecretAccessKey"]))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("FAKE_TOKEN", ":".join(pairs[0]))
        monkeypatch.setenv("RESPONDER", ":".join(pairs[1]))
        own = {"base": url, "responder": "env:RESPONDER"}
        place = tmp_path / "place"
        place.mkdir(mode=0o700)
        settings = {
            "providers": {"aws": own | {"propagation_s": 1}},
            "stores": {"aws-secret": own},
            "replacements": [{"into": ["aws-secret:deploy/key", f"file:{place / 'key'}"], "name": "deploy"}],
        }
        refs = [SecretRef("env:FAKE_TOKEN")]
        case = Case.create(tmp_path / "case", refs, settings=settings, approvers=[tmp_path / "alice.asc"])
        case.plan_revocation()
        plan = case.plan("revoke")
        (fresh,) = [action for action in plan.actions if isinstance(action.do, Replace)]
        assert [action.verb for action in plan.actions][:2] == ["deactivate", "delete"]
        assert "role" in " ".join(plan.reasons)
        case.approve("revoke", alice[1], alice[0])
        with contextlib.suppress(Waiting):
            case.carry_out("revoke")
        case.confirm()
        keys = {
            one["AccessKeyId"] for one in iam_of(url, pairs[1]).list_access_keys(UserName="deploy")["AccessKeyMetadata"]
        }
        case.plan_revocation()
        again = [action for action in case.plan("revoke").actions if isinstance(action.do, Replace)]
        case.approve("revoke", alice[1], alice[0])
        with contextlib.suppress(Waiting):
            case.carry_out("revoke")  # the fresh key is made once
        assert keys == {
            one["AccessKeyId"] for one in iam_of(url, pairs[1]).list_access_keys(UserName="deploy")["AccessKeyMetadata"]
        }
        secrets = boto3.client(
            "secretsmanager", endpoint_url=url, region_name="us-east-1",
            aws_access_key_id=pairs[1][0], aws_secret_access_key=pairs[1][1],
        )  # fmt: skip
        kept = secrets.get_secret_value(SecretId="deploy/key")["SecretString"]
    assert again == [fresh]
    replaced = case.journal.records(Kind.REPLACED)[-1].body
    assert keys == {replaced["public_id"]}
    assert [put["ended"] for put in replaced["puts"]] == ["done", "done"]
    written = (place / "key").read_text().rstrip("\n")
    assert written == kept
    assert written.split(":")[0] == replaced["public_id"]
    assert stat.S_IMODE((place / "key").stat().st_mode) == 0o600
    held = b"".join(path.read_bytes() for path in (tmp_path / "case").rglob("*") if path.is_file())
    assert written.split(":")[1].encode() not in held
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    told = case.journal.records(Kind.CONTAINED)[-1].body
    assert told["contained"] is None  # no log was read, so what it begot is not known
    assert "no log was read" in str(told["why"])
    case.verify()


def iam_of(url: str, pair: tuple[str, str]):
    import boto3

    return boto3.client(
        "iam", endpoint_url=url, region_name="us-east-1", aws_access_key_id=pair[0], aws_secret_access_key=pair[1]
    )
