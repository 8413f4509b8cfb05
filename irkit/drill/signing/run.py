"""Run the signing-key playbook over its world, past its gates, and score what came of every artifact."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit import playbook as books
from irkit.case import Case
from irkit.drill.card import Chapter, Check, Scorecard, of
from irkit.drill.difficulty import NORMAL
from irkit.drill.practice import Identity, Result, result_of
from irkit.drill.run import OneRun, approve_what_waits, without_proxies
from irkit.drill.signing.truth import Part
from irkit.drill.signing.world import FILES, TAGS, SigningWorld, build_signing
from irkit.errors import IrkitError, StepFailed, Waiting
from irkit.model import Kind
from irkit.plan import HumanTask
from irkit.show import Notice, View

Say = Callable[[str], None]
_MOST_GATES = 6


@dataclass(frozen=True)
class SigningRehearsal:
    """How it went. `stopped` is the error that ended it early."""

    scorecard: Scorecard
    case: Path
    postmortem: Path
    missing: str
    stopped: IrkitError | None
    result: Result

    @property
    def full(self) -> bool:
        return self.stopped is None and self.scorecard.passed is True

    @property
    def view(self) -> View:
        """In brief; `whole` has every question."""
        return self._with_notes(self.scorecard.brief())

    @property
    def whole(self) -> View:
        return self._with_notes(self.scorecard.view())

    def _with_notes(self, view: View) -> View:
        notes = [Notice("bad", f"The playbook stopped: {self.stopped}")] if self.stopped else []
        notes += [Notice("warn", f"Not rehearsed: {self.missing}")] if self.missing else []
        return View("Scorecard of the drill: a signing key", (*notes, *view.blocks))


def rehearse_signing(
    out: Path | None, *, seed: int, say: Say, count: int = FILES, tags: int = TAGS
) -> SigningRehearsal:
    """One whole drill of a leaked signing key. BadInput for a folder in use."""
    folder = (out or Path(tempfile.mkdtemp(prefix="irkit-drill-"))).absolute()
    say(f"building a world in {folder}")
    who = Identity("signing-key", seed, NORMAL.name, (), "unattended", count=0 if count == FILES else count)
    made = build_signing(folder / "world", seed=seed, now=datetime.now(UTC), count=count, tag_count=tags)
    try:
        with without_proxies():
            case = open_signing_case(made, folder / f"drill-{seed}")
            case.write(Kind.REHEARSED, who.body("begun"))
            stopped = run_past_gates(case, made, say)
            card = Scorecard(tuple(checks(case, made)))
    finally:
        made.world.cleanup()
    result = result_of(who, case.journal.records(), [one.name for one in case.credentials], card)
    return SigningRehearsal(card, case.folder, case.folder / "postmortem.html", made.missing, stopped, result)


def open_signing_case(made: SigningWorld, folder: Path) -> Case:
    return Case.create(
        folder,
        [made.world.release_key],
        title="Drill: a release signing key in a repository",
        aware_at=made.world.truth.now,
        settings={"responder": "carol"},
        approvers=sorted(made.world.approvers.glob("*.asc")),
    )


def parameters(made: SigningWorld) -> dict[str, str]:
    """What a responder would type after `irkit run signing-key CASE`."""
    world = made.world
    return {
        "paths": str(world.repository),
        "clocks": str(world.pushes),
        "listed": str(made.listed),
        "old_home": str(world.homes.release),
        "new_home": str(world.homes.new),
        "user_id": "Larkspur Releases (drill) <releases@larkspur.example>",
        "publish": f"folder:{world.folder / 'site'},keyring:{world.folder / 'site' / 'larkspur-keyring.asc'}",
        "apart": str(world.folder / "apart"),
        "approvals": "2",
    }


def run_past_gates(case: Case, made: SigningWorld, say: Say) -> IrkitError | None:
    """Run it; at each gate both test approvers sign, and what only people can do is said to be done."""
    book, ready = books.prepare(books.find_playbook("signing-key"), case, parameters(made))
    say = OneRun(say)
    for _gate in range(_MOST_GATES):
        try:
            books.run(book, ready, case, say=say)
            return None
        except Waiting as error:
            done = pass_gate(case, made)
            if not done:
                return error
            say(f"      gate: {done}, by the drill's people")
            say.goes_on()
        except IrkitError as error:
            return error
    return StepFailed("the drill came to too many gates", on="signing-key")


def pass_gate(case: Case, made: SigningWorld) -> str:
    """What the drill's people do at a gate, in words; empty when nothing waits for them."""
    if signed := approve_what_waits(case, made.world):
        return ", ".join(signed)
    if done := _by_hand(case):
        return f"{len(done)} tasks by hand"
    return ", ".join(_vouch(case, made))


