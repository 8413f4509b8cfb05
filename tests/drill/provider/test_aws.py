"""The AWS part, asked by boto3 itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from irkit.drill.credentials import aws_pair
from irkit.drill.provider import FakeProvider
from tests.drill.provider.conftest import ACCOUNT, Issued

Serve = Callable[..., FakeProvider]


def client(provider: FakeProvider, service: str, pair: tuple[str, str]) -> Any:
    return boto3.client(
        service,
        endpoint_url=provider.url,
        region_name="us-east-1",
        aws_access_key_id=pair[0],
        aws_secret_access_key=pair[1],
        config=Config(retries={"total_max_attempts": 1}, read_timeout=1, connect_timeout=2),
    )


def code(call: Callable[[], Any]) -> tuple[str, int]:
    """The error code and status of a refused call, or ("", 200)."""
    try:
        return "", call()["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def identity(provider: FakeProvider, pair: tuple[str, str]) -> tuple[str, int]:
    return code(client(provider, "sts", pair).get_caller_identity)


def test_a_living_key_says_who_it_is(serve: Serve, issued: Issued) -> None:
    told = client(serve(), "sts", issued.leaked).get_caller_identity()
    assert (told["Account"], told["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/backup")


def test_refusals_tell_an_unknown_key_from_a_wrong_secret(serve: Serve, issued: Issued) -> None:
    provider = serve()
    assert identity(provider, aws_pair(ACCOUNT)) == ("InvalidClientTokenId", 403)
    assert identity(provider, (issued.leaked[0], aws_pair(ACCOUNT)[1])) == ("SignatureDoesNotMatch", 403)


def test_a_key_is_listed_deactivated_and_deleted(serve: Serve, issued: Issued) -> None:
    provider = serve()
    iam, key_id = client(provider, "iam", issued.responder), issued.leaked[0]
    identity(provider, issued.leaked)

    used = iam.get_access_key_last_used(AccessKeyId=key_id)
    assert (used["UserName"], used["AccessKeyLastUsed"]["ServiceName"]) == ("backup", "sts")

    def listed() -> list[tuple[str, str]]:
        keys = iam.list_access_keys(UserName="backup")["AccessKeyMetadata"]
        return [(key["AccessKeyId"], key["Status"]) for key in keys]

    assert listed() == [(key_id, "Active")]
    iam.update_access_key(UserName="backup", AccessKeyId=key_id, Status="Inactive")
    assert (listed(), identity(provider, issued.leaked)) == ([(key_id, "Inactive")], ("InvalidClientTokenId", 403))
    iam.update_access_key(UserName="backup", AccessKeyId=key_id, Status="Active")
    assert identity(provider, issued.leaked) == ("", 200)
    iam.delete_access_key(UserName="backup", AccessKeyId=key_id)
    assert identity(provider, issued.leaked) == ("InvalidClientTokenId", 403)
    assert provider.mutations() == 3
    assert provider.mutations("DeleteAccessKey") == 1


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("update_access_key", {"UserName": "backup", "AccessKeyId": "AKIAQFAKEFAKEFAKEFAK", "Status": "Inactive"}),
        ("delete_access_key", {"UserName": "backup", "AccessKeyId": "AKIAQFAKEFAKEFAKEFAK"}),
        ("get_access_key_last_used", {"AccessKeyId": "AKIAQFAKEFAKEFAKEFAK"}),
        ("list_access_keys", {"UserName": "nobody"}),
    ],
)
def test_what_is_not_there_is_no_such_entity(
    serve: Serve, issued: Issued, operation: str, arguments: dict[str, str]
) -> None:
    provider = serve()
    iam = client(provider, "iam", issued.responder)
    assert code(lambda: getattr(iam, operation)(**arguments)) == ("NoSuchEntity", 404)
    assert provider.mutations() == 0


def test_anothers_key_is_not_found_under_the_wrong_user(serve: Serve, issued: Issued) -> None:
    iam = client(serve(), "iam", issued.responder)
    assert code(lambda: iam.delete_access_key(AccessKeyId=issued.leaked[0])) == ("NoSuchEntity", 404)


@pytest.mark.parametrize(
    ("fault", "said", "probes"),
    [
        ("accepted-but-alive", ("", 200), [200, 200, 200]),
        ("delayed-death=2", ("", 200), [200, 200, 403]),
        ("500-then-done", ("InternalFailure", 500), [403, 403, 403]),
        ("429", ("Throttling", 429), [200, 200, 200]),
    ],
)
def test_each_fault_shows_after_the_deactivation(
    serve: Serve, issued: Issued, fault: str, said: tuple[str, int], probes: list[int]
) -> None:
    provider = serve(fault)
    iam = client(provider, "iam", issued.responder)
    answered = code(lambda: iam.update_access_key(UserName="backup", AccessKeyId=issued.leaked[0], Status="Inactive"))
    assert answered == said
    assert [identity(provider, issued.leaked)[1] for _ in probes] == probes


def test_a_deactivation_may_be_carried_out_and_never_answered(serve: Serve, issued: Issued) -> None:
    provider = serve("timeout-after-mutation")
    iam = client(provider, "iam", issued.responder)
    with pytest.raises(ReadTimeoutError):
        iam.update_access_key(UserName="backup", AccessKeyId=issued.leaked[0], Status="Inactive")
    assert identity(provider, issued.leaked) == ("InvalidClientTokenId", 403)
    assert provider.mutations("UpdateAccessKey") == 1
