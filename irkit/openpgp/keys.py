"""Makes, exports and imports keys in gpg homes. Each step looks first and does only what is missing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from irkit.errors import BadInput, IrkitError, StepFailed, WouldLeak
from irkit.model import Secret, SecretRef, iso
from irkit.openpgp.keyblock import COMPROMISED, read_keys, revocations, shown
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.runner import Gpg

SUPERSEDED = 0x01
"""The reason on the wire (RFC 9580 5.2.3.31). Readers honour signatures that are dated before such a revocation."""

MENU_COMPROMISED = "1"
_MENU = {COMPROMISED: MENU_COMPROMISED, SUPERSEDED: "2"}
"""gpg's menu. Its 1 is reason 0x02 on the wire and its 2 is 0x01 (superseded): the wire is what is checked."""

ALGORITHMS = ("ed25519", "rsa4096")
Role = Literal["automation", "person"]
SIGNING_LIFE: dict[Role, str] = {"automation": "90d", "person": "1y"}
"""How long a signing subkey lives unless it is said: automation is rotated by a machine, a person by hand."""

_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_LIFE = re.compile(r"[1-9][0-9]{0,4}[dwmy]?|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{6})?|seconds=[1-9][0-9]*")
"""gpg takes "0", "none" and "never" as well: a key that never lapses, which is what a leak lives on."""


@dataclass(frozen=True)
class FreshKey:
    """A certify-only primary with a signing subkey. Times are UTC in ISO 8601, "never" for none.

    `expires` is the signing key's, the one that lapses first. `revocation_certificate` is the one that gpg puts aside with
    a new key: armored, without reason (every reader takes that for compromised). It is never shown; "" where it has been
    moved apart (`irkit.openpgp.apart`).
    """

    primary: str
    signing: str
    user_id: str
    expires: str
    revocation_certificate: str = field(repr=False)
    primary_expires: str = "never"


def refuse_open_home(home: Path) -> None:
    """BadInput where others than its owner may enter a home that is to hold a private key. One that is not there yet is made 0700."""
    try:
        mode = home.stat().st_mode
    except OSError:
        return
    if mode & 0o077:
        raise BadInput(
            "other users of this machine may enter this gpg home", on=home, why=f"its mode is {mode & 0o777:o}",
            do=f"make it its owner's alone before a private key is put there: chmod 700 {shlex.quote(str(home))}",
        )  # fmt: skip


