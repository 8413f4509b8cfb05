"""Makes, exports and imports keys in gpg homes. Each step looks first and does only what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed, WouldLeak
from irkit.model import Secret, SecretRef, iso
from irkit.openpgp.keyblock import read_keys, revocations, shown
from irkit.openpgp.keyring import RingEntry, RingKey, list_ring
from irkit.openpgp.runner import Gpg

MENU_NO_REASON, MENU_COMPROMISED = "0", "1"
"""gpg's menu. Its 1 is reason 0x02 on the wire and its 2 is 0x01 (superseded): the wire is what is checked."""

_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


@dataclass(frozen=True)
class FreshKey:
    """A certify-only primary with a signing subkey. Times are UTC in ISO 8601, "never" for none.

    `expires` is the signing key's, the one that lapses first. `revocation_certificate` is armored, without reason
    (every reader takes that for compromised): keep it apart from the key.
    """

    primary: str
    signing: str
    user_id: str
    expires: str
    revocation_certificate: str
    primary_expires: str = "never"


def generate(
    home: Path,
    user_id: str,
    *,
    algorithm: str = "ed25519",
    primary_expires: str = "2y",
    signing_expires: str = "90d",
    passphrase: Secret | None = None,
    other_than: Sequence[str] = (),
) -> FreshKey:
    """Make the key, or finish one of that user id that an earlier run began. StepFailed when gpg refuses.

    `other_than` are fingerprints that are never taken for it (the leaked key may bear the same user id).
    """
    if not user_id.strip() or not user_id.isprintable():
        raise BadInput(
            "a user id must be one printable line",
            on=shown(user_id)[:80],
            do="for example: Example Releases <releases@example.org>",
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    certificate = ready_made_revocation(home, primary) or make_revocation(home, primary, MENU_NO_REASON, "", passphrase)
    return FreshKey(primary, signing.fingerprint, user_id, _lapse(signing), certificate, _lapse(found.primary))


def find_generated(home: Path, user_id: str, other_than: Sequence[str] = ()) -> RingEntry | None:
    """The key that `generate` made for this user id: certify-only primary with its secret part here, in force.

    StepFailed when several fit, since no answer would be the right one.
    """
    if not home.is_dir():
        return None
    wanted = user_id.encode()
    fits = [
        entry
        for entry in list_ring(home, secret=True)
        if wanted in entry.user_ids
        and entry.primary.fingerprint not in other_than
        and entry.primary.secret
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
    gpg = Gpg(home)
    args = ["--armor", "--export-secret-subkeys", "--", f"{signing}!"]
    result = gpg.must("the signing subkey could not be exported", args, on=signing, passphrase=passphrase)
    keys = read_keys(result.stdout, SecretRef("id:export")) if result.stdout else ()
    held = [sub.fingerprint for key in keys for sub in key.keys if sub.secret in ("cleartext", "protected")]
    if held != [signing]:
        raise WouldLeak(
            "an export for CI would hold other than the one signing subkey", on=signing,
            why=f"it holds the secret parts of: {', '.join(held) or 'nothing'}", do="give the fingerprint of a signing subkey",
        )  # fmt: skip
    return Secret(result.stdout)


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


def ready_made_revocation(home: Path, fingerprint: str) -> str:
    """The certificate that gpg puts aside with a new key; its guarding colon is taken off, or no program reads it."""
    path = home / "openpgp-revocs.d" / f"{fingerprint}.rev"
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
    certificate = text[text.find("-----BEGIN PGP") :] if "-----BEGIN PGP" in text else ""
    return certificate if certificate and revocations(certificate.encode(), fingerprint) else ""


def _lapse(key: RingKey) -> str:
    return iso(key.expires) if key.expires else "never"
