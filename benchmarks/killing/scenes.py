"""Incidents that a playbook is run over, from the opening of the case to its postmortem; and what must be true of one at its end."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.killing.figures import Figures
from benchmarks.killing.irkits import Irkit
from irkit.case import Case
from irkit.case.verifying.chain import Row, first_fault
from irkit.drill import run as drill
from irkit.drill.provider import FakeProvider
from irkit.drill.signing import run as signing
from irkit.drill.signing.world import SigningWorld, build_signing
from irkit.drill.world import World, build
from irkit.errors import IrkitError
from irkit.model import Kind
from irkit.plan import Ended, HumanTask

FILES, TAGS = 165, 8
TOKEN_ONLY = ("paths", "logs", "clocks", "approvals")
STEPS = {
    "token-and-key": ("exposure", "revoke", "resign", "postmortem"), "api-token": ("exposure", "revoke", "postmortem"),
    "signing-key": ("exposure", "resign", "postmortem"),
}  # fmt: skip
NOTEBOOKS = {"exposure": "01_exposure", "revoke": "02_revoke", "resign": "03_resign", "postmortem": "04_postmortem"}
_WORLD = "from pathlib import Path; import sys; from irkit.drill import run; from irkit.drill.world import World; "
_OPEN = _WORLD + "run.open_case(World.load(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3], propagation_s=1.0)"
_PEOPLE = _WORLD + (
    "from irkit.case import Case; case = Case.open(sys.argv[2]); "
    "run.approve_what_waits(case, World.load(Path(sys.argv[1]))); run.do_by_hand(case)"
)


@dataclass
class Scene:
    """A world, a case on it, and the provider that counts what reaches it; `signing` is there for the signing key's playbook."""

    playbook: str
    world: World
    folder: Path
    provider: FakeProvider | None = None
    signing: SigningWorld | None = None
    seen: list[str] = field(default_factory=list)

    @property
    def parameters(self) -> list[str]:
        given = signing.parameters(self.signing) if self.signing else drill.parameters(self.world)
        wanted = TOKEN_ONLY if self.playbook == "api-token" else tuple(given)
        return [text for name in wanted for text in ("-p", f"{name}={given[name]}")]

    @property
    def homes(self) -> tuple[Path, ...]:
        return self.world.homes.all()

    @property
    def case(self) -> Case:
        case = Case.open(self.folder)
        case.progress = lambda _what, _done, _total: None
        return case

    def people(self, irkit: Irkit) -> None:
        """What people do at a gate: sign what waits for them, say of tasks by hand that they are done, vouch for the statement."""
        if irkit.form == 1:
            irkit.python(_PEOPLE, str(self.world.folder), str(self.folder))
            return
        case = self.case
        drill.approve_what_waits(case, self.world)
        for chapter in ("revoke", "resign"):
            plan, ledger = case.ledger.latest(chapter), case.ledger
            for action in plan.actions if plan else ():
                if (
                    isinstance(action.do, HumanTask)
                    and action.id in ledger.outcomes
                    and action.id not in ledger.hand_done
                ):
                    case.hand_done(action.id, "done, as far as a drill can: the world it is about does not exist")
        voices = {one.body["fingerprint"] for one in case.journal.records(Kind.VOUCHED)}
        if self.signing and case.journal.records(Kind.STATED):
            for name, home in (("alice", self.world.homes.alice), ("bob", self.world.homes.bob)):
                if self.world.truth.approvers[name] not in voices:
                    case.vouch(self.world.truth.approvers[name], home=home)
        case.journal.close()

    def look(self, figures: Figures, *, verify: bool) -> None:
        """After a kill: the chain is whole, every record that was seen is there, and all else verifies too."""
        rows = records(self.folder / "journal.sqlite")
        fault = first_fault(rows)
        figures.is_broken(str(fault) if fault else None)
        digests = [row[6] for row in rows]
        figures.is_lost(sum(one != two for one, two in zip(self.seen, digests, strict=False)), "records replaced")
        figures.is_lost(max(0, len(self.seen) - len(digests)), "records that were in the journal")
        self.seen = digests
        if verify and not fault:
            case = self.case
            try:
                case.verify()
            except IrkitError as error:
                figures.is_broken(f"{self.playbook} after a kill: {error}")
            case.journal.close()


@contextmanager
def scene(playbook: str, folder: Path, irkit: Irkit, seed: int) -> Iterator[Scene]:
    """One incident; the case is opened by the irkit given."""
    now, place = datetime.now(UTC), folder / "case"
    if playbook == "signing-key":
        made = build_signing(folder / "world", seed=seed, now=now, count=FILES, tag_count=TAGS)
        try:
            signing.open_signing_case(made, place).journal.close()
            yield Scene(playbook, made.world, place, signing=made)
        finally:
            made.world.cleanup()
        return
    world = build(folder / "world", seed=seed, now=now)
    try:
        with FakeProvider(world.provider_state) as provider:
            irkit.python(_OPEN, str(world.folder), str(place), provider.url)
            yield Scene(playbook, world, place, provider)
    finally:
        world.cleanup()


def records(journal: Path) -> list[Row]:
    """All rows of a journal of any form, which is not changed."""
    with closing(sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True)) as db:
        return db.execute("SELECT seq, at, kind, actor, body, previous, digest FROM journal ORDER BY seq").fetchall()


