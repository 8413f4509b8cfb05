"""GitHub: how replies are read, as a table; and a token's whole death at a server with a memory."""

from __future__ import annotations

import json

import pytest

from irkit.errors import NotAvailable
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask
from irkit.providers.github import GITHUB, ask_revoke, ask_standing, checksum, read_revoke, read_standing
from irkit.providers.interface import Reading, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import after_unknown, control_of, proof_of_death
from irkit.stores import resolve
from tests.servers.github import GitHub
from tests.servers.loopback import Server, serving


def test_the_checksum_is_githubs() -> None:
    # The token with which GitHub's format is commonly explained; it was never issued.
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def said(status: int, message: str = "", **headers: str) -> Reply:
    return Reply(status, headers, json.dumps({"message": message}))


HTML = "<!DOCTYPE html><title>Blocked</title>"
READINGS = {
    "a user": (Reply(200, {"x-oauth-scopes": "repo"}, '{"login": "octocat"}'), State.ALIVE, "octocat; scopes: repo"),
    "a user without scopes": (Reply(200, {"x-oauth-scopes": ""}, '{"login": "octocat"}'), State.ALIVE, "scopes: none"),
    "repositories": (Reply(200, {}, '{"total_count": 0, "repositories": []}'), State.ALIVE, "installation"),
    "bad credentials": (said(401, "Bad credentials"), State.DEAD, "Bad credentials"),
    "no token arrived": (said(401, "Requires authentication"), State.UNKNOWN, "no token reached"),
    "401 as HTML": (Reply(401, {}, HTML), State.UNKNOWN, "not GitHub's API"),
    "401 without a word": (Reply(401, {}, "{}"), State.UNKNOWN, "401"),
    "denied one resource": (said(403, "Resource not accessible by personal access token"), State.ALIVE, "denies only"),
    "single sign-on": (said(403, "Resource protected by organization SAML enforcement."), State.ALIVE, "denies only"),
    "403 of a firewall": (Reply(403, {}, HTML), State.UNKNOWN, "not GitHub's API"),
    "403 for a limit": (said(403, "API rate limit exceeded for user"), State.UNKNOWN, "rate limit"),
    "403 otherwise": (said(403, "Forbidden"), State.UNKNOWN, "403"),
    "429": (said(429, "slow down"), State.UNKNOWN, "429"),
    "500": (said(500), State.UNKNOWN, "500"),
    "502 as HTML": (Reply(502, {}, HTML), State.UNKNOWN, "502"),
    "a page that says 200": (Reply(200, {}, HTML), State.UNKNOWN, "not GitHub's API"),
    "200 with somebody else's JSON": (Reply(200, {}, "{}"), State.UNKNOWN, "200"),
    "200 with a list": (Reply(200, {}, "[]"), State.UNKNOWN, "not GitHub's API"),
    "redirect": (Reply(302, {}, ""), State.UNKNOWN, "302"),
    "404": (said(404, "Not Found"), State.UNKNOWN, "404"),
    "no answer": (Reply(None, sent=True, failure="timeout"), State.UNKNOWN, "may have arrived"),
    "no connection": (Reply(None, sent=False, failure="refused"), State.UNKNOWN, "nothing was sent"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


ACCEPTED = {
    "202": (Reply(202), True),
    "204": (Reply(204), True),
    "200 is not what it says": (Reply(200), None),
    "a firewall's page": (Reply(403, {}, HTML), None),
    "403": (said(403, "must be called without authentication"), False),
    "422": (said(422, "Validation failed"), False),
    "429": (said(429), False),
    "500": (Reply(500), None),
    "302": (Reply(302), None),
    "timeout after sending": (Reply(None, sent=True, failure="timeout"), None),
    "refused before sending": (Reply(None, sent=False, failure="refused"), False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_acceptance_is_read(case: str) -> None:
    reply, yes = ACCEPTED[case]
    assert read_revoke(reply).yes is yes


def test_a_refresh_token_cannot_be_asked_about() -> None:
    with pytest.raises(NotAvailable, match="refresh token"):
        ask_standing(Setting(), Target(SecretRef("env:TOKEN"), "ghr"))


def test_a_token_known_by_nothing_is_for_a_person() -> None:
    assert isinstance(ask_revoke(Setting(), Target(None, "ghp")), HumanTask)
    with pytest.raises(NotAvailable, match="without its value"):
        ask_standing(Setting(), Target(None, "ghp"))


def test_the_audit_log_knows_the_token_by_its_hash() -> None:
    assert GITHUB.log_keys is not None
    # printf visibly-fake | openssl dgst -sha256 -binary | base64
    assert GITHUB.log_keys("visibly-fake") == ("lnZMOMTCKUFlj6h0YtcKAPN4OQXMbrIkADqAYs3aS4c=",)


class World:
    """A token at a server with a memory, and the steps a case would take."""

    def __init__(self, server: Server, shape: str) -> None:
        named = GITHUB.shape_named(shape)
        assert named is not None
        assert named.look_alike is not None
        self.token = named.look_alike()
        self.setting = Setting(server.url)
        self.target = Target(SecretRef("env:TOKEN"), shape)
        self.door = Door(self.resolve, Redactor(), 5)

    def resolve(self, ref: SecretRef) -> Secret:
        return Secret(self.token) if str(ref) == "env:TOKEN" else resolve(ref)

    def standing(self) -> Reading:
        return read_standing(self.door.send(ask_standing(self.setting, self.target)))

    def control(self) -> Reading:
        look_alike = control_of(GITHUB, self.target)
        assert look_alike is not None
        return read_standing(self.door.send(ask_standing(self.setting, look_alike)))

    def revoke(self) -> Reply:
        call = ask_revoke(self.setting, self.target)
        assert isinstance(call, Call)
        return self.door.send(call)


@pytest.mark.parametrize("shape", ["ghp", "gho", "ghu", "github_pat", "ghs", "ghs_long"])
def test_a_token_lives_is_revoked_and_is_proved_dead(shape: str) -> None:
    github = GitHub()
    with serving(github) as server:
        world = World(server, shape)
        github.living.add(world.token)
        before, control = world.standing(), world.control()
        reply = world.revoke()
        after = world.standing()
    assert (before.state, control.state, after.state) == (State.ALIVE, State.DEAD, State.DEAD)
    assert read_revoke(reply).yes is True
    assert proof_of_death(before, control, [after]).verdict == "dead"
    revoked = next(asked for asked in server.asked if asked.method != "GET")
    assert ("authorization" in revoked.headers) is shape.startswith("ghs")


def test_accepted_but_alive_is_not_dead() -> None:
    github = GitHub(fault="accepted but alive")
    with serving(github) as server:
        world = World(server, "ghp")
        github.living.add(world.token)
        before, control, reply, after = world.standing(), world.control(), world.revoke(), world.standing()
    assert read_revoke(reply).yes is True
    assert proof_of_death(before, control, [after]).verdict == "not dead"


def test_a_server_that_hangs_up_after_revoking_is_asked_and_not_told_again() -> None:
    github = GitHub(fault="hangs up")
    with serving(github) as server:
        world = World(server, "ghp")
        github.living.add(world.token)
        accepted = read_revoke(world.revoke())
        ended, _ = after_unknown(world.standing())
    assert accepted.yes is None
    assert ended.value == "done"
    assert sum(asked.method == "POST" for asked in server.asked) == 1


def test_a_firewall_proves_nothing() -> None:
    github = GitHub()
    with serving(github) as server:
        world = World(server, "ghp")
        github.living.add(world.token)
        before, control = world.standing(), world.control()
        github.fault = "firewall"
        after = world.standing()
    assert proof_of_death(before, control, [after]).verdict == "inconclusive"


def test_a_server_that_lets_everybody_in_proves_nothing() -> None:
    with serving(GitHub(fault="everybody is welcome")) as server:
        world = World(server, "ghp")
        before, control, after = world.standing(), world.control(), world.standing()
    assert proof_of_death(before, control, [after]).verdict == "inconclusive"
