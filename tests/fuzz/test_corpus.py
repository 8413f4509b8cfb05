"""The kept corpus, the seeds, and what hypothesis makes of both, through every target: no crash, and what is expected of each input.

Needs no atheris: that is for longer runs (docs/fuzzing.md). What hangs is told by pytest's faulthandler, with the stack of it.
"""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import corpus
from tests.fuzz.table import TARGETS, target

HANGS_S = 120
EXAMPLES = 40
each = pytest.mark.parametrize("name", TARGETS)
some = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def parts(name: str) -> tuple[bytes, ...]:
    """What inputs are made of: seeds and kept inputs."""
    return (*target(name).seeds(), *(one.data for one in corpus.read(name)))


@cache
def ready(name: str) -> None:
    """What a first input loads or compiles."""
    target(name).one(b"\1")


@contextmanager
def watched(name: str) -> Iterator[None]:
    """Ends the process when it takes longer: no thread of Python could stop a loop inside a compiled function."""
    ready(name)
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


@each
def test_a_kept_input_is_read_or_refused_as_it_was(name: str) -> None:
    kept = corpus.read(name)
    assert kept
    with watched(name):
        assert [target(name).outcome(one.data) for one in kept] == [one.expected for one in kept]


@each
def test_the_corpus_is_small_and_holds_no_private_key(name: str) -> None:
    kept = [one.data for one in corpus.read(name)]
    assert len(kept) <= corpus.MOST
    assert all(len(data) <= corpus.LARGEST for data in kept)
    assert len(set(kept)) == len(kept)
    assert not [data for data in kept if b"PRIVATE KEY-----" in data and b"RkFLR" not in data]


@each
@some
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes) -> None:
    with watched(name):
        target(name).one(data)


@each
@some
@given(data=st.data())
def test_real_parts_changed_and_put_together(name: str, data: st.DataObject) -> None:
    made = bytearray(data.draw(st.sampled_from(parts(name))))
    for change in data.draw(st.lists(st.sampled_from(CHANGES), max_size=6)):
        change(made, name, data)
    with watched(name):
        target(name).one(bytes(made[: target(name).longest]))


Change = Callable[[bytearray, str, st.DataObject], None]


def _place(made: bytearray, data: st.DataObject) -> int:
    return data.draw(st.integers(0, len(made)))


def _overwrite(made: bytearray, _name: str, data: st.DataObject) -> None:
    at = _place(made, data)
    made[at : at + 1] = data.draw(st.binary(min_size=1, max_size=1))


def _cut(made: bytearray, _name: str, data: st.DataObject) -> None:
    at = _place(made, data)
    del made[at : at + data.draw(st.integers(1, 64))]


def _insert(made: bytearray, _name: str, data: st.DataObject) -> None:
    at = _place(made, data)
    made[at:at] = data.draw(st.sampled_from(WORDS) | st.binary(max_size=8))


def _repeat(made: bytearray, _name: str, data: st.DataObject) -> None:
    at = _place(made, data)
    made[at:at] = bytes(made[at : at + 16]) * data.draw(st.integers(1, 40))


def _cross(made: bytearray, name: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(parts(name)))
    at, there = _place(made, data), data.draw(st.integers(0, len(other)))
    made[at:] = other[there:]


CHANGES: tuple[Change, ...] = (_overwrite, _cut, _insert, _repeat, _cross)
WORDS = (
    b"\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"-1", b"9" * 30, b"null", b"[]", b"{}", b'"', b"\\ud800", b"1e999",
    b"\n", b"\r\n", b"\xe2\x80\xa8", b"\xc2\xb2", b"../", b"/", b"%00", b"-----BEGIN PGP SIGNATURE-----\n", b"0001-01-01T00:00:00+23:59",
)  # fmt: skip