def check(made: Scene, figures: Figures) -> None:
    """At the end: everything once, nothing missing, and the postmortem is there."""
    case = made.case
    found = case.journal.records()
    _check_actions(case, figures)
    _check_provider(made, figures)
    _check_signatures(made, case, figures)
    ended = {one.body["step"] for one in found if one.kind is Kind.STEP_ENDED and one.body["ended"] == "done"}
    for step in STEPS[made.playbook]:
        figures.is_lost(int(step not in ended), f"step {step}")
        figures.is_lost(_cells_not_run(made.folder / "notebooks" / f"{NOTEBOOKS[step]}.ipynb"), f"cells of {step}")
    exported = [one for one in found if one.kind is Kind.EXPORTED]
    figures.is_lost(int(not exported or not (made.folder / "postmortem.html").is_file()), "the postmortem")
    try:
        case.verify()
    except IrkitError as error:
        figures.is_broken(f"{made.playbook} at the end: {error}")
    left = [path for path in made.folder.rglob(".*") if path.is_file() and path.parent.name != "evidence"]
    figures.is_lost(len(left), f"files lying about: {sorted({one.name[:24] for one in left})[:3]}")
    case.journal.close()


def _check_actions(case: Case, figures: Figures) -> None:
    ledger = case.ledger
    announced = {one.body["action"] for one in case.journal.records(Kind.INTENT)}
    latest = {one.id for chapter in ("revoke", "resign") if (plan := ledger.latest(chapter)) for one in plan.actions}
    by_hand = {one for one, outcome in ledger.outcomes.items() if outcome.ended is Ended.WAITING}
    open_ends = [one for one in sorted(announced | latest) if ledger.settled(one) is None and one not in by_hand]
    figures.actions += len(announced | latest)
    figures.is_lost(len(open_ends), f"actions without an end, {', '.join(open_ends)}")
    done = Counter(
        one.body["outcome"]["action"]
        for one in case.journal.records(Kind.OUTCOME)
        if one.body["outcome"]["ended"] == "done"
    )
    figures.is_twice(sum(done.values()) - len(done), "actions that ended twice")


def _check_provider(made: Scene, figures: Figures) -> None:
    if made.provider is None:
        return
    with made.provider.state as state:
        figures.is_twice(sum(max(0, one.revocations - 1) for one in state.tokens.values()), "revocations")
        figures.is_lost(sum(one.revoked is None for one in _leaked(made, state)), "tokens that live")
    carried = Counter((one.what, one.whom) for one in made.provider.requests if one.carried_out)
    figures.is_twice(
        sum(count - 1 for count in carried.values()), f"requests {[k for k, v in carried.items() if v > 1]}"
    )
    said = {one.body["credential"]: one.body["verdict"] for one in made.case.journal.records(Kind.VERDICT)}
    figures.is_lost(sum(one != "dead" for one in said.values()) + int(len(said) < 2), f"proofs of death {said}")


def _leaked(made: Scene, state: Any) -> list[Any]:
    return [one for name, one in state.tokens.items() if name == made.world.truth.github_hash]


def _check_signatures(made: Scene, case: Case, figures: Figures) -> None:
    if made.playbook == "api-token":
        return
    of = {
        kind: case.journal.records(kind) for kind in (Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN, Kind.KEY_REVOKED)
    }
    for kind, kept in of.items():
        paths = Counter(str(one.body.get("path", one.body.get("primary", ""))) for one in kept)
        figures.is_twice(sum(paths.values()) - len(paths), f"records of what was {kind.value}")
    keys = {one.body["primary"] for one in case.journal.records(Kind.KEY_GENERATED)}
    figures.is_twice(len(keys) - 1, "fresh keys")
    figures.is_twice(len(case.journal.records(Kind.KEY_GENERATED)) - 1, "records of the fresh key")
    resigned = {str(one.body["path"]) for one in of[Kind.RESIGNED]}
    aside = {str(one.body["path"]) for one in (*of[Kind.QUARANTINED], *of[Kind.WITHDRAWN])}
    if made.signing is None:
        good = set(made.world.truth.artifacts_that_are("good"))
        figures.is_lost(len(good ^ resigned), "artifacts that were to be signed again")
    else:
        for one in signing.checks(case, made.signing):
            figures.is_lost(int(one.ok is False), f"{one.name}: {one.got} instead of {one.expected}")
    figures.is_lost(len(resigned & aside), "artifacts both signed and set aside")
    for one in of[Kind.QUARANTINED]:
        figures.is_lost(int(not Path(str(one.body["kept_at"])).exists()), f"{one.body['path']} in quarantine")
    try:
        case.verify_signatures()
    except IrkitError as error:
        figures.is_lost(1, f"signatures: {error}")


def _cells_not_run(path: Path) -> int:
    """Cells of a kept notebook that did not end well; 1 when it is not there or cannot be read."""
    try:
        cells = json.loads(path.read_text())["cells"]
    except (OSError, ValueError):
        return 1
    code = [one for one in cells if one["cell_type"] == "code" and "".join(one["source"]).strip()]
    return sum(
        one["metadata"].get("papermill", {}).get("status") != "completed" or one.get("execution_count") is None
        for one in code
    )
