"""Providers of services on the net, all walked by the same rules: who asks, with whose secret, what is repeated, what is believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import SecretRef, State
from irkit.plan import Ask, Auth, Call, HumanTask
from irkit.providers import PROVIDERS, identify
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.revoke import control_of

LEAKED, RESPONDER = SecretRef("env:LEAKED"), SecretRef("env:RESPONDER")
SITE = "https://service.example.org"
OPTIONS: dict[str, dict[str, str]] = {
    "atlassian": {"email": "owner@example.org", "account_id": "5b10", "token_id": "t1"},
    "datadog": {"key_id": "k1"},
    "discord": {"client_id": "123"},
    "jwt": {"probe_url": f"{SITE}/me"},
    "mailgun": {"key_id": "k1"},
    "mattermost": {"token_id": "t1", "user_id": "u1"},
    "okta": {"token_id": "t1"},
    "sendgrid": {},
    "sentry": {"organization": "acme", "token_id": "7"},
    "slack": {},
    "stripe": {},
    "telegram": {},
    "twilio": {"account": "AC" + "0" * 32},
    "twitch": {"client_id": "c1"},
    "vault": {"accessor": "a1", "child_accessor": "a2", "lease_prefix": "database/creds/ci"},
}
SHAPES = [(name, shape.name) for name in OPTIONS for shape in PROVIDERS[name].shapes]
BY_VALUE = {"discord-oauth2"}
"""Shapes whose API takes the leaked value as the thing to revoke and the responder's as proof of the right to (RFC 7009)."""


def setting(name: str) -> Setting:
    return Setting(SITE, RESPONDER, OPTIONS[name])


def target(shape: str) -> Target:
    public = {"twilio-api-key": "SK" + "1" * 32, "twilio-auth-token": "AC" + "0" * 32}
    return Target(LEAKED, shape, public.get(shape, "id1"))


