"""What follows from the answers of the consumers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from irkit.model import Skipped
from irkit.model.matrix import MatrixRow
from irkit.resign.consumer_matrix import OldKey, figure, remedies, remedy_for, standings
from irkit.show.svg import fault

OLD = OldKey("AAAA" * 9 + "0123", datetime(2025, 1, 1, tzinfo=UTC))


def rows(consumer: str, **answers: bool | None) -> list[MatrixRow]:
    """`after_forgery=True` and so on; `why` is the answer in a word."""
    cells = (name.partition("_") for name in answers)
    return [
        MatrixRow(consumer, "1", state, sample, accepts, f"said {accepts}")  # type: ignore[arg-type]
        for (state, _, sample), accepts in zip(cells, answers.values(), strict=True)
    ]


def proof(**answers: bool | None) -> bool | None:
    return remedies(rows("gpg", after_forgery=True, **answers))[0].proven


def test_a_consumer_that_refuses_the_forgery_needs_no_remedy() -> None:
    assert not [one for one in remedies(rows("sqv", after_forgery=False)) if one.consumer == "sqv"]


def test_one_that_could_not_be_asked_is_neither_fooled_nor_safe() -> None:
    unknown = rows("sqv", after_new=None, after_forgery=None)
    assert not [one for one in remedies(unknown) if one.consumer == "sqv"]
    assert standings(unknown)[0].forgery is None
    assert standings(unknown)[0].control is None


def test_the_control_is_the_forgery_before_the_revocation() -> None:
    (one,) = standings(rows("sqv", before_forgery=False, after_new=True, after_old=False, after_forgery=False))
    assert (one.new, one.old, one.forgery, one.control, one.why) == (True, False, False, False, "said False")


def test_a_remedy_is_proven_when_the_forgery_is_then_refused_and_the_new_key_believed() -> None:
    assert proof(removed_forgery=False, removed_new=True) is True


@pytest.mark.parametrize(
    ("answers", "proven"),
    [
        ({"removed_forgery": True, "removed_new": True}, False),
        ({"removed_forgery": False, "removed_new": False}, False),
        ({"removed_forgery": None, "removed_new": True}, None),
        ({"removed_forgery": False, "removed_new": None}, None),
        ({"removed_forgery": False}, None),
        ({}, None),
    ],
)
def test_and_not_otherwise(answers: dict[str, bool | None], proven: bool | None) -> None:
    assert proof(**answers) is proven


def test_libraries_that_are_known_and_not_run_are_unverified() -> None:
    told = remedies([])
    assert [one.consumer for one in told] == ["go-crypto (Go programs)", "PGPy 0.6"]
    assert {(one.proven, one.proof) for one in told} == {(None, "unverified: not run here")}


@pytest.mark.parametrize(
    ("consumer", "named"),
    [
        ("gpg", f"gpg --delete-keys {OLD.fingerprint}"),
        ("gpgv", "/usr/share/keyrings/*.gpg"),
        ("rpm", "rpm -e gpg-pubkey-aaaa0123-67748580"),
        ("apt (lists from before)", "rm -r /var/lib/apt/lists/*"),
        ("apt (lists from before)", "--error-on=any"),
        ("PGPy 0.6", OLD.fingerprint),
    ],
)
def test_a_remedy_names_what_must_go_and_where(consumer: str, named: str) -> None:
    assert named in remedy_for(consumer, OLD)


def test_of_a_key_that_is_not_known_the_remedy_leaves_its_place_open() -> None:
    assert remedy_for("rpm").endswith("gpg-pubkey-ID-TIME")
    assert "FINGERPRINT" in remedy_for("gpg")


def test_the_picture_marks_what_is_not_as_it_should_be_and_says_it() -> None:
    answers = [
        MatrixRow("gpg", "gpg 2.2", "after", "new", True, "ok", False),
        MatrixRow("gpg", "gpg 2.2", "after", "forgery", True, "exit code 0 <b>", False),
        MatrixRow("sqv", "sqv 1", "after", "new", True, "ok", True),
        MatrixRow("sqv", "sqv 1", "after", "forgery", False, "revoked", True),
    ]
    drawn = figure(answers, (Skipped("rpm", "it is not installed"),))
    assert drawn is not None
    assert fault(drawn.svg) == ""
    assert drawn.alt == (
        "Of 3 consumers 1 still take a forgery by the revoked key (gpg); 1 refuse it (sqv); 1 are not known (rpm)."
    )
    assert all(word in drawn.svg for word in ("accepts", "rejects", "unknown", "on a stand-in", "not here"))
    assert drawn == figure(answers, (Skipped("rpm", "it is not installed"),))
    assert figure([]) is None
