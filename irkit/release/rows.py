"""One row of an inventory for each signature: what its packet says, and whether it names the key in question."""

from __future__ import annotations

from dataclasses import replace

from irkit.model import Artifact, OpenPgpKey
from irkit.openpgp.packets import SignatureInfo
from irkit.resign.judging import APART as APART
from irkit.resign.judging import DIFFERS as DIFFERS
from irkit.resign.judging import MISSING as MISSING
from irkit.resign.judging import OTHER_PAYLOAD as OTHER_PAYLOAD
from irkit.resign.judging import UNNAMED_PAYLOAD as UNNAMED_PAYLOAD

NO_SIGNATURE = "no signature"
UNREADABLE = "unreadable signature"
NOT_VERIFIED = "not verified"
NOT_CHECKED = "could not be checked"
ALONE = "signature without artifact"
SSH, X509 = "ssh signature", "x509 signature"


_WORDS = {
    True: ", names the key",
    False: ", names another key",
    None: ", cannot be told whether it names the key",
}


def signed(artifact: Artifact, packet: SignatureInfo, key: OpenPgpKey | None, also: str = "") -> Artifact:
    """The artifact as one signature of it tells; its verdict says whether that names the key, and what else there is to say."""
    said = _WORDS[names(packet, key)] if key else ""
    return replace(claimed(artifact, packet, key), verdict=f"{artifact.verdict}{said}{also}")


def claimed(artifact: Artifact, packet: SignatureInfo, key: OpenPgpKey | None) -> Artifact:
    """With issuer, date and digest as the packet claims them, and the primary key when it is the one asked about."""
    return replace(
        artifact,
        issuer=packet.issuer or None,
        signed_at=packet.created,
        digest_algorithm=packet.hash_algorithm,
        primary=key.openpgp if key and names(packet, key) else None,
    )


def names(packet: SignatureInfo, key: OpenPgpKey) -> bool | None:
    """Whether the signature names this key. None: it names nobody, or the key's subkeys are not known."""
    if any(packet.made_by(name) for name in (key.openpgp, *(sub.fingerprint for sub in key.keys))):
        return True
    return False if packet.issuer and key.keys else None
