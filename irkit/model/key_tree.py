"""A key as it hangs together: primary, subkeys, user ids, and who certified them. As its packets claim, unless said otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class TreeKey:
    """A primary or subkey. `revoked` is the reason in words, "" when it is not. Times are UTC; `expires` None means never,
    or, with `expiry_known` False, that it is not known. `usage` is None when not known."""

    fingerprint: str
    algorithm: str
    created: datetime | None
    usage: tuple[str, ...] | None
    revoked: str = ""
    expires: datetime | None = None
    expiry_known: bool = True


@dataclass(frozen=True)
class Certifier:
    """Who vouches for a user id: a fingerprint or long key id, "" when the packet names none. `made` was chosen by them."""

    issuer: str
    made: datetime | None
    revoked: bool = False


@dataclass(frozen=True)
class TreeUserId:
    """A user id, escaped and safe to show; `certified_by` are others than the key itself, None when that is not known."""

    text: str
    revoked: bool = False
    certified_by: tuple[Certifier, ...] | None = ()


@dataclass(frozen=True)
class KeyTree:
    """One key with all that hangs on it, in the order of its block."""

    primary: TreeKey
    subkeys: tuple[TreeKey, ...] = ()
    user_ids: tuple[TreeUserId, ...] = ()

    @property
    def keys(self) -> tuple[TreeKey, ...]:
        return (self.primary, *self.subkeys)

    def named(self, issuer: str) -> TreeKey | None:
        """The (sub)key that a fingerprint or key id names (a v4 id is the end of the fingerprint, a v6 one its start)."""
        if not issuer:
            return None
        return next(
            (key for key in self.keys if key.fingerprint.endswith(issuer) or key.fingerprint.startswith(issuer)), None
        )

    def as_it_was(self) -> KeyTree:
        """Before anything of it was revoked as a whole: the same without the revocation of its primary and subkeys."""
        subkeys = tuple(replace(key, revoked="") for key in self.subkeys)
        return replace(self, primary=replace(self.primary, revoked=""), subkeys=subkeys)
