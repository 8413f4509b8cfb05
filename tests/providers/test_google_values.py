"""Google API keys and OAuth tokens: readings, and the whole way against a server that answers as Google's pages say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from irkit.errors import NotAvailable
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Ask, Call, HumanTask
from irkit.providers import gcp_api_key, google_oauth, identify
from irkit.providers.gcp_api_key import GCP_API_KEY, LIVING
from irkit.providers.google_oauth import GOOGLE_OAUTH
from irkit.providers.interface import Provider, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of, proof_of_death
from irkit.stores import resolve
from tests.needs import needs
from tests.providers.contracts import method
from tests.providers.proofs import proves
from tests.servers.loopback import Answer, Asked, Server, serving

NAME = "projects/123456789012/locations/global/keys/0fa4e0fa-4e0f-4a4e-8fa4-e0fa4e0fa4e0"
LEAKED = SecretRef("env:LEAKED")
READY = Setting("", SecretRef("env:RESPONDER"), {"key_name": NAME})
API_KEY, TOKEN = Target(LEAKED, "api-key"), Target(LEAKED, "access-token")
VALUES = {"gcp-api-key": "AIza" + "visiblyFakeKey" * 2 + "0000000", "google-oauth": "ya29." + "visiblyFakeToken" * 4}


def reason(name: str, status: int = 403) -> Reply:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name, "domain": "googleapis.com"}]
    return Reply(status, {}, json.dumps({"error": {"code": status, "message": "said", "details": details}}))


KEY_READINGS = {
    "models": (Reply(200, {}, '{"models": []}'), State.ALIVE),
    "invalid": (reason("API_KEY_INVALID", 400), State.DEAD),
    **{name: (reason(name), State.ALIVE) for name in LIVING},
    "restricted, at another status": (reason("API_KEY_SERVICE_BLOCKED", 429), State.UNKNOWN),
    "a limit": (reason("RATE_LIMIT_EXCEEDED", 429), State.UNKNOWN),
    "billing": (reason("BILLING_DISABLED"), State.UNKNOWN),
    "no reason": (Reply(400, {}, '{"error": {"message": "API key not valid"}}'), State.UNKNOWN),
    "an outage": (reason("API_KEY_INVALID", 503), State.UNKNOWN),
    "empty 200": (Reply(200, {}, "{}"), State.UNKNOWN),
    "HTML": (Reply(403, {}, "<html>"), State.UNKNOWN),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", KEY_READINGS)
def test_the_standing_of_an_api_key_is_read(case: str) -> None:
    reply, state = KEY_READINGS[case]
    assert gcp_api_key.read_standing(reply).state is state


TOKEN_READINGS = {
    "known": (Reply(200, {}, '{"expires_in": 60, "scope": "email", "email": "a@example"}'), State.ALIVE),
    "invalid": (Reply(400, {}, '{"error": "invalid_token", "error_description": "Invalid Value"}'), State.DEAD),
    "another error": (Reply(400, {}, '{"error": "invalid_request"}'), State.UNKNOWN),
    "a limit": (Reply(429, {}, '{"error": {"code": 429}}'), State.UNKNOWN),
    "an outage": (Reply(503, {}, '{"error": "invalid_token"}'), State.UNKNOWN),
    "empty 200": (Reply(200, {}, "{}"), State.UNKNOWN),
    "HTML": (Reply(403, {}, "<html>"), State.UNKNOWN),
    "no answer": (Reply(None, failure="timeout"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", TOKEN_READINGS)
def test_the_standing_of_a_token_is_read(case: str) -> None:
    reply, state = TOKEN_READINGS[case]
    assert google_oauth.read_standing(reply).state is state


@proves("gcp-api-key", "identify", by="offline")
@proves("google-oauth", "identify", by="offline")
def test_each_is_known_by_its_beginning_and_length() -> None:
    for name, value in VALUES.items():
        (found,) = identify(value)
        assert found.provider == name
        assert identify(value[1:]) == ()
    assert identify(VALUES["gcp-api-key"] + "0") == ()
    assert identify("1//" + "visiblyFake" * 4)[0].shape == "refresh-token"


class Google:
    def __init__(self) -> None:
        self.living = set(VALUES.values())

    def __call__(self, asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        given = {name: values[0] for name, values in parse_qs(query or asked.body.decode()).items()}
        match asked.method, path:
            case "GET", "/v1beta/models":
                known = asked.headers["x-goog-api-key"] in self.living
                reply = reason("API_KEY_SERVICE_BLOCKED") if known else reason("API_KEY_INVALID", 400)
                return Answer(reply.status or 0, reply.body.encode())
            case "GET", "/v2/keys:lookupKey" if asked.headers["authorization"] == "Bearer visibly-fake-responder":
                return (
                    said(200, {"name": NAME, "parent": "projects/1"})
                    if given["keyString"] in self.living
                    else said(404, {})
                )
            case "DELETE", _ if (
                path == f"/v2/{NAME}" and asked.headers["authorization"] == "Bearer visibly-fake-responder"
            ):
                self.living.discard(VALUES["gcp-api-key"])
                return said(200, {"name": "operations/1", "done": False})
            case "POST", "/oauth2/v2/tokeninfo":
                if given["access_token"] in self.living:
                    return said(200, {"expires_in": 60, "scope": "email", "issued_to": "client"})
                return said(400, {"error": "invalid_token", "error_description": "Invalid Value"})
            case "POST", "/revoke" if given["token"] in self.living:
                self.living.discard(given["token"])
                return said(200, {})
            case "POST", "/revoke":
                return said(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})
        return said(403, {"error": {"message": "denied"}})


def said(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Google()) as server:
        yield server


@pytest.mark.parametrize(("provider", "target"), [(GCP_API_KEY, API_KEY), (GOOGLE_OAUTH, TOKEN)])
def test_it_lives_is_revoked_once_and_is_proved_dead(server: Server, provider: Provider, target: Target) -> None:
    values = {"env:LEAKED": VALUES[provider.name], "env:RESPONDER": "visibly-fake-responder"}
    door = Door(lambda ref: Secret(values[str(ref)]) if str(ref) in values else resolve(ref), Redactor(), 10)
    setting = Setting(server.url, SecretRef("env:RESPONDER"))
    if provider.look_up:
        question = provider.look_up.ask(setting, target)
        assert question is not None
        setting = provider.look_up.learned(setting, door.send(question))
        assert setting.options == {"key_name": NAME}
        assert provider.look_up.ask(setting, target) is None

    def standing(whose: Target | None):  # type: ignore[no-untyped-def]
        assert whose is not None
        assert provider.ask_standing is not None
        assert provider.read_standing is not None
        return provider.read_standing(door.send(provider.ask_standing(setting, whose)))

    before, control = standing(target), standing(control_of(provider, target))
    (step,) = provider.steps
    call: Ask | HumanTask = step.ask(setting, target)
    assert isinstance(call, Call)
    assert step.read(door.send(call)).yes is True
    assert proof_of_death(before, control, [standing(target)]).verdict == "dead"
    assert sum(asked.method == "DELETE" or asked.path == "/revoke" for asked in server.asked) == 1


DELETED = {
    "begun": (Reply(200, {}, '{"name": "operations/1"}'), True),
    "failed": (Reply(200, {}, '{"name": "operations/1", "done": true, "error": {"message": "no"}}'), False),
    "denied": (Reply(403, {}, '{"error": {"message": "denied"}}'), False),
    "an outage": (Reply(503, {}, '{"error": {"message": "x"}}'), None),
    "HTML": (Reply(200, {}, "<html>"), None),
    "no answer": (Reply(None, failure="timeout"), None),
}


@pytest.mark.parametrize("case", DELETED)
def test_a_deletion_is_read(case: str) -> None:
    reply, yes = DELETED[case]
    assert gcp_api_key.read_delete(reply).yes is yes


REVOKED = {
    "accepted": (Reply(200, {}, "{}"), True),
    "dead already": (Reply(400, {}, '{"error": "invalid_token"}'), False),
    "an outage": (Reply(500, {}, '{"error": "internal"}'), None),
    "HTML": (Reply(200, {}, "<html>"), None),
    "not sent": (Reply(None, sent=False, failure="refused"), False),
    "no answer": (Reply(None, failure="timeout"), None),
}


@pytest.mark.parametrize("case", REVOKED)
def test_a_revocation_is_read(case: str) -> None:
    reply, yes = REVOKED[case]
    assert google_oauth.read_revoke(reply).yes is yes


def described(call: Ask | HumanTask | None, name: str) -> str:
    assert isinstance(call, Call)
    url, _, query = call.url.partition("?")
    found = method(replace(call, url=url), name)
    given = {one.partition("=")[0] for one in query.split("&") if one} | {name for name, _ in call.query}
    assert given <= set(found["parameters"])
    return str(found["id"])


@needs("python:googleapiclient")
@proves("gcp-api-key", "revoke", by="contract: apikeys.v2")
@proves("google-oauth", "verify", "scope", by="contract: oauth2.v2")
def test_googles_descriptions_have_each_call() -> None:
    assert GCP_API_KEY.look_up is not None
    assert described(gcp_api_key.ask_delete(READY, API_KEY), "apikeys.v2") == "apikeys.projects.locations.keys.delete"
    question = GCP_API_KEY.look_up.ask(replace(READY, options={}), API_KEY)
    assert described(question, "apikeys.v2") == "apikeys.keys.lookupKey"
    assert described(google_oauth.ask_standing(READY, TOKEN), "oauth2.v2") == "oauth2.tokeninfo"


@needs("python:googleapiclient")
def test_the_reasons_are_googles_own() -> None:
    from google.api import error_reason_pb2

    assert {*LIVING, "API_KEY_INVALID"} <= set(error_reason_pb2.ErrorReason.keys())


def test_what_cannot_be_asked_or_done_is_said() -> None:
    with pytest.raises(NotAvailable):
        google_oauth.ask_standing(Setting(), Target(LEAKED, "refresh-token"))
    assert isinstance(gcp_api_key.ask_delete(Setting("", None, READY.options), API_KEY), HumanTask)
    assert isinstance(gcp_api_key.ask_delete(replace(READY, options={"key_name": "a/../b"}), API_KEY), HumanTask)
    assert isinstance(google_oauth.ask_revoke(Setting(), Target(None, "access-token")), HumanTask)
