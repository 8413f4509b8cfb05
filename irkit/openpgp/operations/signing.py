"""Signatures beside files.

sign-detached  key ("" for the one that generate-key made), user_id, other_than, folder, artifact, sha256, signature
"""

from __future__ import annotations

from pathlib import Path

from irkit.errors import IrkitError, StepFailed
from irkit.openpgp import keys, moving
from irkit.openpgp.keyring import RingEntry
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.operations.keys import signer
from irkit.openpgp.signatures import sign_detached, verify_both
from irkit.plan import GpgCommand


def _sign(command: GpgCommand, hands: Hands) -> Done:
    home, entry = Path(command.home), signer(command)
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
    sign_detached(home, signing.fingerprint, artifact, out, hands.passphrase(command), sha256=sha256, armored=armored)
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


OPERATIONS: dict[str, Operation] = {"sign-detached": _sign}