def generate(
    home: Path,
    user_id: str,
    *,
    algorithm: str = "ed25519",
    primary_expires: str = "2y",
    signing_expires: str = "",
    role: Role = "automation",
    passphrase: Secret | None = None,
    other_than: Sequence[str] = (),
) -> FreshKey:
    """Make the key, or finish one of that user id that an earlier run began. StepFailed when gpg refuses.

    `algorithm` is "ed25519" or "rsa4096"; lives are written as gpg reads them ("90d", "2y", "2027-02-01"), and
    `signing_expires` follows from who signs with it (`SIGNING_LIFE`) where it is not said. BadInput for a key that
    would never lapse. `other_than` are fingerprints that are never taken for it (the leaked key may bear the same user id).
    """
    signing_expires = signing_expires or SIGNING_LIFE[role]
    _check_wishes(algorithm, (primary_expires, signing_expires))
    if not user_id.strip() or not user_id.isprintable():
        raise BadInput(
            "a user id must be one printable line",
            on=shown(user_id)[:80],
            do="for example: Example Releases <releases@example.org>",
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_open_home(home)
    gpg, found = Gpg(home), find_generated(home, user_id, other_than)
    if found is None:
        # --yes: without it gpg refuses a user id that the ring already knows, be it of the key that leaked.
        already = [
            entry.primary.fingerprint
            for entry in list_ring(home, f"={user_id}")
            if entry.primary.fingerprint not in other_than
        ]
        if already:
            raise StepFailed(
                "another key bears this user id",
                on=already[0],
                why=f"it is in {home}",
                do="choose another user id or home",
            )
        made = gpg.must(
            "the new key could not be made", ["--yes", "--quick-gen-key", "--", user_id, algorithm, "cert", primary_expires],
            on=home, passphrase=passphrase,
        )  # fmt: skip
        created = made.first("KEY_CREATED")
        if created is None:
            raise StepFailed("gpg made no key", on=home, why=made.last_words())
        found = ring_entry(home, created.fields[1], secret=True)
    primary = found.primary.fingerprint
    if found.signing() is None:
        gpg.must(
            "the signing subkey could not be made", ["--quick-add-key", "--", primary, algorithm, "sign", signing_expires],
            on=primary, passphrase=passphrase,
        )  # fmt: skip
        found = ring_entry(home, primary, secret=True)
    signing = found.signing()
    if signing is None:
        raise StepFailed(
            "the new key has no signing subkey",
            on=primary,
            why="gpg reported success",
            do="remove the key and try again",
        )
    certificate = ready_made_revocation(home, primary)
    return FreshKey(primary, signing.fingerprint, user_id, _lapse(signing), certificate, _lapse(found.primary))


def _check_wishes(algorithm: str, lives: Sequence[str]) -> None:
    if algorithm not in ALGORITHMS:
        raise BadInput(
            "keys are made with other algorithms", on=shown(algorithm)[:40], do=f"choose {' or '.join(ALGORITHMS)}"
        )
    for life in lives:
        if not _LIFE.fullmatch(life):
            raise BadInput(
                "a key needs a life that ends", on=shown(life)[:40], do="write for example 90d, 2y or 2027-02-01"
            )


def find_generated(
    home: Path, user_id: str, other_than: Sequence[str] = (), *, to_sign: bool = False
) -> RingEntry | None:
    """The key that `generate` made for this user id: certify-only primary with its secret part here, in force.

    With `to_sign` a home that holds the signing subkey alone will do. StepFailed when several fit, since no answer would be
    the right one.
    """
    if not home.is_dir():
        return None
    wanted = user_id.encode()
    fits = [
        entry
        for entry in list_ring(home, secret=True)
        if wanted in entry.user_ids
        and entry.primary.fingerprint not in other_than
        and (entry.primary.secret or (to_sign and entry.signing() is not None))
        and entry.primary.usable
        and entry.primary.usage == "c"
    ]
    if len(fits) > 1:
        names = ", ".join(entry.primary.fingerprint for entry in fits)
        raise StepFailed(
            "several keys bear this user id", on=names, do="remove those that are not meant, or choose another user id"
        )
    return fits[0] if fits else None


def export_public(home: Path, fingerprint: str) -> str:
    """The public key, armored. StepFailed when it is not there."""
    fingerprint = checked_fingerprint(fingerprint)
    result = Gpg(home).must(
        "the public key could not be exported", ["--armor", "--export", "--", fingerprint], on=fingerprint
    )
    if not result.stdout:
        raise StepFailed("this key is not in the gpg home", on=fingerprint, why=str(home), do="import it first")
    return result.stdout.decode()


def import_public(home: Path, armored: str) -> tuple[str, ...]:
    """Import public keys; gives their fingerprints as the block names them. BadInput for private keys and for what is no key."""
    keys = read_keys(armored.encode(), SecretRef("id:import"))
    if not keys:
        raise BadInput("this holds no OpenPGP key", on=f"{len(armored)} characters")
    if any(sub.secret != "absent" for key in keys for sub in key.keys):  # noqa: S105  (a state, not a value)
        raise BadInput(
            "this is a private key", on=keys[0].openpgp, do="export the public key: gpg --armor --export FINGERPRINT"
        )
    Gpg(home).must("the key could not be imported", ["--import"], on=keys[0].openpgp, stdin=armored.encode())
    return tuple(ring_entry(home, key.openpgp).primary.fingerprint for key in keys)


def has_secret(home: Path, fingerprint: str) -> bool:
    """Whether the secret part of exactly this key or subkey is in the home (a stub is not)."""
    fingerprint = checked_fingerprint(fingerprint)
    found = list_ring(home, fingerprint, secret=True)
    return any(
        key.secret for entry in found for key in (entry.primary, *entry.subkeys) if key.fingerprint == fingerprint
    )


def export_signing_subkeys(home: Path, signing: str, passphrase: Secret | None = None) -> Secret:
    """What a CI system may hold: the signing subkey with a stub in the primary's place. WouldLeak if the primary came along."""
    signing = checked_fingerprint(signing)
    if card := card_of(home, signing):
        raise StepFailed(
            "the signing subkey is on a card", on=signing, why=f"card {card} never gives it out",
            do="sign where the card is, or make a signing subkey for the CI system alone",
        )  # fmt: skip
    gpg = Gpg(home)
    args = ["--armor", "--export-secret-subkeys", "--", f"{signing}!"]
    result = gpg.must("the signing subkey could not be exported", args, on=signing, passphrase=passphrase)
    check_bundle(result.stdout, signing)
    return Secret(result.stdout)


def check_bundle(data: bytes, signing: str) -> str:
    """The primary's fingerprint, when of all secret parts `data` holds that of the signing subkey alone. WouldLeak otherwise."""
    keys = read_keys(data, SecretRef("id:export")) if data else ()
    held = [sub.fingerprint for key in keys for sub in key.keys if sub.secret in ("cleartext", "protected")]
    if held != [signing] or any(sub.primary for key in keys for sub in key.keys if sub.fingerprint == signing):
        raise WouldLeak(
            "an export for CI would hold other than the one signing subkey", on=signing,
            why=f"it holds the secret parts of: {', '.join(held) or 'nothing'}", do="give the fingerprint of a signing subkey",
        )  # fmt: skip
    return keys[0].openpgp


def card_of(home: Path, fingerprint: str) -> str:
    """The serial number of the card that holds this key's secret part, as the home knows it; "" when it is on none."""
    fingerprint = checked_fingerprint(fingerprint)
    found = list_ring(home, fingerprint, secret=True)
    cards = (key.card for one in found for key in (one.primary, *one.subkeys) if key.fingerprint == fingerprint)
    return next(cards, "")


def checked_fingerprint(text: str) -> str:
    """A full fingerprint in capitals. BadInput for anything shorter: key ids can be made to order."""
    fingerprint = text.upper().replace(" ", "").removeprefix("0X")
    if not _FINGERPRINT.fullmatch(fingerprint):
        raise BadInput(
            "a key is named by its whole fingerprint",
            on=shown(text)[:80],
            do="see it with: gpg --list-keys --with-fingerprint",
        )
    return fingerprint


def ring_entry(home: Path, fingerprint: str, *, secret: bool = False) -> RingEntry:
    """The key of a home that has this primary. StepFailed when it is not there."""
    for entry in list_ring(home, fingerprint, secret=secret):
        if entry.primary.fingerprint == fingerprint:
            return entry
    raise StepFailed(
        "this key is not in the gpg home", on=fingerprint, why=str(home), do="import it, or name the home that holds it"
    )


def make_revocation(home: Path, fingerprint: str, menu: str, text: str, passphrase: Secret | None) -> str:
    """A revocation certificate, armored and not imported. gpg makes one in a dialogue only."""
    words = shown(" ".join(text.split()))
    answers = f"y\n{menu}\n{words}\n\ny\n" if words else f"y\n{menu}\n\ny\n"
    result = Gpg(home).run(
        ["--yes", "--armor", "--gen-revoke", "--", fingerprint],
        stdin=answers.encode(),
        passphrase=passphrase,
        dialogue=True,
    )
    certificate = result.stdout.decode("ascii", "replace")
    try:
        made = revocations(result.stdout, fingerprint)
    except IrkitError:
        made = ()
    if result.returncode != 0 or not made:
        raise StepFailed(
            "the revocation certificate could not be made",
            on=fingerprint,
            why=result.last_words(),
            do="check the passphrase's reference",
        )
    return certificate


def revocation_certificate(
    home: Path, fingerprint: str, reason: int, *, text: str = "", passphrase: Secret | None = None
) -> str:
    """A certificate that revokes the primary key with that reason on the wire (`COMPROMISED`, `SUPERSEDED`), armored; not imported.

    StepFailed when gpg cannot make it, or made one that says something else.
    """
    certificate = make_revocation(home, fingerprint, _MENU[reason], text, passphrase)
    found = [one.reason for one in revocations(certificate.encode(), fingerprint)]
    if found != [reason]:
        raise StepFailed(
            "gpg made a revocation with another reason", on=fingerprint, why=f"reason on the wire: {found}",
            do="nothing was imported or published; use another version of gpg",
        )  # fmt: skip
    return certificate


def ready_made_revocation(home: Path, fingerprint: str) -> str:
    """The certificate that gpg puts aside with a new key; its guarding colon is taken off, or no program reads it."""
    path = put_aside_by_gpg(home, fingerprint)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
    certificate = text[text.find("-----BEGIN PGP") :] if "-----BEGIN PGP" in text else ""
    return certificate if certificate and revocations(certificate.encode(), fingerprint) else ""


def put_aside_by_gpg(home: Path, fingerprint: str) -> Path:
    """Where gpg puts the revocation certificate of a key that it makes."""
    return home / "openpgp-revocs.d" / f"{fingerprint}.rev"


def _lapse(key: RingKey) -> str:
    return iso(key.expires) if key.expires else "never"
