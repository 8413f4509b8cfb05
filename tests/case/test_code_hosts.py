"""What is known by its place at a code host alone: planned, approved, revoked by the responder once, and proved gone, in one case."""

from __future__ import annotations

import pytest

from irkit.case import Case
from irkit.errors import OutcomeUnknown, Waiting
from irkit.model import Kind, SecretRef
from tests.servers.github import Register
from tests.servers.gitlab import ADMIN, GitLab, Token
from tests.servers.loopback import serving

KEY, OTHER = "repos/acme/app/keys/90000001", "projects/4/access_tokens/17"


def test_keys_and_tokens_known_by_their_place_are_proved_gone(tmp_path, monkeypatch, alice):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GITHUB_ADMIN", "visibly-fake-owner")
    monkeypatch.setenv("GITLAB_ADMIN", ADMIN)
    register = Register({"repos/acme/app/keys": [{"id": 90000001}, {"id": 5}]})
    gitlab = GitLab([Token("visibly-fake-never-sent", 17, "projects/4/access_tokens")])
    with serving(register) as github, serving(gitlab) as other:
        providers = {
            "github-keys": {"base": github.url, "responder": "env:GITHUB_ADMIN", "propagation_s": 0.5},
            "gitlab": {"base": other.url, "responder": "env:GITLAB_ADMIN", "propagation_s": 0.5},
        }
        refs = [SecretRef(f"id:{KEY}"), SecretRef(f"id:{OTHER}")]
        case = Case.create(
            tmp_path / "case", refs, settings={"providers": providers}, approvers=[tmp_path / "alice.asc"]
        )
        case.plan_revocation()
        home, key = alice
        case.approve("revoke", key, home)
        plan = case.plan("revoke")
        assert [action.verb for action in plan.actions] == ["delete", "revoke", "close"]
        for _ in range(2):
            with pytest.raises(Waiting, match="Look for what outlives it"):
                case.carry_out("revoke")
        case.confirm()
        verdicts = {record.body["credential"]: record.body["verdict"] for record in case.journal.records(Kind.VERDICT)}
        case.verify()
    assert verdicts == {KEY: "dead", OTHER: "dead"}
    assert sum(asked.method == "DELETE" for asked in github.asked) == 1
    assert sum(asked.method == "DELETE" for asked in other.asked) == 1


def test_a_responder_who_may_not_see_the_repository_proves_nothing(tmp_path, monkeypatch, alice):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GITHUB_ADMIN", "visibly-fake-stranger")
    with serving(Register({"repos/acme/app/keys": [{"id": 90000001}]})) as github:
        providers = {"github-keys": {"base": github.url, "responder": "env:GITHUB_ADMIN", "propagation_s": 0.2}}
        case = Case.create(
            tmp_path / "case",
            [SecretRef(f"id:{KEY}")],
            settings={"providers": providers},
            approvers=[tmp_path / "alice.asc"],
        )
        with pytest.raises(OutcomeUnknown, match="could not be proved dead"):
            case.confirm()
    assert [record.body["verdict"] for record in case.journal.records(Kind.VERDICT)] == ["inconclusive"]
