"""Evidence that keeps the secret: only the case's people open it, with gpg alone if they like; and it is what was sealed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.sealed_evidence import open_to, seal
from irkit.errors import BadInput, StepFailed
from irkit.guard.gate import gate
from irkit.model import Kind, SecretRef
from irkit.openpgp.sealing import recipients
from tests.guard.canary import forms_in
from tests.owners import Owner

TOKEN = "irkitCANARY-0123456789"
REPLY = f"HTTP/1.1 200 OK\r\n\r\n{{'token': '{TOKEN}'}}".encode()


@pytest.fixture
def make_person(make_owner: Callable[[str], Owner]) -> Callable[[str], Owner]:
    def make(name: str) -> Owner:
        person = make_owner(f"{name} <{name.lower()}@example.test>")
        person.gpg("--quick-add-key", person.key.primary, "cv25519", "encr", "never")
        return person

    return make


@pytest.fixture
def people(make_person: Callable[[str], Owner]) -> tuple[Owner, Owner]:
    return make_person("Ann"), make_person("Bob")


def opened(folder: Path, *people: Owner, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("IRKIT_TEST_TOKEN", TOKEN)
    files = []
    for number, person in enumerate(people):
        files.append(folder / f"{number}.asc")
        files[-1].write_text(person.certificate)
    return Case.create(folder / "case", [SecretRef("env:IRKIT_TEST_TOKEN")], approvers=files)


@pytest.fixture
def case(tmp_path: Path, people: tuple[Owner, Owner], monkeypatch: pytest.MonkeyPatch) -> Case:
    return opened(tmp_path, *people, monkeypatch=monkeypatch)


def sealed_record(case: Case) -> dict[str, object]:
    (record,) = [one for one in case.journal.records(Kind.EVIDENCE) if "sealed" in one.body]
    return dict(record.body)


def test_each_person_opens_it_and_gets_what_was_sealed(case: Case, people: tuple[Owner, Owner], tmp_path: Path) -> None:
    seal(case, REPLY, "reply.http")
    digest = str(sealed_record(case)["digest"])
    for number, person in enumerate(people):
        out = tmp_path / f"opened-{number}"
        open_to(case, digest, person.home, out)
        assert out.read_bytes() == REPLY
        assert out.stat().st_mode & 0o777 == 0o600


def test_gpg_alone_opens_it(case: Case, people: tuple[Owner, Owner]) -> None:
    seal(case, REPLY, "reply.http")
    (file,) = (case.folder / "evidence").glob("*.pgp")
    assert people[1].gpg("--decrypt", str(file)) == REPLY


def test_nobody_else_opens_it(case: Case, make_person: Callable[[str], Owner], tmp_path: Path) -> None:
    seal(case, REPLY, "reply.http")
    with pytest.raises(StepFailed, match="could not be opened"):
        open_to(case, str(sealed_record(case)["digest"]), make_person("Eve").home, tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_the_journal_says_to_whom_and_both_digests_and_the_case_verifies(
    case: Case, people: tuple[Owner, Owner]
) -> None:
    import hashlib

    seal(case, REPLY, "reply.http", "the provider's answer")
    record = sealed_record(case)
    (file,) = (case.folder / "evidence").glob("*.pgp")
    sealed = record["sealed"]
    assert isinstance(sealed, dict)
    assert record["digest"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}" == f"sha256:{file.stem}"
    assert sealed["plain"] == f"sha256:{hashlib.sha256(REPLY).hexdigest()}"
    assert [one["fingerprint"] for one in sealed["to"]] == [person.key.primary for person in people]
    assert sorted(recipients(file.read_bytes()) or ()) == sorted(one["subkey"][-16:] for one in sealed["to"])
    case.verify()


def test_the_gate_says_sealed_to_two_people_and_finds_no_secret(case: Case) -> None:
    seal(case, REPLY, "reply.http")
    seen = case.gate(case.folder, unknown=False).text()
    assert "sealed to 2 people" in seen
    assert gate(case.folder, case.redactor).clean is None, "what no journal vouches for is unknown"
    assert "Clean                 yes" in seen


def test_the_plain_text_is_in_no_file_of_the_case(case: Case) -> None:
    seal(case, REPLY, TOKEN)
    for file in case.folder.rglob("*"):
        assert not file.is_file() or forms_in(file.read_bytes(), TOKEN) == []


def test_sealing_the_same_again_changes_nothing(case: Case) -> None:
    first, second = seal(case, REPLY, "reply.http").text(), seal(case, REPLY, "reply.http").text()
    assert first == second
    assert len(list((case.folder / "evidence").glob("*.pgp"))) == 1


def test_a_changed_one_is_named_by_verify_and_not_opened(
    case: Case, people: tuple[Owner, Owner], tmp_path: Path
) -> None:
    seal(case, REPLY, "reply.http")
    (file,) = (case.folder / "evidence").glob("*.pgp")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(StepFailed, match="changed"):
        case.verify()
    with pytest.raises(StepFailed, match="changed"):
        open_to(case, file.stem, people[0].home, tmp_path / "x")


def test_a_key_that_cannot_encrypt_is_said_with_what_to_do(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(tmp_path, owner, monkeypatch=monkeypatch)
    with pytest.raises(BadInput, match=r"no valid encryption subkey.*--quick-add-key"):
        seal(case, REPLY, "reply.http")
    assert not list((case.folder / "evidence").glob("*.pgp"))


def test_automation_is_not_among_those_who_can_open_it(
    case: Case, make_person: Callable[[str], Owner], tmp_path: Path
) -> None:
    robot = make_person("Robot")
    (tmp_path / "robot.asc").write_text(robot.certificate)
    from irkit.case.approvals import read_certificate

    case.add_approver(read_certificate(tmp_path / "robot.asc", automation=True))
    seal(case, REPLY, "reply.http")
    with pytest.raises(StepFailed):
        open_to(case, str(sealed_record(case)["digest"]), robot.home, tmp_path / "x")


def test_a_case_without_people_seals_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="irkit add-approver"):
        seal(opened(tmp_path, monkeypatch=monkeypatch), REPLY, "reply.http")


@pytest.mark.parametrize("digest", ["", "ab", "0" * 64], ids=["none", "too short", "another"])
def test_a_digest_that_names_none_is_bad_input(case: Case, digest: str, tmp_path: Path) -> None:
    seal(case, REPLY, "reply.http")
    with pytest.raises(BadInput, match="no sealed evidence"):
        open_to(case, digest, tmp_path, tmp_path / "x")


def test_it_is_not_opened_into_the_case_nor_over_a_file(
    case: Case, people: tuple[Owner, Owner], tmp_path: Path
) -> None:
    seal(case, REPLY, "reply.http")
    digest = str(sealed_record(case)["digest"])
    (tmp_path / "used").write_text("mine")
    for place in (case.folder / "evidence" / "x", tmp_path / "used"):
        with pytest.raises(BadInput):
            open_to(case, digest, people[0].home, place)


def test_both_commands_work_and_never_show_the_secret(case: Case, people: tuple[Owner, Owner], tmp_path: Path) -> None:
    import sys

    (tmp_path / "reply").write_bytes(REPLY)
    run = [sys.executable, "-m", "irkit", "evidence"]
    made = subprocess.run([*run, "seal", str(case.folder), str(tmp_path / "reply")], capture_output=True, check=True)
    digest = str(sealed_record(case)["digest"])[7:20]
    out = ["--home", str(people[0].home), "--out", str(tmp_path / "out")]
    done = subprocess.run([*run, "open", str(case.folder), digest, *out], capture_output=True, check=True)
    assert (tmp_path / "out").read_bytes() == REPLY
    assert forms_in(made.stdout + made.stderr + done.stdout + done.stderr, TOKEN) == []
