"""Many artifacts signed anew at the desk: journalled in portions, brought to the end by another run, verified by both programs."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.resigning import signing
from irkit.errors import StepFailed
from irkit.model import Kind, SecretRef
from irkit.openpgp import placing
from irkit.plan import Ended
from irkit.show import Table
from tests.owners import Owner
from tests.signed_release import SignedRelease, signed_release


@pytest.fixture
def release(
    tmp_path: Path, make_owner: Callable[..., Owner], gpg_home: Path, monkeypatch: pytest.MonkeyPatch
) -> SignedRelease:
    monkeypatch.setattr(signing, "PORTION", 25)
    return signed_release(tmp_path, make_owner, gpg_home, 60)


def resigned(case: Case) -> list[str]:
    return [record.body["path"] for record in case.journal.records(Kind.RESIGNED)]


def ended(release: SignedRelease) -> dict[str, Ended]:
    outcomes = release.case.ledger.outcomes
    return {one.target: outcomes[one.id].ended for one in release.plan.actions if one.id in outcomes}


def test_each_is_journalled_once_and_both_programs_verify_all(release: SignedRelease) -> None:
    seen: list[tuple[str, int, int | None]] = []
    release.case.progress = lambda *told: seen.append(told)
    release.case.carry_out(release.plan.name)
    assert sorted(resigned(release.case)) == sorted(release.before)
    assert set(ended(release).values()) == {Ended.DONE}
    assert [done for _, done, _ in seen] == list(range(1, 63))
    assert release.case.journal.broken_link() is None
    [table] = [block for block in release.case.verify_signatures().blocks if isinstance(block, Table)]
    assert {tuple(row[2:]) for row in table.rows} == {("good", "good")}
    assert len(table.rows) == 60
    again = len(release.case.journal.records())
    release.case.carry_out(release.plan.name)
    assert len(release.case.journal.records()) == again


def test_intents_come_before_and_outcomes_after_in_portions(release: SignedRelease) -> None:
    release.case.carry_out(release.plan.name)
    kinds = [one.kind for one in release.case.journal.records(Kind.INTENT, Kind.RESIGNED)]
    first = kinds.index(Kind.RESIGNED)
    assert kinds[:first].count(Kind.INTENT) >= 25
    bodies = [(one.kind, one.body) for one in release.case.journal.records(Kind.INTENT, Kind.OUTCOME)]
    begun: set[str] = set()
    for kind, body in bodies:
        if kind is Kind.INTENT:
            begun.add(body["action"])
        else:
            assert body["outcome"]["action"] in begun


@pytest.mark.parametrize("at", [0, 10, 40])
def test_broken_off_by_hand_it_goes_on_where_it_was(release: SignedRelease, at: int) -> None:
    def interrupting(what: str, done: int, total: int | None) -> None:
        if done == 3 + at:
            raise KeyboardInterrupt

    release.case.progress = interrupting
    with pytest.raises(KeyboardInterrupt):
        release.case.carry_out(release.plan.name)
    assert len(resigned(release.case)) >= at
    assert list(release.folder.glob(".*")) == []
    again = Case.open(release.case.folder)
    again.carry_out(release.plan.name)
    assert sorted(resigned(again)) == sorted(release.before)
    assert {name: release.kept(name).read_bytes() for name in release.before} == release.before


def test_one_that_changed_since_it_was_judged_stops_no_other(release: SignedRelease) -> None:
    name = "app-0030.tar.gz"
    (release.folder / name).write_bytes(b"altered")
    with pytest.raises(StepFailed, match="an action failed"):
        release.case.carry_out(release.plan.name)
    assert ended(release)[name] is Ended.FAILED
    assert sorted(resigned(release.case)) == sorted(set(release.before) - {name})
    assert (release.folder / f"{name}.asc").read_bytes() == release.before[name]


def test_after_a_full_disk_the_same_plan_goes_on(release: SignedRelease, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: placing.Fresh) -> None:
        self.fault = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(placing.Fresh, "write", full)
    with pytest.raises(StepFailed, match=r"refused.*cannot be written"):
        release.case.carry_out(release.plan.name)
    assert resigned(release.case) == []
    assert {name: (release.folder / f"{name}.asc").read_bytes() for name in release.before} == release.before
    monkeypatch.undo()
    release.case.carry_out(release.plan.name)
    assert sorted(resigned(release.case)) == sorted(release.before)


def test_a_signature_that_was_spoilt_later_is_named(release: SignedRelease) -> None:
    release.case.carry_out(release.plan.name)
    (release.folder / "app-0007.tar.gz").write_bytes(b"altered")
    with pytest.raises(StepFailed, match=r"app-0007\.tar\.gz"):
        release.case.verify_signatures()


def test_many_records_are_redacted_as_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "ghp_FAKEfakeFAKEfakeFAKEfakeFAKEfake0000"
    monkeypatch.setenv("LEAKED", secret)
    case = Case.create(tmp_path / "case", [SecretRef("env:LEAKED")])
    case.write_many([(Kind.NOTE, {"text": "harmless"}), (Kind.NOTE, {"text": ["deep", {f"x{secret}x": secret[:20]}]})])
    kept = (tmp_path / "case/journal.sqlite").read_bytes() + (tmp_path / "case/journal.sqlite-wal").read_bytes()
    assert secret.encode() not in kept
    assert b"harmless" in kept
    assert case.journal.records(Kind.NOTE)[0].body["text"] == "harmless"
