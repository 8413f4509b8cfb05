"""Secrets are references: where a value lives, never the value.

`SecretRef` names a place, `Secret` carries a value for the moment of use and refuses every way of leaking
it, `Fingerprint` is the identity under which the case speaks of it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from irkit.errors import BadInput

SCHEMES: Final = {
    "env": "env:NAME, an environment variable",
    "file": "file:PATH, the content of a file (a final line end is dropped)",
    "fd": "fd:N, an open file descriptor, read once",
    "prompt": "prompt:LABEL, asked for without echo",
    "keyring": "keyring:SERVICE/USER, the desktop or system keyring",
    "id": "id:VALUE, a public identifier (AWS key id, token id, hash)",
    "gpg": "gpg:FINGERPRINT, an OpenPGP key by its fingerprint",
}
"""What a user may write. `control:` (a never-issued look-alike) and `minted:` (a fresh one, in this process) are irkit's own."""

PUBLIC_SCHEMES: Final = frozenset({"id", "gpg"})
_INTERNAL: Final = frozenset({"control", "minted"})


class Secret:
    """A value in the hand. It cannot be printed, formatted, pickled, dumped to JSON, iterated or compared with text.

    The value is read by `reveal()` (bytes) or `text()` alone, so that a search for those two names finds
    every place where a secret is used.
    """

    __slots__ = ("__value",)

    def __init__(self, value: bytes | str) -> None:
        self.__value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        return self.__value

    def text(self) -> str:
        """The value as UTF-8 text; BadInput when it is binary."""
        with suppress(UnicodeDecodeError):  # an error raised in its place would keep the value as its context
            return self.__value.decode()
        raise BadInput("a credential that should be text is binary", do="check what the reference points at")

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "<secret>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value, other.__value)

    __hash__ = None  # type: ignore[assignment]  # a hash of a guessable value is an oracle

    def _refuse(self, *_args: Any) -> NoReturn:
        raise TypeError("a Secret is never copied out, pickled or dumped; pass its reference instead")

    __reduce__ = __reduce_ex__ = __getstate__ = __copy__ = __deepcopy__ = _refuse
    __iter__ = __len__ = __getitem__ = __bytes__ = _refuse


Resolver = Callable[["SecretRef"], Secret]
"""Turns a reference into its value at the moment of use. The one implementation is `irkit.stores.resolve`."""

_TEXT = re.compile(r"\A([a-z]+):(.+)\Z", re.DOTALL)


@dataclass(frozen=True)
class SecretRef:
    """A place where a secret lives, as `scheme:rest`. Safe to show, store and pass around."""

    secret_ref: str

    def __post_init__(self) -> None:
        match = _TEXT.match(self.secret_ref)
        if match is None or match[1] not in SCHEMES.keys() | _INTERNAL:
            # The text may be the secret itself, pasted by mistake: it is not repeated here.
            raise BadInput(
                "a credential must be given as a reference, not as a value",
                on=f"{len(self.secret_ref)} characters, not shown",
                do="use one of " + "; ".join(SCHEMES.values()),
            )
        if match[1] == "fd" and not match[2].isdigit():
            raise BadInput("fd: takes the number of an open file descriptor", do="for example fd:3")
        if match[1] == "keyring" and "/" not in match[2]:
            raise BadInput("keyring: takes SERVICE/USER", do="for example keyring:github/alice")

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """The reference a user wrote. BadInput for anything else, without repeating it."""
        ref = cls(text.strip())
        if ref.scheme in _INTERNAL:
            raise BadInput(f"{ref.scheme}: references are made by irkit itself", do="name a real credential")
        return ref

    @property
    def scheme(self) -> str:
        return self.secret_ref.split(":", 1)[0]

    @property
    def rest(self) -> str:
        return self.secret_ref.split(":", 1)[1]

    @property
    def is_public(self) -> bool:
        """True when the reference is itself the identifier and there is no secret to resolve."""
        return self.scheme in PUBLIC_SCHEMES

    def __str__(self) -> str:
        return self.secret_ref


@dataclass(frozen=True)
class Fingerprint:
    """HMAC-SHA-256 of a credential under the case's own key: the same secret in one case, unlinkable across cases."""

    hexdigest: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.hexdigest):
            raise BadInput("a fingerprint is 64 hexadecimal digits", do="make it with Fingerprint.of")

    @classmethod
    def of(cls, secret: Secret, case_key: bytes) -> Fingerprint:
        if len(case_key) < 32:
            raise BadInput(
                "the case key is too short", why="a fingerprint must not be guessable", do="open the case again"
            )
        return cls(hmac.new(case_key, secret.reveal(), hashlib.sha256).hexdigest())

    @property
    def short(self) -> str:
        """Sixteen digits: enough to tell credentials of one case apart, for people to read."""
        return f"fp:{self.hexdigest[:16]}"

    def __str__(self) -> str:
        return self.short
