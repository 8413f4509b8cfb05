"""GitHub's calls as they leave the network door, held against its API description by prism."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, Json
from irkit.providers.github import ask_revoke, ask_standing, ask_wider, read_revoke, read_standing
from irkit.providers.github_formats import SHAPES
from irkit.providers.github_wider import REPLACEMENT
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.redact import Redactor
from tests.needs import needs
from tests.providers.proofs import proves
from tests.servers.prism import prism

pytestmark = needs("npm:@octokit/openapi", "npm:@stoplight/prism-cli")

RESPONDER = SecretRef("env:RESPONDER")


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with prism("api.github.com.json") as url:
        yield url


def token(shape: str) -> Target:
    return Target(SecretRef(f"env:{shape}"), shape)


def resolve(ref: SecretRef) -> Secret:
    made = {shape.name: shape.look_alike for shape in SHAPES}.get(ref.rest)
    return Secret(made() if made else "visibly-fake-responder")


def sent(call: object, prefer: str = "", body: Json | None = None) -> Reply:
    """As it is, but for `Accept`: the description knows application/json only, GitHub's pages ask for its own media type.

    `prefer` is the status that prism is asked to answer with.
    """
    assert isinstance(call, Call)
    headers = [(name, value) for name, value in call.headers if name != "Accept"] + [("Accept", "application/json")]
    headers += [("Prefer", f"code={prefer}")] if prefer else []
    return Door(resolve, Redactor(), 60).send(replace(call, headers=tuple(headers), body=body or call.body))


def as_dotcom(call: object) -> Call:
    """As it is sent to github.com, which this address is not: without authentication."""
    assert isinstance(call, Call)
    return replace(call, auth=None, identity="nobody")


@proves("github", "revoke", by="contract: @octokit/openapi")
def test_a_revocation_is_accepted_and_an_empty_one_is_not(mock: str) -> None:
    call = as_dotcom(ask_revoke(Setting(mock), token("ghp")))
    accepted, empty = sent(call), sent(call, body={"credentials": ()})
    assert (accepted.status, read_revoke(accepted).yes) == (202, True)
    assert (empty.status, read_revoke(empty).yes) == (422, False)


@proves("github", "revoke", by="contract: @octokit/openapi")
def test_apps_and_installations_revoke_their_own(mock: str) -> None:
    app = Setting(mock, RESPONDER, {"client_id": "Iv1.0123456789abcdef"})
    grant = replace(app, options={**app.options, "grant": "yes"})
    wider = Setting(mock, RESPONDER, {"org": "acme", "pat_id": "42"})
    assert sent(ask_revoke(app, token("gho"))).status == 204
    assert sent(ask_revoke(grant, token("ghu"))).status == 204
    assert sent(ask_revoke(Setting(mock), token("ghs_long"))).status == 204
    assert sent(ask_wider(wider, token("github_pat"))).status == 204


@proves("github", "verify", "confirm", by="contract: @octokit/openapi")
def test_the_probe_is_answered_alive_and_dead(mock: str) -> None:
    call = ask_standing(Setting(mock), token("ghp"))
    assert read_standing(sent(call)).state is State.ALIVE
    assert sent(call, "401").status == 401
    assert read_standing(sent(ask_standing(Setting(mock), token("ghs")))).state is State.ALIVE
    app = Setting(mock, RESPONDER, {"client_id": "Iv1.0123456789abcdef", "verify": "app"})
    asked = ask_standing(app, token("gho"))
    assert read_standing(sent(asked)).state is State.ALIVE
    assert sent(asked, "404").status == 404


@proves("github", "replace", by="contract: @octokit/openapi")
def test_an_installation_token_is_made_and_never_seen(mock: str) -> None:
    setting = Setting(mock, RESPONDER, {"installation_id": "7"})
    call = REPLACEMENT.ask(setting, token("ghs"), Need("ci", ("contents:read",)))
    assert isinstance(call, Call)
    plain = replace(call, headers=(("Accept", "application/json"),))
    reply, fresh = Door(resolve, Redactor(), 60).mint(plain, REPLACEMENT.secret_of)
    made = REPLACEMENT.read(reply)
    assert made.yes is True
    assert fresh is not None
    assert fresh.text() not in reply.body
