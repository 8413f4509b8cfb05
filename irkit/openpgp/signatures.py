"""Detached signatures, made and checked by two implementations: GnuPG and Sequoia.

The rule for gpg: exactly one status block for each signature in the file, each with GOODSIG and VALIDSIG, by the pinned
primary key, and nothing said of a revoked or expired key. Its return code is not asked: it is 0 for a good
signature by a revoked key.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret, SecretRef
from irkit.openpgp.keyblock import as_packet, detached_signatures, read_keys
from irkit.openpgp.keys import checked_fingerprint, export_public
from irkit.openpgp.moving import beside
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import Gpg, Status, throwaway_home

Reason = Literal[
    "good", "bad", "revoked key", "expired key", "expired signature", "unknown key", "another key", "refused", "error"
]
"""Why a verdict is what it is. "refused": Sequoia holds it for invalid and does not say why; "error": it could not be checked."""

_AGAINST: dict[str, Reason] = {
    "BADSIG": "bad",
    "REVKEYSIG": "revoked key",
    "KEYREVOKED": "revoked key",
    "EXPKEYSIG": "expired key",
    "EXPSIG": "expired signature",
}
_NO_PUBLIC_KEY = "9"
_BYTES_PER_SECOND = 10_000_000
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Verdict:
    """What one program says of one signature. `signed_at` is UTC and was chosen by the signer; it is no evidence."""

    good: bool
    issuer: str
    primary: str
    reason: Reason
    signed_at: datetime | None
    program: str  # "gpg" or "sequoia"
    detail: str = ""


@dataclass(frozen=True)
class Signed:
    """A fresh signature: digest of the bytes that were signed, where the signature stands, and who verified it."""

    sha256: str
    signature: Path
    verdicts: tuple[Verdict, ...]


def sign_detached(
    home: Path,
    signing: str,
    artifact: Path,
    out: Path,
    passphrase: Secret | None = None,
    *,
    sha256: str = "",
    armored: bool = True,
) -> Signed:
    """Sign the artifact's bytes and put the signature at `out`, once both programs have verified it there beside.

    With `sha256` only those very bytes are signed: the digest is taken of what gpg is fed. StepFailed otherwise, and
    then nothing has changed at `out`.
    """
    signing = checked_fingerprint(signing)
    digest = hashlib.sha256()
    args = [
        "--digest-algo",
        "SHA512",
        *(["--armor"] if armored else []),
        "--local-user",
        f"{signing}!",
        "--detach-sign",
    ]
    result = Gpg(home).run(
        args, stdin=_chunks(artifact, digest.update), passphrase=passphrase, timeout_s=_patience(artifact)
    )
    made = result.first("SIG_CREATED")
    if result.returncode != 0 or made is None or made.fields[-1:] != (signing,):
        raise StepFailed(
            "the artifact could not be signed",
            on=artifact,
            why=result.last_words(),
            do="check the key, its home and its passphrase",
        )
    if sha256 and digest.hexdigest() != sha256:
        raise StepFailed(
            "the artifact is not the one that was judged", on=artifact, why=f"SHA-256 is {digest.hexdigest()}, planned {sha256}",
            do="do not sign it; judge the release again",
        )  # fmt: skip
    with beside(out, result.stdout) as fresh:
        verdicts = verify_both(export_public(home, signing), artifact, fresh)
        against = [one for one in verdicts if not one.good or one.issuer != signing]
        if against or {one.program for one in verdicts} != {"gpg", "sequoia"}:
            why = "; ".join(f"{one.program}: {one.reason} {one.detail}".strip() for one in against)
            raise StepFailed(
                "the fresh signature does not verify",
                on=artifact,
                why=why,
                do="is the artifact being written to? try again",
            )
        with contextlib.suppress(OSError):
            fresh.chmod(artifact.stat().st_mode & 0o666)
        fresh.replace(out)
    return Signed(digest.hexdigest(), out, verdicts)


def verify_both(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """The verdicts of both programs."""
    return (*verify_detached(certificate, artifact, signature), *verify_with_sequoia(certificate, artifact, signature))


def verify_detached(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """gpg's verdict on each signature of a detached signature file, by the keys of `certificate` and no other.

    BadInput when a file cannot be read or is no detached signature.
    """
    return check_with_gpg([certificate], _readable(artifact), _signatures(signature))


def verify_with_sequoia(certificate: str, artifact: Path, signature: Path) -> tuple[Verdict, ...]:
    """Sequoia's verdict on each signature, likewise. It holds a signature by an expired key for good when it is dated before."""
    return check_with_sequoia([certificate], _readable(artifact), _signatures(signature))


