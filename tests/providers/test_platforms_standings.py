"""What platforms say of a credential's standing and of a mutation, as tables, and how it is read."""

from __future__ import annotations

import pytest

from irkit.model import State
from irkit.providers import PROVIDERS
from irkit.providers.interface import Reply
from tests.providers.platforms import MINE_ALL, said

OPENAI_401 = {
    "error": {"message": "Incorrect API key provided: sk-x", "type": "invalid_request_error", "code": "invalid_api_key"}
}
# (provider, reply, state, a word of why)
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
