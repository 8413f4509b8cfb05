"""Carries out one GpgCommand of a plan. Each looks first: what already holds is said and not done again.

Arguments by operation (paths of artifacts and signatures are relative to `folder`):
    revoke-key     key; text (the comment in the revocation), certificate (a file, for a key whose secret part is lost)
    generate-key   user_id, algorithm, primary_expires, signing_expires, other_than (fingerprints, by blanks)
    sign-detached  key ("" for the one that generate-key made), user_id, other_than, folder, artifact, sha256, signature
    export-public  key ("" likewise), user_id, other_than, out
    quarantine     folder, artifact, sha256 ("" for none), signature (any number), quarantine, why
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Resolver, Secret
from irkit.openpgp import keys, moving
from irkit.openpgp.keyring import RingEntry, list_ring
from irkit.openpgp.signatures import sign_detached, verify_both
from irkit.plan import GpgCommand


@dataclass(frozen=True)
class Done:
    """What was done, or found done already; the facts for the journal; and the certificate that came of it, armored."""

    what: str
    facts: tuple[tuple[str, str], ...]
    certificate: str = ""


def carry_out(command: GpgCommand, resolve: Resolver | None = None) -> Done:
    """Do it, or find that it is done. `resolve` is needed for commands with a passphrase. StepFailed when it cannot be done."""
    passphrase = None
    if command.passphrase is not None:
        if resolve is None:
            raise BadInput(
                "this command needs a passphrase", on=command.summary(), do="call it with a resolver of references"
            )
        passphrase = resolve(command.passphrase)
    return _OPERATIONS[command.operation](command, passphrase)


def _revoke(command: GpgCommand, passphrase: Secret | None) -> Done:
    home, key = Path(command.home), keys.checked_fingerprint(command.key)
    ready_made = command.argument("certificate")
    facts = (("key", key), ("reason", "compromised"), ("on_the_wire", "0x02 key has been compromised"))
    already = keys.compromised_already(home, key)
    if already:
        return Done(f"{key} was revoked as compromised already", facts, already)
    if ready_made and not keys.has_secret(home, key):
        certificate = moving.read_text(Path(ready_made))
        revoked = keys.revoke_with_certificate(home, certificate)
        if revoked != key:
            raise StepFailed(
                "the certificate revokes another key",
                on=ready_made,
                why=revoked,
                do="give the certificate of the leaked key",
            )
        facts = (
            ("key", key),
            ("reason", "as in the certificate made earlier"),
            ("on_the_wire", keys.reason_of(certificate, key)),
        )
        return Done(f"{key} was revoked by the certificate made earlier", facts, certificate)
    certificate = keys.revoke(home, key, text=command.argument("text"), passphrase=passphrase)
    return Done(f"{key} was revoked as compromised", facts, certificate)


def _generate(command: GpgCommand, passphrase: Secret | None) -> Done:
    home, user_id = Path(command.home), command.argument("user_id")
    other_than = _other_than(command)
    before = keys.find_generated(home, user_id, other_than)
    fresh = keys.generate(
        home,
        user_id,
        algorithm=command.argument("algorithm", "ed25519"),
        primary_expires=command.argument("primary_expires", "2y"),
        signing_expires=command.argument("signing_expires", "90d"),
        passphrase=passphrase,
        other_than=other_than,
    )
    certificate = keys.export_public(home, fresh.primary)
    facts = (
        ("primary", fresh.primary), ("signing", fresh.signing), ("user_id", user_id), ("expires", fresh.expires),
        ("primary_expires", fresh.primary_expires), ("certificate", certificate),
        ("revocation_certificate", fresh.revocation_certificate),
    )  # fmt: skip
    whole = before is not None and before.signing() is not None
    said = "was made already" if whole else "had been begun and is whole now" if before else "was made"
    return Done(f"key {fresh.primary} {said}", facts, certificate)


def _sign(command: GpgCommand, passphrase: Secret | None) -> Done:
    home, entry = Path(command.home), _signer(command)
    signing = entry.signing()
    if signing is None:
        raise StepFailed(
            "the new key cannot sign",
            on=entry.primary.fingerprint,
            why="no signing subkey in force",
            do="make one, or a new key",
        )
    folder = Path(command.argument("folder"))
    artifact = moving.inside(folder, command.argument("artifact"))
    out = moving.inside(folder, command.argument("signature"))
    sha256 = command.argument("sha256")
    digest = moving.sha256_of(artifact)
    if digest != sha256:
        raise StepFailed(
            "the artifact is not the one that was judged", on=artifact, why=f"SHA-256 is {digest or 'none: it is gone'}, planned {sha256}",
            do="do not sign it; judge the release again",
        )  # fmt: skip
    facts = [
        ("path", command.argument("artifact")), ("artifact", str(artifact)), ("sha256", sha256), ("signature", str(out)),
        ("key", entry.primary.fingerprint), ("signing", signing.fingerprint), ("proven_by", "gpg, sequoia"),
    ]  # fmt: skip
    certificate = keys.export_public(home, entry.primary.fingerprint)
    if _signed_by(certificate, artifact, out, entry):
        return Done(f"{command.argument('artifact')} was signed already", tuple(facts))
    armored = True
    if out.exists():
        armored = out.read_bytes()[:1].isascii()
        old = command.argument("other_than").split()
        kept = out.with_name(f"{artifact.name}.{(old[0] if old else 'old')[-16:]}{out.suffix}")
        moving.keep_copy(out, kept)
        facts.append(("old_signature", str(kept)))
    sign_detached(home, signing.fingerprint, artifact, out, passphrase, sha256=sha256, armored=armored)
    return Done(f"{command.argument('artifact')} was signed with {entry.primary.fingerprint}", tuple(facts))


def _signed_by(certificate: str, artifact: Path, out: Path, entry: RingEntry) -> bool:
    """Whether the signature is there and both programs hold it for good under this key."""
    if not out.exists():
        return False
    try:
        verdicts = verify_both(certificate, artifact, out)
    except IrkitError:
        return False  # whatever stands there is kept beside and replaced
    return {one.program for one in verdicts if one.good and one.primary == entry.primary.fingerprint} == {
        "gpg",
        "sequoia",
    } and all(one.good for one in verdicts)


def _export(command: GpgCommand, _passphrase: Secret | None) -> Done:
    out = Path(command.argument("out"))
    key = command.key or _signer(command).primary.fingerprint
    armored = keys.export_public(Path(command.home), key)
    digest = hashlib.sha256(armored.encode()).hexdigest()
    facts = (("key", key), ("path", str(out)), ("sha256", digest))
    if moving.sha256_of(out) == digest:
        return Done(f"the public key {key} was written already", facts, armored)
    moving.write(out, armored.encode())
    return Done(f"the public key {key} was written to {out}", facts, armored)


def _quarantine(command: GpgCommand, _passphrase: Secret | None) -> Done:
    folder, room = Path(command.argument("folder")), Path(command.argument("quarantine"))
    name, planned, why = command.argument("artifact"), command.argument("sha256"), command.argument("why")
    beside = [value for label, value in command.arguments if label == "signature" and value]
    wanted = [name, *beside] if planned else beside
    moved = [moving.move(moving.inside(folder, each), moving.inside(room, each)) for each in wanted]
    kept = moving.inside(room, name if planned else wanted[0] if wanted else name)
    digest = moving.sha256_of(kept) or ""
    changed = (
        "" if not planned or digest == planned else f"; it had changed since it was judged: SHA-256 then {planned}"
    )
    note = f"{name}\nSHA-256 {digest}\nWhy: {why}{changed}\n"
    moving.write(kept.with_name(f"{kept.name}.why"), note.encode())
    facts = (("path", name), ("sha256", digest), ("why", why + changed), ("kept_at", str(kept)))
    return Done(f"{name} {'was moved to quarantine' if any(moved) else 'was in quarantine already'}", facts)


def _signer(command: GpgCommand) -> RingEntry:
    """The key to work with: the one named, or the one that generate-key made in that home for that user id."""
    home = Path(command.home)
    if command.key:
        wanted = keys.checked_fingerprint(command.key)
        found = [
            entry
            for entry in list_ring(home, wanted, secret=True)
            if wanted in (entry.primary.fingerprint, *(key.fingerprint for key in entry.subkeys))
        ]
        entry = found[0] if found else None
    else:
        entry = keys.find_generated(home, command.argument("user_id"), _other_than(command))
    if entry is None:
        raise StepFailed("the new key is not there yet", on=command.home, do="let the plan make it first")
    return entry


def _other_than(command: GpgCommand) -> tuple[str, ...]:
    return tuple(command.argument("other_than").split())


_OPERATIONS: dict[str, Callable[[GpgCommand, Secret | None], Done]] = {
    "revoke-key": _revoke,
    "generate-key": _generate,
    "sign-detached": _sign,
    "export-public": _export,
    "quarantine": _quarantine,
}
