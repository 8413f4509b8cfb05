"""`case.toml`: what the responder tells irkit about this case. No secret belongs in it, and none is accepted."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from irkit.case.disk import write_whole
from irkit.errors import BadInput
from irkit.faults import first_fault, not_toml
from irkit.guard.suspects import refuse_within
from irkit.model import SecretRef
from irkit.providers.interface import Need, Setting
from irkit.stores.catalogue import STORES, store_of


class ProviderSettings(BaseModel):
    """How to reach one provider: `base` address ("" is its public one), the responder's own credential by reference, options.

    `living` is a reference to another credential of the leaked one's kind, known to work: with it a credential that was dead before
    anybody asked can be proved dead.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    base: str = ""
    responder: str = ""
    options: dict[str, str] = Field(default_factory=dict)
    propagation_s: float | None = None
    living: str = ""

    @field_validator("responder", "living")
    @classmethod
    def _is_a_reference(cls, text: str) -> str:
        if text:
            try:
                SecretRef.parse(text)
            except BadInput as error:
                raise ValueError(str(error)) from None
        return text

    def setting(self) -> Setting:
        return Setting(self.base, SecretRef.parse(self.responder) if self.responder else None, self.options)


class ReplacementSettings(BaseModel):
    """What is to take a leaked credential's place: `credential` is its name ("" is the only one of the case), `into` the places
    that receive the fresh one, `scopes` what it may do at least, `days` its life, `name` what it is called at its provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    credential: str = ""
    into: list[str] = Field(min_length=1)
    scopes: list[str] = Field(default_factory=list)
    days: int = Field(default=90, ge=1, le=3650)
    name: str = ""

    @field_validator("into")
    @classmethod
    def _are_places(cls, places: list[str]) -> list[str]:
        for place in places:
            try:
                store_of(place)
            except BadInput as error:
                raise ValueError(str(error)) from None
        return places

    def need(self, name: str) -> Need:
        return Need(self.name or name, tuple(self.scopes), timedelta(days=self.days))


class CaseSettings(BaseModel):
    """The whole of `case.toml`. `responder_key` is the OpenPGP fingerprint of whoever makes the plans: it cannot approve them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    case_id: str
    title: str = ""
    responder: str = ""
    responder_key: str = ""
    providers: dict[str, ProviderSettings] = Field(default_factory=dict)
    stores: dict[str, ProviderSettings] = Field(default_factory=dict)
    replacements: list[ReplacementSettings] = Field(default_factory=list)

    @field_validator("stores")
    @classmethod
    def _are_stores(cls, stores: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
        unknown = sorted(stores.keys() - STORES.keys())
        if unknown:
            raise ValueError(f"there is no store called {unknown[0][:40]}; irkit knows {', '.join(STORES)}")
        return stores

    def store(self, name: str) -> ProviderSettings:
        return self.stores.get(name, ProviderSettings())

    def provider(self, name: str) -> ProviderSettings:
        return self.providers.get(name, ProviderSettings())


def read_settings(path: Path) -> CaseSettings:
    """BadInput naming the field at fault, WouldLeak naming one that holds a secret in plain text; values are never repeated."""
    settings = _read(path)
    refuse_within(settings.model_dump(), str(path))
    return settings


def _read(path: Path) -> CaseSettings:
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text())
        return CaseSettings.model_validate(raw)
    except ValidationError as error:
        where, why = first_fault(error)
        raise BadInput("case.toml has a wrong entry", on=f"{path}: {where}", why=why, do="mend it") from None
    except PermissionError:
        raise BadInput(
            "this case cannot be read", on=path.parent, why="it is another user's, and all of a case is its owner's alone",
            do="work on it as its owner",
        ) from None  # fmt: skip
    except OSError:
        raise BadInput(
            "this is not a case", on=path.parent, why="it has no case.toml", do="make one: irkit new"
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadInput("case.toml is not TOML", on=path, why=not_toml(error), do="mend that line") from None


def write_settings(path: Path, settings: CaseSettings) -> None:
    """WouldLeak, and nothing is written, when a secret in plain text is among them."""
    plain = settings.model_dump(exclude_none=True, exclude_defaults=False)
    refuse_within(plain, str(path))
    # An empty list would forbid the [[replacements]] that somebody writes below it.
    plain = {name: value for name, value in plain.items() if value not in ([], {}) or name == "providers"}
    text = "# What irkit is told about this case. References only: a secret never belongs here.\n" + tomli_w.dumps(
        plain
    )
    write_whole(path, text.encode())
