"""What is in the way of a containment is one sentence; the plan and its approvals stay, and nothing half done is called done."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from irkit.case import Case
from irkit.case.closing import facts_of
from irkit.errors import OutcomeUnknown, StepFailed, Waiting
from irkit.model import Kind, SecretRef
from irkit.postmortem.closing import REFUSED
from irkit.providers.github import checksum
from tests.servers.loopback import Answer, Asked, serving

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE02" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE02")
LIVING = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE03" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE03")


@dataclass
class Host:
    """An own GitHub server that takes authenticated revocations of `responder` alone; `limits` are refused first.

    `reads` is the status with which it answers every probe; `turns_to` that from the first revocation on, which need not kill.
    """

    living: set[str] = field(default_factory=set)
    responder: str = "visibly-fake-right"
    limits: int = 0
    revoked: int = 0
    reads: int = 0
    turns_to: int = 0
    kills: bool = True

    def __call__(self, asked: Asked) -> Answer:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if asked.path == "/credentials/revoke":
            if self.limits:
                self.limits -= 1
                return _json(429, {"message": "slow down"}, {"Retry-After": "0"})
            if token != self.responder:
                return _json(401, {"message": "Bad credentials"})
            self.revoked += 1
            self.living -= set(json.loads(asked.body)["credentials"]) if self.kills else set()
            return Answer(202)
        if status := self.reads or (self.turns_to if self.revoked else 0):
            return _json(status, {"message": "Bad credentials"})
        if asked.path == "/user" and token in self.living:
            return _json(200, {"login": "octocat", "id": 1})
        return _json(401, {"message": "Bad credentials"})


def _json(status: int, document: dict, headers: dict | None = None) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json", **(headers or {})})


def opened(tmp_path, monkeypatch, alice, url: str, **github) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = {"providers": {"github": {"base": url, "responder": "env:RESPONDER", "propagation_s": 0.2, **github}}}
    refs = [SecretRef("env:FAKE_TOKEN")]
    case = Case.create(tmp_path / "case", refs, settings=settings, approvers=[tmp_path / "alice.asc"])
    case.plan_revocation()
    case.approve("revoke", alice[1], alice[0])
    return case


def test_a_wrong_responder_credential_is_mended_and_the_same_plan_goes_on(tmp_path, monkeypatch, alice):
    host = Host({TOKEN})
    monkeypatch.setenv("RESPONDER", "visibly-fake-wrong")
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url)
        plan = case.plan("revoke")
        with pytest.raises(StepFailed, match=r"refused, and nothing of it was done.*401.*the plan stays"):
            case.carry_out("revoke")
        assert host.revoked == 0
        monkeypatch.setenv("RESPONDER", host.responder)
        with pytest.raises(Waiting, match="Look for what outlives it"):
            case.carry_out("revoke")
        case.confirm()
        case.plan_revocation()
        assert case.plan("revoke").digest == plan.digest
    assert host.revoked == 1
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    case.verify()


def test_a_responder_credential_that_is_not_there_sends_nothing(tmp_path, monkeypatch, alice):
    host = Host({TOKEN})
    monkeypatch.setenv("RESPONDER", host.responder)
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url)
        monkeypatch.delenv("RESPONDER")
        with pytest.raises(StepFailed, match=r"nothing of it was done.*nothing was sent"):
            case.carry_out("revoke")
    assert host.revoked == 0


def test_a_limit_is_waited_for_and_the_mutation_carried_out_once(tmp_path, monkeypatch, alice):
    host = Host({TOKEN}, limits=2)
    monkeypatch.setenv("RESPONDER", host.responder)
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url)
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        case.confirm()
    assert host.revoked == 1
    assert sum(record.kind is Kind.INTENT for record in case.journal.records()) == 3


def test_what_refuses_everybody_once_it_was_revoked_proves_no_death(tmp_path, monkeypatch, alice):
    host = Host({TOKEN, LIVING}, kills=False, turns_to=401)
    monkeypatch.setenv("RESPONDER", host.responder)
    monkeypatch.setenv("LIVING", LIVING)
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url, living="env:LIVING")
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        with pytest.raises(OutcomeUnknown, match="refuses everything"):
            case.confirm()
        assert case.journal.records(Kind.CONTAINED)[-1].body["contained"] is None
        host.turns_to = 0
        with pytest.raises(StepFailed, match="NOT DEAD"):
            case.confirm()
    assert host.revoked == 1


@pytest.mark.parametrize(("reads", "answer", "why"), [(401, None, "should work"), (0, True, "never issued")])
def test_an_issuer_that_refuses_everybody_says_nothing_for_a_false_alarm(tmp_path, monkeypatch, reads, answer, why):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("LIVING", LIVING)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(Host({LIVING}, reads=reads)) as server:
        settings = {"providers": {"github": {"base": server.url, "living": "env:LIVING", "propagation_s": 0.2}}}
        case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], settings=settings)
        [refused] = [one for one in facts_of(case, "false alarm") if one.name == REFUSED]
    assert refused.answer is answer
    assert why in refused.why


def test_one_never_seen_to_work_is_not_proved_dead_by_being_refused(tmp_path, monkeypatch, alice):
    host = Host({TOKEN, LIVING}, reads=503)
    monkeypatch.setenv("RESPONDER", host.responder)
    monkeypatch.setenv("LIVING", LIVING)
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url)
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        host.reads = 0
        with pytest.raises(OutcomeUnknown, match="never seen to work"):
            case.confirm()
        toml = tmp_path / "case" / "case.toml"
        toml.write_text(toml.read_text().replace('living = ""', 'living = "env:LIVING"'))
        Case.open(tmp_path / "case").confirm()
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"


def test_an_answer_that_could_not_be_read_is_asked_for_again_as_long_as_nothing_was_done(tmp_path, monkeypatch, alice):
    host = Host({TOKEN}, reads=503)
    monkeypatch.setenv("RESPONDER", "visibly-fake-wrong")
    with serving(host) as server:
        case = opened(tmp_path, monkeypatch, alice, server.url)
        with pytest.raises(StepFailed, match="nothing of it was done"):
            case.carry_out("revoke")
        host.reads = 0
        monkeypatch.setenv("RESPONDER", host.responder)
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        case.confirm()
    verdict = case.journal.records(Kind.VERDICT)[-1].body
    assert verdict["verdict"] == "dead"
    assert verdict["why"].startswith("alive before")


def test_one_that_was_dead_already_is_inconclusive_until_a_living_one_shows_that_the_probe_lets_the_living_in(
    tmp_path, monkeypatch, alice
):
    host = Host({LIVING})
    monkeypatch.setenv("RESPONDER", host.responder)
    monkeypatch.setenv("LIVING", LIVING)
    with serving(host) as server:
        case = opened(tmp_path / "without", monkeypatch, alice_at(alice, tmp_path, "without"), server.url)
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        with pytest.raises(OutcomeUnknown, match=r"name a living one.*case\.toml"):
            case.confirm()
        told = opened(
            tmp_path / "with", monkeypatch, alice_at(alice, tmp_path, "with"), server.url, living="env:LIVING"
        )
        with pytest.raises(Waiting):
            told.carry_out("revoke")
        told.confirm()
    verdict = told.journal.records(Kind.VERDICT)[-1].body
    assert verdict["verdict"] == "dead"
    assert "another of its kind is let in" in verdict["why"]
    asked = [
        one.body for one in told.journal.records(Kind.EVIDENCE) if one.body["what"] == "reply to the probe (living)"
    ]
    assert told.evidence.document(asked[-1]["digest"])["request"]["identity"] == "responder"
    assert LIVING in host.living


def alice_at(alice, tmp_path, name: str):
    (tmp_path / name).mkdir()
    (tmp_path / name / "alice.asc").write_text((tmp_path / "alice.asc").read_text())
    return alice
