"""The rehearsal: build the world, open the case, run the playbook past its gates, and score what came out.

The approvers of a drill are test people whose keys were made with the world; in a real case people approve.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit import playbook as books
from irkit.case import Case
from irkit.case.ledger import Ledger
from irkit.drill.provider import FakeProvider
from irkit.drill.scorecard import Scorecard, score
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY
from irkit.drill.world import World, build
from irkit.errors import BadInput, IrkitError, StepFailed, Waiting
from irkit.guard.gate import gate
from irkit.model import Kind, iso
from irkit.plan import HumanTask
from irkit.show import Notice, View

Say = Callable[[str], None]

SCENARIOS = ("token-and-key",)
_PROPAGATION_S = 4.0  # the fake provider forgets at once; a drill does not wait the minute a real one may take
_MOST_GATES = 6


@dataclass(frozen=True)
class Rehearsal:
    """How it went. `stopped` is the error that ended it early, None when the playbook came to its end."""

    scorecard: Scorecard
    case: Path
    postmortem: Path
    stopped: IrkitError | None

    @property
    def full(self) -> bool:
        return self.stopped is None and self.scorecard.passed is True

    @property
    def view(self) -> View:
        view = self.scorecard.view()
        if self.stopped is None:
            return view
        return View(view.title, (Notice("bad", f"The playbook stopped: {self.stopped}"), *view.blocks))


def rehearse(scenario: str, out: Path | None, *, seed: int = 1, say: Say, faults: Iterable[str] = ()) -> Rehearsal:
    """One whole drill. BadInput for an unknown scenario or a folder in use; a playbook that stops is in the result."""
    if scenario not in SCENARIOS:
        raise BadInput("there is no such drill", on=scenario, why=f"known: {', '.join(SCENARIOS)}")
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    world = build(folder / "world", seed=seed, now=datetime.now(UTC))
    try:
        with FakeProvider(world.provider_state, faults=faults) as provider, without_proxies():
            case = open_case(world, folder / f"drill-{seed}", provider.url)
            stopped = run_past_gates(case, scenario, world, say)
            card = score(world.truth, findings(case, provider))
    finally:
        world.cleanup()
    return Rehearsal(card, case.folder, case.folder / "postmortem.html", stopped)


@contextmanager
def without_proxies() -> Iterator[None]:
    """The drill talks to loopback only; a proxy of the user's must not be asked to reach it."""
    before = os.environ.get("NO_PROXY")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    try:
        yield
    finally:
        os.environ.pop("no_proxy", None)
        if before is None:
            os.environ.pop("NO_PROXY", None)
        else:
            os.environ["NO_PROXY"] = before


def open_case(world: World, folder: Path, provider: str, *, propagation_s: float = _PROPAGATION_S) -> Case:
    """A case on the drill's three credentials, pointed at the fake provider."""
    github = {"base": provider, "propagation_s": propagation_s}
    aws = github | {"responder": str(world.aws_responder)}
    settings = {"responder": "carol", "providers": {"github": github, "aws": aws}}
    return Case.create(
        folder,
        [world.github_token, world.aws_key, world.release_key],
        title="Drill: a token, a cloud key and a signing key in a repository",
        aware_at=world.truth.now,
        settings=settings,
        approvers=sorted(world.approvers.glob("*.asc")),
    )


def parameters(world: World) -> dict[str, str]:
    """What a responder would type after `irkit run token-and-key CASE`."""
    return {
        "paths": f"{world.repository},{world.backup},{world.copies}",
        "logs": f"{world.cloudtrail},{world.github_audit}",
        "clocks": str(world.pushes),
        "release": str(world.releases),
        "digest_list": str(world.digest_list),
        "digest_list_source": world.truth.digests_source,
        "digest_list_at": iso(world.truth.digests_at),
        "digest_list_trust": "independent",
        "old_home": str(world.homes.release),
        "new_home": str(world.homes.new),
        "user_id": "Larkspur Releases (drill) <releases@larkspur.example>",
        "approvals": "2",
    }


