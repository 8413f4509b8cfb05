"""What services on the net answer: what they did not say is not believed, and what they did say is read."""

from __future__ import annotations

import pytest

from irkit.model import State
from irkit.providers import PROVIDERS
from irkit.providers.interface import Need, Reply, Setting, Target
from tests.providers.saas import HTML, LEAKED, OPTIONS, RESPONDER, SITE, refs, said, setting

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
