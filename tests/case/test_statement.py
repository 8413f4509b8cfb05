"""The transition statement: the new key signs what was done, people vouch for it, and others can check it with gpg alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, Waiting
from irkit.model import Kind
from irkit.openpgp import Gpg
from tests.case.signing import Incident, incident
from tests.owners import Owner


@pytest.fixture
def made(tmp_path: Path, make_owner: Callable[..., Owner], make_gpg_home: Callable[[], Path]) -> Incident:
    return incident(tmp_path, make_owner, make_gpg_home())


def stated(made: Incident) -> Path:
    made.carry_out(approvals_required=2)
    made.case.statement()
    return made.case.folder / "transition"


def test_before_anything_was_done_there_is_nothing_to_state(made: Incident) -> None:
    with pytest.raises(BadInput):
        made.case.statement()


def test_a_stranger_checks_it_with_gpg_and_sha256sum_alone(made: Incident, make_gpg_home: Callable[[], Path]) -> None:
    folder = stated(made)
    fresh = made.case.journal.records(Kind.KEY_GENERATED)[-1].body
    client = Gpg(make_gpg_home())
    client.must("import", ["--import"], stdin=fresh["certificate"].encode())
    seen = client.run(["--verify", str(folder / "statement.txt.asc"), str(folder / "statement.txt")])
    assert [one.fields[9] for one in seen.status if one.keyword == "VALIDSIG"] == [fresh["primary"]]
    listed = subprocess.run(
        ["sha256sum", "--check", "--ignore-missing", str(folder / "statement.txt")],
        cwd=made.release, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (listed.returncode, listed.stdout) == (0, "app.tar: OK\n")
    said = json.loads((folder / "statement.json").read_text())
    assert [one["path"] for one in said["resigned"]] == ["app.tar"]
    assert [one["path"] for one in said["withdrawn"]] == ["late.tar"]
    assert "<script" not in (folder / "statement.html").read_text()


def test_people_vouch_here_and_elsewhere_and_it_waits_until_enough_have(made: Incident) -> None:
    folder = stated(made)
    alice, bob = made.people
    with pytest.raises(Waiting, match="2 more"):
        made.case.statement(wait=True)
    assert "waits for 2 more people" in made.case.status().text()
    made.case.vouch(alice.key.primary, home=alice.home)
    elsewhere = bob.gpg("--armor", "--output", "-", "--detach-sign", str(folder / "statement.txt")).decode()
    made.case.vouch(bob.key.primary, signature=elsewhere)
    assert "can be published" in made.case.statement(wait=True).text()
    assert {path.name for path in folder.glob("statement.txt.*.asc")} == {
        f"statement.txt.{person.key.primary}.asc" for person in made.people
    }


def test_a_stranger_cannot_vouch_nor_anybody_for_another_text(made: Incident, make_owner: Callable[..., Owner]) -> None:
    folder = stated(made)
    alice, stranger = made.people[0], make_owner("Eve <eve@example.test>")
    with pytest.raises(BadInput, match="not one of the case's people"):
        made.case.vouch(stranger.key.primary, home=stranger.home)
    (folder / "other.txt").write_text("another text\n")
    wrong = alice.gpg("--armor", "--output", "-", "--detach-sign", str(folder / "other.txt")).decode()
    with pytest.raises(BadInput):
        made.case.vouch(alice.key.primary, signature=wrong)
    assert made.case.journal.records(Kind.VOUCHED) == ()


def test_stated_again_it_is_the_same_and_nothing_is_signed(made: Incident) -> None:
    folder = stated(made)
    before = (folder / "statement.txt.asc").read_bytes()
    made.case.statement()
    assert (folder / "statement.txt.asc").read_bytes() == before
    assert len(made.case.journal.records(Kind.STATED)) == 1