def check_with_gpg(certificates: Sequence[str], data: Path, signatures: Sequence[SignatureInfo]) -> tuple[Verdict, ...]:
    """Verify in a throw-away home that holds these certificates alone. gpg is given the very packets that were read."""
    pinned = _pinned(certificates)
    with throwaway_home() as home:
        gpg = Gpg(home)
        for certificate in certificates:
            gpg.run(["--import"], stdin=certificate.encode())  # one that it refuses shows as an unknown key
        packets = home / "signatures.pgp"
        packets.write_bytes(b"".join(map(as_packet, signatures)))
        result = gpg.run(["--verify", "--", str(packets), str(data.absolute())], timeout_s=_patience(data))
    blocks = _blocks(result.status)
    if len(blocks) != len(signatures):
        why = f"{len(signatures)} signatures, {len(blocks)} answers: {result.last_words()}"
        return tuple(Verdict(False, one.issuer, "", "error", one.created, "gpg", why) for one in signatures)
    return tuple(_read_block(block, one, pinned) for block, one in zip(blocks, signatures, strict=True))


def check_with_sequoia(
    certificates: Sequence[str], data: Path, signatures: Sequence[SignatureInfo]
) -> tuple[Verdict, ...]:
    """Each signature by itself, so that a good one cannot stand in for another."""
    import pysequoia

    try:
        known = [held for one in certificates for held in pysequoia.Cert.split_bytes(one.encode())]
    except Exception as error:  # the library raises bare RuntimeError
        return tuple(
            Verdict(False, one.issuer, "", "error", one.created, "sequoia", _first_line(error)) for one in signatures
        )
    pinned = _pinned(certificates)

    def verdict(one: SignatureInfo) -> Verdict:
        try:
            packet = pysequoia.Sig.from_bytes(as_packet(one))
            valid = pysequoia.verify(file=str(data.absolute()), store=lambda _ids: known, signature=packet).valid_sigs
        except Exception as error:  # likewise
            primary = next((key for key, all_keys in pinned.items() if any(one.made_by(each) for each in all_keys)), "")
            if not primary:
                return Verdict(False, one.issuer, "", "unknown key", one.created, "sequoia", _first_line(error))
            revoked = any(held.is_revoked for held in known if held.fingerprint.upper() == primary)
            return Verdict(
                False,
                one.issuer,
                primary,
                "revoked key" if revoked else "refused",
                one.created,
                "sequoia",
                _first_line(error),
            )
        if len(valid) != 1:
            return Verdict(
                False, one.issuer, "", "error", one.created, "sequoia", f"{len(valid)} answers to one signature"
            )
        primary, issuer = valid[0].certificate.upper(), valid[0].signing_key.upper()
        good = primary in pinned
        return Verdict(good, issuer, primary, "good" if good else "another key", one.created, "sequoia")

    return tuple(map(verdict, signatures))


def _pinned(certificates: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Primary fingerprints with all fingerprints under each. BadInput when a certificate cannot be read."""
    keys = [key for one in certificates for key in read_keys(one.encode(), SecretRef("id:certificate"))]
    if not keys:
        raise BadInput("there is no certificate to verify with", do="give the armored public key")
    return {key.openpgp: tuple(sub.fingerprint for sub in key.keys) for key in keys}


def _blocks(status: Sequence[Status]) -> list[list[Status]]:
    blocks: list[list[Status]] = []
    for one in status:
        if one.keyword == "NEWSIG":
            blocks.append([])
        elif blocks:
            blocks[-1].append(one)
    return blocks


def _read_block(block: Sequence[Status], signature: SignatureInfo, pinned: dict[str, tuple[str, ...]]) -> Verdict:
    keywords = [one.keyword for one in block]
    valid = [one.fields for one in block if one.keyword == "VALIDSIG" and len(one.fields) >= 10]
    issuer, primary = (valid[0][0], valid[0][9]) if valid else (signature.issuer, "")
    at = datetime.fromtimestamp(int(valid[0][2]), UTC) if valid and valid[0][2].isdigit() else signature.created
    against = next((reason for keyword, reason in _AGAINST.items() if keyword in keywords), None)
    failed = next((one.fields for one in block if one.keyword == "ERRSIG"), None)
    reason: Reason = "error"
    if against:
        reason = against
    elif failed is not None:
        reason = "unknown key" if failed[5:6] == (_NO_PUBLIC_KEY,) else "error"
    elif keywords.count("GOODSIG") == 1 and len(valid) == 1:
        reason = "good" if primary in pinned else "another key"
    return Verdict(reason == "good", issuer, primary, reason, at, "gpg")


def _signatures(path: Path) -> tuple[SignatureInfo, ...]:
    return detached_signatures(_readable(path).read_bytes())


def _readable(path: Path) -> Path:
    try:
        with path.open("rb"):
            return path
    except OSError as error:
        raise BadInput("a file cannot be read", on=path, why=error.strerror or "", do="check the path") from None


def _chunks(path: Path, seen: Callable[[bytes], None]) -> Iterator[bytes]:
    with _readable(path).open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            seen(chunk)
            yield chunk


def _patience(path: Path) -> float:
    """Seconds to wait for one pass over the file, far beyond what a slow disk takes."""
    return 60 + _readable(path).stat().st_size / _BYTES_PER_SECOND


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
