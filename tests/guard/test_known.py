"""The team's own credentials are found by keyed digests, in the writings that occur, and stand nowhere."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import subprocess
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from irkit.errors import BadInput
from irkit.guard.known.book import Book, load
from irkit.guard.known.digests import Key
from irkit.guard.known.making import add, make_key, windows_of
from irkit.guard.known.windows import Windows
from irkit.model import Secret
from tests.guard.known import known_file, known_windows, make_secret

DAY = date(2026, 3, 1)


def windows(*values: str) -> Windows:
    key = Key(Secret(secrets.token_hex(32)))
    book = Book(key.name)
    for number, value in enumerate(values):
        book = book.with_secret(f"s{number}", Secret(value), key, DAY)
    return Windows(book, key)


VALUE = f"irkitFAKE+{secrets.token_hex(10)}/x_"
WRITINGS = {
    "alone": VALUE,
    "assigned": f"TOKEN={VALUE}",
    "quoted": f'"{VALUE}",',
    "in an address": f"https://user:{VALUE}@host/path",
    "behind an escaped line end": f"a\\n{VALUE}\\n",
    "behind a percent escape": f"x%3D{VALUE}",
    "in colours": f"\x1b[31m{VALUE}\x1b[0m",
    "in base64": base64.b64encode(VALUE.encode()).decode(),
    "in hexadecimal": VALUE.encode().hex(),
    "percent-encoded": quote(VALUE, safe=""),
    "percent-encoded in small letters": re.sub(r"%..", lambda found: found[0].lower(), quote(VALUE, safe="")),
    "in JSON of PHP": json.dumps({"text": VALUE}).replace("/", "\\/"),
    "in JSON": json.dumps({"text": f"\n{VALUE}\t"}),
    "behind an option": f"mysql -uroot -p{VALUE} db",
    "behind a blank of libedit": f"set\\040{VALUE}\\040;",
    "at the end of a line": f"a\n{VALUE}\r\nb",
}


@pytest.mark.parametrize("writing", WRITINGS)
def test_it_is_found_as_it_is_written(writing: str) -> None:
    found = list(windows(VALUE).find(WRITINGS[writing].encode()))
    assert [name for _, _, name in found] == ["s0"]


@pytest.mark.parametrize(
    "text",
    ["", "x", VALUE[:-3], VALUE[2:], f"y{VALUE}", f"{VALUE[:12]} {VALUE[12:]}", VALUE.upper()],
    ids=["nothing", "a letter", "without its end", "without its start", "longer", "in two", "in capitals"],
)
def test_what_is_not_it_is_not_found(text: str) -> None:
    assert list(windows(VALUE).find(text.encode())) == []


@given(before=st.binary(max_size=40), after=st.binary(max_size=40), cuts=st.lists(st.integers(0, 120), max_size=4))
@settings(max_examples=60, deadline=None)
def test_wherever_a_stream_is_cut_it_is_found_with_its_line(before: bytes, after: bytes, cuts: list[int]) -> None:
    data = before + b"\n " + VALUE.encode() + b" " + after
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = (data[a:b] for a, b in pairwise(edges))
    with patch("irkit.guard.known.windows.CHUNK", 16):
        found = list(_SEEKING.within(pieces))
    assert (2 + before.count(b"\n"), VALUE[:-1].encode(), "s0") in found


_SEEKING = windows(VALUE)
_PARTS = [
    VALUE,
    VALUE[:9],
    *WRITINGS.values(),
    "\\n",
    "\\040",
    "%3D",
    "\x1b[1m",
    "[m",
    " -p",
    "-p",
    "-",
    "\t",
    " ",
    "\0",
    "ab",
    ".",
    "é",
]


@given(parts=st.lists(st.sampled_from(_PARTS) | st.text(max_size=4), max_size=12))
@example(parts=["-p", VALUE, "\t-p", VALUE, "\\0", VALUE, "\\040", VALUE])
@settings(max_examples=200, deadline=None)
def test_word_by_word_the_same_is_found_as_in_one_array(parts: list[str]) -> None:
    data = "".join(parts).encode()
    by_word = set(_SEEKING.find(data))
    assert set(_SEEKING._in_array(data)) == by_word
    with patch("irkit.guard.known.windows._LONG_WORD", 0):
        assert set(_SEEKING.find(data)) == by_word


def test_a_long_stream_is_searched_in_bounded_pieces() -> None:
    value = make_secret()
    filler = b"some words, and more of them\n" * 40_000
    chunks = iter([filler] * 5 + [value.encode()[:7], value.encode()[7:], b"\n"] + [filler] * 4)
    ((line, _, name),) = windows(value).within(chunks)
    assert (line, name) == (200_001, "s0")


def test_a_private_key_is_known_by_its_lines() -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    seeking = windows(pem)
    assert {name for _, _, name in seeking.find(f"key: |\n    {pem.replace(chr(10), chr(10) + '    ')}".encode())} == {
        "s0"
    }
    assert {name for _, _, name in seeking.find(json.dumps(pem).encode())} == {"s0"}
    assert list(seeking.find(other)) == []


def test_a_private_key_of_one_line_is_known_by_it() -> None:
    keys = [
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        for _ in range(2)
    ]
    seeking = windows(keys[0])
    assert [name for _, _, name in seeking.find(json.dumps(keys[0]).encode())] == ["s0"]
    assert list(seeking.find(keys[1].encode())) == []


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("irkitFAKE-short", "under 16 bytes"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaa1", "too regular"),
        ("correct horse battery staple again", "blanks"),
        ("-----BEGIN X-----\nshort\nlines\n", "letters and digits"),
    ],
)
def test_what_could_be_guessed_is_refused_and_not_repeated(value: str, why: str) -> None:
    with pytest.raises(BadInput, match=why) as refusal:
        windows(value)
    assert value not in str(refusal.value)


def test_a_weak_key_is_refused() -> None:
    with pytest.raises(BadInput, match="too weak"):
        Key(Secret("irkitFAKE"))


def test_neither_the_file_nor_what_it_is_made_of_holds_the_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, value = known_file(tmp_path, monkeypatch)
    book = load(file)
    assert book.entries[0].name == "deploy token"
    for text in (file.read_text(), repr(book), repr(windows_of(file, "env:TEAM_KEY"))):
        assert value not in text
        assert value.split("-")[1][:12] not in text


def test_another_key_is_an_error_and_not_a_clean_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, _ = known_file(tmp_path, monkeypatch)
    monkeypatch.setenv("TEAM_KEY", secrets.token_hex(32))
    with pytest.raises(BadInput, match="not the key"):
        windows_of(file, "env:TEAM_KEY")


def test_the_same_credential_twice_and_the_same_name_twice_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, value = known_file(tmp_path, monkeypatch)
    monkeypatch.setenv("AGAIN", value)
    with pytest.raises(BadInput, match="known already"):
        add("env:AGAIN", file, "env:TEAM_KEY", "")
    monkeypatch.setenv("AGAIN", make_secret())
    with pytest.raises(BadInput, match="has this name"):
        add("env:AGAIN", file, "env:TEAM_KEY", "deploy token")
    assert add("env:AGAIN", file, "env:TEAM_KEY", "").name == "env:AGAIN"
    assert [one.name for one in load(file).without("deploy token").entries] == ["env:AGAIN"]


def test_of_two_that_add_at_once_none_is_lost(tmp_path: Path) -> None:
    make_key(tmp_path / "team.key")
    adding = [sys.executable, "-m", "irkit", "guard", "known", "add", "env:ONE", "--into", "known.toml"]
    running = [
        subprocess.Popen(
            [*adding, "--known-key", "file:team.key", "--name", f"n{number}"],
            cwd=tmp_path,
            env={**os.environ, "ONE": make_secret()},
            stdout=subprocess.DEVNULL,
        )
        for number in range(6)
    ]
    assert [one.wait() for one in running] == [0] * 6
    assert {one.name for one in load(tmp_path / "known.toml").entries} == {f"n{number}" for number in range(6)}


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "version = 2\nkey = 'x'\n",
        "version = 1\nkey = 'x'\n[[secret]]\nname = 'n'\nadded = 2026-01-01\nparts = ['irkitFAKE']\n",
    ],
)
def test_a_broken_file_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.toml").write_text(text)
    with pytest.raises(BadInput, match=r"known\.toml") as refusal:
        load(tmp_path / "known.toml")
    assert "irkitFAKE" not in str(refusal.value)


def test_a_fresh_key_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    name = make_key(tmp_path / "team.key")
    assert (tmp_path / "team.key").stat().st_mode & 0o777 == 0o600
    assert Key(Secret((tmp_path / "team.key").read_text().strip())).name == name
    with pytest.raises(BadInput, match="already"):
        make_key(tmp_path / "team.key")


def test_it_stands_in_program_text_a_few_times_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    source = b"".join(file.read_bytes() for file in sorted(Path(__file__).parents[2].glob("irkit/guard/**/*.py")))
    assert [name for _, _, name in seeking.find(source + b"\nX = '" + value.encode() + b"'\n" + source)] == [
        "deploy token"
    ]
