"""Where a provider takes a list, many credentials are one request; each still ends by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from irkit.case import Case
from irkit.errors import StepFailed, Waiting
from irkit.model import Kind, SecretRef
from irkit.providers.github import checksum
from tests.servers.loopback import Answer, Asked, serving


def token(number: int) -> str:
    entropy = f"FAKEFAKEFAKEFAKEFAKEFAKE{number:06d}"
    return f"ghp_{entropy}{checksum(entropy)}"


@dataclass
class Host:
    """`answers` are the statuses of the revocations in order, then 202. With 422 a whole list is refused for one of `bad`."""

    living: set[str] = field(default_factory=set)
    answers: list[int] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer | None:
        value = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if asked.path != "/credentials/revoke":
            known = value in self.living
            return _json(200 if known else 401, {"login": "octocat"} if known else {"message": "Bad credentials"})
        listed = json.loads(asked.body)["credentials"]
        self.asked.append(len(listed))
        status = self.answers.pop(0) if self.answers else 422 if self.bad & set(listed) else 202
        if status in (202, 500):
            self.living -= set(listed)
        return _json(status, {"message": "so"}, {"Retry-After": "0"} if status == 429 else {})


def _json(status: int, document: dict, headers: dict | None = None) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json", **(headers or {})})


@pytest.fixture
def opened(tmp_path, monkeypatch, alice):
    def open_(url: str) -> Case:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        refs = []
        for number in range(3):
            monkeypatch.setenv(f"TOKEN_{number}", token(number))
            refs.append(SecretRef(f"env:TOKEN_{number}"))
        settings = {"providers": {"github": {"base": url, "propagation_s": 0.2}}}
        case = Case.create(tmp_path / "case", refs, settings=settings, approvers=[tmp_path / "alice.asc"])
        case.plan_revocation()
        case.approve("revoke", alice[1], alice[0])
        return case

    return open_


WAYS = {
    "accepted at once": ([], [3]),
    "a limit twice": ([429, 429], [3, 3, 3]),
    "done, and answered with 500": ([500], [3]),
}


@pytest.mark.parametrize("way", WAYS)
def test_many_are_one_request_and_each_is_proved_dead(opened, way):
    answers, asked = WAYS[way]
    host = Host({token(number) for number in range(3)}, list(answers))
    with serving(host) as server:
        case = opened(server.url)
        with pytest.raises(Waiting):
            case.carry_out("revoke")
        case.confirm()
    assert host.asked == asked
    verdicts = {record.body["credential"]: record.body["verdict"] for record in case.journal.records(Kind.VERDICT)}
    assert list(verdicts.values()) == ["dead"] * 3
    case.verify()


def test_one_that_spoils_the_list_is_found_one_by_one(opened):
    host = Host({token(number) for number in range(3)}, bad={token(1)})
    with serving(host) as server:
        case = opened(server.url)
        with pytest.raises(StepFailed, match="422"):
            case.carry_out("revoke")
    assert host.asked == [3, 1, 1, 1]
    assert host.living == {token(1)}


def test_what_is_refused_for_all_is_not_tried_one_by_one(opened):
    host = Host({token(number) for number in range(3)}, [403])
    with serving(host) as server:
        case = opened(server.url)
        with pytest.raises(StepFailed, match="nothing of it was done"):
            case.carry_out("revoke")
        assert host.asked == [3]
        with pytest.raises(Waiting):
            case.carry_out("revoke")
    assert host.asked == [3, 3]
    assert not host.living
