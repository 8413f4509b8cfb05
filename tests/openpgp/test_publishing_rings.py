"""Key rings are cut into keys with every byte in its place; what is none is refused in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irkit.errors import BadInput
from irkit.openpgp.publishing.rings import (
    each_packet,
    firmly_revoked,
    join,
    primaries,
    ring_parts,
    sections,
    without_revocations,
)
from tests.openpgp.published import Two, keys_of_a_module


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    with keys_of_a_module() as made:
        yield made


@pytest.fixture(scope="module")
def both(two: Two) -> bytes:
    return two.pair.old_certificate + two.pair.new_certificate


def test_a_ring_is_its_keys_and_nothing_is_lost(two: Two) -> None:
    ring = two.pair.old_certificate + two.pair.new_certificate
    parts = ring_parts(ring)
    assert [part.primary for part in parts] == [two.old.key.primary, two.new.key.primary]
    assert join(parts) == ring
    assert b"".join(packet.raw for packet in each_packet(ring)) == ring


def test_trust_packets_and_keys_of_another_time_stay_where_they_are(two: Two) -> None:
    marker, trust, version_3 = b"\xa8\x03PGP", b"\xb0\x02\x00\x00", b"\x98\x0c" + b"\x03" + bytes(11)
    ring = marker + two.pair.old_certificate + trust + version_3 + two.pair.new_certificate
    parts = ring_parts(ring)
    assert [part.primary for part in parts] == ["", two.old.key.primary, "", two.new.key.primary]
    assert join(parts) == ring
    assert parts[1].raw.endswith(trust)


def test_what_a_client_held_before_has_no_revocation(two: Two) -> None:
    pair = two.pair
    assert firmly_revoked(pair.old_certificate, pair.old)
    assert not firmly_revoked(without_revocations(pair.old_certificate), pair.old)
    assert not firmly_revoked(pair.new_certificate, pair.old)
    assert without_revocations(pair.new_certificate) == pair.new_certificate


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_is_refused_and_never_loses_a_byte(both: bytes, data: st.DataObject) -> None:
    ring = bytearray(both)
    for at in data.draw(st.lists(st.integers(0, len(ring) - 1), max_size=3)):
        ring[at] = data.draw(st.integers(0, 255))
    whole = bytes(ring[: data.draw(st.integers(0, len(ring)))])
    for cut, put in ((ring_parts, join), (sections, lambda found: b"".join(one.raw for one in found))):
        _either(cut, put, whole)
    primaries(whole)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_noise_is_refused_and_never_loses_a_byte(noise: bytes) -> None:
    _either(ring_parts, join, noise)
    _either(sections, lambda found: b"".join(one.raw for one in found), noise)


def _either(cut: Callable[[bytes], object], put: Callable[..., bytes], data: bytes) -> None:
    try:
        found = cut(data)
    except BadInput:
        return
    assert put(found) == data
