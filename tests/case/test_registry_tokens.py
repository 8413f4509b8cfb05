"""Tokens of package registries, in a case: the registry is where the user's own configuration says, and the death is proved there."""

from __future__ import annotations

from pathlib import Path

from irkit.case import Case
from irkit.errors import Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import HumanTask
from tests.needs import needs
from tests.servers import devpi as index
from tests.servers import verdaccio as registry


def opened(tmp_path, monkeypatch, value: str, **providers) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    (name,) = providers
    return Case.create(
        tmp_path / "case",
        [SecretRef("env:FAKE_TOKEN")],
        settings={"providers": providers},
        approvers=[tmp_path / "alice.asc"],
        issuers={"env:FAKE_TOKEN": name},
    )


def contain(case: Case, alice) -> str:
    home, key = alice
    case.plan_revocation()
    case.approve("revoke", key, home)
    try:
        case.carry_out("revoke")
    except Waiting:
        for action in case.plan("revoke").actions:
            if isinstance(action.do, HumanTask):
                case.hand_done(action.id, "looked at")
        case.carry_out("revoke")
    case.confirm()
    case.verify()
    verdict: str = case.journal.records(Kind.VERDICT)[-1].body["verdict"]
    return verdict


@needs("npm:verdaccio")
def test_an_npm_token_dies_at_the_registry_that_npm_is_configured_for(tmp_path, monkeypatch, alice):
    for name in ("NPM_CONFIG_REGISTRY", "npm_config_registry"):
        monkeypatch.delenv(name, raising=False)
    with registry.verdaccio() as made:
        (Path.home() / ".npmrc").write_text(f"registry={made.url}/\n")
        monkeypatch.setenv("MINE", registry.PASSWORD)
        options = {"user": "alice", "id": made.leaked_key}
        case = opened(
            tmp_path, monkeypatch, made.leaked, npm={"responder": "env:MINE", "propagation_s": 1, "options": options}
        )
        assert contain(case, alice) == "dead"
    assert made.leaked not in "".join(
        path.read_text(errors="replace") for path in (tmp_path / "case").rglob("*") if path.is_file()
    )


@needs("python:devpi_server")
def test_a_devpi_token_names_its_owner_and_dies(tmp_path, monkeypatch, alice):
    with index.devpi() as made:
        monkeypatch.setenv("MINE", f"alice:{index.PASSWORD}")
        case = opened(
            tmp_path, monkeypatch, made.leaked, devpi={"base": made.url, "responder": "env:MINE", "propagation_s": 1}
        )
        (token,) = case.incident.credentials
        assert token.public_id.startswith("alice/")
        assert contain(case, alice) == "dead"
        # The user has another token, and whose it is nobody has said: that is neither contained nor not.
        assert case.journal.records(Kind.CONTAINED)[-1].body["contained"] is None
        assert "NOT KNOWN" in case.confirm().text()
        assert contain(case, alice) == "dead"  # the new plan has a person look at it
        assert case.journal.records(Kind.CONTAINED)[-1].body["contained"] is True
        assert "on a person's word: other tokens" in str(case.journal.records(Kind.CONTAINED)[-1].body["why"])
