"""A seal holds what it sealed: for irkit, and for a third person with gpg, sqlite3 and sha256sum alone."""

# ruff: noqa: S608  (statements are made of the numbers above them)
from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.seal import Seal, seal
from irkit.case.verifying.chain import GENESIS, chained
from irkit.errors import BadInput, StepFailed
from irkit.model import Kind, SecretRef
from irkit.openpgp import approvals, generate
from irkit.openpgp.keys import export_public
from irkit.openpgp.runner import throwaway_home
from tests.needs import needs
from tests.owners import Owner

TOKEN = "unknown-service_FAKE_FAKE_FAKE_0123456789"
DOCUMENT = Path(__file__).parents[2] / "docs" / "verify-by-hand.md"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A sealed case with a note after the seal, and the fingerprint of Alice, whose key lies beside it."""
    folder = tmp_path_factory.mktemp("sealed")
    with throwaway_home() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAKE_TOKEN", TOKEN)
        key = generate(home, "Alice <alice@example.test>").primary
        (folder / "alice.asc").write_text(export_public(home, key))
        case = Case.create(
            folder / "case",
            [SecretRef("env:FAKE_TOKEN")],
            settings={"responder": "carol\nthe second"},
            approvers=[folder / "alice.asc"],
        )
        case.keep({"seen": "é"}, "what was seen", "a log")
        case.note("summary", "before the seal")
        (case.folder / "report.md").write_text("# a report\n")
        digest = "a09abb9c4c8b7ef1a1b4d2a2bbd0b6c2a0e3a2d0f7e6f3b3c1d9f1a7a1b2c3d4"
        case.write(Kind.EXPORTED, {"path": "/elsewhere/x\ny.md", "sha256": digest})
        case.write(Kind.EXPORTED, {"path": "report.md", "sha256": hashlib.sha256(b"# a report\n").hexdigest()})
        seal(case, key, home)
        case.note("summary", "after the seal")
        case.journal.close()
    return folder, key


@pytest.fixture
def copy(sealed: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    shutil.copytree(sealed[0] / "case", tmp_path / "case")
    return tmp_path / "case"


def change(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "journal.sqlite") as db:
        for name in ("update", "delete"):
            db.execute(f"DROP TRIGGER IF EXISTS journal_is_append_only_{name}")
        for statement in statements:
            db.execute(statement)
    db.close()


def chain_again(folder: Path) -> None:
    """What a forger does who knows how the chain is made: every digest anew."""
    with sqlite3.connect(folder / "journal.sqlite") as db:
        previous = GENESIS
        rows = db.execute("SELECT seq, at, kind, actor, body FROM journal ORDER BY seq").fetchall()
        for seq, *values in rows:
            digest = chained(previous, seq, *values)
            db.execute("UPDATE journal SET previous = ?, digest = ? WHERE seq = ?", (previous, digest, seq))
            previous = digest
    db.close()


def rewrite(folder: Path) -> None:
    change(folder, "UPDATE journal SET body = replace(body, 'before', 'BEFORE') WHERE kind = 'note'")
    chain_again(folder)


def evidence_of(folder: Path) -> Path:
    return next(path for path in sorted((folder / "evidence").iterdir()) if b"seen" in path.read_bytes())


def signed_by_mallory(folder: Path) -> None:
    with throwaway_home() as home:
        key = generate(home, "Alice <alice@example.test>").primary
        text = (folder / "seals/1.txt").read_text()
        (folder / "seals/1.txt.asc").write_text(approvals.sign(home, key, text))
    change(folder, "DELETE FROM journal WHERE seq >= (SELECT seq FROM journal WHERE kind = 'sealed')")


SWAP = [f"UPDATE journal SET seq = {new} WHERE seq = {old}" for old, new in ((3, -1), (4, 3), (-1, 4))]
FORGED = "INSERT INTO journal SELECT seq + 1, at, 'note', 'mallory', '{}', digest, '%064d' FROM journal ORDER BY seq DESC LIMIT 1"
TAMPERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a body edited": (lambda at: change(at, "UPDATE journal SET body = replace(body, 'before', 'BEFORE') WHERE seq = 4"),
                      r"record 4 \(note\) was changed after it was written: its time, kind, actor or body"),
    "a time that is none": (lambda at: change(at, "UPDATE journal SET at = 'noon' WHERE seq = 2"), r"record 2 .*: its time is none"),
    "a kind that is none": (lambda at: change(at, "UPDATE journal SET kind = 'x' WHERE seq = 2"), "record 2 .* its kind is none"),
    "a body that is no JSON": (lambda at: change(at, "UPDATE journal SET body = body || '}' WHERE seq = 2"),
        "record 2 .*: its body is not JSON"),
    "a body that is no text": (lambda at: change(at, "UPDATE journal SET body = x'00ff' WHERE seq = 2"), "record 2 is not of the form"),
    "a digest edited": (lambda at: change(at, f"UPDATE journal SET digest = '{'a' * 64}' WHERE seq = 3"), "record 3 .*: its digest"),
    "a link edited": (lambda at: change(at, f"UPDATE journal SET previous = '{'a' * 64}' WHERE seq = 3"),
        "record 3 .*: its link to the record before"),
    "the first deleted": (lambda at: change(at, "DELETE FROM journal WHERE seq = 1"), "record 1 is missing"),
    "one deleted": (lambda at: change(at, "DELETE FROM journal WHERE seq = 3"), "record 3 is missing"),
    "one deleted, numbers closed up": (lambda at: change(at, "DELETE FROM journal WHERE seq = 3", *(
        f"UPDATE journal SET seq = {n} WHERE seq = {n + 1}" for n in range(3, 9))), "record 3 .* was written as record 4"),
    "two exchanged": (lambda at: change(at, *SWAP), r"record 3 \(note\) stands where another belongs: it was written as record 4"),
    "one forged at the end": (lambda at: change(at, FORGED), r"record 9 \(note\) was changed"),
    "the tail cut off behind the seal": (lambda at: change(at, "DELETE FROM journal WHERE seq > 3"),
        r"shortened behind a seal \(seals/1.txt\): it sealed 6 records, and the journal has 3: record 4 is missing"),
    "all written anew": (rewrite, r"written anew behind a seal .*: record 6 has another digest|a seal was changed"),
    "evidence changed": (lambda at: evidence_of(at).write_bytes(b"{}"), r"evidence was changed .*record 3 \(evidence: what was seen\)"),
    "evidence removed": (lambda at: evidence_of(at).unlink(), r"evidence is missing .*record 3 \(evidence: what was seen\)"),
    "a sealed export changed": (lambda at: (at / "report.md").write_text("# another\n"), "report.md"),
    "the seal's text changed": (lambda at: (at / "seals/1.txt").write_text((at / "seals/1.txt").read_text().replace("Alice", "Alicia")),
                                r"a seal was changed \(seals/1.txt\): record 7 names another"),
    "the seal removed": (lambda at: (at / "seals/1.txt").unlink(), "a seal is missing.*record 7"),
    "the seal signed by another key of the same name": (signed_by_mallory, "a seal's signature does not hold"),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_verify_names_the_first_thing_that_does_not_hold(copy: Path, how: str) -> None:
    tamper, said = TAMPERED[how]
    tamper(copy)
    with pytest.raises(StepFailed, match=re.compile(said, re.DOTALL)):
        Case.open(copy).verify()


def test_an_untouched_case_verifies_and_says_what_each_seal_holds(copy: Path) -> None:
    said = Case.open(copy).verify().text()
    assert "Alice <alice@example.test>" in said
    assert "6 records and 3 files as sealed" in said
    assert Case.open(copy).journal.head() in said.replace("\n", "")


def test_triggers_that_were_taken_away_are_a_notice(copy: Path) -> None:
    change(copy)
    assert "its triggers were taken away" in Case.open(copy).verify().text()


def test_a_seal_that_was_not_journalled_because_of_a_kill_still_counts(copy: Path) -> None:
    change(copy, "DELETE FROM journal WHERE seq > 6")
    assert "no record names it" in " ".join(Case.open(copy).verify().text().split())


def test_an_export_that_is_made_again_after_the_seal_is_no_fault(copy: Path) -> None:
    case = Case.open(copy)
    (copy / "report.md").unlink()
    case.export("md", copy / "report.md")
    case.verify()


def test_the_statement_is_read_back_as_it_was_written(copy: Path) -> None:
    text = (copy / "seals/1.txt").read_text()
    made = Seal.read(text)
    assert text.startswith(made.text())
    assert [path.rpartition("/")[0] for _, path in made.files] == ["evidence", "evidence", ""]
    assert "Exported to another place: a09a" in text
    assert "x\\ny.md" in text
    assert all((copy / "seals" / name).stat().st_mode & 0o777 == 0o600 for name in ("1.txt", "1.txt.asc"))


def test_only_the_cases_people_can_seal_and_only_what_verifies(
    copy: Path, make_owner: Callable[..., Owner], sealed: tuple[Path, str]
) -> None:
    case, mallory = Case.open(copy), make_owner("Mallory <mallory@example.test>")
    with pytest.raises(BadInput, match="this key cannot seal the case"):
        seal(case, mallory.key.primary, mallory.home)
    with pytest.raises(StepFailed, match="the seal could not be signed"):
        seal(case, sealed[1], mallory.home)
    evidence_of(copy).write_bytes(b"changed")
    with pytest.raises(StepFailed, match="evidence was changed"):
        seal(case, sealed[1], mallory.home)
    assert sorted(path.name for path in (copy / "seals").iterdir()) == ["1.txt", "1.txt.asc"]


def test_from_the_command_line(tmp_path: Path, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    (tmp_path / "alice.asc").write_text(owner.certificate)
    Case.create(tmp_path / "case", [SecretRef("env:FAKE_TOKEN")], approvers=[tmp_path / "alice.asc"])
    command = [sys.executable, "-m", "irkit", "case", "seal", str(tmp_path / "case")]
    for number in (1, 2):
        told = subprocess.run(
            [*command, "--key", owner.key.primary, "--home", str(owner.home)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        assert (tmp_path / "case" / "seals" / f"{number}.txt.asc").exists()
    assert "as sealed" in " ".join(Case.open(tmp_path / "case").verify().text().split())


# By hand


def by_hand(folder: Path, sealed: tuple[Path, str], tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Every command of the document, in its order, up to what is about a signed postmortem (`test_signing_report`)."""
    blocks = re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text().partition("## The signed postmortem")[0], re.DOTALL)
    assert len(blocks) >= 7
    work = tmp_path / "by-hand"
    work.mkdir()
    environment = os.environ | {"CASE": str(folder), "PERSON": str(sealed[0] / "alice.asc"), "KEY": sealed[1]}
    command = ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)]
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


@needs("sqlite3", "sha256sum")
def test_a_third_person_follows_the_document_and_finds_all_in_order(
    copy: Path, sealed: tuple[Path, str], tmp_path: Path
) -> None:
    told = by_hand(copy, sealed, tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "every record follows the one before" in told.stdout
    assert Case.open(copy).journal.head() in told.stdout


@needs("sqlite3", "sha256sum")
@pytest.mark.parametrize("how", [how for how in TAMPERED if how != "evidence removed"])
def test_a_third_person_who_follows_the_document_sees_what_was_tampered_with(
    copy: Path, sealed: tuple[Path, str], tmp_path: Path, how: str
) -> None:
    TAMPERED[how][0](copy)
    assert by_hand(copy, sealed, tmp_path).returncode != 0
