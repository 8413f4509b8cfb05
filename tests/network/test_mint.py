"""A fresh credential leaves the door through the one return value that is meant for it, whatever the answer looks like."""

from __future__ import annotations

import base64
import gc
import gzip
import http.client
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.network.rest import LARGEST
from irkit.plan import Auth, AwsCall, Call
from irkit.providers.interface import Reply
from irkit.redact import Redactor
from tests.servers.loopback import Answer, Asked, serving

FRESH = "fresh-and-visibly-fake-0123456789"
ADMIN = "the-responders-fake-token"
AWS_SECRET = "visiblyFakeSecretKey" * 2
AWS_FRESH = "freshFakeSecretKey00" * 2
VALUES = {"env:ADMIN": ADMIN, "env:KEY": f"AKIAQVISIBLYFAKE0000:{AWS_SECRET}"}


def door() -> Door:
    return Door(lambda ref: Secret(VALUES[str(ref)]), Redactor(), 5)


def secret_of(document: Any) -> str | None:
    """As a provider's: it trusts the answer to be what it documents, and stumbles over anything else."""
    return document["data"]["token"]  # type: ignore[no-any-return]


def making(url: str) -> Call:
    return Call(
        "POST", f"{url}/tokens", "responder", Auth("bearer", SecretRef("env:ADMIN")), body={"n": "x"}, mutates=True
    )


def page(text: str, status: int = 200, **headers: str) -> Answer:
    return Answer(status, text.encode(), {"Content-Type": "text/html", **headers})


GOOD = {"data": {"token": FRESH, "id": "token-7", "expires": "2030-01-01"}}
FOUND = {
    "as documented": Answer(201, json.dumps(GOOD).encode()),
    "and once more elsewhere": Answer(
        201, json.dumps({**GOOD, "echo": [f"Bearer {FRESH}"]}).encode(), {"X-Token": FRESH}
    ),
    "and in base64": Answer(201, json.dumps({**GOOD, "b": base64.b64encode(FRESH.encode()).decode()}).encode()),
    "escaped": Answer(201, json.dumps(GOOD).replace("-", "\\u002d").encode()),
    "compressed": Answer(201, gzip.compress(json.dumps(GOOD).encode()), {"Content-Encoding": "gzip"}),
    "in a refusal": Answer(409, json.dumps(GOOD).encode()),
}


@pytest.mark.parametrize("case", FOUND)
def test_the_value_is_handed_over_and_hidden_in_the_reply(case: str) -> None:
    with serving(lambda _asked: FOUND[case]) as server:
        reply, secret = door().mint(making(server.url), secret_of)
    assert secret == Secret(FRESH)
    assert FRESH not in _everything(reply)
    assert reply.json()["data"]["id"] == "token-7"
    assert "[redacted the fresh credential]" in reply.body
    assert FRESH not in repr(secret)


LOST = {
    "a page": page(f"<html>your token: {FRESH}</html>"),
    "a page that is a 500": page(f"<html>{FRESH}</html>", 500),
    "a redirect that holds it": page("", 302, Location=f"/done?token={FRESH}"),
    "text": page(f"token={FRESH}", 201),
    "a list": Answer(200, json.dumps([FRESH]).encode()),
    "under another name": Answer(201, json.dumps({"data": {"secret": FRESH}}).encode(), {"X-Token": FRESH}),
    "deeper": Answer(201, json.dumps({"data": {"token": {"value": FRESH}}}).encode()),
    "nothing there": Answer(201, json.dumps({"data": {"token": "", "other": FRESH}}).encode()),
    "an error of the server's": Answer(503, json.dumps({"message": f"made {FRESH}, then fell over"}).encode()),
    "huge": Answer(201, json.dumps({**GOOD, "more": "x" * LARGEST}).encode()),
    "huge and nested": Answer(201, b"[" * 200_000 + FRESH.encode()),
    "cut off by itself": Answer(201, json.dumps(GOOD).encode()[:-3]),
    "not what it is compressed with": Answer(201, FRESH.encode(), {"Content-Encoding": "gzip"}),
    "another alphabet": Answer(201, json.dumps(GOOD).encode("utf-16")),
}


