"""Approvals: what a person signs, and whether it is theirs. Keys are pinned by their primary fingerprint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Secret, SecretRef, iso
from irkit.openpgp.keyblock import detached_signatures, read_keys, shown
from irkit.openpgp.keys import checked_fingerprint
from irkit.openpgp.runner import Gpg
from irkit.openpgp.signatures import check_with_gpg, check_with_sequoia


def statement(plan_name: str, plan_digest: str, case_id: str, who: str, signed_at: datetime) -> str:
    """What an approver signs: five lines, whatever the names hold."""
    rows = (
        ("I approve this plan of irkit to be carried out.", ""),
        ("Case: ", case_id),
        ("Plan: ", plan_name),
        ("Digest: ", plan_digest),
        ("Approver: ", who),
        ("Signed at: ", iso(signed_at)),
    )
    return "".join(f"{label}{shown(text)}\n" for label, text in rows)


def sign(home: Path, fingerprint: str, statement: str | bytes, passphrase: Secret | None = None) -> str:
    """An armored detached signature over the statement; a text is signed as UTF-8. StepFailed when gpg refuses."""
    args = ["--armor", "--digest-algo", "SHA512", "--local-user", checked_fingerprint(fingerprint), "--detach-sign"]
    result = Gpg(home).run(args, stdin=_bytes(statement), passphrase=passphrase)
    if result.returncode != 0 or result.first("SIG_CREATED") is None:
        raise StepFailed(
            "the approval could not be signed",
            on=fingerprint,
            why=result.last_words(),
            do="check the key and its passphrase",
        )
    return result.stdout.decode()


def verify(statement: str | bytes, signature: str, ring: Mapping[str, str], at: datetime | None = None) -> str:
    """Who signed: the primary fingerprint, one of `ring` (primary fingerprint to armored certificate).

    With `at` (UTC) as of then: when it is known from elsewhere that the signature was there. BadInput unless both gpg and Sequoia
    hold the one signature for good and name the same pinned key.
    """
    try:
        packets = detached_signatures(signature.encode())
    except IrkitError as error:
        raise _refused(error.what) from None
    if len(packets) != 1:
        raise _refused(f"it holds {len(packets)} signatures")
    known = {checked_fingerprint(fingerprint): certificate for fingerprint, certificate in ring.items()}
    if not known:
        raise _refused("nobody may approve yet")
    data, certificates = _bytes(statement), tuple(known.values())
    verdicts = (*check_with_gpg(certificates, data, packets, at), *check_with_sequoia(certificates, data, packets))
    against = [f"{one.program}: {one.reason}" for one in verdicts if not one.good]
    signers = {one.primary for one in verdicts}
    if against or len(verdicts) != 2 or len(signers) != 1:
        raise _refused("; ".join(against) or "the two programs name different keys")
    signer = signers.pop()
    if signer not in known:
        raise _refused(f"signed by {signer}, who is not one of the approvers")
    return signer


def read_ring(folder: Path) -> Mapping[str, tuple[str, str]]:
    """The approvers in a folder of *.asc files: primary fingerprint to (name as on the key, armored certificate).

    BadInput for a folder or file that cannot be read, and for one that holds a private key.
    """
    if not folder.is_dir():
        raise BadInput(
            "there is no folder of approvers", on=folder, do="put each approver's public key there as NAME.asc"
        )
    return {key: value for path in sorted(folder.glob("*.asc")) for key, value in read_certificates(path).items()}


def read_certificates(path: Path) -> Mapping[str, tuple[str, str]]:
    """The public keys of one armored file, as `read_ring` gives them."""
    try:
        armored = path.read_text()
        keys = read_keys(armored.encode(), SecretRef(f"file:{path}"))
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            "an approver's key cannot be read", on=path, do="export it with: gpg --armor --export FINGERPRINT"
        ) from None
    except BadInput as error:
        raise BadInput(
            "an approver's file holds no whole public key", on=path, why=error.what, do="export it again"
        ) from None
    if any(sub.secret != "absent" for key in keys for sub in key.keys):  # noqa: S105  (a state, not a value)
        raise BadInput("an approver's file holds a private key", on=path, do="take it out and export the public key")
    return {key.openpgp: (key.user_ids[0] if key.user_ids else key.openpgp, armored) for key in keys}


@lru_cache(maxsize=256)
def user_ids(certificate: str) -> tuple[str, ...]:
    """Every user id of an armored certificate, revoked ones too: under each of them it was somebody's. () when it cannot be read:
    then nothing that it signed verifies either."""
    try:
        keys = read_keys(certificate.encode(), SecretRef("id:certificate"))
    except BadInput:
        return ()
    return tuple(dict.fromkeys(one for key in keys for one in key.user_ids))


def _bytes(statement: str | bytes) -> bytes:
    return statement if isinstance(statement, bytes) else statement.encode()


def _refused(why: str) -> BadInput:
    return BadInput("the approval is not valid", why=why, do="have the approver sign the plan again")