def run_past_gates(case: Case, scenario: str, world: World, say: Say) -> IrkitError | None:
    """Run the playbook; at each gate both test approvers sign. The error that ended it, or None."""
    book, ready = books.prepare(books.find_playbook(scenario), case, parameters(world))
    for _gate in range(_MOST_GATES):
        try:
            books.run(book, ready, case, say=say)
            return None
        except Waiting as error:
            signed = approve_what_waits(case, world)
            if signed:
                say(f"      gate: {', '.join(signed)} approved by the drill's two approvers")
                continue
            done = do_by_hand(case)
            if not done:
                return error
            say(f"      by hand: {len(done)} tasks, which the drill says were done")
        except IrkitError as error:
            return error
    return StepFailed("the drill came to too many gates", on=scenario)


def approve_what_waits(case: Case, world: World) -> list[str]:
    """Both approvers sign the latest plan of each chapter that is not settled and not yet approved. Names of the plans."""
    ledger = Ledger.of(case.journal.records())
    approved = {record.body["plan"] for record in case.journal.records(Kind.APPROVAL)}
    signed = []
    for chapter in ("revoke", "resign"):
        plan = ledger.latest(chapter)
        if plan and plan.digest not in approved and any(ledger.settled(action.id) is None for action in plan.actions):
            for name, home in (("alice", world.homes.alice), ("bob", world.homes.bob)):
                case.approve(plan.name, world.truth.approvers[name], home)
            signed.append(plan.name)
    return signed


def do_by_hand(case: Case) -> list[str]:
    """Say of every task that waits for a person that it was done: in a drill nobody is there to do it. What they were."""
    ledger = Ledger.of(case.journal.records())
    plan = ledger.latest("revoke")
    waiting = [action for action in plan.actions if isinstance(action.do, HumanTask)] if plan else []
    waiting = [action for action in waiting if action.id in ledger.outcomes and action.id not in ledger.hand_done]
    for action in waiting:
        case.hand_done(action.id, "done, as far as a drill can: the world it is about does not exist")
    return [action.what for action in waiting]


def findings(case: Case, provider: FakeProvider) -> Mapping[str, Any]:
    """What the case came to, in the words of the scorecard."""
    names = {
        credential.name: label
        for credential, label in zip(case.credentials, (GITHUB_TOKEN, AWS_KEY, RELEASE_KEY), strict=True)
    }
    records = case.journal.records()
    ledger = Ledger.of(records)
    found: dict[str, Any] = {"located": {}, "usage": {}, "windows": {}, "verdicts": {}, "contained": {}}
    for record in records:
        label = names.get(record.body.get("credential", ""), "")
        if record.kind is Kind.LOCATED:
            kept = case.evidence.document(record.body["evidence"])
            for name, each in names.items():
                found["located"][each] = {
                    "occurrences": [row for row in kept["occurrences"] if row["credential"] == name]
                }
        elif record.kind is Kind.USAGE_READ:
            found["usage"][label] = case.evidence.document(record.body["evidence"])
        elif record.kind is Kind.WINDOW:
            found["windows"][label] = record.body["window"]
        elif record.kind is Kind.VERDICT:
            found["verdicts"][label] = record.body["verdict"]
        elif record.kind is Kind.CONTAINED:
            found["contained"][label] = {True: "yes", False: "no"}.get(record.body["contained"], "unknown")
    plan = ledger.latest("revoke")
    if plan:
        planned = sum(1 for action in plan.actions if getattr(action.do, "mutates", False))
        found["mutations"] = {"planned": planned, "carried_out": provider.mutations()}
    if ledger.latest("resign"):
        found["resigned"] = [record.body["path"] for record in records if record.kind is Kind.RESIGNED]
        found["quarantined"] = [record.body["path"] for record in records if record.kind is Kind.QUARANTINED]
    escaped = gate(case.folder, case.redactor)
    found["leaks"] = (
        [f"{leak.file.name}: {leak.channel}" for leak in escaped.leaks] if escaped.clean is not None else None
    )
    return found
