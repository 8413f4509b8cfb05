"""The consumer matrix in a case: asked, journalled, shown; read again for the postmortem."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irkit import openpgp
from irkit.case import Case
from irkit.case.resigning.matrix import consumer_matrix, kept_view, view
from irkit.model import Kind, SecretRef, Skipped
from irkit.model.matrix import Matrix, MatrixRow
from irkit.openpgp.consumers import CONSUMERS
from irkit.resign.consumer_matrix import remedies
from irkit.show import Figure, View
from tests.owners import Owner


@pytest.fixture
def case(tmp_path: Path, owner: Owner) -> Case:
    return Case.create(tmp_path / "case", [SecretRef(f"gpg:{owner.key.primary}")])


@pytest.fixture(autouse=True)
def _two_consumers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that obeys a revocation, and one that does not: the others are tested by themselves."""
    kept = tuple(one for one in CONSUMERS if one.name in ("gpg", "pysequoia"))
    monkeypatch.setattr("irkit.openpgp.consumers.CONSUMERS", kept)


def resigned(case: Case, owner: Owner, other: Owner) -> None:
    openpgp.revoke(owner.home, owner.key.primary, text="It leaked")
    case.write(Kind.KEY_REVOKED, {"key": owner.key.primary, "reason": "compromised"})
    case.write(Kind.KEY_GENERATED, {"primary": other.key.primary, "certificate": other.certificate})


def row(shown: View, consumer: str) -> tuple[object, ...]:
    table = next(block.data for block in shown.blocks if isinstance(block, Figure))
    assert table is not None
    return next(one[1:5] for one in table.rows if str(one[0]).startswith(consumer))


def test_it_says_who_still_takes_the_forgery_and_what_helps(case: Case, owner: Owner, other: Owner) -> None:
    resigned(case, owner, other)
    shown = consumer_matrix(case, old_home=owner.home, new_home=other.home)
    assert row(shown, "gpg") == ("accepts", "accepts", "accepts", "accepts")
    assert row(shown, "pysequoia") == ("accepts", "rejects", "rejects", "accepts")
    assert "1 of 2 consumers asked still take a forgery by the revoked key: gpg" in shown.text()
    assert f"gpg --delete-keys {owner.key.primary}" in shown.html()
    assert "stand-in" not in shown.html()


def test_the_journal_says_who_and_the_evidence_holds_every_answer(case: Case, owner: Owner, other: Owner) -> None:
    resigned(case, owner, other)
    shown = consumer_matrix(case, old_home=owner.home, new_home=other.home)
    (record,) = case.journal.records(Kind.CONSUMERS_TESTED)
    said = dict(record.body)
    kept = json.loads(case.evidence.get(said.pop("evidence")))
    assert said == {
        "accepted_by": ["gpg"],
        "rejected_by": ["pysequoia"],
        "unknown": [],
        "new_rejected_by": [],
        "remedies_proven": ["gpg"],
        "stand_in": False,
    }
    assert len(kept["rows"]) == 16
    assert {"consumer", "version", "key_ring", "sample", "accepts", "why", "stand_in"} == set(kept["rows"][0])
    assert kept_view(case).html() == shown.html()


def test_without_the_homes_it_is_measured_on_stand_ins_and_says_so_in_every_row(
    case: Case, owner: Owner, other: Owner
) -> None:
    resigned(case, owner, other)
    shown = consumer_matrix(case)
    assert shown.html().count("measured on a stand-in") == 2
    assert case.journal.records(Kind.CONSUMERS_TESTED)[-1].body["stand_in"] is True


def test_before_there_is_a_new_key_nothing_is_asked(case: Case) -> None:
    assert "nothing to ask" in consumer_matrix(case).text()
    assert "No consumer was asked yet" in kept_view(case).text()
    assert not case.journal.records(Kind.CONSUMERS_TESTED)


def shown_of(*rows: MatrixRow, skipped: tuple[Skipped, ...] = ()) -> str:
    return view(Matrix(rows, skipped), remedies(rows)).markdown()


def test_what_is_not_here_is_unknown_and_never_a_refusal() -> None:
    said = shown_of(skipped=(Skipped("sqv", "it is not here: apt-get install sqv"),))
    assert "unknown: not here" in said
    assert "Not known, which is not the same as refused: sqv" in said
    assert "rejects" not in said


def test_a_refusal_without_a_control_proves_nothing_and_a_refused_new_key_is_critical() -> None:
    said = shown_of(
        MatrixRow("sqv", "1", "before", "forgery", False, "no"),
        MatrixRow("sqv", "1", "after", "new", False, "no"),
        MatrixRow("sqv", "1", "after", "forgery", False, "no"),
    )
    assert "so their refusal proves nothing: sqv" in said
    assert "**OK:**" not in said
    assert "**Critical:** The new key's signature is refused by: sqv" in said


def test_when_all_refuse_it_is_well() -> None:
    said = shown_of(
        MatrixRow("sqv", "1", "before", "forgery", True, "yes"), MatrixRow("sqv", "1", "after", "forgery", False, "no")
    )
    assert "**OK:** Every consumer asked refuses" in said
