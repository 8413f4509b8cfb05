"""Secrets nobody told us of, found by the real scanner in what is about to leave; allowed by fingerprint, never by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.guard.unknown import ALLOW_FILE, allowed_in, fingerprint, unknown_secrets
from irkit.providers.github import GITHUB
from irkit.redact import Redactor
from tests.guard.canary import redactor_of
from tests.needs import needs

scans = needs("python:kingfisher")


def never_issued() -> str:
    """Of the shape of real ones: the scanner passes over what is visibly fake."""
    made = GITHUB.shape_named("ghp").look_alike
    assert made is not None
    return made()


@scans
def test_a_secret_is_named_by_its_file_line_and_fingerprint(tmp_path: Path) -> None:
    token = never_issued()
    (tmp_path / ".draft.html").write_text(f"<p>\n<code>{token}</code>")
    (one,) = unknown_secrets(tmp_path, Redactor(), frozenset())
    assert (one.file, one.line, one.fingerprint, one.allowed) == (
        str(tmp_path / ".draft.html"),
        2,
        fingerprint(token.encode()),
        False,
    )
    assert "github" in one.rule
    assert token not in repr(one)


@scans
def test_one_file_alone_can_be_searched(tmp_path: Path) -> None:
    (tmp_path / "-a b").write_text(f"token = {never_issued()}\n")
    (tmp_path / "other").write_text(f"token = {never_issued()}\n")
    (one,) = unknown_secrets(tmp_path / "-a b", Redactor(), frozenset())
    assert one.file == str(tmp_path / "-a b")


@scans
def test_what_the_case_knows_is_left_to_the_gate_itself(tmp_path: Path) -> None:
    token = never_issued()
    (tmp_path / "a").write_text(f"token = {token}\n")
    assert unknown_secrets(tmp_path, redactor_of(token), frozenset()) == ()


@scans
def test_what_somebody_allowed_is_said_to_be(tmp_path: Path) -> None:
    token = never_issued()
    (tmp_path / "a").write_text(f"token = {token}\n")
    (tmp_path / ALLOW_FILE).write_text(f"# looked at by A.\n{fingerprint(token.encode())}  # a test value\n\n")
    (one,) = unknown_secrets(tmp_path, Redactor(), allowed_in(tmp_path))
    assert one.allowed is True


@pytest.mark.parametrize("line", ["irkitFAKE-value", "scrypt:12", "scrypt:" + "0" * 32 + " irkitFAKE-value"])
def test_a_value_in_the_list_of_allowed_ones_is_refused_and_not_repeated(tmp_path: Path, line: str) -> None:
    (tmp_path / ALLOW_FILE).write_text(f"# why\n{line}\n")
    with pytest.raises(BadInput, match="line 2, not shown") as refusal:
        allowed_in(tmp_path)
    assert line not in str(refusal.value)


def test_no_list_allows_nothing(tmp_path: Path) -> None:
    assert allowed_in(tmp_path, tmp_path) == frozenset()


def test_a_fingerprint_is_the_same_everywhere_and_says_nothing_of_the_value() -> None:
    assert fingerprint(b"irkitFAKE") == "scrypt:304a6868033194c2c94b6ebd5028860d"
