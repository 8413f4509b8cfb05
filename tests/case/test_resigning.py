"""Chapter 3 in a case: judged, planned, approved by two, carried out once; every artifact ends in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed, Waiting
from irkit.model import Kind
from irkit.openpgp import generate, verify_both
from tests.case.signing import Incident, incident
from tests.owners import Owner


@pytest.fixture
def made(tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]) -> Incident:
    return incident(tmp_path, make_owner, make_gpg_home())


def paths(made: Incident, kind: Kind) -> list[str]:
    return [str(record.body["path"]) for record in made.case.journal.records(kind)]


def test_what_is_known_from_before_is_signed_anew_and_the_rest_is_set_aside(made: Incident) -> None:
    made.carry_out(approvals_required=2)
    assert (paths(made, Kind.RESIGNED), paths(made, Kind.QUARANTINED)) == (["app.tar"], ["late.tar"])
    certificate = made.case.journal.records(Kind.KEY_GENERATED)[-1].body["certificate"]
    assert all(one.good for one in verify_both(certificate, made.release / "app.tar", made.release / "app.tar.asc"))
    assert sorted(path.name for path in made.release.iterdir()) == [
        "app.tar",
        f"app.tar.{made.old.key.primary[-16:]}.asc",
        "app.tar.asc",
    ]


def test_one_of_two_approvals_moves_nothing(made: Incident) -> None:
    made.judge()
    name = made.plan(approvals_required=2)
    made.approve(name, made.people[0])
    with pytest.raises(Waiting):
        made.case.carry_out(name)
    assert (paths(made, Kind.RESIGNED), made.case.journal.records(Kind.KEY_REVOKED)) == ([], ())


def test_the_same_facts_give_the_same_plan_while_it_is_carried_out(made: Incident) -> None:
    made.judge()
    name = made.plan(approvals_required=2)
    assert made.plan(approvals_required=2) == name
    made.approve(name)
    made.case.carry_out(name)
    made.judge()
    assert made.plan(approvals_required=2) == name


def test_new_signatures_may_stand_beside_the_old_ones_under_another_name(made: Incident) -> None:
    before = (made.release / "app.tar.asc").read_bytes()
    made.carry_out(signature_name="new")
    fresh = made.case.journal.records(Kind.KEY_GENERATED)[-1].body["primary"]
    assert (made.release / "app.tar.asc").read_bytes() == before
    assert (made.release / f"app.tar.{fresh[-16:]}.asc").exists()


def test_without_the_key_nothing_that_rests_on_it_is_begun(made: Incident) -> None:
    made.judge()
    name = made.plan(apart=str(made.release.parent / "no-such-stick"))
    made.approve(name)
    with pytest.raises(StepFailed, match="make a new key"):
        made.case.carry_out(name)
    assert (made.release / "late.tar").exists()
    assert not [one for one in made.case.journal.records(Kind.INTENT) if one.body["action"].startswith("sign-")]


def test_once_mended_the_same_plan_goes_on(made: Incident) -> None:
    made.judge()
    stick = made.release.parent / "stick"
    name = made.plan(apart=str(stick))
    made.approve(name)
    with pytest.raises(StepFailed, match=r"nothing was left half done.*no such folder"):
        made.case.carry_out(name)
    stick.mkdir(mode=0o700)
    made.case.carry_out(name)
    assert paths(made, Kind.RESIGNED) == ["app.tar"]
    assert len(made.case.journal.records(Kind.KEY_REVOKED)) == 1


def test_two_releases_of_one_name_are_refused(made: Incident, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / "release"
    other.mkdir(parents=True)
    with pytest.raises(BadInput, match="same name"):
        made.case.judge_release(made.release, other)


def test_the_ways_to_revoke_are_shown_before_one_is_gone(made: Incident) -> None:
    shown = made.case.ways_to_revoke(old_home=str(made.old.home)).text()
    assert "the private key" in shown
    assert "cannot be revoked from here" not in shown


def test_the_proof_finds_a_signature_that_was_spoilt_since(made: Incident) -> None:
    made.carry_out()
    made.case.verify_signatures()
    (made.release / "app.tar").write_text("changed")
    with pytest.raises(StepFailed, match=r"app\.tar"):
        made.case.verify_signatures()


def test_when_only_a_subkey_leaked_the_primary_stays_and_signs_with_another(
    tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]
) -> None:
    made = incident(tmp_path, make_owner, make_gpg_home(), subkey_only=True)
    ring = tmp_path / "ring.asc"
    ring.write_text(made.old.certificate)
    made.carry_out(publish=[f"keyring:{ring}#revoked"])
    (revoked,) = made.case.journal.records(Kind.KEY_REVOKED)
    (fresh,) = made.case.journal.records(Kind.KEY_GENERATED)
    assert fresh.body["primary"] == made.old.key.primary
    assert fresh.body["signing"] != made.old.key.signing
    assert str(revoked.body["on_the_wire"]).startswith("0x02")
    assert all(
        one.good for one in verify_both(ring.read_text(), made.release / "app.tar", made.release / "app.tar.asc")
    )
    made.case.statement()
    assert made.old.key.signing[-4:] in (made.case.folder / "transition" / "statement.txt").read_text()


def test_no_private_key_is_made_where_others_may_enter(made: Incident) -> None:
    made.new_home.chmod(0o750)
    made.judge()
    with pytest.raises(BadInput, match=r"its mode is 750.*chmod 700"):
        made.plan()
    with pytest.raises(BadInput, match="may enter this gpg home"):
        generate(made.new_home, "New <new@example.test>")
    made.new_home.chmod(0o700)
    made.plan()
