"""Providers of services on the net, all walked by the same rules: who asks, and with whose secret."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.plan import Ask, Call, HumanTask
from irkit.providers import PROVIDERS, identify
from irkit.providers.interface import Need, Setting, Target
from irkit.revoke import control_of
from tests.providers.saas import LEAKED, OPTIONS, RESPONDER, SITE, refs, setting, target

SHAPES = [(name, shape.name) for name in OPTIONS for shape in PROVIDERS[name].shapes]
BY_VALUE = {"discord-oauth2"}
"""Shapes whose API takes the leaked value as the thing to revoke and the responder's as proof of the right to (RFC 7009)."""

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
