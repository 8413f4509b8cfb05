"""The policy file: which OpenPGP keys there should be, whose they are, and what is asked of each. TOML, documented in docs/keys.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from irkit.errors import BadInput
from irkit.faults import first_fault, not_toml

Role = Literal["automation", "person"]
Usage = Literal["certify", "sign", "encrypt", "authenticate"]

_FINGERPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")
_LARGEST = 1 << 20


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyRule(_Entry):
    """One key. `fingerprint` is the primary's, `successor` the primary's of the key announced to follow it; `owner` answers for it;
    `used_by` names who signs with it: people, by the name under which they own a key or a home, and machines."""

    fingerprint: str
    role: Role
    owner: str = Field(min_length=1)
    may: tuple[Usage, ...] = Field(default=("certify", "sign"), min_length=1)
    successor: str = ""
    used_by: tuple[str, ...] = ()

    @field_validator("fingerprint", "successor")
    @classmethod
    def _is_whole(cls, text: str) -> str:
        fingerprint = text.upper().replace(" ", "").removeprefix("0X")
        if fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
            raise ValueError("a key is named by its whole fingerprint: 40 or 64 hexadecimal digits")
        return fingerprint

    @model_validator(mode="after")
    def _follows_another(self) -> KeyRule:
        if not self.fingerprint:
            raise ValueError("the fingerprint is empty")
        if self.successor == self.fingerprint:
            raise ValueError("a key cannot be its own successor")
        return self


class HomeRule(_Entry):
    """One gpg home: of automation, of a person, or offline, where primaries are kept and nobody signs. Relative to the policy file."""

    path: str = Field(min_length=1)
    role: Literal["automation", "person", "offline"]
    owner: str = ""


class Lives(_Entry):
    """How long keys may live, from their creation, in days: signing keys by role, and primaries that only certify."""

    automation: int = Field(default=90, ge=1)
    person: int = Field(default=730, ge=1)
    primary: int = Field(default=1100, ge=1)


class KeyPolicy(_Entry):
    """The whole file. `algorithms` are gpg's names ("ed25519", "rsa4096") or families ("rsa"); days are counted before a key lapses."""

    algorithms: tuple[str, ...] = Field(default=("ed25519", "cv25519", "rsa"), min_length=1)
    min_rsa_bits: int = Field(default=3072, ge=2048)
    max_life_days: Lives = Lives()
    alarm_days: int = Field(default=30, ge=0)
    successor_days: int = Field(default=90, ge=0)
    keys: tuple[KeyRule, ...] = Field(min_length=1)
    homes: tuple[HomeRule, ...] = ()

    @field_validator("algorithms")
    @classmethod
    def _in_small_letters(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in names)

    @field_validator("keys")
    @classmethod
    def _are_told_once(cls, keys: tuple[KeyRule, ...]) -> tuple[KeyRule, ...]:
        listed = [one.fingerprint for one in keys]
        doubled = next((one for one in listed if listed.count(one) > 1), "")
        if doubled:
            raise ValueError(f"the key {doubled} is listed twice")
        return keys

    @property
    def people(self) -> frozenset[str]:
        """Names of people, in small letters."""
        return self._owners("person")

    @property
    def machines(self) -> frozenset[str]:
        return self._owners("automation") - self.people

    def _owners(self, role: Role) -> frozenset[str]:
        told = [(one.role, one.owner) for one in self.keys] + [(one.role, one.owner) for one in self.homes]
        return frozenset(owner.casefold() for kind, owner in told if kind == role and owner)


def read_policy(path: Path) -> KeyPolicy:
    """BadInput in one sentence that names the line or the field at fault."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode()
        return KeyPolicy.model_validate(tomllib.loads(text))
    except OSError as error:
        raise BadInput(
            "there is no key policy that can be read", on=path, why=error.strerror or "",
            do="name the file, or write one: docs/keys-policy.example.toml shows how",
        ) from None  # fmt: skip
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput(
            "the key policy has a wrong entry", on=f"{path}: {_counted(where)}", why=why, do="mend it"
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadInput("the key policy is not TOML", on=path, why=not_toml(error), do="mend that line") from None


def _counted(where: str) -> str:
    """`keys.0.role` as people count: key 1, role."""
    return re.sub(r"\b(key|home)s\.(\d+)\b", lambda found: f"{found[1]} {int(found[2]) + 1}", where).replace(".", ", ")
