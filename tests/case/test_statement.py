"""The transition statement: the new key signs what was done, people vouch for it, and others can check it with gpg alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, StepFailed, Waiting
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
    assert "waits for 2 more people" in made.case.status().markdown()
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


def test_the_record_of_a_statement_and_of_its_people_is_verified(made: Incident) -> None:
    folder = stated(made)
    alice = made.people[0]
    made.case.vouch(alice.key.primary, home=alice.home)
    said = made.case.verify().text()
    assert f"signed by the new key {made.case.journal.records(Kind.STATED)[-1].body['key']}" in said
    assert "not at its place" not in said
    assert "1 of 2 people, whose signatures verify" in said
    (folder / f"statement.txt.{alice.key.primary}.asc").unlink()
    assert made.case.verify().text().count("not at its place any more") == 1


@pytest.mark.parametrize("name", ["statement.txt", "statement.txt.asc"])
def test_a_file_of_the_statement_that_was_changed_is_named(name: str, made: Incident) -> None:
    path = stated(made) / name
    path.write_bytes(path.read_bytes() + b"more\n")
    with pytest.raises(StepFailed, match="a file of the transition statement was changed") as told:
        made.case.verify()
    assert told.value.on == str(path)


def test_a_voice_that_was_put_into_the_journal_is_named(made: Incident) -> None:
    stated(made)
    alice, bob = made.people
    made.case.vouch(alice.key.primary, home=alice.home)
    good = dict(made.case.journal.records(Kind.VOUCHED)[-1].body)
    made.case.write(Kind.VOUCHED, good | {"who": "Bob", "fingerprint": bob.key.primary})
    with pytest.raises(StepFailed, match=r"does not hold.*unknown key") as told:
        made.case.verify()
    assert told.value.on == f"record {made.case.journal.records(Kind.VOUCHED)[-1].seq}: Bob"


def test_so_is_a_statement_by_a_key_that_the_case_did_not_make(made: Incident) -> None:
    stated(made)
    body = dict(made.case.journal.records(Kind.STATED)[-1].body)
    made.case.write(Kind.STATED, body | {"key": made.old.key.primary})
    with pytest.raises(StepFailed, match="by a key that is not this case's"):
        made.case.verify()


def test_who_vouched_for_an_earlier_text_is_not_published_with_a_later_one(made: Incident) -> None:
    folder = stated(made)
    alice = made.people[0]
    made.case.vouch(alice.key.primary, home=alice.home)
    made.case.write(
        Kind.PUBLISHED,
        {"place": "hkp://example.test", "old": "revoked", "new": "present", "why": "", "published": "yes"},
    )
    made.case.statement()
    assert list(folder.glob("statement.txt.*.asc")) == []
    assert "0 of 2 people" in made.case.verify().text()


@pytest.mark.parametrize(
    ("place", "published", "said"),
    [
        ("hkp://keys.example.test", "yes", "hkp://keys.example.test"),
        ("hkp://keys.example.test", "no", ""),
        ("hkp://keys.example.test", "unknown", ""),
        ("vks:https://keys.example.test#a@example.test", "yes", "https://keys.example.test"),
        ("wkd:/srv/site#a@example.test|http://example.test", "yes", "Web Key Directory, a@example.test"),
        ("folder:/home/alice/keys", "yes", ""),
        ("keyring:/home/alice/ring.gpg", "yes", ""),
    ],
)
def test_only_where_a_reader_was_seen_to_get_the_keys_is_named(
    place: str, published: str, said: str, made: Incident
) -> None:
    made.carry_out(approvals_required=2)
    body = {"place": place, "old": "revoked", "new": "present", "why": "", "published": published}
    made.case.write(Kind.PUBLISHED, body)
    made.case.statement()
    text = (made.case.folder / "transition" / "statement.txt").read_text()
    assert ("Published at:" in text) is bool(said)
    assert said in text
    assert "/home" not in text
    assert "/srv" not in text
