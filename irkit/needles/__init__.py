"""Every form in which a secret may stand. What the finder seeks, the redactor hides. Pure."""

from irkit.needles.model import MIN_BYTES, Needle
from irkit.needles.nested import joint_form, longest
from irkit.needles.private_key import key_needles, private_material
from irkit.needles.public_key import PublicKeys, public_key_needles
from irkit.needles.seek import CONTEXT, Seeker
from irkit.needles.token import id_needles, token_needles

__all__ = [
    "CONTEXT",
    "MIN_BYTES",
    "Needle",
    "PublicKeys",
    "Seeker",
    "id_needles",
    "joint_form",
    "key_needles",
    "longest",
    "private_material",
    "public_key_needles",
    "token_needles",
]
