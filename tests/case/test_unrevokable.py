"""A key that somebody else holds and nobody of ours does, without a certificate that revokes it: replaced, and never called revoked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from irkit.case.resigning import statement
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, State
from irkit.openpgp.keyblock import revocations
from irkit.openpgp.publishing.rings import primaries
from irkit.plan import HumanTask
from irkit.postmortem.telling import tell
from tests.case.signing import Incident, incident
from tests.needs import needs
from tests.owners import Owner
from tests.servers.sks import sks_server

WHY = "the laptop with the only copy was stolen"


@pytest.fixture
def made(tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]) -> Incident:
    return incident(tmp_path, make_owner, make_gpg_home())


@pytest.fixture
def public(made: Incident, make_gpg_home: Callable[[], Path]) -> Path:
    """A gpg home that knows the old key and does not hold it."""
    home = make_gpg_home()
    Owner(home, made.old.key).gpg("--import", stdin=made.old.certificate.encode())
    return home


def replace(made: Incident, public: Path, **choices: object) -> None:
    """As the notebook does it: what people must do holds nothing up."""
    made.judge()
    name = made.plan(old_home=str(public), **choices)
    made.approve(name)
    made.case.carry_out(name, wait=False)


def test_it_is_replaced_all_the_same(made: Incident, public: Path, tmp_path: Path) -> None:
    ring = tmp_path / "project.gpg"
    ring.write_bytes(made.old.gpg("--export", made.old.key.primary))
    site = tmp_path / "site"
    places = [f"keyring:{ring}", f"wkd:{site}#new@example.test", f"folder:{tmp_path}"]
    replace(made, public, cannot_revoke=WHY, publish=places)

    fresh = made.case.journal.records(Kind.KEY_GENERATED)[-1].body["primary"]
    assert [record.body["path"] for record in made.case.journal.records(Kind.RESIGNED)] == ["app.tar"]
    assert [record.body["path"] for record in made.case.journal.records(Kind.QUARANTINED)] == ["late.tar"]
    assert list(primaries(ring.read_bytes())) == [fresh]
    assert not (tmp_path / f"{made.old.key.primary}.asc").exists()
    assert {record.body["old"] for record in made.case.journal.records(Kind.PUBLISHED)} == {"absent"}
    waiting = [one for one in made.case.plan("resign").actions if isinstance(one.do, HumanTask)]
    assert [one.verb for one in waiting] == ["cannot-revoke"]


@needs("sks", "dirmngr")
def test_a_key_server_keeps_it_as_good_and_gets_the_fresh_one_beside_it(made: Incident, public: Path) -> None:
    with sks_server() as server:
        sent = requests.post(f"http{server.removeprefix('hkp')}/pks/add", {"keytext": made.old.certificate}, timeout=30)
        assert sent.ok
        replace(made, public, cannot_revoke=WHY, publish=[server])
        seen = made.case.journal.records(Kind.PUBLISHED)[-1].body
        assert (seen["old"], seen["new"]) == ("good", "present")
        got = requests.get(
            f"http{server.removeprefix('hkp')}/pks/lookup?op=get&options=mr&search=0x{made.old.key.primary}", timeout=30
        )
    assert not revocations(got.content, made.old.key.primary)
    assert "cannot be revoked" in made.case.status().text()


def test_nothing_of_the_case_calls_it_revoked_or_contained(made: Incident, public: Path) -> None:
    replace(made, public, cannot_revoke=WHY)
    case = made.case
    assert case.journal.records(Kind.KEY_REVOKED) == ()
    said = case.journal.records(Kind.UNREVOKABLE)[-1].body
    assert (said["key"], said["why"]) == (made.old.key.primary, WHY)
    assert {way["name"] for way in said["ways"]} >= {"the private key", "a ready-made certificate"}
    assert not any(way["possible"] for way in said["ways"])

    shown = case.status().text()
    assert "cannot be revoked" in shown
    assert "Contained" in shown
    case.statement()
    text = (case.folder / statement.FOLDER / "statement.txt").read_text()
    assert f"no, and it cannot be: {WHY}" in text
    assert "nothing else makes a program refuse it" in text
    assert "although it is revoked" not in text
    document = json.loads((case.folder / statement.FOLDER / "statement.json").read_text())
    assert (document["cannot_be_revoked"], document["revoked_at"]) == (WHY, "not yet")
    assert "is not revoked and cannot be" in case.consumer_matrix(old_home=public, new_home=made.new_home).text()
    assert "cannot be revoked, and goes on counting" in case.trust_chain().text()


def test_the_postmortem_says_that_it_still_counts(made: Incident, public: Path) -> None:
    replace(made, public, cannot_revoke=WHY)
    story = tell(made.case.journal.records(), lambda digest: made.case.evidence.document(digest))
    fate = story.fate(story.credentials[0])
    assert (fate.state, fate.proved) == (State.ALIVE, False)
    report = made.case.export("md").read_text()
    assert "IT STILL COUNTS, and cannot be revoked (the laptop with the only copy was stolen)" in report
    assert "Ways to revoke it that were looked for" in report
    assert "It was revoked on" not in report


def test_a_key_that_can_be_revoked_is_not_let_off(made: Incident) -> None:
    made.judge()
    with pytest.raises(BadInput, match=r"this key can be revoked.*the private key"):
        made.plan(cannot_revoke=WHY)
    assert made.case.journal.records(Kind.UNREVOKABLE) == ()


def test_the_same_words_give_the_same_plan_and_are_kept_once(made: Incident, public: Path) -> None:
    made.judge()
    first = made.plan(old_home=str(public), cannot_revoke=WHY)
    assert made.plan(old_home=str(public), cannot_revoke=WHY) == first
    assert len(made.case.journal.records(Kind.UNREVOKABLE)) == 1


def test_a_certificate_that_turns_up_later_revokes_it_and_that_is_told(
    made: Incident, public: Path, tmp_path: Path
) -> None:
    replace(made, public, cannot_revoke=WHY)
    found = tmp_path / "printed.rev"
    found.write_text((made.old.home / "openpgp-revocs.d" / f"{made.old.key.primary}.rev").read_text())
    replace(made, public, revocation_certificate=str(found))
    assert len(made.case.journal.records(Kind.KEY_REVOKED)) == 1
    report = made.case.export("md").read_text()
    assert "It was revoked on" in report
    assert "IT STILL COUNTS" not in report


def test_without_the_word_the_plan_stops_and_says_which_word_it_is(made: Incident, public: Path) -> None:
    with pytest.raises(StepFailed, match="plan again with cannot_revoke"):
        replace(made, public)
    assert made.case.journal.records(Kind.KEY_GENERATED) == ()


def test_it_does_not_stay_in_a_key_ring_as_a_revoked_one(made: Incident, public: Path, tmp_path: Path) -> None:
    ring = tmp_path / "project.gpg"
    ring.write_bytes(made.old.gpg("--export", made.old.key.primary))
    before = ring.read_bytes()
    with pytest.raises(StepFailed, match="cannot stay as a revoked one"):
        replace(made, public, cannot_revoke=WHY, publish=[f"keyring:{ring}#revoked"])
    assert ring.read_bytes() == before
