"""What a signature packet says of its maker, in the words of an inventory."""

from __future__ import annotations

from irkit.model import OpenPgpKey
from irkit.openpgp.packets import SignatureInfo


def whose(packet: SignatureInfo, key: OpenPgpKey | None) -> tuple[str, str | None]:
    """(", names the key" and its like, primary fingerprint when it does). ("", None) when no key is asked about. Pure."""
    if key is None:
        return "", None
    if any(packet.made_by(name) for name in (key.openpgp, *(sub.fingerprint for sub in key.keys))):
        return ", names the key", key.openpgp
    if packet.issuer and key.keys:
        return ", names another key", None
    return ", cannot be told whether it names the key", None
