"""What may stand in a call instead of a value that nobody should see: a reference, or what becomes of one while it is sent."""

from __future__ import annotations

from dataclasses import dataclass

from typing_extensions import TypeAliasType

from irkit.model import SecretRef


@dataclass(frozen=True)
class Sealed:
    """A value as the platform that keeps it wants it sent: in a sealed box for its public key (libsodium, X25519; base64).

    `key` is that public key in base64. https://doc.libsodium.org/public-key_cryptography/sealed_boxes
    """

    sealed: SecretRef
    key: str


@dataclass(frozen=True)
class Encoded:
    """A value sent in base64, where a platform asks for it (Kubernetes, Google Secret Manager)."""

    base64_of: SecretRef


@dataclass(frozen=True)
class Dated:
    """A text with `{now}` in it, which becomes the next full second (UTC, `2026-03-01T12:00:01Z`) while it is sent; `plus_s` more.

    So a plan that denies "every session until now" is the same for the same facts, and means the moment it is carried out.
    """

    dated: str
    plus_s: int = 0

    def __str__(self) -> str:
        return self.dated.replace("{now}", f"{{now}} + {self.plus_s} s") if self.plus_s else self.dated


@dataclass(frozen=True)
class Signed:
    """An assertion (JWT, RS256) made while it is sent, signed with the private key in a Google service account's JSON.

    `audience` is who it is for, `claims` are what it says beyond its issuer and its times. It lives five minutes.
    https://developers.google.com/identity/protocols/oauth2/service-account
    """

    signed_with: SecretRef
    audience: str
    claims: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fresh:
    """A value made at random while it is sent, where whoever asks chooses the secret (a database's password): URL-safe base64.

    `random_bytes` is how much of it is random. Whoever mints finds it as `fresh` in the answer; else nobody ever knows it.
    """

    random_bytes: int


Json = TypeAliasType(
    "Json",
    "SecretRef | Sealed | Encoded | Dated | Fresh | bool | int | float | str | tuple[Json, ...] | dict[str, Json] | None",
)
"""A JSON tree whose leaves may be references; they are resolved while sending and nowhere else."""

Leaf = SecretRef | str  # pydantic tries them in this order
