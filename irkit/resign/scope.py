"""What of a leaked key must be revoked: the whole key, or only the subkeys whose secret part leaked. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from irkit.model import OpenPgpKey, OpenPgpSubkey

_HELD = ("cleartext", "protected")


@dataclass(frozen=True)
class Scope:
    """`whole`: the primary, and all with it; else only `subkeys` (fingerprints). `why` are the reasons, one sentence each."""

    whole: bool
    subkeys: tuple[str, ...]
    why: tuple[str, ...]


def scope_of(key: OpenPgpKey) -> Scope:
    """Decide by where secret parts were. What is not known is taken for the worst: then the whole key is revoked.

    Whoever holds the primary can make subkeys and user ids, and lengthen what expires. Whoever holds a subkey only cannot
    (RFC 9580 5.2.1: certifications and bindings are the primary's), so revoking that subkey is enough.
    """
    primary = next((one for one in key.keys if one.primary), None)
    if primary is None:
        return Scope(
            True,
            (),
            ("Only the fingerprint is known, so what of the secret key leaked is not: the whole key is revoked.",),
        )
    leaked = tuple(one for one in key.keys if not one.primary and one.secret in _HELD)
    names = tuple(one.fingerprint for one in leaked)
    if primary.secret in _HELD:
        return Scope(True, names, (_primary(primary), *_consequences(leaked)))
    if primary.secret not in ("absent", "stub"):
        return Scope(True, names, (f"It cannot be read whether the primary's secret part leaked ({primary.secret}).",))
    if not leaked:
        why = "No secret part is in what was looked at, so what leaked is not known: the whole key is revoked, unless nothing leaked."
        return Scope(True, (), (why,))
    certifying = [one.fingerprint for one in leaked if one.usage and "certify" in one.usage]
    if certifying:
        why = f"A subkey that says it may certify leaked ({', '.join(certifying)}): some programs believe it."
        return Scope(True, names, (why, *_consequences(leaked)))
    return Scope(False, names, (_left_out(primary), *_consequences(leaked)))


def _primary(primary: OpenPgpSubkey) -> str:
    locked = ", locked with a passphrase" if primary.protection else ""
    return (
        f"The primary's secret part leaked{locked}: whoever holds it can make new subkeys and lengthen what expires, "
        "so the whole key is revoked."
    )


def _left_out(primary: OpenPgpSubkey) -> str:
    where = "is on a smart card" if "card" in primary.protection else "is not in what leaked"
    return f"The primary's secret part {where}, and subkeys alone can neither certify nor extend themselves: revoking them is enough."


def _consequences(leaked: tuple[OpenPgpSubkey, ...]) -> tuple[str, ...]:
    found = []
    for one in leaked:
        usage = one.usage
        if usage is None:
            found.append(f"What subkey {one.fingerprint} is for is not known.")
        elif "encrypt" in usage:
            found.append(
                f"With subkey {one.fingerprint} what was encrypted to it can be read; revoking it does not undo that."
            )
        if usage and "authenticate" in usage:
            found.append(f"Subkey {one.fingerprint} signs in (SSH): take it out of every authorized_keys as well.")
    return tuple(found)
