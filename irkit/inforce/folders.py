"""What other folders of irkit's say: the readiness of a team, a rotation or an incident. Their journals are read, and must be whole."""

from __future__ import annotations

import hashlib
from pathlib import Path

from irkit.case.desk import Desk
from irkit.case.readiness import assessing
from irkit.case.readiness.taking import checked_policy, require_readiness
from irkit.case.rotating.moments import placed_at
from irkit.case.settings import read_settings
from irkit.errors import BadInput, StepFailed
from irkit.inforce.door import Look, place
from irkit.model import ApiToken, Credential, Kind, State
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.named import ReadinessRun, Rotated
from irkit.postmortem.checks.practice import Judged, OldOne, RotationSeen, RunSeen
from irkit.postmortem.story import Story
from irkit.postmortem.telling import tell


def readiness(case: Desk, check: ReadinessRun) -> Look:
    """BadInput where there is no such folder or the policy is broken, StepFailed where its journal is not whole."""
    team = _opened(place(case, check.folder))
    require_readiness(team)
    wanted = ""
    if check.policy:
        policy = place(case, check.policy)
        checked_policy(policy)
        wanted = hashlib.sha256(policy.read_bytes()).hexdigest()
    looked = Looked(str(team.folder), _chain(team))
    if not team.journal.records(Kind.READINESS):
        return Look(RunSeen(None), (looked,))
    run = assessing.latest(team)
    found = tuple(Judged(one.key, one.rule, one.answer, one.accepted) for one in run.findings)
    held = tuple(one.key for one in run.held)
    lost = tuple(one.held.key for one in run.missing)
    seen = RunSeen(run.inventory.at, run.policy_sha256, wanted, held, found, len(run.inventory.unasked), lost)
    return Look(seen, (looked, Looked(f"policy {run.policy}", f"SHA-256 {run.policy_sha256}")))


def rotation(case: Desk, check: Rotated) -> Look:
    """The same of a case; this case's own folder as any other. Nobody is asked again whether the old one is dead."""
    other = _opened(place(case, check.case))
    story = tell(other.journal.records(), other.evidence.document)
    old = tuple(_old(other, story, one) for one in other.credentials)
    return Look(RotationSeen(other.rotates, old), (Looked(str(other.folder), _chain(other)),))


def _old(other: Desk, story: Story, credential: Credential) -> OldOne:
    fate = story.fate(credential)
    fresh = placed_at(other.ledger, credential.name) if isinstance(credential, ApiToken) else None
    proved = fate.at if fate.proved and fate.state is State.DEAD else None
    return OldOne(credential.name, fate.state, fate.why, proved, fresh)


def _opened(folder: Path) -> Desk:
    if not (folder / "case.toml").is_file():
        raise BadInput(
            "this is no folder of irkit's", on=folder, why="it has no case.toml", do="mend the path in front.toml"
        )
    read_settings(folder / "case.toml")
    if not (folder / "journal.sqlite").exists():
        raise BadInput("this folder has no journal", on=folder, do="restore it from a copy")
    other = Desk(folder)
    if broken := other.journal.broken_link():
        raise StepFailed("its journal is not whole", on=folder, why=broken, do=f"irkit verify {folder}")
    return other


def _chain(other: Desk) -> str:
    records = other.journal.records()
    return f"{len(records)} records, unbroken, head {records[-1].digest[:16]}"
