"""Run the playbook `readiness` on Larkspur before anything leaked, twice, and score what it told against what is true."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit import playbook as books
from irkit.case import Case
from irkit.case.connection import set_aside
from irkit.case.readiness import assessing
from irkit.drill import larkspur
from irkit.drill.card import Scorecard
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.readiness import world as built
from irkit.drill.readiness.truth import checks, truth_of
from irkit.drill.readiness.world import TeamWorld, build_team
from irkit.drill.run import without_proxies
from irkit.guard.gate import gate
from irkit.model import iso
from irkit.show import View

Say = Callable[[str], None]
_TITLE = "Scorecard of the drill: before anything leaked"


@dataclass(frozen=True)
class ReadinessRehearsal:
    """How it went; `report` is what the second run wrote."""

    scorecard: Scorecard
    team: Path
    report: Path

    @property
    def case(self) -> Path:
        return self.team

    @property
    def stopped(self) -> None:
        """A playbook that stops raises here."""
        return

    @property
    def full(self) -> bool:
        return self.scorecard.passed is True

    @property
    def view(self) -> View:
        """In brief; `whole` has every question."""
        return self.scorecard.brief(_TITLE)

    @property
    def whole(self) -> View:
        return self.scorecard.view(_TITLE)


def rehearse_readiness(
    out: Path | None, *, seed: int = 1, say: Say, faults: Iterable[str] | None = None
) -> ReadinessRehearsal:
    """Two runs with a week between them, as far as a drill can: what changes in a week changes at once. BadInput for a folder in use."""
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    made = build_team(folder, seed=seed, now=datetime.now(UTC))
    try:
        with FakeProvider(made.world.provider_state, faults=faults) as provider, without_proxies():
            team = open_team(made, folder / "team", provider.url)
            run(team, made, say)
            first = assessing.latest(team)
            with provider.state as state:
                a_week_passes(state, made)
            say("a week passes")
            run(team, made, say)
            second = assessing.latest(team)
    finally:
        made.world.cleanup()
    redactor = team.redactor
    with set_aside(team.folder):
        escaped = gate(team.folder, redactor)
    card = checks(
        truth_of(made.keys, made.world.truth.release_key),
        first,
        second,
        None if escaped.clean is None else len(escaped.leaks),
    )
    return ReadinessRehearsal(Scorecard(card), team.folder, team.folder / assessing.REPORT)


def open_team(made: TeamWorld, folder: Path, provider: str) -> Case:
    """The folder of a team whose issuers are the fake one; GitLab and Vault are not named."""
    token, aws = f"file:{made.responder}", str(made.world.aws_responder)
    options = {"organisation": built.ORGANISATION, "repositories": larkspur.REPOSITORY}
    settings = {
        "responder": "carol",
        "providers": {
            "aws": {"base": provider, "responder": aws},
            "github": {"base": provider, "responder": token, "options": options},
            "npm": {"base": provider, "responder": token},
        },
    }
    people = sorted(made.world.approvers.glob("*.asc"))
    return Case.create_readiness(folder, title="Larkspur (drill)", settings=settings, approvers=people)


def run(team: Case, made: TeamWorld, say: Say) -> None:
    """As `irkit run readiness TEAM -p ...` does."""
    given = {
        "policy": str(made.policy),
        "homes": f"automation:{made.world.homes.release}",
        "certificates": str(made.certificates),
        "publish": f"keyring:{made.ring}",
        "paths": f"{made.infra},{made.world.repository}",
    }
    book, ready = books.prepare(books.find_playbook("readiness"), team, given)
    books.run(book, ready, team, say=say)


def a_week_passes(state: ProviderState, made: TeamWorld) -> None:
    """People mend four things and make two; and GitHub does not give one of its lists."""
    state.keys[made.keys["tobias"]].status = "Inactive"
    state.services[larkspur.AWS_USER] = {"s3": iso(made.now)}
    made.publish()
    made.put_in_escrow()
    keys: list[Any] = state.lists[built.DEPLOY_KEYS]
    keys.append({**keys[0], "id": 7002, "title": "try the new runner", "added_by": "jun", "created_at": iso(made.now)})
    (token,) = state.lists[built.NPM_TOKENS]["objects"]
    token |= {"key": "90ba7c4e11d2", "created": iso(made.now), "last_used": iso(made.now)}
    state.lists[built.PATS] = None
