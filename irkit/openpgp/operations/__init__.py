"""One OpenPGP step of a plan, carried out. Each looks first: what already holds is said and not done again.

One file a family; the arguments of its operations stand at its top. Paths of artifacts and signatures are relative to `folder`.
"""

from __future__ import annotations

from irkit.openpgp.operations import keys, publishing, revoking, signing, subkeys
from irkit.openpgp.operations.interface import Done, Hands, Operation

OPERATIONS: dict[str, Operation] = {
    **keys.OPERATIONS,
    **publishing.OPERATIONS,
    **revoking.OPERATIONS,
    **signing.OPERATIONS,
    **subkeys.OPERATIONS,
}

__all__ = ["OPERATIONS", "Done", "Hands", "Operation"]
