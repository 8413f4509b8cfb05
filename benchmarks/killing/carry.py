"""Carrying out a revocation plan over many credentials, killed: the drill's provider counts how often it revoked each."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks.killing.figures import Figures
from benchmarks.killing.striking import killed
from irkit.case import Case
from irkit.drill.bulk import ISSUERS
from irkit.drill.homes import Homes, generate, gpg
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.provider.state import Token
from irkit.errors import IrkitError
from irkit.model import Kind, SecretRef
from irkit.providers import PROVIDERS

TOKENS = 24
FAULTS = ["500-then-done=5%", "timeout-after-mutation=1%", "429=2%"]
_MOST_ROUNDS = 8


@dataclass(frozen=True)
class Desk:
    """An approver, and a provider that counts; `case` opens a fresh case of many credentials there."""

    folder: Path
    homes: Homes
    key: str
    state: ProviderState
    url: str

    def case(self, number: int) -> Case:
        issuers = [name for name in ISSUERS if name in PROVIDERS]
        folder = self.folder / f"case-{number}"
        folder.mkdir()
        references = []
        for index in range(TOKENS):
            issuer = issuers[index % len(issuers)]
            value = ISSUERS[issuer](number * TOKENS + index)
            (folder / str(index)).write_text(value)
            with self.state:
                self.state.tokens[hashlib.sha256(value.encode()).hexdigest()] = Token(
                    "drill", index, "api", issuer=issuer
                )
            references.append(SecretRef(f"file:{folder / str(index)}"))
        bases = {"github": self.url, "gitlab": self.url, "huggingface": self.url, "slack": f"{self.url}/api"}
        providers = {name: {"base": base, "propagation_s": 0.5} for name, base in bases.items()}
        settings = {"responder": "carol", "providers": providers}
        return Case.create(folder / "case", references, settings=settings, approvers=[self.folder / "alice.asc"])

    def planned(self, case: Case) -> None:
        """Plan what is left, and have it approved: the same facts give the same plan."""
        case.plan_revocation()
        plan = case.plan("revoke")
        if not any(one.body["plan"] == plan.digest for one in case.journal.records(Kind.APPROVAL)):
            case.approve("revoke", self.key, self.homes.alice)

    def revoked(self, case: Case) -> set[str]:
        """The credentials of a case that the provider has revoked, by name."""
        held = {one.name: self.state.token(case.resolve(one.ref).text()) for one in case.credentials}
        return {name for name, token in held.items() if token and token.revocations}


@contextmanager
def desk(folder: Path, seed: int) -> Iterator[Desk]:
    homes, state = Homes.make(), ProviderState(seed=seed)
    try:
        key = generate(homes.alice, "Alice (drill) <alice@larkspur.example>", datetime.now(UTC))
        (folder / "alice.asc").write_bytes(gpg(homes.alice, "--armor", "--export", key))
        with FakeProvider(state, faults=FAULTS) as provider:
            yield Desk(folder, homes, key, state, provider.url)
    finally:
        homes.remove()


Strike = Callable[[Desk, Case, float], bool | None]
"""Work on the case, killed after so many seconds: True when it was, False when it ended well before, None when it ended otherwise."""


def row(folder: Path, kills: int, chance: Random) -> Figures:
    """A fresh case as soon as one is done."""

    def strike(_made: Desk, case: Case, after_s: float) -> bool | None:
        def act() -> None:
            Case.open(case.folder).carry_out("revoke", 4)
            Case.open(case.folder).confirm()

        return killed(act, after_s)

    figures = Figures("`carry-out` of a revocation plan")
    work(folder, kills, chance, figures, strike)
    return figures


def work(folder: Path, kills: int, chance: Random, figures: Figures, strike: Strike) -> None:
    with desk(folder, chance.randrange(1 << 30)) as made:
        number = 0
        while figures.kills < kills:
            case = made.case(number)
            try:
                _until_settled(made, case, kills, chance, figures, strike)
            except (IrkitError, sqlite3.DatabaseError) as error:
                figures.is_lost(1, f"a case that can go on: {error}")
            number += 1
        twice = sum(token.revocations - 1 for token in made.state.tokens.values() if token.revocations > 1)
        figures.is_twice(twice, "revocations")


def _until_settled(made: Desk, case: Case, kills: int, chance: Random, figures: Figures, strike: Strike) -> None:
    """Kill it until it comes to its end by itself; once no kill is left it runs undisturbed, and every action must have an end."""
    rounds = 0
    while rounds < _MOST_ROUNDS:
        made.planned(case)
        struck = strike(made, case, chance.uniform(0.05, 1.5) if figures.kills < kills else 300)
        figures.kills += struck is True
        figures.is_broken(case.journal.broken_link())
        if struck is False:
            break
        rounds += struck is None  # faults of the provider may need another run
    announced = {one.body["action"] for one in case.journal.records(Kind.INTENT)}
    figures.actions += len(announced)
    unended = sum(action not in case.ledger.outcomes for action in announced)
    unended += sum(one.id not in case.ledger.outcomes for one in case.plan("revoke").actions)
    figures.is_lost(unended, "actions without an outcome")
