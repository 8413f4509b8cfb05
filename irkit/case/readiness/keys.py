"""OpenPGP keys of the release process: those whose secret part is in the gpg homes given, their certificates in escrow, their places.

A home is written `automation:PATH`, `person:PATH` or `offline:PATH`, or as PATH alone where nobody says whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from irkit.case.approvals import Approver
from irkit.case.desk import Desk
from irkit.errors import BadInput, IrkitError
from irkit.model import Fact, Held, Holder, Unasked, When
from irkit.openpgp.keyblock import revocations, shown
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.keys import export_public
from irkit.openpgp.publishing import PublishedAt, hkp, keyring_file, vks, wkd
from irkit.openpgp.publishing.pair import Pair
from irkit.openpgp.publishing.rings import binary
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.resign.choices import Place, read_place

LABEL = "openpgp: keys of the gpg homes"
_WHOSE = ("automation", "person", "offline")
_MOST_FILES, _LARGEST = 2000, 1 << 16
_BEGIN = b"-----BEGIN PGP"


@dataclass
class Keys:
    held: list[Held] = field(default_factory=list)
    unasked: list[Unasked] = field(default_factory=list)
    whole: bool = False


@dataclass
class _Seen:
    """One primary key, and the homes in which its secret part can be used."""

    entry: RingEntry
    homes: dict[Path, str] = field(default_factory=dict)


def keys(case: Desk, homes: Sequence[str], certificates: Sequence[Path], publish: Sequence[str]) -> Keys:
    """BadInput for a place that is written wrong; a home that cannot be read is a row that says so."""
    places = tuple(map(read_place, publish))
    came = Keys()
    if not homes:
        came.unasked.append(Unasked("openpgp", "keys of the release process", "no gpg home is named"))
        return came
    came.whole = True
    seen: dict[str, _Seen] = {}
    for whose, home in map(_home, homes):
        try:
            if not home.is_dir():
                raise BadInput("there is no such gpg home", on=home)
            for entry in list_ring(home, secret=True):
                if any(key.secret for key in (entry.primary, *entry.subkeys)):
                    seen.setdefault(entry.primary.fingerprint, _Seen(entry)).homes[home] = whose
        except IrkitError as error:
            came.whole = False
            came.unasked.append(Unasked("openpgp", f"keys of {home}", "; ".join(filter(None, (error.what, error.why)))))
    escrow = _Escrow(certificates, tuple(home for one in seen.values() for home in one.homes), came)
    for fingerprint, one in seen.items():
        home = next(iter(one.homes))
        published = tuple(_published(case, home, one.entry, place) for place in places) if places else None
        came.held += _parts(one, escrow.holds(home, fingerprint), published)
    return came


def _home(text: str) -> tuple[str, Path]:
    whose, colon, path = text.partition(":")
    return (whose, Path(path).expanduser()) if colon and whose in _WHOSE else ("unknown", Path(text).expanduser())


def _parts(one: _Seen, escrow: Fact, published: tuple[tuple[str, str, str], ...] | None) -> Iterator[Held]:
    """The primary, and every subkey in force that signs: each can be lost by itself."""
    entry = one.entry
    whose = [whose for whose in one.homes.values() if whose in ("automation", "person")]
    holder: Holder = whose[0] if whose else "unknown"  # type: ignore[assignment]
    by = f"its secret part is in a home of {'a machine' if holder == 'automation' else 'a person'}" if whose else ""
    names = tuple(map(shown, entry.user_ids))
    stored = tuple(f"{whose}:{home}" if whose != "unknown" else str(home) for home, whose in one.homes.items())
    for key in (entry.primary, *(sub for sub in entry.subkeys if "s" in sub.usage)):
        primary = key is entry.primary
        if not primary and (key.revoked or entry.primary.revoked or not key.secret):
            continue
        yield Held(
            "openpgp",
            "primary key" if primary else "signing subkey",
            key.fingerprint,
            names[0] if names else "",
            names[0] if names else "",
            holder,
            by,
            _usage(key),
            created=key.created,
            expires=_lapse(key),
            active=key.usable,
            stored=stored,
            also=tuple(dict.fromkeys(whose))[1:],  # type: ignore[arg-type]
            escrow=escrow,
            published=published,
            revoked=entry.primary.revoked,
            listed_by=LABEL,
            tested="real program: gpg",
        )


def _lapse(key: RingKey) -> When:
    return key.expires or "never"


def _usage(key: RingKey) -> tuple[str, ...]:
    words = {"c": "certify", "s": "sign", "e": "encrypt", "a": "authenticate"}
    return tuple(words[letter] for letter in key.usage if letter in words)


class _Escrow:
    """Armored files below the folders that are named; what claims to revoke a key counts once gpg takes it for that."""

    def __init__(self, folders: Sequence[Path], homes: Sequence[Path], came: Keys) -> None:
        self._named = bool(folders)
        self._whole = True
        self._files: list[Path] = []
        for folder in folders:
            place = folder.expanduser()
            if not place.is_dir():
                self._whole = False
                came.unasked.append(
                    Unasked(
                        "openpgp",
                        f"revocation certificates in {folder}",
                        "it is not there, or not mounted",
                    )
                )
                continue
            inside = next((home for home in homes if place.resolve().is_relative_to(home.resolve())), None)
            if inside is not None:
                came.unasked.append(
                    Unasked(
                        "openpgp",
                        f"revocation certificates in {folder}",
                        f"it lies in the gpg home {inside}, with the key",
                    )
                )
                continue
            self._files += sorted(
                one for one in place.rglob("*") if one.is_file() and one.suffix in (".asc", ".rev", ".gpg")
            )[:_MOST_FILES]

    def holds(self, home: Path, fingerprint: str) -> Fact:
        for file in self._files:
            if _revokes(home, fingerprint, file):
                return "yes"
        if not self._named or not self._whole:
            return "unknown"
        return "no"


def _revokes(home: Path, fingerprint: str, file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST)
        certificate = data[max(data.find(_BEGIN), 0) :]
        if not revocations(certificate, fingerprint):
            return False
        with throwaway_home(agent=False) as scratch:
            gpg = Gpg(scratch)
            gpg.must(
                "the public key could not be imported", ["--import"], stdin=export_public(home, fingerprint).encode()
            )
            gpg.run(["--import"], stdin=certificate)
            found = list_ring(scratch, fingerprint)
            return bool(found) and all(entry.primary.revoked for entry in found)
    except (IrkitError, OSError):
        return False


def in_force(people: Sequence[Approver]) -> frozenset[str]:
    """Fingerprints of those whose key, as their certificate stands, could sign today."""
    if not people:
        return frozenset()
    with throwaway_home(agent=False) as scratch:
        for one in people:
            Gpg(scratch).run(["--import"], stdin=one.certificate.encode())
        rings = list_ring(scratch)
    able = [one for one in rings if any("s" in key.usage and key.usable for key in (one.primary, *one.subkeys))]
    return frozenset(one.primary.fingerprint for one in able if one.primary.usable)


def _published(case: Desk, home: Path, entry: RingEntry, place: Place) -> tuple[str, str, str]:
    """What a client gets of this key at the place, against what its own home holds."""
    if place.kind == "folder":
        return str(place), "unknown", "a folder is for people, and is not read back"
    try:
        seen = _standing(case, place, _pair(home, entry))
    except IrkitError as error:
        return str(place), "unknown", "; ".join(filter(None, (error.what, error.why)))
    state, why = _revoked(seen, place) if entry.primary.revoked else _in_force(seen)
    return str(place), state, why


def _pair(home: Path, entry: RingEntry) -> Pair:
    """The key as the one that clients should hold; where it is revoked, as the one that they should no longer take."""
    fingerprint = entry.primary.fingerprint
    block = binary(export_public(home, fingerprint).encode())
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
        return "current", "as its owner holds it"
    if seen.new == "unknown":
        return "unknown", seen.why
    words = {"outdated": "it lacks a subkey or an expiry that its owner's has", "absent": "it is not there"}
    return "stale", words.get(seen.new, "what is served there is expired, revoked or damaged")


def _revoked(seen: PublishedAt, place: Place) -> tuple[str, str]:
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
