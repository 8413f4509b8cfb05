"""Operations that take back what a leaked key can do.

revoke-key            key; text (the comment in the revocation); reason ("superseded" where nothing leaked, else as compromised);
                      where the secret part is lost: certificate (a file made earlier), revoker_home and revoker (the home and
                      fingerprint of a key that the leaked one named as its revoker)
revoke-subkey         key (the primary), subkey, text
revoke-user-id        key, user_id (as it is shown, escaped)
revoke-certification  key (who certified), of (the key that was certified)
"""

from __future__ import annotations

from pathlib import Path

from irkit.model import Secret
from irkit.openpgp import certifications, keys, moving, revoking, user_ids
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.plan import GpgCommand

_COMPROMISED = (("reason", "compromised"), ("on_the_wire", "0x02 key has been compromised"))


def _revoke_key(command: GpgCommand, hands: Hands) -> Done:
    """By the private key, else by the certificate, else by the designated revoker."""
    home, key, passphrase = Path(command.home), keys.checked_fingerprint(command.key), hands.passphrase(command)
    text, ready_made, revoker_home = (command.argument(name) for name in ("text", "certificate", "revoker_home"))
    facts = (("key", key), *_COMPROMISED)
    if command.argument("reason") == "superseded":
        return _as_superseded(home, key, text, passphrase)
    already = revoking.compromised_already(home, key)
    if already:
        return Done(f"{key} was revoked as compromised already", facts, already)
    here = keys.has_secret(home, key)
    if ready_made and not here:
        return _by_certificate(home, key, Path(ready_made))
    if revoker_home and not here:
        revoker = keys.checked_fingerprint(command.argument("revoker"))
        made = revoking.revoke_as_designated(home, key, Path(revoker_home), revoker, text=text, passphrase=passphrase)
        said = (
            f"{key} was revoked as compromised by its designated revoker {revoker}; who lacks that key does not see it"
        )
        return Done(said, (*facts, ("revoker", revoker)), made)
    certificate = revoking.revoke(home, key, text=text, passphrase=passphrase)
    return Done(f"{key} was revoked as compromised", facts, certificate)


def _as_superseded(home: Path, key: str, text: str, passphrase: Secret | None) -> Done:
    """Softly: a key that did not leak. One that is revoked already, for whatever reason, is left as it is."""
    facts = (("key", key), ("reason", "superseded"), ("on_the_wire", "0x01 key is superseded"))
    if keys.ring_entry(home, key).primary.revoked:
        return Done(f"{key} was revoked already", facts, keys.export_public(home, key))
    certificate = keys.revocation_certificate(home, key, keys.SUPERSEDED, text=text, passphrase=passphrase)
    revoking.revoke_with_certificate(home, certificate, key)
    return Done(f"{key} was revoked as superseded", facts, certificate)


def _by_certificate(home: Path, key: str, path: Path) -> Done:
    certificate = moving.read_text(path)
    standing = revoking.hard_already(home, key)
    if standing is None:
        revoking.revoke_with_certificate(home, certificate, key)
    wire = revoking.reason_of(certificate, key) if standing is None else standing.on_the_wire
    facts = (("key", key), ("reason", "as in the certificate made earlier"), ("on_the_wire", wire))
    said = "was revoked already" if standing else "was revoked by the certificate made earlier"
    if standing is None and revoking.hard_already(home, key) is None:
        said += ", which is soft: signatures dated before it still count for many programs"
    return Done(f"{key} {said}", facts, certificate)


def _revoke_subkey(command: GpgCommand, hands: Hands) -> Done:
    home, key, subkey = (
        Path(command.home),
        keys.checked_fingerprint(command.key),
        keys.checked_fingerprint(command.argument("subkey")),
    )
    done = revoking.revoke_subkey(
        home, key, subkey, text=command.argument("text"), passphrase=hands.passphrase(command)
    )
    facts = (("key", key), ("subkey", subkey), *_COMPROMISED)
    return Done(f"subkey {subkey} was revoked as compromised{_already(done)}", facts, keys.export_public(home, key))


def _revoke_user_id(command: GpgCommand, hands: Hands) -> Done:
    home, key, user_id = Path(command.home), keys.checked_fingerprint(command.key), command.argument("user_id")
    done = user_ids.revoke_user_id(home, key, user_id, passphrase=hands.passphrase(command))
    facts = (
        ("key", key),
        ("user_id", user_id),
        ("reason", "no longer valid"),
        ("on_the_wire", "0x20 user id is no longer valid"),
    )
    return Done(f"user id {user_id} of {key} was revoked{_already(done)}", facts, keys.export_public(home, key))


def _revoke_certification(command: GpgCommand, hands: Hands) -> Done:
    home, key, of = (
        Path(command.home),
        keys.checked_fingerprint(command.key),
        keys.checked_fingerprint(command.argument("of")),
    )
    done = certifications.revoke_certifications(home, key, of, passphrase=hands.passphrase(command))
    facts = (("key", key), ("of", of))
    return Done(f"what {key} certified of {of} was revoked{_already(done)}", facts, keys.export_public(home, of))


def _already(done: bool) -> str:
    return "" if done else " already"


OPERATIONS: dict[str, Operation] = {
    "revoke-key": _revoke_key,
    "revoke-subkey": _revoke_subkey,
    "revoke-user-id": _revoke_user_id,
    "revoke-certification": _revoke_certification,
}
