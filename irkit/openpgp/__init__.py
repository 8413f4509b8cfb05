"""OpenPGP: keys and signatures read from their packets, and gpg run so that its answers cannot be forged by what it reads."""

from irkit.openpgp.carry_out import Done, carry_out
from irkit.openpgp.inventory import Inventory, inventory
from irkit.openpgp.keyblock import looks_like_private_key, read_key, read_keys, read_signatures, secret_material
from irkit.openpgp.keys import (
    FreshKey,
    export_public,
    export_signing_subkeys,
    generate,
    has_secret,
    import_public,
    revoke,
    revoke_with_certificate,
)
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import Gpg, GpgResult, Status
from irkit.openpgp.signatures import Signed, Verdict, sign_detached, verify_both, verify_detached, verify_with_sequoia

__all__ = [
    "Done",
    "FreshKey",
    "Gpg",
    "GpgResult",
    "Inventory",
    "SignatureInfo",
    "Signed",
    "Status",
    "Verdict",
    "carry_out",
    "export_public",
    "export_signing_subkeys",
    "generate",
    "has_secret",
    "import_public",
    "inventory",
    "looks_like_private_key",
    "read_key",
    "read_keys",
    "read_signatures",
    "revoke",
    "revoke_with_certificate",
    "secret_material",
    "sign_detached",
    "verify_both",
    "verify_detached",
    "verify_with_sequoia",
]
