"""What a client gets from a place: one with an empty ring, and one that knew the old key as good. Both are thrown away."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model import iso
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import firmly_revoked
from irkit.openpgp.publishing.standing import Answer, New, Old, PublishedAt
from irkit.openpgp.runner import Gpg, GpgResult, throwaway_home

Bring = Callable[[Path], str]
"""Brings what a place serves into a gpg home; gives "" or why that could not be done."""

_NO_USER_ID = (
    "served without a user id: gpg with an empty ring skips it, one that knows the key takes what is new in it"
)


def look(place: str, pair: Pair, bring: Bring, served: Collection[str] = ()) -> PublishedAt:
    """Ask as both clients would. `served` names primary keys that were seen in the answer, for those that gpg skips.

    Unknown, with the reason, when it could not be asked.
    """
    try:
        with throwaway_home() as empty:
            why = bring(empty)
            ring = list_ring(empty) if not why else ()
        if why:
            return unknown(place, why)
        with throwaway_home() as knowing:
            Gpg(knowing).must("the old key could not be imported", ["--import"], stdin=pair.before)
            why = bring(knowing)
            old = _old(knowing, pair, served={*served, *(entry.primary.fingerprint for entry in ring)})
    except IrkitError as error:
        return unknown(place, error.sentence())
    if why:
        return unknown(place, why)
    new = _new(ring, pair, served)
    words = [f"old key {old}", f"new key {new}"]
    for name, primary in (("old", pair.old_primary), ("new", pair.new)):
        if primary in served and _key(ring, primary) is None:
            words.append(f"the {name} key is {_NO_USER_ID}")
    return PublishedAt(place, now(), old, new, "; ".join(words), _taken(ring, pair.old_primary), _taken(ring, pair.new))


def unknown(place: str, why: str) -> PublishedAt:
    return PublishedAt(place, now(), "unknown", "unknown", why)


def absent(place: str, why: str) -> PublishedAt:
    """The place answered, and it has neither."""
    return PublishedAt(place, now(), "absent", "absent", why, "no", "no")


def now() -> str:
    return iso(datetime.now(UTC).replace(microsecond=0))


def importing(block: bytes) -> Bring:
    """A client that has this block from wherever it came. gpg ends with 0 for keys it skips too; the listing says what it took."""

    def bring(home: Path) -> str:
        result = Gpg(home).run(["--import"], stdin=block)
        return "" if result.returncode == 0 or result.first("IMPORT_RES") else result.last_words()

    return bring


def asking(*args: str, read: Callable[[GpgResult], None] | None = None) -> Bring:
    """A client that asks the net through gpg and its dirmngr. Names are resolved as everything on this machine resolves them."""

    def bring(home: Path) -> str:
        (home / "dirmngr.conf").write_text("standard-resolver\n")
        result = Gpg(home).run(args, timeout_s=90)
        if read is not None:
            read(result)
        return "" if result.returncode == 0 else result.last_words()

    return bring


def _old(home: Path, pair: Pair, served: Collection[str]) -> Old:
    key = _key(list_ring(home, pair.old_primary), pair.old)
    if key is not None and key.revoked:
        block = Gpg(home).must("the old key could not be read", ["--export", "--", pair.old_primary]).stdout
        return "revoked" if firmly_revoked(block, pair.old) else "soft"
    return "good" if pair.old_primary in served else "absent"


def _new(ring: tuple[RingEntry, ...], pair: Pair, served: Collection[str]) -> New:
    key = _key(ring, pair.new)
    if key is None:
        return "present" if pair.new in served else "absent"
    if not key.usable:
        return "unusable"
    held = {(one.fingerprint, one.expires) for entry in ring for one in (entry.primary, *entry.subkeys) if one.usable}
    return "present" if held.issuperset(pair.new_keys) else "outdated"


def _taken(ring: tuple[RingEntry, ...], primary: str) -> Answer:
    return "yes" if _key(ring, primary) is not None else "no"


def _key(ring: tuple[RingEntry, ...], fingerprint: str) -> RingKey | None:
    keys = (key for entry in ring for key in (entry.primary, *entry.subkeys))
    return next((key for key in keys if key.fingerprint == fingerprint), None)
