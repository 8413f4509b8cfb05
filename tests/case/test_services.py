"""A whole case of a service on the net: planned, approved, revoked once, confirmed; and what is not claimed when it cannot be known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.errors import OutcomeUnknown
from irkit.model import Kind
from irkit.providers import PROVIDERS
from tests.case.test_containment import approve, opened
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.services import DIALECTS, Service
from tests.servers.vault import Vault

INVALID_AUTH = (200, {"ok": False, "error": "invalid_auth"})


def look_alike(name: str) -> str:
    made = PROVIDERS[name].shapes[0].look_alike
    assert made is not None
    return made()


def last_verdict(case) -> str:
    return str(case.journal.records(Kind.VERDICT)[-1].body["verdict"])


def test_a_slack_token_is_revoked_by_itself_and_confirmed_dead(tmp_path, monkeypatch, alice):
    token = look_alike("slack")
    slack = Service(DIALECTS["slack-bot"], token, "nobody")
    stranger = Service(replace(slack.dialect, dead=INVALID_AUTH), "", "nobody")

    def rule(asked: Asked) -> Answer:
        """Slack says one thing of tokens that were revoked and another of those that never were."""
        return (slack if slack.dialect.shown(asked) == token else stranger)(asked)

    with serving(rule) as server:
        case = opened(tmp_path, monkeypatch, token, providers={"slack": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        case.carry_out("revoke")
        case.confirm()
    assert last_verdict(case) == "dead"
    assert len(slack.ended) == 1
    case.verify()
    assert not [
        path for path in (tmp_path / "case").rglob("*") if path.is_file() and token.encode() in path.read_bytes()
    ]


def test_a_slack_token_that_is_answered_invalid_auth_is_not_called_dead(tmp_path, monkeypatch, alice):
    token = look_alike("slack")
    refused = replace(DIALECTS["slack-bot"], dead=INVALID_AUTH)
    with serving(Service(refused, token, "nobody")) as server:
        case = opened(tmp_path, monkeypatch, token, providers={"slack": {"base": server.url, "propagation_s": 0.5}})
        approve(case, alice)
        case.carry_out("revoke")
        with pytest.raises(OutcomeUnknown, match="invalid_auth"):
            case.confirm()
    assert last_verdict(case) == "inconclusive"


def test_a_vault_token_is_revoked_by_the_accessor_that_it_told_while_it_lived(tmp_path, monkeypatch, alice):
    vault = Vault()
    operator = vault.issue("root")
    leaked = vault.issue("default", "ci", parent=operator.accessor)
    orphan = vault.issue("default", name="left behind")
    vault.leases = {"database/creds/ci/1": operator.accessor}
    monkeypatch.setenv("OPERATOR", operator.id)
    with serving(vault) as server:
        options = {"child_accessor": orphan.accessor, "lease_prefix": "database/creds/ci"}
        mine = {"base": server.url, "responder": "env:OPERATOR", "propagation_s": 0.5, "options": options}
        case = opened(tmp_path, monkeypatch, leaked.id, providers={"vault": mine})
        approve(case, alice)
        case.carry_out("revoke")
        case.confirm()
        revoked = [asked for asked in server.asked if asked.path.endswith("revoke-accessor")]
    assert last_verdict(case) == "dead"
    assert [one.headers["x-vault-token"] for one in revoked] == [operator.id] * 2
    assert leaked.accessor in revoked[0].body.decode()
    assert (list(vault.tokens), vault.leases) == ([operator.accessor], {})
    secrets = [one.encode() for one in (leaked.id, operator.id)]
    files = [path.read_bytes() for path in (tmp_path / "case").rglob("*") if path.is_file()]
    assert not [one for one in secrets for data in files if one in data]
