"""Which ways there are to revoke a leaked key, and what is left to do where there is none. An honest list: nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import IrkitError
from irkit.model import SecretRef
from irkit.openpgp.bench import whole_block
from irkit.openpgp.keyblock import revocations
from irkit.openpgp.keyring import list_ring
from irkit.openpgp.keys import checked_fingerprint, has_secret
from irkit.openpgp.leaked import leaked_home
from irkit.openpgp.revocations import SOFT, designated_revokers
from irkit.openpgp.revoking import hard_already
from irkit.openpgp.runner import Gpg, throwaway_home


@dataclass(frozen=True)
class Way:
    """One way. `possible`: yes, no, or unknown (None); `why` in words; `do` is the next step. `revokes` is False for what only lessens
    the harm: the key stays valid for whoever still holds it."""

    name: str
    possible: bool | None
    why: str
    do: str = ""
    revokes: bool = True


def ways_to_revoke(
    home: Path, key: str, certificate: Path | None = None, revoker_home: Path | None = None
) -> tuple[Way, ...]:
    """The private key, a ready-made certificate, a designated revoker, each in this order of worth; what was done already first.

    Where none of them is surely possible, what can still be done follows. BadInput for a key id in place of a fingerprint.
    """
    key = checked_fingerprint(key)
    ways = (
        *_already(home, key),
        _private_key(home, key),
        _certificate(home, key, certificate),
        _designated(home, key, revoker_home),
    )
    if any(way.possible for way in ways):
        return ways
    return (*ways, *_what_is_left())


def _already(home: Path, key: str) -> Iterator[Way]:
    try:
        standing = hard_already(home, key)
    except IrkitError:
        return
    if standing:
        yield Way(
            "revoked already",
            True,
            f"gpg holds it for revoked, reason on the wire {standing.on_the_wire}",
            "publish it",
        )


def _private_key(home: Path, key: str) -> Way:
    name = "the private key"
    try:
        here = has_secret(home, key)
    except IrkitError as error:
        return Way(name, None, f"{home} cannot be asked: {error}", "name the home that holds the key")
    if not here:
        stub = any(entry.primary.fingerprint == key for entry in list_ring(home, key, secret=True))
        why = (
            f"{home} knows of the secret part and does not hold it (offline)"
            if stub
            else f"the secret part is not in {home}"
        )
        return Way(name, False, why, "fetch it from where it is kept" if stub else "name another home, if there is one")
    state = _state(home, key)
    if state == "stub":
        return Way(name, None, "the secret part is on a smart card", "put the card in and try")
    if state == "protected":
        return Way(
            name,
            None,
            "the secret part is there, and whether its passphrase is known cannot be seen",
            "give the passphrase by reference",
        )
    if state == "cleartext":
        return Way(name, True, f"the secret part is in {home}, without a passphrase")
    return Way(name, None, f"{home} says that it has the secret part; how it is locked cannot be read", "try it")


def _state(home: Path, key: str) -> str:
    """How the agent keeps the primary's secret part, "" where that cannot be read."""
    try:
        found = leaked_home(home, SecretRef(f"file:{home}")).keys
    except IrkitError:
        return ""
    return next(
        (packet.secret for one in found for packet in one.key.keys if packet.fingerprint == key and packet.primary), ""
    )


def _certificate(home: Path, key: str, certificate: Path | None) -> Way:
    """The one that was given, else the one that gpg put aside in the home."""
    name = "a ready-made certificate"
    own = home / "openpgp-revocs.d" / f"{key}.rev"
    path = certificate or (own if own.is_file() else None)
    if path is None:
        do = f"look for {key}.rev in old homes and backups, for printed ones, and ask whoever made the key"
        return Way(name, False, f"none was given, and there is none in {own.parent}", do)
    try:
        text = path.read_text()
        clean = text[max(text.find("-----BEGIN PGP"), 0) :].encode()
        made = revocations(clean, key)
    except (OSError, UnicodeDecodeError, IrkitError) as error:
        return Way(name, False, f"{path} cannot be read as one: {error}", "give the armored certificate")
    if not made:
        return Way(name, False, f"{path} revokes another key, or none", f"give the certificate of {key}")
    try:
        stands = _would_stand(whole_block(home, key), clean, key)
    except IrkitError as error:
        return Way(name, None, f"it could not be tried: {error}", "import the public key first")
    if not stands:
        return Way(name, False, f"gpg does not hold {path} for valid", "look for another one")
    if made[0].reason in SOFT:
        return Way(
            name,
            True,
            f"{path} is valid, but soft: signatures dated before it still count for many programs",
            "use it only where nothing else is possible",
        )
    return Way(name, True, f"{path} is valid: it was tried on a copy of the key")


def _would_stand(block: bytes, certificate: bytes, key: str) -> bool:
    with throwaway_home(agent=False) as trial:
        gpg = Gpg(trial)
        gpg.must("the public key could not be imported", ["--import"], on=key, stdin=block)
        gpg.run(["--import"], stdin=certificate)
        return any(entry.primary.fingerprint == key and entry.primary.revoked for entry in list_ring(trial))


def _designated(home: Path, key: str, revoker_home: Path | None) -> Way:
    name = "a designated revoker"
    limit = "programs without the revoker's key do not see such a revocation"
    try:
        named = designated_revokers(whole_block(home, key), key)
    except IrkitError as error:
        return Way(name, None, f"the key could not be read: {error}", "import the public key first")
    if not named:
        return Way(name, False, "the key names nobody who may revoke it")
    who = ", ".join(named)
    if revoker_home is None:
        return Way(name, None, f"the key names {who}; {limit}", "ask its owner, and give the home that holds it")
    try:
        able = [one for one in named if has_secret(revoker_home, one)]
    except IrkitError as error:
        return Way(name, None, f"{revoker_home} cannot be asked: {error}", "name the home that holds the revoker's key")
    if not able:
        return Way(
            name,
            False,
            f"the key names {who}, and {revoker_home} holds the secret part of none",
            "name the home that holds it",
        )
    return Way(
        name,
        True,
        f"{able[0]} is named by the key, and its secret part is in {revoker_home}; {limit}",
        "prefer any other way",
    )


def _what_is_left() -> Iterator[Way]:
    """None of it revokes: the key stays valid wherever it is not removed."""
    yield Way(
        "a notice", True, "people can be told, on every channel that the leaked key does not vouch for",
        "publish the fingerprint, since when, and the new key; have others sign it", revokes=False,
    )  # fmt: skip
    yield Way(
        "out of every key ring", True, "a program that does not have the key cannot accept its signatures: for gpgv, rpm and many "
        "libraries this is needed even after a revocation",
        "find who embeds it (irkit keys inventory) and ship key rings without it", revokes=False,
    )  # fmt: skip
    yield Way(
        "Web Key Directory", None, "whoever runs the web server of the mail domain can take the file away; copies already fetched stay",
        "replace the file by the new key", revokes=False,
    )  # fmt: skip
    yield Way(
        "HKP key servers", False, "they synchronise and do not delete: without a revocation the key stays there and looks valid",
        "upload the new key beside it, and say so in the notice", revokes=False,
    )  # fmt: skip
    yield Way(
        "keys.openpgp.org", None, "the owner of the mail address can take the address off the key; the key without it stays",
        "ask for it with the address at https://keys.openpgp.org/manage", revokes=False,
    )  # fmt: skip
    yield Way(
        "waiting until it expires", False, "whoever holds the primary can move its end",
        "do not count on it", revokes=False,
    )  # fmt: skip
