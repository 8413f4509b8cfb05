"""What the fake provider knows, kept in one JSON file so that it survives a restart. Knows tokens by their SHA-256 alone.

Keys of AWS may name a `file:` reference to their pair: with it a wrong signature is noticed, without it any is taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from irkit.errors import BadInput
from irkit.model import iso

FAULTS: Mapping[str, int] = {
    "accepted-but-alive": 0,
    "delayed-death": 2,
    "waf-403": 0,
    "429": 1,
    "500-then-done": 1,
    "timeout-after-mutation": 1,
    "html": 0,
    "slow": 0,
}
"""Each fault and how often it strikes unless told (`name=N`); 0 means always. For delayed-death: the probes that still succeed.

`name=P%` lets it strike by chance, the same for the same seed; for what happens to a thing (delayed-death, accepted-but-alive)
that many of the things.
"""

FOREVER = -1


@dataclass(frozen=True)
class Recorded:
    """One request as kept: `what` is a path or an AWS action, `who` twelve digits of the SHA-256 of the identity, `at` UTC.

    `carried_out` is True when it changed something or was accepted as a change.
    """

    method: str
    what: str
    who: str
    at: str
    status: int
    mutates: bool = False
    carried_out: bool = False
    whom: str = ""  # the hash of the key it is about, where it names one


@dataclass
class Token:
    """A token, of GitHub unless `issuer` says otherwise. `lingers`: how many more probes it survives its revocation (-1: all)."""

    login: str
    number: int
    scopes: str
    used: str | None = None
    revoked: str | None = None
    lingers: int = 0
    issuer: str = "github"
    revocations: int = 0


@dataclass
class AccessKey:
    """An AWS access key; `secret` is a reference to its pair, or empty."""

    user: str
    made: str
    used: str | None = None
    status: str = "Active"
    secret: str = ""
    deleted: str | None = None
    lingers: int = 0


@dataclass
class ProviderState:
    """Use it under `with`: the lock is held inside and the file written on the way out."""

    account: str = "111122223333"
    tokens: dict[str, Token] = field(default_factory=dict)
    keys: dict[str, AccessKey] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)
    chances: dict[str, float] = field(default_factory=dict)
    seed: int = 1
    requests: list[Recorded] = field(default_factory=list)
    policies: dict[str, str] = field(default_factory=dict)  # documents, by KIND/NAME/POLICY
    lists: dict[str, Any] = field(default_factory=dict)  # what issuers list of what they gave out, by path
    people: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # users of AWS with a password: what the report says of it
    services: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # of a user of AWS: what it may use, and when it did
    path: Path | None = None

    def __post_init__(self) -> None:
        self._lock = RLock()
        self._dice = random.Random(self.seed)  # noqa: S311  (a rehearsal that can be repeated)

    def __enter__(self) -> ProviderState:
        self._lock.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.save()
        finally:
            self._lock.release()

    @classmethod
    def load(cls, path: Path) -> ProviderState:
        """BadInput when the file is not a state."""
        try:
            plain = json.loads(path.read_text())
            return cls(
                plain["account"],
                {name: Token(**value) for name, value in plain["tokens"].items()},
                {name: AccessKey(**value) for name, value in plain["keys"].items()},
                plain["faults"],
                plain.get("chances", {}),
                requests=[Recorded(**value) for value in plain["requests"]],
                policies=plain.get("policies", {}),
                lists=plain.get("lists", {}),
                people=plain.get("people", {}),
                services=plain.get("services", {}),
                path=path,
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = "it is not there" if isinstance(error, FileNotFoundError) else type(error).__name__
            raise BadInput(
                "the fake provider's state cannot be read", on=path, why=why, do="build the drill again"
            ) from None

    def save(self) -> None:
        """Replaces the file in one step, so that a kill leaves the old state or the new one."""
        if self.path is None:
            return
        plain = {
            "account": self.account,
            "tokens": {name: asdict(token) for name, token in self.tokens.items()},
            "keys": {name: asdict(key) for name, key in self.keys.items()},
            "faults": self.faults,
            "chances": self.chances,
            "policies": self.policies,
            "lists": self.lists,
            "people": self.people,
            "services": self.services,
            "requests": [asdict(request) for request in self.requests],
        }
        with tempfile.NamedTemporaryFile("w", dir=self.path.parent, prefix=".provider-", delete=False) as draft:
            json.dump(plain, draft, indent=1)
            draft.flush()
            os.fsync(draft.fileno())
        Path(draft.name).replace(self.path)

    def token(self, value: str) -> Token | None:
        return self.tokens.get(hashlib.sha256(value.encode()).hexdigest())

    def set_faults(self, faults: Iterable[str]) -> None:
        """Replaces the faults, each given as `name` or `name=N`. BadInput for one that does not exist."""
        chosen = {}
        self.chances = {}
        for text in faults:
            name, _, times = text.partition("=")
            if name in FAULTS and times.endswith("%") and times[:-1].replace(".", "", 1).isdigit():
                self.chances[name] = float(times[:-1]) / 100
                continue
            if name not in FAULTS or not (times or "0").isdigit():
                raise BadInput("no such fault", on=text, do="use one of " + ", ".join(FAULTS))
            chosen[name] = int(times) if times else FAULTS[name]
        self.faults = chosen

    def strikes(self, name: str) -> bool:
        """Whether a fault is due now; one that strikes a number of times is used up by asking."""
        left = self.faults.get(name)
        if left is None:
            return self._dice.random() < self.chances[name] if name in self.chances else False
        if left == 1:
            del self.faults[name]
        elif left > 1:
            self.faults[name] = left - 1
        return True

    def lingering(self) -> int:
        """How long what is revoked now will go on working, as the faults have it."""
        if "accepted-but-alive" in self.faults or self._by_chance("accepted-but-alive"):
            return FOREVER
        return FAULTS["delayed-death"] if self._by_chance("delayed-death") else self.faults.get("delayed-death", 0)

    def _by_chance(self, name: str) -> bool:
        return name in self.chances and self._dice.random() < self.chances[name]


def outlives(thing: Token | AccessKey) -> bool:
    """Whether a revoked thing answers one more time; uses that time up."""
    if thing.lingers > 0:
        thing.lingers -= 1
        return True
    return thing.lingers == FOREVER


def fingerprint(identity: str) -> str:
    """How the request log names an identity."""
    return hashlib.sha256(identity.encode()).hexdigest()[:12] if identity else ""


def now() -> str:
    return iso(datetime.now(UTC).replace(microsecond=0))
