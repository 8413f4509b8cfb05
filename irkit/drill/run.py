"""The rehearsal: build the world, open the case, run the playbook past its gates, and score what came out.

The approvers of a drill are test people whose keys were made with the world; in a real case people approve.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit import playbook as books
from irkit.case import Case
from irkit.case.connection import set_aside
from irkit.case.ledger import Ledger
from irkit.drill.card import Scorecard
from irkit.drill.difficulty import NORMAL, Difficulty
from irkit.drill.practice import Identity, Result, only_logs_unknown, result_of
from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.scorecard import score
from irkit.drill.truth import AWS_KEY, GITHUB_TOKEN, RELEASE_KEY
from irkit.drill.world import World, build
from irkit.errors import BadInput, IrkitError, StepFailed, Waiting
from irkit.guard.gate import gate
from irkit.model import Kind, Record, iso
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
    result: Result

    @property
    def full(self) -> bool:
        return self.stopped is None and self.scorecard.passed is True

    @property
    def view(self) -> View:
        """In brief; `whole` has every question."""
        return self._with_stop(self.scorecard.brief())

    @property
    def whole(self) -> View:
        return self._with_stop(self.scorecard.view())

    def _with_stop(self, view: View) -> View:
        if self.stopped is None:
            return view
        return View(view.title, (Notice("bad", f"The playbook stopped: {self.stopped}"), *view.blocks))


def rehearse(
    scenario: str,
    out: Path | None,
    *,
    seed: int = 1,
    say: Say,
    faults: Iterable[str] | None = None,
    difficulty: Difficulty = NORMAL,
) -> Rehearsal:
    """One whole drill; `faults` None are those of the difficulty.

    BadInput for an unknown scenario or a folder in use; a playbook that stops is in the result.
    """
    if scenario not in SCENARIOS:
        raise BadInput("there is no such drill", on=scenario, why=f"known: {', '.join(SCENARIOS)}")
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    world = build(folder / "world", seed=seed, now=datetime.now(UTC), difficulty=difficulty)
    chosen = tuple(difficulty.faults if faults is None else faults)
    who = Identity(scenario, seed, difficulty.name, chosen, "unattended")
    try:
        with FakeProvider(world.provider_state, faults=chosen) as provider, without_proxies():
            case = open_case(world, folder / f"drill-{seed}", provider.url)
            case.write(Kind.REHEARSED, who.body("begun"))
            stopped = run_past_gates(case, scenario, world, say)
            card = score(world.truth, findings(case, provider.mutations()))
    finally:
        world.cleanup()
    names = [one.name for one in case.credentials]
    result = result_of(who, case.journal.records(), names, card, innocents(world), unread=bool(world.truth.unread))
    return Rehearsal(card, case.folder, case.folder / "postmortem.html", stopped, result)


def innocents(world: World) -> list[str]:
    """What the provider ended that never leaked, nor was made with what did."""
    state, truth = ProviderState.load(world.provider_state), world.truth
    guilty = {truth.aws_key_id, *(use.key for use in truth.uses_of(AWS_KEY, "created"))}
    token = base64.b64decode(truth.github_hash).hex()
    keys = [
        f"the access key {name} of {key.user}"
        for name, key in state.keys.items()
        if (key.deleted or key.status != "Active") and name not in guilty and key.user != truth.aws_backdoor_user
    ]
    return [*keys, *(f"a token of {one.login}" for name, one in state.tokens.items() if one.revoked and name != token)]


@contextmanager
def without_proxies() -> Iterator[None]:
    """The drill talks to loopback only; a proxy of the user's must not be asked to reach it."""
    before = {name: os.environ.get(name) for name in ("NO_PROXY", "no_proxy")}
    os.environ.update(dict.fromkeys(before, "127.0.0.1,localhost"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


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
    places = (world.repository, world.backup, world.copies, world.laptop)
    return {
        "paths": ",".join(map(str, filter(Path.exists, places))),
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


class OneRun:
    """Says the progress of a playbook that is run again after each gate as that of one run: no line of it twice."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._step = ""
        self._said: set[tuple[str, str]] = set()

    def __call__(self, line: str) -> None:
        if not line.startswith(" "):
            self._step = line
        if (self._step, line) not in self._said and not line.endswith(": done before"):
            self._said.add((self._step, line))
            self._say(line)

    def goes_on(self) -> None:
        self._say("      continuing after the gate")


def run_past_gates(case: Case, scenario: str, world: World, say: Say) -> IrkitError | None:
    """Run the playbook; at each gate both test approvers sign. The error that ended it, or None."""
    book, ready = books.prepare(books.find_playbook(scenario), case, parameters(world))
    say = OneRun(say)
    for _gate in range(_MOST_GATES):
        try:
            books.run(book, ready, case, say=say)
            return None
        except Waiting as error:
            signed = approve_what_waits(case, world)
            if signed:
                say(f"      gate: {', '.join(signed)} approved by the drill's two approvers")
                say.goes_on()
                continue
            done = do_by_hand(case)
            if not done:
                return error
            say(f"      by hand: {len(done)} tasks, which the drill says were done")
            say.goes_on()
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


def _contained(record: Record, records: Sequence[Record]) -> str:
    if record.body["contained"] is not None:
        return "yes" if record.body["contained"] else "no"
    until = [one for one in records if one.seq <= record.seq]
    return "unknown" if only_logs_unknown(until, record.body["credential"]) else "unknown, and not by its logs alone"


def findings(case: Case, carried_out: int) -> Mapping[str, Any]:
    """What the case came to, in the words of the scorecard; `carried_out` are the mutations that the provider counted."""
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
            found["contained"][label] = _contained(record, records)
    plan = ledger.latest("revoke")
    if plan:
        planned = sum(1 for action in plan.actions if getattr(action.do, "mutates", False))
        found["mutations"] = {"planned": planned, "carried_out": carried_out}
    if ledger.latest("resign"):
        found["resigned"] = [record.body["path"] for record in records if record.kind is Kind.RESIGNED]
        found["quarantined"] = [record.body["path"] for record in records if record.kind is Kind.QUARANTINED]
    redactor = case.redactor
    with set_aside(case.folder):
        escaped = gate(case.folder, redactor)
    found["leaks"] = (
        [f"{leak.file.name}: {leak.channel}" for leak in escaped.leaks] if escaped.clean is not None else None
    )
    return found
