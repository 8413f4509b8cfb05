"""Texts that would keep a careless pattern busy for hours: each is read, or refused, about as fast as it is long.

No time is asserted. Where a pattern is careless again, its test does not end.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from irkit.case.exposure.log_keys import _jwts
from irkit.errors import BadInput
from irkit.guard.suspects import suspicion
from irkit.resign.records import read_record
from irkit.sources.consumers.docker import _read as read_dockerfile
from irkit.sources.consumers.read import _SETS
from irkit.sources.consumers.remote import remote_of
from irkit.sources.git.history import tree_entries

LONG = 400_000
ID = bytes(20)


@pytest.mark.parametrize(
    "text", ["0", "a", " ", "a:", "password=", "A-", "-", "0a", "/", "a@", "://", "AAAA", "eyJ", "=", "%", "\\"]
)
def test_a_parameter(text: str) -> None:
    suspicion(text * (LONG // len(text)))
    suspicion(f"x {text * (LONG // len(text))} ")


@pytest.mark.parametrize("tail", [b"0" * LONG, b"0 " * LONG, b"0 a\0" + b"7" * 19, b"100644 " * LONG, b"\0" * LONG])
def test_a_damaged_tree_gives_the_entries_before_the_damage(tail: bytes) -> None:
    whole = b"100644 a\0" + ID
    assert [entry.name for entry in tree_entries(whole + tail, 20)][:1] == [b"a"]
    assert list(tree_entries(tail[:19], 20)) == []


RECORDS: dict[str, Callable[[], str]] = {
    "spaces among the digests of a source package": lambda: (
        f"Package: a\nDirectory: d\nChecksums-Sha256:\n {' ' * LONG}\n\n"
    ),
    "a digest list's name": lambda: f"{'0a' * 32}  {' ' * LONG}x\n",
    "a BSD digest list's name": lambda: f"SHA256 ({'(' * LONG}) = {'0a' * 32}\n",
    "lines of header digests": lambda: f"{'a.rpm' * (LONG // 5)}: {'0a' * 32}\n",
    "an apt Release": lambda: f"Origin: a\nSHA256:\n {'0a' * 32} 1{' ' * LONG}x\n",
}


@pytest.mark.parametrize("what", RECORDS)
def test_a_record_from_before(what: str) -> None:
    with contextlib.suppress(BadInput):
        read_record(RECORDS[what]())


def test_what_takes_a_secret() -> None:
    list(read_dockerfile("Dockerfile", f"FROM x\nENV {'a' * LONG}\n"))
    assert _SETS.search(b"\n" * LONG) is None
    assert _SETS.search(b"\n" * 9 + b"  password : x") is not None


def test_a_remote_of_a_repository() -> None:
    named = '[remote "origin"]\n\turl = https://git.example/a/b.git\n'
    assert remote_of(f'[remote "x"]\n\turl = https://x{"/" * LONG}.\n{named}').slug == "a/b"


def test_a_token_in_what_leaked() -> None:
    assert list(_jwts(b"eyJ" * (LONG // 3))) == []
