"""Digest lists are read as sha256sum and BSD write them; what is no line of one is given back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from irkit.resign import parse_digest_list

DIGEST = "ab" * 32

LINES = [
    (f"{DIGEST}  app.tar", "app.tar"),
    (f"{DIGEST} *app.tar", "app.tar"),
    (f"{DIGEST.upper()}  app.tar", "app.tar"),
    (f"{DIGEST}  ./sub/app.tar", "sub/app.tar"),
    (f"{DIGEST}  two words.tar", "two words.tar"),
    (f"{DIGEST}   leading", " leading"),
    (f"SHA256 (app.tar) = {DIGEST}", "app.tar"),
    (f"\\{DIGEST}  new\\nline", "new\nline"),
    (f"\\{DIGEST}  back\\\\nslash", "back\\nslash"),
]


@pytest.mark.parametrize(("line", "path"), LINES)
def test_lines_of_every_format_are_read(line: str, path: str) -> None:
    for text in (line, f"{line}\n", f"# made by us\n\n{line}\r\n"):
        assert parse_digest_list(text) == (((path, DIGEST),), ())


@pytest.mark.parametrize(
    "line",
    [
        "app.tar",
        f"{DIGEST}",
        f"{DIGEST[:-1]}  app.tar",
        f"{DIGEST}  /etc/passwd",
        f"{DIGEST}  ../app.tar",
        f"MD5 (a) = {DIGEST}",
    ],
)
def test_other_lines_are_given_back_with_their_number(line: str) -> None:
    entries, wrong = parse_digest_list(f"{DIGEST}  app.tar\n{line}\n")
    assert entries == (("app.tar", DIGEST),)
    assert len(wrong) == 1
    assert wrong[0].startswith("line 2: ")


def test_a_clear_signed_list_is_read_without_its_armor() -> None:
    text = (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{DIGEST}  app.tar\n"
        "-----BEGIN PGP SIGNATURE-----\n\nabcd\n-----END PGP SIGNATURE-----\n"
    )
    assert parse_digest_list(text) == ((("app.tar", DIGEST),), ())


def test_what_sha256sum_writes_is_read(tmp_path: Path) -> None:
    names = ["plain", "with space", "back\\slash", "new\nline"]
    for name in names:
        (tmp_path / name).write_text(name)
    for option in ("--text", "--binary", "--tag"):
        text = subprocess.run(
            ["sha256sum", option, *names], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        entries, wrong = parse_digest_list(text)
        assert [path for path, _digest in entries] == names
        assert wrong == ()


def test_a_list_that_begins_with_a_byte_order_mark_loses_no_line() -> None:
    found = parse_digest_list(f"\ufeff{'a' * 64}  app.tar\r\n")
    assert (found.entries, found.wrong) == ((("app.tar", "a" * 64),), ())
