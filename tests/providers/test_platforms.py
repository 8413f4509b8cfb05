"""Platforms whose API no server here speaks: how the calls of each are made, and with whose secret.

Every provider of `platforms.py` is walked by the same rules: a probe changes nothing and carries the leaked reference alone; a mutation
says that it is one, and is the responder's unless the API takes the value itself.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from irkit.errors import IrkitError, NotAvailable
from irkit.model import Secret, State
from irkit.network import Door
from irkit.plan import Call, HumanTask, document
from irkit.providers import PROVIDERS, identify
from irkit.providers.interface import Need, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import control_of
from tests.providers.platforms import EACH, FULL, LEAKED, MINE, MINE_ALL, refs, said, target
from tests.servers.loopback import Answer, serving

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
