"""Who may approve, and what counts: pinned keys, exactly this plan, one voice a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit import openpgp
from irkit.case import Case
from irkit.case.approvals import check, read_certificate
from irkit.errors import BadInput, StepFailed, Waiting
from irkit.model import Kind, SecretRef, iso
from irkit.plan import Approval, document

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"


@pytest.fixture
def people(make_gpg_home, tmp_path):
    """Alice and Bob with a key each; Mallory, whose key is in no ring."""
    found = {}
    for name in ("alice", "bob", "mallory"):
        home = make_gpg_home()
        key = openpgp.generate(home, f"{name.title()} <{name}@example.com>")
        (tmp_path / f"{name}.asc").write_text(openpgp.export_public(home, key.primary))
        found[name] = (home, key.primary)
    return found


@pytest.fixture
def case(people, tmp_path, monkeypatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    approvers = [tmp_path / "alice.asc", tmp_path / "bob.asc"]
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=approvers)
    made.plan_revocation(approvals_required=2)
    return made


def approve(case: Case, people, name: str) -> None:
    home, key = people[name]
    case.approve("revoke", key, home)


def test_nothing_is_done_without_enough_approvals(case, people):
    with pytest.raises(Waiting, match="0 of 2"):
        case.carry_out("revoke")
    approve(case, people, "alice")
    with pytest.raises(Waiting, match="1 of 2"):
        case.carry_out("revoke")
    approve(case, people, "alice")  # the same person twice is one voice
    with pytest.raises(Waiting, match="1 of 2"):
        case.carry_out("revoke")
    approve(case, people, "bob")
    with pytest.raises(Waiting, match="by hand"):
        case.carry_out("revoke")
    case.verify()


def test_a_key_outside_the_ring_cannot_approve_until_it_is_added(case, people, tmp_path):
    with pytest.raises(BadInput, match="may not approve"):
        approve(case, people, "mallory")
    case.add_approver(read_certificate(tmp_path / "mallory.asc"))
    approve(case, people, "mallory")
    with pytest.raises(Waiting, match="1 of 2"):
        case.carry_out("revoke")


def test_a_case_without_approvers_says_how_to_add_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    case = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")])
    case.plan_revocation()
    with pytest.raises(Waiting, match="knows 0 approvers: irkit add-approver"):
        case.carry_out("revoke")


def test_a_changed_plan_needs_new_approvals(case, people):
    approve(case, people, "alice")
    approve(case, people, "bob")
    changed = replace(case.plan("revoke"), approvals_required=1)
    case.write(Kind.PLAN, {"name": changed.name, "digest": changed.digest, "plan": document(changed)})
    with pytest.raises(Waiting, match="0 of 1"):
        case.carry_out(changed.name)


@pytest.mark.parametrize(
    "forgery",
    [
        lambda body, _mallory: body | {"statement": body["statement"].replace("case", "CASE")},
        lambda body, _mallory: body | {"approver": "0" * 40},
        lambda body, mallory: body | {"signature": mallory},
        lambda body, _mallory: (
            body | {"signature": "-----BEGIN PGP SIGNATURE-----\n\nZmFrZQ==\n-----END PGP SIGNATURE-----"}
        ),
    ],
    ids=["another text", "another name", "another key", "no signature"],
)
def test_a_forged_approval_is_not_counted(case, people, forgery):
    approve(case, people, "bob")
    bob = dict(case.journal.records(Kind.APPROVAL)[0].body)
    home, key = people["mallory"]
    by_mallory = openpgp.approvals.sign(home, key, bob["statement"])
    case.write(Kind.APPROVAL, forgery({**bob, "approver": people["alice"][1]}, by_mallory))
    with pytest.raises(Waiting, match="1 of 2"):
        case.carry_out("revoke")


@pytest.mark.parametrize(
    "text",
    [
        "I seal the record of this irkit case as it stands.\n{digest}  evidence/x\nSigned at: {at}\n",
        "{approval}I approve this plan of irkit to be carried out.\n",
        "I approve nothing.\n{approval}",
        "{other}",
    ],
    ids=["a seal with its digest in a path", "a line more", "a line before", "the same digest in another case"],
)
def test_another_text_that_a_person_signed_is_no_approval_for_holding_the_plans_digest(case, people, text):
    plan, at, (home, key) = case.plan("revoke"), datetime.now(UTC), people["bob"]
    approval, other = (
        openpgp.approvals.statement(plan.name, plan.digest, where, "Bob", at) for where in (plan.case_id, "another")
    )
    said = text.format(digest=plan.digest, at=iso(at), approval=approval, other=other)
    signature = openpgp.approvals.sign(home, key, said)
    case.write(Kind.APPROVAL, document(Approval(plan.digest, key, "Bob", at, said, signature)))
    with pytest.raises(Waiting, match="0 of 2"):
        case.carry_out("revoke")


def test_verify_sees_a_plan_carried_out_without_approvals(case, people):
    approve(case, people, "alice")
    approve(case, people, "bob")
    with pytest.raises(Waiting):
        case.carry_out("revoke")
    outcome = dict(case.journal.records(Kind.OUTCOME)[0].body)
    alone = replace(case.plan("revoke"), approvals_required=2, reasons=("nobody approved this",))
    case.write(Kind.PLAN, {"name": alone.name, "digest": alone.digest, "plan": document(alone)})
    case.write(Kind.OUTCOME, outcome | {"plan": alone.digest})
    with pytest.raises(StepFailed, match="without its approvals"):
        case.verify()


def test_verify_sees_changed_evidence(case):
    kept = next(path for path in Path(case.folder / "evidence").iterdir())
    kept.write_bytes(kept.read_bytes() + b" ")
    with pytest.raises(StepFailed, match="evidence was changed"):
        case.verify()


def test_the_authors_own_approval_does_not_count(case, people, tmp_path, monkeypatch):
    monkeypatch.setenv("IRKIT_RESPONDER", "alice")
    mine = Case.create(
        tmp_path / "mine", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc", tmp_path / "bob.asc"]
    )
    mine.plan_revocation(approvals_required=1)
    with pytest.raises(BadInput, match="whoever made the plan"):
        approve(mine, people, "alice")
    plan = mine.plan("revoke")
    mine.write(Kind.APPROVAL, document(signed(mine, people, "alice", datetime.now(UTC))))  # put in past the command
    with pytest.raises(Waiting, match=r"0 of 1 approvals; not counted: Alice .*whoever made the plan"):
        mine.carry_out(plan.name)
    approve(mine, people, "bob")
    with pytest.raises(Waiting, match="by hand"):
        mine.carry_out("revoke")


def test_the_author_is_known_by_their_key_where_the_case_names_it(people, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    settings = {"responder": "somebody", "responder_key": people["alice"][1]}
    approvers = [tmp_path / "alice.asc", tmp_path / "bob.asc"]
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=approvers, settings=settings)
    made.plan_revocation()
    with pytest.raises(BadInput, match="whoever made the plan"):
        approve(made, people, "alice")


def signed(case: Case, people, name: str, at: datetime) -> Approval:
    home, key = people[name]
    plan = case.plan("revoke")
    who = case.approvers[key].who
    statement = openpgp.approvals.statement(plan.name, plan.digest, case.incident.case_id, who, at)
    return Approval(plan.digest, key, who, at, statement, openpgp.approvals.sign(home, key, statement))


@pytest.mark.parametrize(("hours", "why"), [(-25, "expired 24 hours after"), (+1, "dated in the future")])
def test_an_approval_counts_for_its_time_only(case, people, hours, why):
    approve(case, people, "bob")
    case.write(Kind.APPROVAL, document(signed(case, people, "alice", datetime.now(UTC) + timedelta(hours=hours))))
    with pytest.raises(Waiting, match=why):
        case.carry_out("revoke")


def test_a_plan_that_was_begun_in_time_still_verifies_when_its_approvals_have_expired(case, people):
    approve(case, people, "alice")
    approve(case, people, "bob")
    with pytest.raises(Waiting, match="by hand"):
        case.carry_out("revoke")
    plan, records = case.plan("revoke"), case.journal.records()
    later = datetime.now(UTC) + timedelta(days=2)
    assert not check(plan, records, case.approvers, at=later).valid
    case.verify()


def test_the_key_of_an_automation_approves_nothing(case, people, tmp_path):
    case.add_approver(read_certificate(tmp_path / "mallory.asc", automation=True))
    with pytest.raises(BadInput, match="automation"):
        approve(case, people, "mallory")
    case.write(Kind.APPROVAL, document(signed(case, people, "mallory", datetime.now(UTC))))
    approve(case, people, "alice")
    with pytest.raises(Waiting, match=r"1 of 2 approvals; not counted: Mallory .*automation"):
        case.carry_out("revoke")


@pytest.mark.parametrize("name", ["release[bot] <bot@example.com>", "Deploy (automation) <ci@example.com>"])
def test_a_key_that_says_it_is_an_automations_is_one(make_gpg_home, tmp_path, name):
    home = make_gpg_home()
    key = openpgp.generate(home, name)
    (tmp_path / "bot.asc").write_text(openpgp.export_public(home, key.primary))
    assert read_certificate(tmp_path / "bot.asc").automation


def another_user_id(home: Path, key: str, user_id: str, *, first: bool) -> None:
    openpgp.Gpg(home).run(["--quick-add-uid", key, user_id])
    if first:
        openpgp.Gpg(home).run(["--quick-set-primary-uid", key, user_id])


@pytest.mark.parametrize("first", [False, True])
def test_the_author_under_another_user_id_is_the_author(people, tmp_path, monkeypatch, first):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("IRKIT_RESPONDER", "carol")
    home, key = people["alice"]
    another_user_id(home, key, "Carol <carol@example.com>", first=first)
    (tmp_path / "alice.asc").write_text(openpgp.export_public(home, key))
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc"])
    made.plan_revocation()
    with pytest.raises(BadInput, match="whoever made the plan"):
        approve(made, people, "alice")


def test_an_automation_under_another_user_id_is_one(people, tmp_path):
    home, key = people["alice"]
    another_user_id(home, key, "release[bot] <bot@example.com>", first=False)
    (tmp_path / "alice.asc").write_text(openpgp.export_public(home, key))
    assert read_certificate(tmp_path / "alice.asc").automation


def test_two_keys_of_one_person_are_one_voice(case, people, make_gpg_home, tmp_path):
    home = make_gpg_home()
    people["second"] = (home, openpgp.generate(home, "A. Liddell <Alice@Example.com>").primary)
    (tmp_path / "second.asc").write_text(openpgp.export_public(home, people["second"][1]))
    case.add_approver(read_certificate(tmp_path / "second.asc"))
    approve(case, people, "alice")
    case.write(Kind.APPROVAL, document(signed(case, people, "second", datetime.now(UTC))))
    with pytest.raises(Waiting, match=r"1 of 2 approvals; not counted: .*one voice a person"):
        case.carry_out("revoke")
    approve(case, people, "bob")
    with pytest.raises(Waiting, match="by hand"):
        case.carry_out("revoke")


def test_whoever_had_the_plan_made_cannot_approve_it_either(people, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("IRKIT_RESPONDER", "carol")
    approvers = [tmp_path / "alice.asc", tmp_path / "bob.asc"]
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=approvers)
    monkeypatch.setenv("IRKIT_RESPONDER", "bob")  # who takes over the case, and plans
    Case.open(made.folder).plan_revocation()
    monkeypatch.setenv("IRKIT_RESPONDER", "carol")
    with pytest.raises(BadInput, match="whoever made the plan"):
        approve(made, people, "bob")
    approve(made, people, "alice")
    with pytest.raises(Waiting, match="by hand"):
        made.carry_out("revoke")


def test_what_was_begun_in_time_is_brought_to_its_end_when_nothing_more_is_sent(people, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    approvers = [tmp_path / "alice.asc", tmp_path / "bob.asc"]
    made = Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=approvers)
    made.plan_revocation(approvals_valid_h=1 / 3600)  # a second
    approve(made, people, "alice")
    with pytest.raises(Waiting, match="by hand"):
        made.carry_out("revoke")
    plan, records = made.plan("revoke"), made.journal.records()
    later = datetime.now(UTC) + timedelta(hours=1)
    assert not check(plan, records, made.approvers, at=later).valid
    monkeypatch.setattr("irkit.case.approvals.datetime", Later)
    with pytest.raises(Waiting, match="by hand"):  # not: waits for approval
        made.carry_out("revoke")


class Later(datetime):
    """An hour ahead, so that nobody has to wait for a second to pass."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(hours=1)
