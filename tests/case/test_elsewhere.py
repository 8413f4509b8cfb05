"""A plan is approved on another machine: two files travel, and what was changed on the way is refused."""

from __future__ import annotations

import json

import pytest

from irkit import openpgp
from irkit.case import Case, elsewhere
from irkit.errors import BadInput, Waiting
from irkit.model import Kind, SecretRef


@pytest.fixture
def bob(make_gpg_home, tmp_path):
    home = make_gpg_home()
    key = openpgp.generate(home, "Bob <bob@example.com>")
    (tmp_path / "bob.asc").write_text(openpgp.export_public(home, key.primary))
    return home, key.primary


@pytest.fixture
def case(bob, tmp_path, monkeypatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", "unknown-service_FAKE_FAKE_FAKE_0123456789")
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "bob.asc"])
    made.plan_revocation()
    return made


def test_a_plan_travels_and_its_approval_comes_back(case, bob, tmp_path):
    request, approval = tmp_path / "plan.json", tmp_path / "approval.json"
    elsewhere.save_request(case, case.plan("revoke"), request)
    assert "Not approved yet" in elsewhere.request_view(request).text()
    shown = elsewhere.sign_request(request, approval, bob[1], bob[0], None).text()
    assert case.plan("revoke").digest in shown
    assert "Find out who issued the credential" in shown
    with pytest.raises(Waiting, match="0 of 1"):
        case.carry_out("revoke")
    elsewhere.take_approval(case, approval)
    elsewhere.take_approval(case, approval)
    (kept,) = case.journal.records(Kind.APPROVAL)
    assert kept.body["who"].startswith("Bob")
    with pytest.raises(Waiting, match="by hand"):
        case.carry_out("revoke")
    case.verify()


def test_a_plan_that_was_changed_on_the_way_is_not_signed(case, bob, tmp_path):
    request = tmp_path / "plan.json"
    elsewhere.save_request(case, case.plan("revoke"), request)
    plain = json.loads(request.read_text())
    plain["plan"]["actions"][0]["what"] = "something harmless"
    request.write_text(json.dumps(plain))
    with pytest.raises(BadInput, match="digest is another"):
        elsewhere.sign_request(request, tmp_path / "approval.json", bob[1], bob[0], None)


def test_an_approval_of_a_plan_that_has_changed_since_is_refused_or_does_not_count(case, bob, tmp_path):
    request, approval = tmp_path / "plan.json", tmp_path / "approval.json"
    elsewhere.save_request(case, case.plan("revoke"), request)
    elsewhere.sign_request(request, approval, bob[1], bob[0], None)
    case.plan_revocation(approvals_valid_h=1.0)
    elsewhere.take_approval(case, approval)
    with pytest.raises(Waiting, match="0 of 1"):
        case.carry_out("revoke")


@pytest.mark.parametrize("content", ["", "[]", "{}", "not json"])
def test_what_is_no_plan_is_said(case, bob, tmp_path, content):
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(BadInput):
        elsewhere.sign_request(path, tmp_path / "out", bob[1], bob[0], None)
    with pytest.raises(BadInput):
        elsewhere.take_approval(case, path)
