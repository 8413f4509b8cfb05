"""Every form in which a secret may stand. What the finder seeks, the redactor hides. Pure."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from irkit.needles.model import MIN_BYTES, Needle

if TYPE_CHECKING:
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

_MODULES = {
    "nested": "joint_form longest",
    "private_key": "key_needles private_material",
    "public_key": "PublicKeys public_key_needles",
    "seek": "CONTEXT Seeker",
    "token": "id_needles token_needles",
}


def __getattr__(name: str) -> Any:
    # To know a credential by its public id one needs none of its forms; `irkit usage` seeks none.
    for module, names in _MODULES.items():
        if name in names.split():
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
