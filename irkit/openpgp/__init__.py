"""OpenPGP: keys and signatures read from their packets, and gpg run so that its answers cannot be forged by what it reads."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.openpgp.bulk import Failed, Signed, ToSign, sign_detached, sign_many
    from irkit.openpgp.clear import verify_clear
    from irkit.openpgp.keyblock import looks_like_private_key, read_key, read_keys, read_signatures, secret_material
    from irkit.openpgp.keys import (
        FreshKey,
        export_public,
        export_signing_subkeys,
        generate,
        has_secret,
        import_public,
    )
    from irkit.openpgp.packets import SignatureInfo
    from irkit.openpgp.revoking import revoke, revoke_with_certificate
    from irkit.openpgp.runner import Gpg, GpgResult, Status
    from irkit.openpgp.signatures import verify_both, verify_detached, verify_with_sequoia
    from irkit.openpgp.verdicts import Verdict
    from irkit.openpgp.verifying import verify_many, verify_many_with_gpg

__all__ = [
    "Failed",
    "FreshKey",
    "Gpg",
    "GpgResult",
    "SignatureInfo",
    "Signed",
    "Status",
    "ToSign",
    "Verdict",
    "export_public",
    "export_signing_subkeys",
    "generate",
    "has_secret",
    "import_public",
    "looks_like_private_key",
    "read_key",
    "read_keys",
    "read_signatures",
    "revoke",
    "revoke_with_certificate",
    "secret_material",
    "sign_detached",
    "sign_many",
    "verify_both",
    "verify_clear",
    "verify_detached",
    "verify_many",
    "verify_many_with_gpg",
    "verify_with_sequoia",
]

_MODULES = {
    "bulk": "Failed Signed ToSign sign_detached sign_many",
    "clear": "verify_clear",
    "keyblock": "looks_like_private_key read_key read_keys read_signatures secret_material",
    "keys": "FreshKey export_public export_signing_subkeys generate has_secret import_public",
    "packets": "SignatureInfo",
    "revoking": "revoke revoke_with_certificate",
    "runner": "Gpg GpgResult Status",
    "signatures": "verify_both verify_detached verify_with_sequoia",
    "verdicts": "Verdict",
    "verifying": "verify_many verify_many_with_gpg",
}


def __getattr__(name: str) -> Any:
    # To look at a key one needs neither gpg nor what carries out plans; `irkit locate` starts in half the time.
    for module, names in _MODULES.items():
        if name in names.split():
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
