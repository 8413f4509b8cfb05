"""A record is read years later: keys have run out or were revoked since, and its end may have been cut off."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.approvals import APPROVER, read_certificate
from irkit.case.evidence import Evidence
from irkit.case.seal import Seal, seal
from irkit.case.signing_report import sign
from irkit.case.verifying.seals import check_seals
from irkit.errors import StepFailed
from irkit.model import Kind, Record
from tests.case.signing import Incident, incident
from tests.owners import Owner, owner_since_2025


def test_a_seal_by_a_key_that_has_run_out_since_holds(tmp_path: Path, gpg_home: Path) -> None:
    eve, then = owner_since_2025(gpg_home, "1y", "1y"), datetime(2025, 6, 1, tzinfo=UTC)
    evidence = Evidence(tmp_path / "evidence")
    body = {
        "digest": evidence.put(eve.certificate.encode()),
        "what": APPROVER,
        "who": "Eve",
        "fingerprint": eve.key.primary,
    }
    first = Record(1, then, Kind.EVIDENCE, "irkit", body, "0" * 64, "11" * 32)
    made = Seal("case", 1, first.digest, "Eve", eve.key.primary, "2025-06-01T00:00:00Z", ())
    (tmp_path / "seals").mkdir()
    path = tmp_path / "seals/1.txt"
    path.write_text(made.text())
    eve.sign_with_gpg_alone(path, path.with_name("1.txt.asc"), "--faked-system-time", "20250601T000000!")
    digests = {
        name: hashlib.sha256(file.read_bytes()).hexdigest()
        for name, file in (("statement", path), ("signature", path.with_name("1.txt.asc")))
    }
    named = Record(2, then, Kind.SEALED, "irkit", {"path": "seals/1.txt", **digests}, first.digest, "22" * 32)
    assert dict(check_seals(tmp_path, (first, named), evidence)) == {
        "Seal seals/1.txt": "Eve, 2025-06-01T00:00:00Z, 1 records and 0 files as sealed"
    }


@pytest.fixture
def done(tmp_path: Path, make_owner: Callable[..., Owner], gpg_home: Path) -> Incident:
    """Everything was approved, carried out, exported, signed and sealed by Alice."""
    made = incident(tmp_path, make_owner, gpg_home)
    made.carry_out()
    made.case.export()
    alice = made.people[0]
    sign(made.case, alice.key.primary, home=alice.home)
    seal(made.case, alice.key.primary, alice.home)
    return made


def test_what_was_signed_with_a_key_that_was_revoked_since_holds_and_the_revocation_is_told(
    done: Incident, tmp_path: Path
) -> None:
    alice = done.people[0]
    made_at_birth = alice.home / "openpgp-revocs.d" / f"{alice.key.primary}.rev"
    alice.gpg("--import", stdin=made_at_birth.read_text().replace(":-----BEGIN", "-----BEGIN").encode())
    (tmp_path / "alice.asc").write_text(alice.certificate)
    before = len(done.case.journal.records())
    done.case.add_approver(read_certificate(tmp_path / "alice.asc"))
    told = done.case.verify().text()
    assert "2 of 1 approvals verify" in told
    assert f"The key of {alice.key.user_id} is revoked" in " ".join(told.split())
    assert f"since record {before + 1}" in " ".join(told.split())
    with pytest.raises(StepFailed, match="could not be signed"):
        seal(done.case, alice.key.primary, alice.home)


def test_what_no_record_tells_of_is_a_sign_that_records_were_cut_off(done: Incident) -> None:
    whole = done.case.verify().text()
    assert "No record" not in whole
    assert "Seal seals/1.txt" in whole
    count = len(done.case.journal.records())
    done.case.journal.close()
    shutil.rmtree(done.case.folder / "seals")
    with sqlite3.connect(done.case.folder / "journal.sqlite") as db:
        db.execute("DROP TRIGGER journal_is_append_only_delete")
        db.execute(f"DELETE FROM journal WHERE seq > {count - 3}")  # noqa: S608
    told = " ".join(Case.open(done.case.folder).verify().text().split())
    assert "No record names the evidence" in told
    assert "No record tells of postmortem.html, postmortem.html.asc" in told
    assert "Seals none: what was cut off at the end of the record would not show" in told


def test_a_page_that_was_edited_after_it_was_signed_is_to_be_kept_aside(done: Incident) -> None:
    page = done.case.folder / "postmortem.html"
    page.write_bytes(page.read_bytes().replace(b"</body>", b" </body>"))
    with pytest.raises(StepFailed, match=r"was changed .* Keep it aside and find out who changed it"):
        done.case.verify()
