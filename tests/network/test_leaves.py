"""What stands for a value in a call: in the address, in a sealed box, in base64. It arrives as it must and never comes back."""

from __future__ import annotations

import base64
import json

import pytest

from irkit.errors import BadInput
from irkit.model import Secret, SecretRef
from irkit.network import Door
from irkit.plan import Call, Encoded, Sealed
from irkit.redact import Redactor
from tests.needs import needs
from tests.network.test_rest import echo
from tests.servers.loopback import serving
from tests.servers.programs import free_port

TOKEN = "12345:visibly/fake+token=0123456789"
REF = SecretRef("env:TOKEN")


def door() -> Door:
    return Door(lambda _ref: Secret(TOKEN), Redactor(), 5)


def test_a_secret_in_an_address_arrives_percent_encoded_and_comes_back_hidden() -> None:
    with serving(echo) as server:
        reply = door().send(Call("GET", f"{server.url}/bot{{secret}}/getMe", "leaked", in_url=REF))
    assert server.asked[0].path == "/bot12345:visibly%2Ffake%2Btoken%3D0123456789/getMe"
    assert TOKEN not in repr(reply)
    assert "visibly%2Ffake" not in repr(reply)
    assert "/bot[redacted env:TOKEN]/getMe" in reply.body


def test_a_secret_in_an_address_is_in_no_failure_and_no_plan() -> None:
    call = Call("GET", f"http://127.0.0.1:{free_port()}/bot{{secret}}/getMe", "leaked", in_url=REF)
    reply = door().send(call)
    assert (reply.status, reply.failure) == (None, "refused")
    assert "visibly" not in repr(reply) + repr(call) + call.summary()


@pytest.mark.parametrize("url", ["http://{secret}.example.com/", "ftp://127.0.0.1/{secret}"])
def test_a_secret_does_not_choose_the_host(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        door().send(Call("GET", url, "leaked", in_url=REF))
    assert "visibly" not in repr(caught.value)


@needs("python:nacl")
def test_a_sealed_box_opens_with_the_private_key_alone() -> None:
    from nacl.public import PrivateKey, SealedBox

    private = PrivateKey.generate()
    key = base64.b64encode(bytes(private.public_key)).decode()
    with serving(echo) as server:
        reply = door().send(
            Call("PUT", server.url, "responder", body={"encrypted_value": Sealed(REF, key)}, mutates=True)
        )
    sealed = base64.b64decode(json.loads(server.asked[0].body)["encrypted_value"])
    assert SealedBox(private).decrypt(sealed).decode() == TOKEN
    assert TOKEN.encode() not in sealed
    assert TOKEN not in repr(reply)


@needs("python:nacl")
@pytest.mark.parametrize("key", ["", "not base64", base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_seals_nothing_and_sends_nothing(key: str) -> None:
    with serving(echo) as server, pytest.raises(BadInput, match="no public key") as caught:
        door().send(Call("PUT", server.url, "responder", body={"encrypted_value": Sealed(REF, key)}, mutates=True))
    assert server.asked == []
    assert TOKEN not in repr(caught.value) + repr(caught.value.__context__)


def test_a_value_in_base64_arrives_and_comes_back_hidden_to_its_last_digit() -> None:
    encoded = base64.b64encode(TOKEN.encode()).decode()
    with serving(echo) as server:
        reply = door().send(Call("PATCH", server.url, "responder", body={"data": {"k": Encoded(REF)}}, mutates=True))
    assert json.loads(server.asked[0].body) == {"data": {"k": encoded}}
    assert json.loads(reply.json()["body"]) == {"data": {"k": "[redacted env:TOKEN]"}}


def test_what_a_call_is_about_is_in_its_reply_and_is_not_sent() -> None:
    with serving(echo) as server:
        reply = door().send(Call("GET", server.url, "responder", about="field"))
    assert reply.about == "field"
    assert "field" not in reply.body