def _by_hand(case: Case) -> list[str]:
    ledger = case.ledger
    plan = ledger.latest("resign")
    tasks = [one for one in plan.actions if isinstance(one.do, HumanTask)] if plan else []
    waiting = [one for one in tasks if one.id in ledger.outcomes and one.id not in ledger.hand_done]
    for action in waiting:
        case.hand_done(action.id, "done, as far as a drill can: the world it is about does not exist")
    return [action.what for action in waiting]


def _vouch(case: Case, made: SigningWorld) -> list[str]:
    if not case.journal.records(Kind.STATED) or case.journal.records(Kind.VOUCHED):
        return []
    for name, home in (("alice", made.world.homes.alice), ("bob", made.world.homes.bob)):
        case.vouch(made.world.truth.approvers[name], home=home)
    return ["alice", "bob"]


def checks(case: Case, made: SigningWorld) -> list[Check]:
    """Every artifact in exactly one of re-signed, quarantined and withdrawn; the matrix; who trusts the key; the statement."""
    ended = {
        kind: {str(one.body["path"]) for one in case.journal.records(kind)}
        for kind in (Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN)
    }
    found: list[Check] = []
    for part in made.parts:
        if not part.missing:
            found += _fates(part, ended)
    stated = case.journal.records(Kind.STATED)
    voices = len(case.journal.records(Kind.VOUCHED))
    found += [*_matrix(case), _trusting(case, made)]
    found.append(
        Check(
            "transition statement",
            "signed by the new key and two people",
            f"{len(stated) and 'signed'} by {voices} people",
            bool(stated) and voices >= 2,
        )
    )
    return list(of(Chapter.SIGNED, *found))


def _fates(part: Part, ended: Mapping[Kind, set[str]]) -> list[Check]:
    def fate(name: str) -> str:
        path = f"{part.name}/{name}"
        return " and ".join(kind.value for kind, paths in ended.items() if path in paths) or "nothing"

    good = Counter(fate(thing.name) for thing in part.things if thing.state == "good")
    other = Counter(fate(thing.name) for thing in part.things if thing.state != "good")
    count = sum(good.values())
    rest = sum(other.values())
    aside = sum(number for name, number in other.items() if name in ("quarantined", "withdrawn"))
    return [
        Check(f"{part.name}: good artifacts", f"{count} re-signed", _told(good), good == Counter({"resigned": count})),
        Check(f"{part.name}: doubtful artifacts", f"{rest} set aside", _told(other), aside == rest),
    ]


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "none"


def _matrix(case: Case) -> list[Check]:
    """The forgery must be rejected once the remedy is done, whoever took it before."""
    tested = (
        case.journal.records(Kind("consumers-tested")) if "consumers-tested" in {kind.value for kind in Kind} else ()
    )
    if not tested:
        return [Check("consumers tested", "each that is here", "not measured", None)]
    kept: Mapping[str, Any] = case.evidence.document(tested[-1].body["evidence"])
    left = [
        row["consumer"]
        for row in kept["rows"]
        if row["key_ring"] == "removed" and row["sample"] == "forgery" and row["accepts"] is True
    ]
    return [Check("forgery accepted with the old key removed", "by none", ", ".join(left) or "by none", not left)]


def _trusting(case: Case, made: SigningWorld) -> Check:
    judged = case.journal.records(Kind.JUDGED)
    kept = case.evidence.document(judged[-1].body["evidence"])["trusted_in"] if judged else []
    got = sorted({one["path"] for one in kept if str(one.get("repository") or "").endswith("installer.git")})
    wanted = sorted(made.trusting)
    return Check("places that trust the key", ", ".join(wanted), ", ".join(got) or "none", got == wanted)
