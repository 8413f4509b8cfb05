"""AWS calls through the door: as one credential alone, once when they change something, and silent."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.plan import AwsCall
from irkit.redact import Redactor
from tests.network.test_rest import mute
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.programs import free_port

SECRET = "visiblyFakeSecretKey" * 2
SESSION = "visibly-fake-session-token-0123456789"
VALUES = {
    "env:KEY": f"AKIAQVISIBLYFAKE0000:{SECRET}",
    "env:SESSION": f"ASIAQVISIBLYFAKE0000:{SECRET}:{SESSION}",
    "env:WRONG": "not-an-access-key",
    "control:aws/access-key-id": "AKIAQNEVERISSUED0000",
}

IDENTITY = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/ci</Arn><UserId>%s</UserId><Account>123456789012</Account>
</GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
DENIED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>no such key</Message></Error>
<RequestId>1</RequestId></ErrorResponse>"""
XML = {"Content-Type": "text/xml"}


def door(timeout_s: float = 5) -> Door:
    return Door(lambda ref: Secret(VALUES[str(ref)]), Redactor(), timeout_s)


def whoami(endpoint: str, secret: str = "env:KEY", **more: object) -> AwsCall:
    return AwsCall("sts", "GetCallerIdentity", "leaked", secret=SecretRef(secret), endpoint=endpoint, **more)  # type: ignore[arg-type]


def as_ci(_asked: Asked) -> Answer:
    return Answer(200, IDENTITY % SECRET.encode(), XML)


def test_an_answer_is_json_with_its_status_and_without_the_secret_it_repeats() -> None:
    with serving(as_ci) as server:
        reply = door().send(whoami(server.url, about=SecretRef("control:aws/access-key-id")))
    assert reply.status == 200
    assert reply.json()["Arn"] == "arn:aws:iam::123456789012:user/ci"
    assert reply.json()["UserId"] == "[redacted env:KEY]"
    assert reply.about == "AKIAQNEVERISSUED0000"
    assert "AKIAQVISIBLYFAKE0000" in server.asked[0].headers["authorization"]
    assert "irkit/" in server.asked[0].headers["user-agent"]


def test_an_error_keeps_its_code_and_message() -> None:
    with serving(lambda _asked: Answer(403, DENIED, XML)) as server:
        reply = door().send(whoami(server.url))
    assert (reply.status, reply.json()) == (403, {"Error": {"Code": "InvalidClientTokenId", "Message": "no such key"}})


def test_a_session_token_is_sent_and_nothing_of_it_is_logged_at_debug(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(as_ci) as server:
        reply = door().send(whoami(server.url, "env:SESSION"))
    assert server.asked[0].headers["x-amz-security-token"] == SESSION
    written = caplog.text + "".join(capfd.readouterr()) + repr(reply)
    assert "botocore" in caplog.text
    assert SESSION not in written
    assert SECRET not in written


def test_the_leaked_key_is_never_mixed_with_what_this_machine_has_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:1\n")
    for name, value in {
        "AWS_PROFILE": "work",
        "AWS_CONFIG_FILE": str(config),
        "AWS_ACCESS_KEY_ID": "AKIAQRESPONDERSOWN00",
        "AWS_SECRET_ACCESS_KEY": "fake" * 10,
        "AWS_SESSION_TOKEN": "the-responders-fake-session",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    with serving(as_ci) as server:
        assert door().send(whoami(server.url)).status == 200
    asked = server.asked[0].headers
    assert "AKIAQVISIBLYFAKE0000" in asked["authorization"]
    assert "us-east-1" in asked["authorization"]
    assert "x-amz-security-token" not in asked


def test_without_a_credential_the_responders_own_configuration_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAQRESPONDERSOWN00")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "fake" * 10)
    with serving(as_ci) as server:
        door().send(AwsCall("sts", "GetCallerIdentity", "responder", endpoint=server.url))
    assert "AKIAQRESPONDERSOWN00" in server.asked[0].headers["authorization"]


def test_a_machine_without_any_configuration_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with serving(as_ci) as server, pytest.raises(NotAvailable, match="aws configure"):
        door().send(AwsCall("sts", "GetCallerIdentity", "responder", endpoint=server.url))
    assert server.asked == []


@pytest.mark.parametrize(("mutates", "times"), [(True, 1), (False, 3)])
def test_a_mutation_is_sent_once_and_a_read_may_be_repeated(mutates: bool, times: int) -> None:
    with serving(lambda _asked: None) as server:
        reply = door().send(whoami(server.url, mutates=mutates))
    assert (reply.status, reply.sent) == (None, True)
    assert len(server.asked) == times


def test_a_server_that_hangs_may_have_got_the_request() -> None:
    with mute() as url:
        reply = door(timeout_s=0.3).send(whoami(url, mutates=True))
    assert (reply.status, reply.sent, reply.failure) == (None, True, "timeout")


def test_a_refused_connection_sent_nothing() -> None:
    reply = door().send(whoami(f"http://127.0.0.1:{free_port()}", mutates=True))
    assert (reply.status, reply.sent, reply.failure) == (None, False, "refused")


WRONG = {
    "no access key": (whoami("http://127.0.0.1:1", "env:WRONG"), "not an AWS access key"),
    "no such operation": (
        AwsCall("sts", "GiveMeAPony", "leaked", secret=SecretRef("env:KEY"), endpoint="http://127.0.0.1:1"),
        "no such operation",
    ),
    "no such service": (
        AwsCall("ponies", "Get", "leaked", secret=SecretRef("env:KEY"), endpoint="http://127.0.0.1:1"),
        "cannot be called",
    ),
    "parameters it does not take": (
        AwsCall(
            "iam", "DeleteAccessKey", "leaked", {"Wrong": "x"}, SecretRef("env:KEY"), endpoint="http://127.0.0.1:1"
        ),
        "would not take",
    ),
    "an address without encryption": (whoami("http://192.0.2.7"), "unencrypted"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_call_that_cannot_be_made_is_bad_input_and_says_nothing_secret(case: str) -> None:
    call, words = WRONG[case]
    with pytest.raises(BadInput, match=words) as caught:
        door().send(call)
    error: BaseException | None = caught.value
    while error is not None:
        assert VALUES["env:WRONG"] not in repr(error)
        assert SECRET not in repr(error)
        error = error.__context__
