"""OpenPGP keys of the release process: those whose secret part is in the gpg homes given, their certificates in escrow, their places.

A home is written `automation:PATH`, `person:PATH` or `offline:PATH`, or as PATH alone where nobody says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.readiness.escrow import Escrow
from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Fact, Held, Holder, Unasked, When
from irkit.openpgp.keyblock import shown
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.keys import export_public
from irkit.openpgp.publishing import PublishedAt, hkp, keyring_file, vks, wkd
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import binary, firmly_revoked
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.resign.choices import Place, read_place

LABEL = "openpgp: keys of the gpg homes"
_WHOSE = ("automation", "person", "offline")
_NO_USER_ID = "it is served without a user id: gpg with an empty ring does not take it"


@dataclass
class Keys:
    held: list[Held] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)
    whole: bool = False
    covered: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Seen:
    """One primary key: the homes that hold something of it, and of each of its keys those in which the secret part can be used."""

    homes: dict[Path, str] = field(default_factory=dict)
    secret: dict[str, dict[Path, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """What all homes together know of one key: a revocation or an expiry may have come to one of them alone."""

    entry: RingEntry
    certificate: bytes


def keys(case: Desk, homes: Sequence[str], certificates: Sequence[Path], publish: Sequence[str]) -> Keys:
    """BadInput for a place that is written wrong; a home that cannot be read is a row that says so."""
    places = tuple(map(read_place, publish))
    came = Keys()
    if not homes:
        came.unasked.append(Unasked("openpgp", "keys of the release process", "no gpg home is named"))
        return came
    came.whole = True
    named, seen = tuple(map(_home, homes)), dict[str, _Seen]()
    for whose, home in named:
        try:
            _look(whose, home, seen)
            came.covered.append((LABEL, str(home)))
        except IrkitError as error:
            came.whole = False
            came.unasked.append(Unasked("openpgp", f"keys of {home}", "; ".join(filter(None, (error.what, error.why)))))
    escrow = Escrow(certificates, tuple(home for _, home in named))
    for fingerprint, one in seen.items():
        try:
            known = _together(fingerprint, one.homes, came)
        except IrkitError as error:
            came.whole, came.covered = False, []
            came.unasked.append(Unasked("openpgp", fingerprint, "; ".join(filter(None, (error.what, error.why)))))
            continue
        published = tuple(_published(case, known, place) for place in places) if places else None
        came.held += _parts(one, known.entry, escrow.holds(known.certificate, fingerprint), published)
    came.unasked += escrow.unasked
    return came


def _home(text: str) -> tuple[str, Path]:
    whose, colon, path = text.partition(":")
    return (whose, Path(path).expanduser()) if colon and whose in _WHOSE else ("unknown", Path(text).expanduser())


def _look(whose: str, home: Path, seen: dict[str, _Seen]) -> None:
    if not home.is_dir():
        raise BadInput("there is no such gpg home", on=home)
    for entry in list_ring(home, secret=True):
        usable = [key for key in (entry.primary, *entry.subkeys) if key.secret]
        if usable:
            one = seen.setdefault(entry.primary.fingerprint, _Seen())
            one.homes[home] = whose
            for key in usable:
                one.secret.setdefault(key.fingerprint, {})[home] = whose


def _together(fingerprint: str, homes: Mapping[Path, str], came: Keys) -> _Known:
    """Where gpg does not take their certificates together (one without a user id, say), what the first home knows, and a row."""
    try:
        with throwaway_home(agent=False) as scratch:
            for home in homes:
                block = export_public(home, fingerprint).encode()
                Gpg(scratch).must("the public key could not be imported", ["--import"], stdin=block)
            found = list_ring(scratch, fingerprint)
            if len(found) == 1:
                return _Known(found[0], binary(export_public(scratch, fingerprint).encode()))
        why = "gpg did not import its certificate"
    except IrkitError as error:
        why = "; ".join(filter(None, (error.what, error.why)))
    first = next(iter(homes))
    came.unasked.append(Unasked("openpgp", fingerprint, f"only what {first} knows of it was read: {why}"))
    listed = list_ring(first, fingerprint)
    if len(listed) != 1:
        raise StepFailed("gpg does not list this key", on=first)
    return _Known(listed[0], binary(export_public(first, fingerprint).encode()))


def _parts(
    one: _Seen, entry: RingEntry, escrow: Fact, published: tuple[tuple[str, str, str], ...] | None
) -> Iterator[Held]:
    """The primary, and every subkey in force that signs: each can be lost by itself."""
    names = tuple(map(shown, entry.user_ids))
    for key in (entry.primary, *(sub for sub in entry.subkeys if "s" in sub.usage)):
        primary, homes = key is entry.primary, one.secret.get(key.fingerprint, {})
        if not primary and (key.revoked or entry.primary.revoked or not homes):
            continue
        whose = [whose for whose in homes.values() if whose in ("automation", "person")]
        holder: Holder = whose[0] if whose else "unknown"  # type: ignore[assignment]
        yield Held(
            "openpgp",
            "primary key" if primary else "signing subkey",
            key.fingerprint,
            names[0] if names else "",
            names[0] if names else "",
            holder,
            f"its secret part is in a home of {'a machine' if holder == 'automation' else 'a person'}" if whose else "",
            _usage(key),
            created=key.created,
            expires=_lapse(key),
            active=key.usable,
            stored=tuple(f"{whose}:{home}" if whose != "unknown" else str(home) for home, whose in homes.items()),
            also=tuple(name for name in dict.fromkeys(whose) if name != holder),  # type: ignore[misc]
            escrow=escrow,
            published=published,
            revoked=entry.primary.revoked,
            listed_by=LABEL,
            listed_at=tuple(map(str, homes or one.homes)),
            tested="real program: gpg",
        )


def _lapse(key: RingKey) -> When:
    return key.expires or "never"


def _usage(key: RingKey) -> tuple[str, ...]:
    words = {"c": "certify", "s": "sign", "e": "encrypt", "a": "authenticate"}
    return tuple(words[letter] for letter in key.usage if letter in words)


def _published(case: Desk, known: _Known, place: Place) -> tuple[str, str, str]:
    """What a client gets of this key at the place, against what its own homes hold."""
    if place.kind == "folder":
        return str(place), "unknown", "a folder is for people, and is not read back"
    try:
        seen = _standing(case, place, _pair(known))
    except IrkitError as error:
        return str(place), "unknown", "; ".join(filter(None, (error.what, error.why)))
    state, why = _revoked(seen, place, known) if known.entry.primary.revoked else _in_force(seen)
    return str(place), state, why


def _pair(known: _Known) -> Pair:
    """The key as the one that clients should hold; where it is revoked, as the one that they should no longer take."""
    entry, block = known.entry, known.certificate
    fingerprint = entry.primary.fingerprint
    if entry.primary.revoked:
        return Pair(fingerprint, fingerprint, block)
    held = tuple((key.fingerprint, key.expires) for key in (entry.primary, *entry.subkeys) if key.usable)
    return Pair(fingerprint, fingerprint, block, fingerprint, block, held)


def _standing(case: Desk, place: Place, pair: Pair) -> PublishedAt:
    kind, _, direct = place.kind.partition("-")
    if kind == "keyring":
        return keyring_file.standing_at(Path(place.where), pair)
    if kind == "hkp":
        return hkp.standing_at(place.where, pair, case.door)
    if kind == "vks":
        return vks.standing_at(place.where, pair, case.door)
    directory = wkd.Directory(place.address, "direct" if direct else "advanced")
    if place.url:
        return wkd.standing_at(place.url, directory, pair, case.door)[0]
    return wkd.standing_in_file(Path(place.where) / directory.file, pair)


def _in_force(seen: PublishedAt) -> tuple[str, str]:
    if seen.new == "present":
        return ("current", "as its owner holds it") if seen.new_with_user_id == "yes" else ("stale", _NO_USER_ID)
    if seen.new == "unknown":
        return "unknown", seen.why
    words = {"outdated": "it lacks a subkey or an expiry that its owner's has", "absent": "it is not there"}
    return "stale", words.get(seen.new, "what is served there is expired, revoked or damaged")


def _revoked(seen: PublishedAt, place: Place, known: _Known) -> tuple[str, str]:
    if seen.old == "soft" and firmly_revoked(known.certificate, known.entry.primary.fingerprint):
        return (
            "stale",
            "it is served as superseded or retired, which its owner's is not: what is dated before still counts",
        )
    if seen.old in ("revoked", "soft"):
        return "current", "its revocation is there"
    if seen.old == "good":
        return "stale", "it is served without its revocation"
    if seen.old == "absent" and place.kind == "keyring":
        return "current", "it is not in it"
    return (
        "unknown",
        seen.why if seen.old == "unknown" else "it is not there: who knows it as good learns nothing there",
    )
