"""What an action does when it is more than one call: a fresh credential put into place, OpenPGP, people, and waiting for evidence."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal

from irkit.model import SecretRef
from irkit.plan.calls import Ask, AwsCall, Call, NativeCall


@dataclass(frozen=True)
class Put:
    """One place that a fresh credential is put into: `store` names it as the user did, `calls` are sent in order."""

    store: str
    calls: tuple[Ask, ...]


@dataclass(frozen=True)
class Replace:
    """A fresh credential, made and put where its consumers read it, in one go: in between its value is in this process alone.

    `minted:NAME` is its reference in the calls of `into`, and `name` what it is called at its provider, unless that is `called`.
    """

    name: str
    make: Ask
    into: tuple[Put, ...] = ()
    called: str = ""
    kind: Literal["replace"] = "replace"

    @property
    def name_there(self) -> str:
        """What its provider calls it."""
        return self.called or self.name

    def summary(self) -> str:
        places = ", ".join(one.store for one in self.into) or "nowhere yet"
        return f"{self.make.summary()}; then put into {places}"


@dataclass(frozen=True)
class GpgCommand:
    """One OpenPGP operation, in one gpg home where it needs a key. `operation` is a name that `irkit.openpgp.operations` or
    `irkit.release.operations` carries out and proves."""

    operation: Literal[
        "generate-key", "add-subkey", "export-public", "ci-bundle",
        "revoke-key", "revoke-subkey", "revoke-user-id", "revoke-certification",
        "publish-wkd", "publish-hkp", "publish-vks", "publish-keyring",
        "sign-detached", "sign-clear", "sign-manifest", "sign-apt", "sign-rpm", "index-rpm", "sign-tag", "withdraw-tag", "attest-commits",
        "quarantine",
    ]  # fmt: skip
    home: str
    key: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    passphrase: SecretRef | None = None
    kind: Literal["gpg"] = "gpg"

    def argument(self, name: str, default: str = "") -> str:
        return dict(self.arguments).get(name, default)

    def summary(self) -> str:
        shown = " ".join(f"{name}={value}" for name, value in self.arguments)
        return f"gpg {self.operation} {self.key} {shown}".replace("  ", " ").strip()


@dataclass(frozen=True)
class HumanTask:
    """What only a person can do: the page to open and the steps there."""

    title: str
    page: str
    steps: tuple[str, ...] = ()
    kind: Literal["human"] = "human"

    def summary(self) -> str:
        return f"by hand: {self.title} at {self.page}"


@dataclass(frozen=True)
class Watch:
    """A gate that evidence opens: nothing is sent. `shows` is what logs have to show, `hours` for how long at least.

    "switched": every consumer uses the fresh credential, and none the old one. "quiet": nobody used the old one for that long.
    """

    shows: Literal["switched", "quiet"]
    hours: float = 0.0
    kind: Literal["watch"] = "watch"

    def __post_init__(self) -> None:
        if not isfinite(self.hours):
            raise ValueError("what is observed is observed for a number of hours")

    def summary(self) -> str:
        if self.shows == "switched":
            return "wait for logs in which every consumer uses the fresh one and none the old one"
        return f"wait for {self.hours:g} hours of logs in which nobody uses the old one"


Do = Call | AwsCall | NativeCall | Replace | GpgCommand | HumanTask | Watch
