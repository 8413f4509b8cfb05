"""Hostile names of files, reasons and names of credentials, through everything that the guard says of a search."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from irkit.errors import WouldLeak
from irkit.guard.scanning.baseline import Accepted
from irkit.guard.scanning.findings import Finding, Place, Scanned
from irkit.guard.scanning.sarif import sarif
from irkit.guard.scanning.search import Wanted, scan_staged
from irkit.model import Skipped
from irkit.show.plain import inert_json
from tests.guard.known import known_windows
from tests.guard.repositories import repository
from tests.hostile import EVERY
from tests.hostile.test_desk import NAMES
from tests.hostile.test_readers import as_bytes, harmless
from tests.hostile.test_renderings import ACTS


def test_files_in_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    repo = repository(tmp_path / "work")
    names = {as_bytes(case) for case in NAMES} - {b".", b"..", b".git"}
    for name in names:
        (repo.folder / name.decode("utf-8", "surrogateescape")).write_text(value)
    repo.git("-c", "core.protectNTFS=false", "-c", "core.protectHFS=false", "add", "-A", "-f")
    scanned = scan_staged(repo.folder, Wanted(rules=False, windows=seeking))
    assert len({one.place.file for one in scanned.findings}) == len(names)
    said(scanned)


def test_whatever_else_a_stranger_may_have_written() -> None:
    findings, skipped = [], []
    for case in EVERY:
        accepted = Accepted("scrypt:" + "0" * 32, case.text, date(2999, 1, 1))
        findings.append(
            Finding(Place(case.text, case.text, "1" * 40), 1, case.text, case.text, "scrypt:" + "0" * 32, accepted)
        )
        findings.append(Finding(Place(case.text), None, case.text, "", "scrypt:" + "0" * 32))
        skipped.append(Skipped(case.text, case.text))
    said(Scanned("x", tuple(findings), skipped=tuple(skipped), notes=tuple(case.text for case in EVERY)))


def said(scanned: Scanned) -> None:
    harmless(scanned.view())
    with pytest.raises(WouldLeak) as refusal:
        scanned.refuse()
    assert not ACTS.search(str(refusal.value))
    for document in (scanned.document(), sarif(scanned)):
        text = inert_json(document)
        assert not ACTS.search(text)
        assert json.loads(text) == document
