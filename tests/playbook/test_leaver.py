"""Somebody left who holds a token and may approve: their word counts no longer, and what they held is retired. One real run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from irkit import openpgp
from irkit import playbook as books
from irkit.case import Case
from irkit.drill.provider import FakeProvider
from irkit.drill.provider.state import ProviderState, Token
from irkit.errors import BadInput, Waiting
from irkit.model import Clock, Kind, SecretRef, iso
from irkit.playbook.library import folder
from irkit.providers.github import checksum

BODY = "FAKEFAKEFAKEFAKEFAKEFAKEFAKE77"
TOKEN = f"ghp_{BODY}{checksum(BODY)}"
ENDED = datetime(2026, 3, 1, 12, tzinfo=UTC)

People = dict[str, tuple[Path, str]]


@pytest.fixture
def people(make_gpg_home: Callable[[], Path], tmp_path: Path) -> People:
    found = {}
    for name in ("alice", "bob"):
        home = make_gpg_home()
        key = openpgp.generate(home, f"{name.title()} <{name}@example.com>")
        (tmp_path / f"{name}.asc").write_text(openpgp.export_public(home, key.primary))
        found[name] = (home, key.primary)
    return found


def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    settings = {"responder": "carol", "providers": {"github": {"base": url, "propagation_s": 2.0}}}
    approvers = [tmp_path / "alice.asc", tmp_path / "bob.asc"]
    return Case.create(
        tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], title="Bob left", settings=settings, approvers=approvers
    )


def approve(case: Case, people: People, name: str) -> None:
    home, key = people[name]
    case.approve("revoke", key, home)


def test_from_the_last_day_to_the_postmortem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: People) -> None:
    (tmp_path / "laptop").mkdir()
    (tmp_path / "laptop" / "notes.txt").write_text("nothing here\n")
    log = tmp_path / "audit.json"
    log.write_text(
        json.dumps(
            [
                {
                    "@timestamp": 1772400000000,
                    "action": "repo.create",
                    "actor": "octo",
                    "org": "acme",
                    "_document_id": "a",
                }
            ]
        )
    )
    given = {"paths": str(tmp_path / "laptop"), "logs": str(log), "approvals": "1"}
    state = ProviderState(tokens={sha256(TOKEN.encode()).hexdigest(): Token("bob", 1, "repo")})

    def run(case: Case) -> list[str]:
        said: list[str] = []
        book, ready = books.prepare(books.find_playbook("leaver"), case, given)
        assert [one.step.id for one in ready] == [
            "left",
            "exposure",
            "revoke",
            "postmortem",
        ]  # no OpenPGP key, no chapter 3
        assert "left out" in books.show(book, ready, case).text()
        books.run(book, ready, case, say=said.append)
        return said

    with FakeProvider(state) as provider:
        case = opened(tmp_path, monkeypatch, provider.url)
        with pytest.raises(Waiting, match="irkit done CASE left-"):
            run(case)
        (started,) = case.journal.records(Kind.STEP_STARTED)
        assert "step left of leaver" in case.status().text()
        case.left("bob@example.com", ENDED, "the contract's last day")
        case.hand_done(started.body["by_hand"], "out of the organisation and of npm")
        with pytest.raises(Waiting, match="0 of 1 approvals"):
            run(case)
        with pytest.raises(BadInput, match="have left"):
            approve(case, people, "bob")
        approve(case, people, "alice")
        with pytest.raises(Waiting, match="by hand"):
            case.carry_out("revoke")
        for action in case.plan("revoke").actions:
            if action.verb not in ("revoke", "deactivate") and action.id not in case.ledger.hand_done:
                case.hand_done(action.id, "looked at")
        assert "left: done before" in run(case)[0]
    (verdict,) = {one.body["verdict"] for one in case.journal.records(Kind.VERDICT)}
    assert verdict == "dead"
    window = case.journal.records(Kind.WINDOW)[-1].body["window"]
    assert window["opened"]["earliest"] is None  # nothing says that it was not misused before
    assert (window["opened"]["latest"]["clock"], window["opened"]["latest"]["at"]) == (
        Clock.RIGHT_ENDED.value,
        iso(ENDED),
    )
    case.verify()
    report = (case.folder / "postmortem.html").read_text()
    assert "bob@example.com left and may act no more" in report
    assert TOKEN not in report


def test_what_was_begun_with_their_approval_stays_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, people: People
) -> None:
    state = ProviderState(tokens={sha256(TOKEN.encode()).hexdigest(): Token("bob", 1, "repo")})
    with FakeProvider(state) as provider:
        case = opened(tmp_path, monkeypatch, provider.url)
        case.plan_revocation()
        approve(case, people, "bob")
        case.carry_out("revoke", wait=False)
    case.left("Bob", datetime.now(UTC) - timedelta(days=1), "dismissed")
    case.left("Bob", case.journal.records(Kind.LEFT)[0].at, "said twice, with another time")
    case.verify()  # it was carried out while they could approve
    with pytest.raises(BadInput, match="no approver of this case has that key"):
        case.left("Bob", ENDED, "x", key="AB" * 20)
    with pytest.raises(BadInput, match="several approvers"):
        case.left("example.com", ENDED, "everybody")
    assert case.left("Dora", ENDED, "she never approved anything").text().count("no approver")


def test_a_key_that_was_found_is_not_merely_superseded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_gpg_home: Callable[[], Path]
) -> None:
    home = make_gpg_home()
    key = openpgp.generate(home, "Releases (FAKE) <releases@example.com>")
    case = Case.create(tmp_path / "case", [SecretRef(f"gpg:{key.primary}")], settings={"responder": "carol"})
    case.write(
        Kind.LOCATED,
        {
            "evidence": "",
            "occurrences": 1,
            "live": 1,
            "skipped": 0,
            "paths": [],
            "by_credential": {case.credentials[0].name: 1},
        },
    )
    choices = {"old_home": str(home), "new_home": str(make_gpg_home()), "user_id": "New <new@example.com>"}
    with pytest.raises(BadInput, match=r"not merely superseded.*found in 1 places"):
        case.plan_resign(revoke_as="superseded", **choices)


def test_parameters_of_a_step_that_is_left_out_are_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])
    with pytest.raises(BadInput, match="logs"):
        books.prepare(folder("playbooks") / "leaver.yaml", case, {"paths": str(tmp_path)})
    case = Case.create(tmp_path / "key", [SecretRef("gpg:" + "AB12" * 10)])
    with pytest.raises(BadInput, match="old_home"):
        books.prepare(folder("playbooks") / "leaver.yaml", case, {"paths": str(tmp_path), "logs": str(tmp_path)})
