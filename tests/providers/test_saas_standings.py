"""What each service on the net says of a credential's standing, as a table, and how it is read."""

from __future__ import annotations

import pytest

from irkit.model import State
from irkit.providers import PROVIDERS
from irkit.providers.interface import Reply
from tests.providers.saas import OPTIONS, said

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