def refs(value: Any) -> Iterator[SecretRef]:
    """Every reference in a call, wherever it stands."""
    if isinstance(value, SecretRef):
        yield value
    elif isinstance(value, Call):
        yield from refs((value.auth, value.body, value.form, value.in_url, value.query, value.headers))
    elif isinstance(value, Auth):
        yield from refs((value.secret, value.user))
    elif isinstance(value, dict):
        yield from refs(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from refs(item)


NO_PROBE = {"slack-refresh", "stripe-webhook-secret", "datadog-app-key", "datadog-app-key-plain"}


def by_value(name: str) -> Setting:
    """The setting without the accessor by which Vault's register would be asked as the responder (test_vault_openbao.py)."""
    given = setting(name)
    return replace(given, options={option: value for option, value in given.options.items() if option != "accessor"})


def probe(name: str, shape: str) -> Ask | None:
    """The probe of a shape; None for those of which the provider says in words why there is none."""
    ask = PROVIDERS[name].ask_standing
    assert ask is not None
    if shape not in NO_PROBE:
        return ask(by_value(name), target(shape))
    with pytest.raises(NotAvailable, match="cannot be asked"):
        ask(by_value(name), target(shape))
    return None


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_a_probe_changes_nothing_and_shows_the_leaked_secret_alone(name: str, shape: str) -> None:
    call = probe(name, shape)
    if call is None:
        return
    assert isinstance(call, Call)
    assert not call.mutates
    assert call.identity == "leaked"
    assert set(refs(call)) == {LEAKED}
    assert call.url.startswith(SITE)


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_the_control_is_asked_about_as_the_leaked_one_is(name: str, shape: str) -> None:
    call, look_alike = probe(name, shape), control_of(PROVIDERS[name], target(shape))
    assert look_alike is not None
    if call is None:
        return
    ask = PROVIDERS[name].ask_standing
    assert ask is not None
    control = ask(by_value(name), look_alike)
    assert isinstance(control, Call)
    assert isinstance(call, Call)
    assert control.identity == "control"
    assert set(refs(control)) == {look_alike.secret}
    assert (control.method, control.url, control.query) == (call.method, call.url, call.query)


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_a_mutation_says_so_and_never_mixes_two_secrets(name: str, shape: str) -> None:
    for step in PROVIDERS[name].steps:
        do = step.ask(setting(name), target(shape))
        if isinstance(do, HumanTask):
            continue
        assert isinstance(do, Call)
        assert do.mutates
        assert do.method != "GET"
        if shape in BY_VALUE:
            assert set(refs(do)) == {LEAKED, RESPONDER}
        else:
            assert set(refs(do)) == ({RESPONDER} if do.identity == "responder" else {LEAKED})
        if step.ask_settled:
            question = step.ask_settled(setting(name), target(shape))
            assert not question.mutates
            assert set(refs(question)) == {RESPONDER}


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_without_anything_in_the_case_a_step_is_the_values_own_or_a_persons(name: str, shape: str) -> None:
    provider, bare = PROVIDERS[name], Setting()
    for step in provider.steps:
        do = step.ask(bare, Target(LEAKED, shape))
        assert isinstance(do, HumanTask) or set(refs(do)) == {LEAKED}
        unknown = step.ask(bare, Target(None, shape))
        assert isinstance(unknown, HumanTask)
    assert provider.by_hand.steps
    assert provider.ask_standing is not None
    with pytest.raises((NotAvailable, BadInput)):
        provider.ask_standing(bare, Target(None, shape))


@pytest.mark.parametrize(("name", "shape"), SHAPES)
def test_a_look_alike_has_the_shape_and_differs_each_time(name: str, shape: str) -> None:
    made = PROVIDERS[name].shape_named(shape)
    assert made is not None
    assert made.look_alike is not None
    first, second = made.look_alike(), made.look_alike()
    assert first != second
    assert made.matches(first)
    found = identify(first)
    assert made.opaque or [(one.provider, one.shape) for one in found][:1] == [(name, shape)]
    provider = PROVIDERS[name]
    for part in provider.secret_parts(first) if provider.secret_parts else ():
        assert part
        assert part in first
    public = provider.public_id(first) if provider.public_id else ""
    assert not public or len(public) < len(first) / 2 or not made.opaque


@pytest.mark.parametrize("name", [name for name in OPTIONS if PROVIDERS[name].replacement])
def test_a_fresh_credential_is_made_by_the_responder_alone(name: str) -> None:
    fresh = PROVIDERS[name].replacement
    assert fresh is not None
    assert fresh.better
    need = Need("ci-2026", ("basic",), timedelta(hours=8))
    shape = PROVIDERS[name].shapes[0].name
    call = fresh.ask(setting(name), target(shape), need)
    assert isinstance(call, Call)
    assert (call.mutates, call.identity, set(refs(call))) == (True, "responder", {RESPONDER})
    assert isinstance(fresh.ask(Setting(SITE, None, OPTIONS[name]), target(shape), need), HumanTask)
    if fresh.ask_named:
        question = fresh.ask_named(setting(name), need)
        assert not question.mutates
        assert set(refs(question)) == {RESPONDER}
    if fresh.ask_undo and isinstance(undo := fresh.ask_undo(setting(name), "id2"), Call):
        assert undo.mutates
        assert set(refs(undo)) == {RESPONDER}


@pytest.mark.parametrize("name", ["sendgrid", "vault", "mailgun"])
def test_a_fresh_credential_without_scopes_is_left_to_a_person_rather_than_given_all(name: str) -> None:
    fresh = PROVIDERS[name].replacement
    assert fresh is not None
    assert isinstance(fresh.ask(setting(name), target(PROVIDERS[name].shapes[0].name), Need("ci-2026")), HumanTask)


@pytest.mark.parametrize("name", [name for name in OPTIONS if PROVIDERS[name].survivors])
def test_what_outlives_it_is_asked_about_and_closed_by_the_responder_alone(name: str) -> None:
    for one in PROVIDERS[name].survivors:
        ask = one.ask(setting(name), target(PROVIDERS[name].shapes[0].name)) if one.ask else None
        close = one.close(setting(name), target(PROVIDERS[name].shapes[0].name))
        assert isinstance(ask, Call)
        assert isinstance(close, Call)
        assert (ask.mutates, close.mutates) == (False, True)
        assert set(refs((ask,))) == set(refs((close,))) == {RESPONDER}
        bare = Setting(SITE)
        assert one.ask is None or one.ask(bare, Target(LEAKED, "any")) is None
        assert isinstance(one.close(bare, Target(LEAKED, "any")), HumanTask)


# What is believed

HTML = "<!DOCTYPE html><title>Blocked</title>"
NOISE = {
    "a firewall": Reply(403, {}, HTML),
    "a sign-in page": Reply(200, {}, HTML),
    "a gateway's 401": Reply(401, {}, HTML),
    "a gateway's empty 401": Reply(401, {}, ""),
    "a proxy that removed the token": Reply(401, {}, "{}"),
    "a page that is not there": Reply(404, {}, HTML),
    "a limit": Reply(429, {}, '{"message": "slow down"}'),
    "an outage": Reply(500, {}, '{"message": "oops"}'),
    "a broken gateway": Reply(502, {}, HTML),
    "a redirect": Reply(302),
    "nothing in it": Reply(200),
    "somebody else's JSON": Reply(200, {}, '{"hello": "world", "id": 7}'),
    "a list of nothing": Reply(200, {}, "[]"),
    "a number": Reply(200, {}, "7"),
    "a missing right": Reply(403, {}, '{"message": "you lack a scope"}'),
    "an address that is not allowed": Reply(403, {}, '{"errors": ["this IP address is not allowed"]}'),
    "no such thing": Reply(404, {}, '{"message": "Not Found"}'),
    "no answer": Reply(None, sent=True, failure="timeout"),
    "no connection": Reply(None, sent=False, failure="refused"),
}


@pytest.mark.parametrize("case", NOISE)
@pytest.mark.parametrize("name", OPTIONS)
def test_what_the_provider_did_not_say_is_not_believed(name: str, case: str) -> None:
    provider = PROVIDERS[name]
    if name == "jwt" and case == "somebody else's JSON":
        return  # whose JSON it should be is not known; the control tells
    for read in (provider.read_standing, provider.read_control):
        if read is not None:
            reading = read(NOISE[case])
            assert reading.state is State.UNKNOWN
            assert reading.why
    for one in provider.survivors:
        assert one.read is None or one.read(NOISE[case]).state is State.UNKNOWN


@pytest.mark.parametrize("name", OPTIONS)
def test_a_mutation_without_a_plain_answer_is_open_and_a_refusal_is_a_refusal(name: str) -> None:
    provider = PROVIDERS[name]
    fresh = [provider.replacement.read] if provider.replacement else []
    closes = [one.read_closed for one in provider.survivors if one.read_closed]
    for read in (*(step.read for step in provider.steps), *closes, *fresh):
        assert read(Reply(None, sent=True, failure="timeout")).yes is None
        assert read(Reply(None, sent=False, failure="refused")).yes is False
        assert read(Reply(200, {}, HTML)).yes is None
        assert read(Reply(500, {}, "{}")).yes is None
        assert read(Reply(502, {}, HTML)).yes is None
        assert read(Reply(403, {}, HTML)).yes is None
        assert read(Reply(403, {}, '{"message": "no"}')).yes is False
        assert read(Reply(429, {}, '{"message": "slow down"}')).yes is False
    for step in provider.steps:
        if step.read_settled:
            assert step.read_settled(Reply(404, {}, HTML)).yes is None
            assert step.read_settled(Reply(403, {}, '{"message": "no"}')).yes is None
            assert step.read_settled(Reply(None, sent=True, failure="timeout")).yes is None


def said(status: int, document: object, **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(document))


SLACK_OK = {
    "ok": True,
    "url": "https://acme.slack.com/",
    "team": "Acme",
    "user": "bot",
    "team_id": "T1",
    "user_id": "U1",
}
VAULT_403 = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"
READINGS = {
    "slack lives": (
        "slack",
        said(200, SLACK_OK, x_oauth_scopes="chat:write"),
        State.ALIVE,
        "bot in Acme; scopes: chat:write",
    ),
    "slack revoked": ("slack", said(200, {"ok": False, "error": "token_revoked"}), State.DEAD, "token_revoked"),
    "slack expired": ("slack", said(200, {"ok": False, "error": "token_expired"}), State.DEAD, "token_expired"),
    "slack inactive": ("slack", said(200, {"ok": False, "error": "account_inactive"}), State.DEAD, "account_inactive"),
    "slack invalid_auth": ("slack", said(200, {"ok": False, "error": "invalid_auth"}), State.UNKNOWN, "does not allow"),
    "slack not_authed": ("slack", said(200, {"ok": False, "error": "not_authed"}), State.UNKNOWN, "not_authed"),
    "slack ratelimited": ("slack", said(429, {"ok": False, "error": "ratelimited"}), State.UNKNOWN, "ratelimited"),
    "slack wrong kind": (
        "slack",
        said(200, {"ok": False, "error": "not_allowed_token_type"}),
        State.UNKNOWN,
        "not_allowed",
    ),
    "slack webhook lives": ("slack", Reply(400, {}, "no_text"), State.ALIVE, "refuses the empty one"),
    "slack webhook gone": ("slack", Reply(404, {}, "no_service"), State.DEAD, "no_service"),
    "slack webhook wrong": ("slack", Reply(403, {}, "invalid_token"), State.DEAD, "invalid_token"),
    "slack webhook, a page": ("slack", Reply(404, {}, "not found"), State.UNKNOWN, "not found"),
    "sendgrid lives": ("sendgrid", said(200, {"scopes": ["mail.send"]}), State.ALIVE, "1 scopes: mail.send"),
    "sendgrid dead": (
        "sendgrid",
        said(401, {"errors": [{"field": None, "message": "authorization required"}]}),
        State.DEAD,
        "required",
    ),
    "sendgrid 403": ("sendgrid", said(403, {"errors": [{"message": "access forbidden"}]}), State.UNKNOWN, "403"),
    "mailgun lives": ("mailgun", said(200, {"items": [], "total_count": 0}), State.ALIVE, "domains"),
    "mailgun sending key": (
        "mailgun",
        said(400, {"message": "from parameter is missing"}),
        State.ALIVE,
        "empty message",
    ),
    "mailgun dead": ("mailgun", Reply(401, {}, "Forbidden"), State.DEAD, "Forbidden"),
    "mailgun dead, JSON": ("mailgun", said(401, {"message": "Invalid private key"}), State.DEAD, "Invalid private key"),
    "mailgun 403": ("mailgun", Reply(403, {}, "Forbidden"), State.UNKNOWN, "403"),
    "twilio lives": ("twilio", said(200, {"countries": [], "uri": "/"}), State.ALIVE, "countries"),
    "twilio dead": (
        "twilio",
        said(401, {"code": 20003, "message": "Authenticate", "status": 401}),
        State.DEAD,
        "Authenticate",
    ),
    "twilio other 401": ("twilio", said(401, {"code": 70051, "message": "no"}), State.UNKNOWN, "401"),
    "stripe lives": ("stripe", said(200, {"object": "balance", "livemode": False}), State.ALIVE, "test mode"),
    "stripe restricted": (
        "stripe",
        said(403, {"error": {"message": "The provided key 'rk_***' does not have the required permissions"}}),
        State.ALIVE,
        "denies only",
    ),
    "stripe dead": (
        "stripe",
        said(401, {"error": {"message": "Invalid API Key provided: sk_***"}}),
        State.DEAD,
        "Invalid API Key",
    ),
    "stripe expired": (
        "stripe",
        said(401, {"error": {"message": "Expired API Key provided: sk_***"}}),
        State.DEAD,
        "Expired",
    ),
    "stripe none": (
        "stripe",
        said(401, {"error": {"message": "You did not provide an API key."}}),
        State.UNKNOWN,
        "did not",
    ),
    "stripe address": (
        "stripe",
        said(403, {"error": {"message": "The IP address is not allowed"}}),
        State.UNKNOWN,
        "403",
    ),
    "datadog lives": ("datadog", said(200, {"valid": True}), State.ALIVE, "valid"),
    "datadog valid as text": ("datadog", said(200, {"valid": "true"}), State.UNKNOWN, "200"),
    "datadog dead": ("datadog", said(403, {"errors": ["Forbidden"]}), State.DEAD, "Forbidden"),
    "datadog 401": ("datadog", said(401, {"errors": ["Unauthorized"]}), State.UNKNOWN, "401"),
    "atlassian lives": ("atlassian", said(200, {"displayName": "Owner", "accountId": "5b10"}), State.ALIVE, "as Owner"),
    "atlassian dead": (
        "atlassian",
        said(401, {"message": "Client must be authenticated", "status-code": 401}),
        State.DEAD,
        "Client",
    ),
    "atlassian captcha": ("atlassian", said(403, {"message": "CAPTCHA"}), State.UNKNOWN, "403"),
    "okta lives": ("okta", said(200, {"id": "00u1", "profile": {"login": "a@example.org"}}), State.ALIVE, "as 00u1"),
    "okta dead": (
        "okta",
        said(401, {"errorCode": "E0000011", "errorSummary": "Invalid token provided"}),
        State.DEAD,
        "Invalid token",
    ),
    "okta no right": (
        "okta",
        said(403, {"errorCode": "E0000006", "errorSummary": "You do not have permission"}),
        State.ALIVE,
        "denies",
    ),
    "okta other 401": ("okta", said(401, {"errorCode": "E0000004", "errorSummary": "no"}), State.UNKNOWN, "401"),
    "telegram lives": (
        "telegram",
        said(200, {"ok": True, "result": {"id": 1, "is_bot": True, "username": "b"}}),
        State.ALIVE,
        "as b",
    ),
    "telegram dead": (
        "telegram",
        said(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
        State.DEAD,
        "401",
    ),
    "telegram malformed": (
        "telegram",
        said(404, {"ok": False, "error_code": 404, "description": "Not Found"}),
        State.UNKNOWN,
        "404",
    ),
    "discord bot": ("discord", said(200, {"id": "1", "username": "b", "bot": True}), State.ALIVE, "as b"),
    "discord webhook": ("discord", said(200, {"id": "1", "channel_id": "2"}), State.ALIVE, "webhook 1"),
    "discord oauth2": ("discord", said(200, {"application": {}, "scopes": ["identify"]}), State.ALIVE, "identify"),
    "discord dead": ("discord", said(401, {"message": "401: Unauthorized", "code": 0}), State.DEAD, "401"),
    "discord webhook gone": (
        "discord",
        said(404, {"message": "Unknown Webhook", "code": 10015}),
        State.DEAD,
        "Unknown Webhook",
    ),
    "discord webhook changed": (
        "discord",
        said(401, {"message": "Invalid Webhook Token", "code": 50027}),
        State.DEAD,
        "Invalid",
    ),
    "discord other 404": ("discord", said(404, {"message": "404: Not Found", "code": 0}), State.UNKNOWN, "404"),
    "twitch lives": (
        "twitch",
        said(200, {"client_id": "c", "login": "u", "scopes": ["chat:read"], "expires_in": 60}),
        State.ALIVE,
        "as u; scopes: chat:read; 60 s left",
    ),
    "twitch dead": (
        "twitch",
        said(401, {"status": 401, "message": "invalid access token"}),
        State.DEAD,
        "invalid access token",
    ),
    "twitch none": (
        "twitch",
        said(401, {"status": 401, "message": "missing authorization token"}),
        State.UNKNOWN,
        "missing",
    ),
    "sentry lives": (
        "sentry",
        said(200, {"version": "0", "auth": {"scopes": ["org:ci"]}, "user": None}),
        State.ALIVE,
        "org:ci",
    ),
    "sentry, a stranger": ("sentry", said(200, {"version": "0", "auth": None, "user": None}), State.UNKNOWN, "200"),
    "sentry dead": ("sentry", said(401, {"detail": "Invalid token"}), State.DEAD, "Invalid token"),
    "mattermost lives": ("mattermost", said(200, {"id": "u1", "username": "ci"}), State.ALIVE, "as ci"),
    "mattermost dead": (
        "mattermost",
        said(401, {"id": "api.context.session_expired.app_error", "message": "Invalid or expired session"}),
        State.DEAD,
        "expired session",
    ),
    "mattermost, second factor": (
        "mattermost",
        said(401, {"id": "mfa", "message": "MFA required"}),
        State.UNKNOWN,
        "401",
    ),
    "vault lives": (
        "vault",
        said(200, {"data": {"accessor": "a", "policies": ["ci"], "ttl": 60}}),
        State.ALIVE,
        "policies: ci; 60 s",
    ),
    "vault dead": ("vault", said(403, {"errors": [VAULT_403]}), State.DEAD, "invalid token"),
    "vault, an older server": ("vault", said(403, {"errors": ["bad token"]}), State.DEAD, "bad token"),
    "vault, no right to look": ("vault", said(403, {"errors": ["permission denied"]}), State.UNKNOWN, "accessor"),
    "vault sealed": ("vault", said(503, {"errors": ["Vault is sealed"]}), State.UNKNOWN, "503"),
    "jwt lives": ("jwt", said(200, {"user": "a"}), State.ALIVE, "200"),
    "jwt misses a scope": (
        "jwt",
        Reply(403, {"www-authenticate": 'Bearer error="insufficient_scope"'}),
        State.ALIVE,
        "scope",
    ),
    "jwt dead": ("jwt", Reply(401, {"www-authenticate": 'Bearer error="invalid_token"'}), State.DEAD, "invalid_token"),
    "jwt dead, in JSON": ("jwt", said(401, {"message": "jwt expired"}), State.DEAD, "jwt expired"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    name, reply, state, why = READINGS[case]
    read = PROVIDERS[name].read_standing
    assert read is not None
    reading = read(reply)
    assert reading.state is state, reading.why
    assert why in reading.why


def test_every_provider_here_is_read_alive_and_dead() -> None:
    states = {(name, state) for name, _, state, _ in READINGS.values()}
    assert states >= {(name, state) for name in OPTIONS for state in (State.ALIVE, State.DEAD)}


def test_slacks_invalid_auth_is_what_a_look_alike_should_get_and_proves_nothing_of_the_leaked_token() -> None:
    slack, refused = PROVIDERS["slack"], said(200, {"ok": False, "error": "invalid_auth"})
    assert slack.read_standing is not None
    assert slack.read_control is not None
    assert slack.read_standing(refused).state is State.UNKNOWN
    assert slack.read_control(refused).state is State.DEAD


ACCEPTED = {
    "slack": (said(200, {"ok": True, "revoked": True}), True),
    "slack, a dry run": (said(200, {"ok": True, "revoked": False}), None),
    "slack, refused": (said(200, {"ok": False, "error": "no_permission"}), False),
    "sendgrid": (Reply(204), True),
    "sendgrid, unknown id": (said(404, {"errors": [{"message": "unable to find API Key"}]}), False),
    "mailgun": (said(200, {"message": "key deleted"}), True),
    "twilio": (Reply(204), True),
    "datadog": (Reply(204), True),
    "atlassian": (Reply(204), True),
    "okta": (Reply(204), True),
    "okta, no right": (said(403, {"errorCode": "E0000006", "errorSummary": "no"}), False),
    "discord": (Reply(204), True),
    "twitch": (Reply(200), True),
    "twitch, unknown token": (said(400, {"status": 400, "message": "Invalid token"}), False),
    "sentry": (Reply(204), True),
    "sentry, revoked before": (said(404, {"detail": "The requested resource does not exist"}), True),
    "mattermost": (said(200, {"status": "OK"}), True),
    "mattermost, another answer": (said(200, {}), None),
    "vault": (Reply(204), True),
    "vault, no right": (said(403, {"errors": ["permission denied"]}), False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_acceptance_is_read(case: str) -> None:
    reply, yes = ACCEPTED[case]
    for step in PROVIDERS[case.split(",")[0]].steps:
        assert step.read(reply).yes is yes


def test_the_tokens_that_cannot_be_revoked_alone_are_a_persons() -> None:
    for name, shape in (
        ("slack", "slack-webhook"),
        ("slack", "slack-refresh"),
        ("discord", "discord-bot"),
        ("vault", "vault-batch"),
    ):
        assert isinstance(PROVIDERS[name].steps[0].ask(setting(name), target(shape)), HumanTask)
    promote = PROVIDERS["twilio"].steps[0].ask(setting("twilio"), target("twilio-auth-token"))
    assert isinstance(promote, HumanTask)
    assert "promote" in promote.title


FRESH = {
    "sendgrid": (said(201, {"api_key_id": "id9", "api_key": "visibly-fake", "scopes": []}), "id9", ""),
    "mailgun": (said(200, {"key": {"id": "id9", "secret": "visibly-fake", "expires_at": "2027"}}), "id9", "2027"),
    "twilio": (said(201, {"sid": "SK9", "secret": "visibly-fake"}), "SK9", ""),
    "datadog": (said(201, {"data": {"id": "id9", "attributes": {"key": "visibly-fake"}}}), "id9", ""),
    "twitch": (said(200, {"access_token": "visibly-fake", "expires_in": 60}), "", "60 s"),
    "mattermost": (said(201, {"id": "id9", "user_id": "u1", "token": "visibly-fake"}), "id9", ""),
    "vault": (
        said(200, {"auth": {"accessor": "id9", "client_token": "visibly-fake", "lease_duration": 60}}),
        "id9",
        "60 s",
    ),
}


@pytest.mark.parametrize("name", FRESH)
def test_a_fresh_credential_is_found_in_the_reply(name: str) -> None:
    reply, public, expires = FRESH[name]
    fresh = PROVIDERS[name].replacement
    assert fresh is not None
    assert fresh.secret_of(reply.json()) == "visibly-fake"
    made = fresh.read(reply)
    assert (made.yes, made.public_id, made.expires) == (True, public, expires)
    assert fresh.read(Reply(reply.status, {}, "")).yes is None


NAMED = {
    "sendgrid": said(200, {"result": [{"name": "other", "api_key_id": "1"}, {"name": "ci-2026", "api_key_id": "2"}]}),
    "twilio": said(200, {"keys": [{"friendly_name": "other", "sid": "1"}, {"friendly_name": "ci-2026", "sid": "2"}]}),
}


@pytest.mark.parametrize("name", NAMED)
def test_a_credential_made_before_a_kill_is_found_by_its_name(name: str) -> None:
    fresh = PROVIDERS[name].replacement
    assert fresh is not None
    assert fresh.read_named is not None
    found = fresh.read_named(NAMED[name], Need("ci-2026"))
    assert (found.yes, found.public_id) == (True, "2")
    assert fresh.read_named(NAMED[name], Need("never-made")).yes is False
    assert fresh.read_named(Reply(502, {}, HTML), Need("ci-2026")).yes is None


LEARNED = {
    "atlassian": (said(200, {"accountId": "5b10"}), {"account_id": "5b10"}),
    "twitch": (said(200, {"client_id": "c1"}), {"client_id": "c1"}),
    "mattermost": (said(200, [{"id": "t1"}]), {"token_id": "t1"}),
    "mattermost, two": (said(200, [{"id": "t1"}, {"id": "t2"}]), {}),
    "vault": (said(200, {"data": {"accessor": "a1"}}), {"accessor": "a1"}),
    "vault, a batch token": (said(200, {"data": {"accessor": ""}}), {}),
}


@pytest.mark.parametrize("case", LEARNED)
def test_what_a_living_token_says_of_itself_is_learned(case: str) -> None:
    reply, options = LEARNED[case]
    name = case.split(",")[0]
    look_up = PROVIDERS[name].look_up
    assert look_up is not None
    extra = {"email": "owner@example.org"} if name == "atlassian" else {}
    question = look_up.ask(Setting(SITE, RESPONDER, extra), Target(LEAKED, "any"))
    assert question is not None
    assert not question.mutates
    assert set(refs(question)) == {LEAKED}
    assert look_up.read(Setting(SITE), reply) == options
    assert look_up.read(Setting(SITE), Reply(401, {}, reply.body)) == {}
    assert look_up.ask(setting(name), Target(LEAKED, "any")) is None