@pytest.fixture
def no_finalizers() -> Iterator[None]:
    """What is deep in brackets is read at the limit of recursion: a finalizer that runs just then would fail, and the test with it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_finalizers")
@pytest.mark.parametrize("case", LOST)
def test_where_no_value_can_be_made_out_nothing_but_the_status_is_kept(case: str) -> None:
    with serving(lambda _asked: LOST[case]) as server:
        reply, secret = door().mint(making(server.url), secret_of)
    assert secret is None
    assert reply == Reply(LOST[case].status)


@pytest.mark.usefixtures("no_finalizers")
def test_brackets_without_end_are_no_document() -> None:
    assert Reply(200, {}, "[" * 200_000).json() is None


def test_an_answer_that_breaks_off_keeps_its_status_alone() -> None:
    def breaks(_asked: Asked) -> Answer:
        return Answer(201, json.dumps(GOOD).encode(), {"Content-Length": "5000"})

    with serving(breaks) as server:
        reply, secret = Door(lambda ref: Secret(VALUES[str(ref)]), Redactor(), 0.5).mint(making(server.url), secret_of)
    assert secret is None
    assert FRESH not in _everything(reply)


def test_a_refusal_says_why() -> None:
    with serving(lambda _asked: Answer(403, b'{"message": "admins only"}')) as server:
        reply, secret = door().mint(making(server.url), secret_of)
    assert (reply.status, reply.json(), secret) == (403, {"message": "admins only"}, None)


def test_it_is_sent_once_and_a_hung_up_line_says_that_it_may_have_arrived() -> None:
    with serving(lambda _asked: None) as server:
        reply, secret = door().mint(making(server.url), secret_of)
    assert (reply.status, reply.sent, secret, len(server.asked)) == (None, True, None, 1)


@pytest.mark.usefixtures("no_finalizers")
def test_nothing_of_it_is_logged_printed_or_kept_in_an_exception(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    caplog.set_level(logging.DEBUG)
    for answer in (*FOUND.values(), *LOST.values()):
        with serving(lambda _asked, answer=answer: answer) as server:
            door().mint(making(server.url), secret_of)
    assert FRESH not in caplog.text + "".join(capfd.readouterr())

    def stumbles(document: Any) -> str | None:
        raise KeyError(document["data"]["token"])

    with serving(lambda _asked: FOUND["as documented"]) as server:
        reply, secret = door().mint(making(server.url), stumbles)
    assert (secret, reply) == (None, Reply(201))


def test_what_is_put_together_of_two_parts_is_hidden_in_its_parts_too() -> None:
    answer = Answer(200, json.dumps({"sid": "SK-public-id", "secret": FRESH}).encode())
    with serving(lambda _asked: answer) as server:
        reply, secret = door().mint(making(server.url), lambda one: f"{one['sid']}:{one['secret']}")
    assert secret == Secret(f"SK-public-id:{FRESH}")
    assert reply.json() == {"sid": "SK-public-id", "secret": "[redacted the fresh credential]"}


def test_a_part_with_secret_in_its_name_is_hidden_although_it_is_called_an_id() -> None:
    answer = Answer(200, json.dumps({"role_id": "role-7-public", "secret_id": FRESH}).encode())
    with serving(lambda _asked: answer) as server:
        reply, _ = door().mint(making(server.url), lambda one: f"{one['role_id']}:{one['secret_id']}")
    assert reply.json() == {"role_id": "role-7-public", "secret_id": "[redacted the fresh credential]"}


def test_a_door_that_hides_it_hides_it_in_every_later_answer_in_any_form() -> None:
    said = {"raw": FRESH, "b64": base64.b64encode(FRESH.encode()).decode(), "other": "kept"}
    with serving(lambda _asked: Answer(200, json.dumps(said).encode())) as server:
        reply = door().hides(Secret(FRESH), "minted:x").send(Call("GET", server.url, "responder"))
    assert reply.json()["raw"] == "[redacted minted:x]"
    assert reply.json()["b64"].startswith("[redacted minted:x]")
    assert reply.json()["other"] == "kept"


CREATED = f"""<CreateAccessKeyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><CreateAccessKeyResult><AccessKey>
<UserName>ci</UserName><AccessKeyId>AKIAQFRESHFAKE000000</AccessKeyId><Status>Active</Status>
<SecretAccessKey>{AWS_FRESH}</SecretAccessKey></AccessKey></CreateAccessKeyResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></CreateAccessKeyResponse>"""
XML = {"Content-Type": "text/xml"}


def access_key(endpoint: str) -> AwsCall:
    return AwsCall(
        "iam", "CreateAccessKey", "responder", {"UserName": "ci"}, SecretRef("env:KEY"), endpoint=endpoint, mutates=True
    )


def pair_of(document: Any) -> str | None:
    key = document["AccessKey"]
    return f"{key['AccessKeyId']}:{key['SecretAccessKey']}"


def test_an_aws_key_is_handed_over_and_only_its_secret_part_is_hidden() -> None:
    with serving(lambda _asked: Answer(200, CREATED.encode(), XML)) as server:
        reply, secret = door().mint(access_key(server.url), pair_of)
    assert secret == Secret(f"AKIAQFRESHFAKE000000:{AWS_FRESH}")
    assert AWS_FRESH not in _everything(reply)
    assert reply.json()["AccessKey"]["AccessKeyId"] == "AKIAQFRESHFAKE000000"


AWS_LOST = {
    "without a secret": (200, CREATED.replace("SecretAccessKey>", "AnotherName>")),
    "an error that holds it": (
        500,
        f"<ErrorResponse><Error><Code>ServiceFailure</Code><Message>{AWS_FRESH}</Message></Error></ErrorResponse>",
    ),
    "a page": (200, f"<html>{AWS_FRESH}</html>"),
    "cut off": (200, CREATED[:-40]),
    "not XML": (200, f'{{"SecretAccessKey": "{AWS_FRESH}"}}'),
}


@pytest.mark.parametrize("case", AWS_LOST)
def test_an_aws_answer_without_a_key_to_be_made_out_keeps_nothing(
    case: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    status, text = AWS_LOST[case]
    with serving(lambda _asked: Answer(status, text.encode(), XML)) as server:
        reply, secret = door().mint(access_key(server.url), pair_of)
    assert secret is None
    assert AWS_FRESH not in _everything(reply) + caplog.text + "".join(capfd.readouterr())
    assert len(server.asked) == 1


def test_at_debug_botocore_says_nothing_of_the_answer_that_holds_a_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(lambda _asked: Answer(200, CREATED.encode(), XML)) as server:
        door().mint(access_key(server.url), pair_of)
    assert AWS_FRESH not in caplog.text


def _everything(reply: Reply) -> str:
    return repr(reply) + reply.body + json.dumps(dict(reply.headers))
