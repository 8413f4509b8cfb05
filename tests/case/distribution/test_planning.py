"""What a plan to replace may say, and which places and settings are refused before anything is announced."""

from __future__ import annotations

import dataclasses

import pytest

from irkit.case import Case
from irkit.case.containment import distribution
from irkit.errors import BadInput, IrkitError
from irkit.model import Kind, SecretRef
from irkit.plan import Replace
from irkit.providers import PROVIDERS
from tests.case.distribution.world import ADMIN, GITHUB, PLACES, TOKEN, World
from tests.needs import needs

pytestmark = needs("python:nacl")


def settled(world: World, text: str) -> Case:
    (world.folder / "case.toml").write_text((world.folder / "case.toml").read_text() + text)
    return world.case


REF = SecretRef("minted:x")


def test_the_leaked_credential_never_opens_a_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SAME", TOKEN)
    case = settled(
        world,
        '[stores.github-dependabot]\nresponder = "env:FAKE_TOKEN"\n[stores.vault-kv]\nresponder = "env:THE_SAME"\n',
    )
    for place in ("github-dependabot:octo/site/T", "vault-kv:a/b#c"):
        with pytest.raises(BadInput, match="leaked credential must not"):
            distribution.puts(case, [place], REF)
    assert world.servers["github"].asked == []


def test_a_place_that_is_named_twice_or_is_none_or_does_not_answer_is_one_sentence(world: World) -> None:
    case = world.case
    with pytest.raises(BadInput, match="named twice"):
        distribution.puts(case, [GITHUB, GITHUB], REF)
    with pytest.raises(BadInput, match="no such store"):
        distribution.puts(case, ["nowhere:x"], REF)
    world.github.responder = "somebody-else"
    with pytest.raises(BadInput, match="it answered 401"):
        distribution.puts(case, [GITHUB], REF)
    with pytest.raises(BadInput, match=r"it answered 404: secrets .* not found"):
        distribution.puts(case, ["kubernetes:ns/none/K"], REF)
    with pytest.raises(BadInput, match="chmod 700"):
        distribution.puts(case, ["file:/tmp/irkit-test-token"], REF)
    with pytest.raises(BadInput, match="may write to this store"):
        distribution.puts(case, ["vault-kv:a/b#c"], REF)


def test_without_a_place_or_a_way_nothing_is_announced(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    action = world.planned()
    assert isinstance(action.do, Replace)
    nowhere = dataclasses.replace(action, do=dataclasses.replace(action.do, into=()))
    with pytest.raises(BadInput, match="put somewhere"):
        world.run(nowhere)
    monkeypatch.setitem(PROVIDERS, "github", dataclasses.replace(PROVIDERS["github"], replacement=None))
    with pytest.raises(BadInput, match="nobody knows"):
        world.run(action)
    assert not world.case.journal.records(Kind.INTENT)


def test_a_plan_to_replace_holds_no_value_and_names_every_place(world: World) -> None:
    world.gitlab.held[("group/project", "KEY", "*")] = {"value": "what-stands-there-now-fake", "protected": True}
    action = world.planned()
    shown = repr(action) + action.do.summary()
    assert "what-stands-there-now-fake" not in shown
    assert ADMIN not in shown
    assert all(place in action.do.summary() for place in PLACES)


SETTINGS = {
    'credential = "x"\ninto = []': "into",
    'into = ["nowhere:x"]': "no such store",
    'into = ["file:/x/y"]\ndays = 0': "days",
    'into = ["file:/x/y"]\nwhere = "x"': "where",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_wrong_entry_of_a_replacement_is_named(text: str, world: World) -> None:
    with pytest.raises(IrkitError, match=SETTINGS[text]):
        settled(world, f"[[replacements]]\n{text}\n")


def test_settings_of_a_store_that_is_none_are_named(world: World) -> None:
    with pytest.raises(BadInput, match="no store called nowhere"):
        settled(world, '[stores.nowhere]\nbase = "https://x.example"\n')


def test_settings_say_what_a_replacement_must_be_able_to_do(world: World) -> None:
    case = settled(world, '[[replacements]]\ninto = ["file:/x/y"]\nscopes = ["read"]\ndays = 30\n')
    (one,) = case.settings.replacements
    need = one.need("irkit-case-1")
    assert (need.name, need.scopes, need.lives.days if need.lives else 0) == ("irkit-case-1", ("read",), 30)
