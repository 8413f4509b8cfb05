"""Operations on whole keys.

generate-key   user_id, algorithm, primary_expires, signing_expires, role ("automation", "person"), other_than (fingerprints, by
               blanks), signing_home (receives the secret signing subkey alone), apart (a folder for revocation certificates)
export-public  key ("" for the one that generate-key made), user_id, other_than, out
ci-bundle      key (the signing subkey; "" for that of the key that generate-key made), user_id, other_than, out (a file, 0600;
               a `store` in its place is for the desk: irkit.case.resigning.bundle)
"""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Secret
from irkit.network.native.file import Refused, clear_away, content, replace_file
from irkit.openpgp import apart, bundle, keys, moving
from irkit.openpgp.keyblock import looks_like_private_key
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import key_of, other_than
from irkit.plan import GpgCommand


def _generate(command: GpgCommand, hands: Hands) -> Done:
    home, user_id = Path(command.home), command.argument("user_id")
    others, passphrase = other_than(command), hands.passphrase(command)
    signing_home, place = command.argument("signing_home"), command.argument("apart")
    if place:  # before a key is made whose certificates have no place
        apart.checked_place(Path(place), (home, *([Path(signing_home)] if signing_home else [])))
    before = keys.find_generated(home, user_id, others)
    fresh = keys.generate(
        home,
        user_id,
        algorithm=command.argument("algorithm", "ed25519"),
        primary_expires=command.argument("primary_expires", "2y"),
        signing_expires=command.argument("signing_expires"),
        role=_role(command),
        passphrase=passphrase,
        other_than=others,
    )
    whole = before is not None and before.signing() is not None
    facts = (
        ("primary", fresh.primary), ("signing", fresh.signing), ("user_id", user_id), ("expires", fresh.expires),
        ("primary_expires", fresh.primary_expires), ("certificate", keys.export_public(home, fresh.primary)),
        *_certificates(home, fresh.primary, place, passphrase),
    )  # fmt: skip
    if signing_home:
        whole = not bundle.install(home, Path(signing_home), fresh.signing, passphrase) and whole
        facts = (*facts, ("signing_home", signing_home), ("proved_there", bundle.PROVED))
    said = "was made already" if whole else "had been begun and is whole now" if before else "was made"
    return Done(f"key {fresh.primary} {said}", facts, dict(facts)["certificate"])


def _role(command: GpgCommand) -> keys.Role:
    role = command.argument("role", "automation")
    if role == "automation":
        return "automation"
    if role == "person":
        return "person"
    raise BadInput("a key is automation's or a person's", on=role[:40], do='say role "automation" or "person"')


def _certificates(home: Path, primary: str, place: str, passphrase: Secret | None) -> tuple[tuple[str, str], ...]:
    """Where the revocation certificates are: whoever holds one can revoke the key, so that no fact ever holds one."""
    if place:
        kept = apart.keep_apart(home, primary, Path(place), passphrase)
        return (("revocation_certificate", str(kept.compromised)), ("revocation_superseded", str(kept.superseded)))
    path = keys.put_aside_by_gpg(home, primary)
    return (("revocation_certificate", str(path)),) if path.exists() else ()


def _bundle(command: GpgCommand, hands: Hands) -> Done:
    if not command.argument("out"):
        raise BadInput("it is not said where the bundle goes", on=command.home, do="name a file as out")
    home, out, passphrase = Path(command.home), Path(command.argument("out")).expanduser(), hands.passphrase(command)
    signing = signing_subkey(command)
    primary = key_of(command).primary.fingerprint
    facts = (("primary", primary), ("signing", signing), ("path", str(out)), ("proved", bundle.PROVED))
    try:
        clear_away(out)
        if out.exists():
            held = Secret(content(out))
            if not looks_like_private_key(held.reveal()):
                raise StepFailed("another file is where the bundle should go", on=out, do="move it aside and go on")
            with contextlib.suppress(IrkitError):
                bundle.prove_bundle(held, signing, passphrase)
                return Done(f"the bundle of {signing} was written already", facts)
        replace_file(out, bundle.proven_bundle(home, signing, passphrase).reveal(), private=True)
    except (OSError, Refused) as error:
        why = error.strerror or "" if isinstance(error, OSError) else str(error)
        raise StepFailed("the bundle cannot be written", on=out, why=why, do="name another file") from None
    return Done(f"the bundle of {signing} was written to {out}", facts)


def signing_subkey(command: GpgCommand) -> str:
    """The subkey that a bundle is made of. StepFailed when there is none."""
    if command.key:
        return keys.checked_fingerprint(command.key)
    found = key_of(command).signing()
    if found is None:
        raise StepFailed("the new key has no signing subkey", on=command.home, do="let the plan make it first")
    return found.fingerprint


def _export(command: GpgCommand, _hands: Hands) -> Done:
    out = Path(command.argument("out"))
    key = command.key or key_of(command).primary.fingerprint
    armored = keys.export_public(Path(command.home), key)
    digest = hashlib.sha256(armored.encode()).hexdigest()
    facts = (("key", key), ("path", str(out)), ("sha256", digest))
    if moving.sha256_of(out) == digest:
        return Done(f"the public key {key} was written already", facts, armored)
    moving.write(out, armored.encode())
    return Done(f"the public key {key} was written to {out}", facts, armored)


OPERATIONS: dict[str, Operation] = {
    "generate-key": _generate,
    "export-public": _export,
    "ci-bundle": _bundle,
}
