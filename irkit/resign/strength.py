"""How long a secret key that leaked stays secret: what stands between a thief and the key. Pure.

RFC 9580 3.7 (how a passphrase becomes a key), 5.5.3 (how secret parts are locked); GnuPG's agent/keyformat.txt for the
agent's own files. What is judged is the lock alone: how good a passphrase is nobody can see from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from irkit.model import OpenPgpSubkey


class Strength(StrEnum):
    """NOW: whoever has it can use it, or find its passphrase with little effort. CLOCK: only the passphrase's quality says for how
    long it holds. NOT_IN: the secret part is not in what leaked. UNKNOWN: it cannot be read how it is locked."""

    NOW = "compromised-now"
    CLOCK = "compromised-on-a-clock"
    NOT_IN = "not-in-it"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        return {
            Strength.NOW: "compromised now",
            Strength.CLOCK: "compromised on a clock",
            Strength.NOT_IN: "not in what leaked",
            Strength.UNKNOWN: "unknown",
        }[self]


@dataclass(frozen=True)
class Graded:
    """A grade and why, in a sentence without a final stop."""

    strength: Strength
    why: str


MANY_BYTES = 65_000_000
"""What GnuPG asks for at most when it exports (the octet 0xff: 65,011,712 bytes); fewer is a lock made weaker than usual."""

_ITERATED = re.compile(r"iterated and salted (\S+), (\d+) bytes hashed")
_ARGON2 = re.compile(r"Argon2, (\d+) passes, (\d+) lanes, 2\^(\d+) KiB")
_ARGON2_LEAST_KIB = 16  # as a power of two: 64 MiB, with three passes (RFC 9106, section 4, second recommended option)
_AEAD = re.compile(r" (EAX|OCB|GCM)\b")


def grade(secret: str, protection: str) -> Graded:
    """Grade one key packet by its state and protection, as `OpenPgpSubkey` words them. What is not understood is unknown."""
    match secret:
        case "cleartext":
            return Graded(Strength.NOW, "it stands there without a passphrase")
        case "protected":
            return _locked(protection)
        case "absent":
            return Graded(Strength.NOT_IN, "only the public part is there")
        case "stub" if "card" in protection:
            return Graded(Strength.NOT_IN, "it is on a smart card, and a card does not give it out")
        case "stub":
            return Graded(Strength.NOT_IN, "it was left out")
    return Graded(Strength.UNKNOWN, "its state cannot be read")


def worst(packets: Iterable[OpenPgpSubkey]) -> Graded:
    """The grade that decides for a whole key: one secret part in the open is enough. UNKNOWN outranks a clock: nobody knows."""
    order = (Strength.NOT_IN, Strength.CLOCK, Strength.UNKNOWN, Strength.NOW)
    grades = [grade(one.secret, one.protection) for one in packets]
    nothing = Graded(Strength.UNKNOWN, "no key packet is known")
    return max(grades, key=lambda one: order.index(one.strength), default=nothing)


def _locked(protection: str) -> Graded:
    if protection.startswith(("unsalted single", "salted single")):
        how = "without salt" if protection.startswith("unsalted") else "with a salt"
        return Graded(
            Strength.NOW, f"a passphrase is tried with one hash, {how}: millions of guesses a second on any machine"
        )
    if match := _ITERATED.match(protection):
        return _iterated(match[1], int(match[2]), bool(_AEAD.search(protection)))
    if match := _ARGON2.match(protection):
        return _argon2(int(match[1]), int(match[3]))
    return Graded(Strength.UNKNOWN, f"it is locked in a way that is not known here ({protection or 'nothing is said'})")


def _iterated(digest: str, count: int, aead: bool) -> Graded:
    if count < MANY_BYTES:
        return Graded(
            Strength.NOW,
            f"each guess hashes {count:,} bytes only ({digest}), less than the 65 million that GnuPG exports with",
        )
    # AEAD (RFC 9580 3.7.2.1) keeps the ciphertext whole; a guess costs the same.
    same = "; that it is sealed with AEAD does not slow a guess" if aead else ""
    return Graded(
        Strength.CLOCK,
        f"each guess hashes {count:,} bytes ({digest}), which graphics cards do thousands of times a second: a weak passphrase "
        f"falls in hours, a long random one does not{same}",
    )


def _argon2(passes: int, memory: int) -> Graded:
    if memory < _ARGON2_LEAST_KIB or (memory < 21 and passes < 3):
        return Graded(Strength.NOW, f"Argon2 with 2^{memory} KiB and {passes} passes is less than RFC 9106 asks for")
    return Graded(
        Strength.CLOCK,
        f"Argon2 with 2^{memory} KiB slows guessing as much as is known how: a weak passphrase still falls",
    )
