"""Revokes keys and subkeys. Each looks first, and holds for done only what stands in the packets.

The reason is checked on the wire: readers honour signatures dated before a revocation as "superseded" or "retired", and the
holder of the key chooses that date. gpg ends with 0 also where it did nothing: with an offline primary, or on what is revoked
with another reason already.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from irkit.errors import BadInput, IrkitError, OutcomeUnknown, StepFailed
from irkit.model import Secret
from irkit.openpgp.armor import PUBLIC_KEY, armored
from irkit.openpgp.bench import bench, whole_block
from irkit.openpgp.keyblock import COMPROMISED, KEY_REVOCATION, SUBKEY_REVOCATION, as_packet, revocations, shown
from irkit.openpgp.keyring import list_ring, parse_listing
from irkit.openpgp.keys import MENU_COMPROMISED, checked_fingerprint, has_secret, make_revocation, ring_entry
from irkit.openpgp.packets import SIGNATURE, SignatureInfo, all_packets, signature_packet
from irkit.openpgp.revocations import (
    Revocation,
    designated_revokers,
    revocations_in,
)
from irkit.openpgp.runner import Gpg


def revoke(home: Path, fingerprint: str, *, text: str, passphrase: Secret | None = None) -> str:
    """Revoke a primary key as compromised; gives the armored revocation certificate. Revoking again changes nothing.

    Proved by the packet (0x02) and by a new listing. StepFailed when the secret part is not in the home.
    """
    fingerprint = checked_fingerprint(fingerprint)
    ring_entry(home, fingerprint)
    already = compromised_already(home, fingerprint)
    if already:
        return already
    if not has_secret(home, fingerprint):
        raise StepFailed(
            "the key cannot be revoked from here", on=fingerprint, why=f"its secret part is not in {home}",
            do="import a revocation certificate made earlier; with none, plan again with cannot_revoke, and publish a notice",
        )  # fmt: skip
    certificate = make_revocation(home, fingerprint, MENU_COMPROMISED, text, passphrase)
    reasons = [one.reason for one in revocations(certificate.encode(), fingerprint)]
    if reasons != [COMPROMISED]:
        raise _another_reason(fingerprint, reasons)
    take_in(home, fingerprint, certificate.encode())
    if not compromised_already(home, fingerprint):
        raise not_shown(fingerprint)
    return certificate


def revoke_with_certificate(home: Path, certificate: str, fingerprint: str = "") -> str:
    """Revoke by a certificate made earlier (a leading colon of gpg's own files is taken off); gives the fingerprint.

    With `fingerprint` only that key: BadInput for the certificate of another, and then nothing was imported.
    """
    clean = certificate[certificate.find("-----BEGIN") :] if "-----BEGIN" in certificate else certificate
    names = [fingerprint] if fingerprint else [entry.primary.fingerprint for entry in list_ring(home)]
    for name in names:
        if revocations(clean.encode(), name):
            take_in(home, name, clean.encode())
            if not ring_entry(home, name).primary.revoked:
                raise StepFailed(
                    "the certificate does not revoke the key", on=name, why="gpg does not hold it for valid"
                )
            return name
    if fingerprint:
        raise BadInput(
            "the certificate revokes another key", on=fingerprint, do="give the certificate of the leaked key"
        )
    raise BadInput(
        "this certificate revokes no key of the home",
        on=home,
        do="import the public key first, or look for the right certificate",
    )


def revoke_as_designated(
    home: Path, fingerprint: str, revoker_home: Path, revoker: str, *, text: str, passphrase: Secret | None = None
) -> str:
    """Revoke a key whose secret part is gone by the key that it named as its revoker; gives the revocation, armored.

    Both public keys end up in `home`; the revoker's home is not changed. Whoever checks a signature without the
    revoker's key sees no revocation: a certificate of the key itself is better by far.
    """
    fingerprint, revoker = checked_fingerprint(fingerprint), checked_fingerprint(revoker)
    already = compromised_already(home, fingerprint)
    if already:
        return already
    block = whole_block(home, fingerprint)
    if revoker not in designated_revokers(block, fingerprint):
        raise BadInput(
            "the key does not name this one as its revoker",
            on=revoker,
            do="see whom it names: irkit keys inspect, or gpg --edit-key",
        )
    if not has_secret(revoker_home, revoker):
        raise StepFailed(
            "the revoker's secret part is not there",
            on=revoker,
            why=str(revoker_home),
            do="name the home that holds it",
        )
    with bench(home, [fingerprint], _nothing) as table:
        answers = f"y\n{MENU_COMPROMISED}\n{_lines(text)}\ny\n".encode()
        args = ["--yes", "--keyring", str(table.ring), "--desig-revoke", "--", fingerprint]
        made = Gpg(revoker_home).run(args, stdin=answers, passphrase=passphrase, dialogue=True)
    try:
        found = [one for one in _signatures(made.stdout) if one.kind == KEY_REVOCATION and one.made_by(revoker)]
    except IrkitError:
        found = []
    if made.returncode != 0 or not found:
        raise StepFailed(
            "the designated revocation could not be made",
            on=fingerprint,
            why=made.last_words(),
            do="check the passphrase's reference",
        )
    if [one.reason for one in found] != [COMPROMISED]:
        raise _another_reason(fingerprint, [one.reason for one in found])
    take_in(home, revoker, whole_block(revoker_home, revoker))
    take_in(home, fingerprint, made.stdout)
    certificate = compromised_already(home, fingerprint)
    if not certificate:
        raise not_shown(fingerprint)
    return certificate


def compromised_already(home: Path, fingerprint: str) -> str:
    """The armored revocation as compromised that stands on the key, by itself or by a revoker it names, when gpg itself
    holds the key for revoked; "" otherwise."""
    if not ring_entry(home, fingerprint).primary.revoked:
        return ""
    block = whole_block(home, fingerprint)
    able = (fingerprint, *designated_revokers(block, fingerprint))
    found = [one for one in _signatures(block) if one.kind == KEY_REVOCATION and one.reason == COMPROMISED]
    for one in found:
        revokers = [name for name in able if one.made_by(name)]
        if fingerprint in revokers or any(_stands_by_others(home, fingerprint, name) for name in revokers):
            return armored(as_packet(one), PUBLIC_KEY).decode()
    return ""


def _stands_by_others(home: Path, fingerprint: str, revoker: str) -> bool:
    """Whether gpg holds the key for revoked without its own revocations: anybody can put a packet in a revoker's name into a block."""
    if not list_ring(home, revoker):
        return False
    with bench(home, [fingerprint, revoker], of_kind(fingerprint, KEY_REVOCATION)) as table:
        listed = parse_listing(table.run(["--with-colons", "--list-keys", "--", fingerprint]).stdout)
    return any(entry.primary.fingerprint == fingerprint and entry.primary.revoked for entry in listed)


def hard_already(home: Path, fingerprint: str) -> Revocation | None:
    """A revocation for whatever hard reason (none given, say) that stands on the key, when gpg holds the key for revoked."""
    if not ring_entry(home, fingerprint).primary.revoked:
        return None
    found = revocations_in(whole_block(home, fingerprint))
    return next((one for one in found if one.what == "key" and one.hard and one.by_itself), None)


def reason_of(certificate: str, fingerprint: str) -> str:
    """The reason a revocation certificate gives, as it stands on the wire."""
    found = [one.reason for one in revocations(certificate.encode(), fingerprint)]
    return ", ".join("none given" if reason is None else f"0x{reason:02x}" for reason in found) or "unknown"


def revoke_subkey(home: Path, primary: str, subkey: str, *, text: str, passphrase: Secret | None = None) -> bool:
    """Revoke one subkey as compromised; True when this did it, False when it was so already.

    A subkey revoked as superseded or retired is revoked anew: gpg by itself leaves it at that and ends with 0.
    """
    primary, subkey = checked_fingerprint(primary), checked_fingerprint(subkey)
    names = [key.fingerprint for key in ring_entry(home, primary).subkeys]
    if subkey not in names:
        raise BadInput("this is no subkey of the key", on=subkey, why=f"{primary} has {', '.join(names) or 'none'}")
    if subkey_compromised(whole_block(home, primary), primary, subkey) and _shown_revoked(home, primary, subkey):
        return False
    must_have_primary(home, primary, "the subkey")
    answers = f"key {subkey}\nrevkey\ny\n{MENU_COMPROMISED}\n{_lines(text)}\ny\nsave\n".encode()
    in_the_way = of_kind(primary, KEY_REVOCATION, SUBKEY_REVOCATION)
    _wait_out(one for one in revocations_in(whole_block(home, primary)) if one.of == subkey)
    with bench(home, [primary], in_the_way) as table:
        said = table.run(["--edit-key", "--", primary], stdin=answers, passphrase=passphrase, dialogue=True)
        made = table.block(primary)
    if not subkey_compromised(made, primary, subkey):
        found = [one.reason for one in revocations_in(made) if one.what == "subkey" and one.of == subkey]
        if found:
            raise _another_reason(subkey, found)
        raise StepFailed(
            "the subkey could not be revoked", on=subkey, why=said.last_words(), do="check the passphrase's reference"
        )
    take_in(home, primary, made)
    if not (subkey_compromised(whole_block(home, primary), primary, subkey) and _shown_revoked(home, primary, subkey)):
        raise not_shown(subkey)
    return True


def _wait_out(standing: Iterable[Revocation]) -> None:
    """gpg takes two revocations of one second for one, and keeps the first: let the second of a standing one pass."""
    dates = {int(one.created.timestamp()) for one in standing if one.created}
    while int(time.time()) in dates:
        time.sleep(0.05)


def subkey_compromised(block: bytes, primary: str, subkey: str) -> bool:
    """Whether the primary's own revocation of that subkey as compromised stands in the block."""
    return any(
        one.what == "subkey" and one.key == primary and one.of == subkey and one.by_itself and one.reason == COMPROMISED
        for one in revocations_in(block)
    )


def must_have_primary(home: Path, primary: str, what: str) -> None:
    if not has_secret(home, primary):
        raise StepFailed(
            f"{what} cannot be revoked from here", on=primary, why=f"the primary's secret part is not in {home}",
            do="use the home that holds the primary; where it is lost, revoke the whole key by a certificate made earlier",
        )  # fmt: skip


def _shown_revoked(home: Path, primary: str, subkey: str) -> bool:
    return any(key.fingerprint == subkey and key.revoked for key in ring_entry(home, primary).subkeys)


def take_in(home: Path, on: str, block: bytes, *, local: bool = False) -> None:
    options = ["--import-options", "import-local-sigs"] if local else []
    Gpg(home).must("the revocation could not be imported", [*options, "--import"], on=on, stdin=block)


def of_kind(fingerprint: str, *kinds: int) -> Callable[[SignatureInfo], bool]:
    return lambda one: one.kind in kinds and one.made_by(fingerprint)


def _nothing(_one: SignatureInfo) -> bool:
    return False


def _signatures(block: bytes) -> tuple[SignatureInfo, ...]:
    return tuple(signature_packet(body) for tag, body in all_packets(block) if tag == SIGNATURE)


def _lines(text: str) -> str:
    """The comment as gpg's prompt takes it: one line, and an empty one to end it."""
    words = shown(" ".join(text.split()))
    return f"{words}\n" if words else ""


def _another_reason(on: str, reasons: object) -> StepFailed:
    return StepFailed(
        "gpg made a revocation with another reason", on=on, why=f"reason on the wire: {reasons}",
        do="nothing was imported or published; use another version of gpg",
    )  # fmt: skip


def not_shown(on: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        "it does not show as revoked", on=on, why="gpg accepted the revocation", do="look at: gpg --list-keys"
    )
