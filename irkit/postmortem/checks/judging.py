"""Which rule judges which check. Pure: what was seen goes in, an answer comes out."""

from __future__ import annotations

from datetime import datetime

from irkit.postmortem.checks import guarding, practice
from irkit.postmortem.checks.answers import Answer
from irkit.postmortem.checks.guarding import CoverageSeen, HomeSeen, KnownSeen, Place
from irkit.postmortem.checks.named import Check, KnownCredential, ReadinessRun, Rehearsed, Rotated
from irkit.postmortem.checks.narrower import PolicySeen, narrower
from irkit.postmortem.checks.practice import HistorySeen, RotationSeen, RunSeen

Seen = RunSeen | RotationSeen | tuple[Place, ...] | CoverageSeen | KnownSeen | HomeSeen | PolicySeen | HistorySeen


def judge(check: Check, seen: Seen, now: datetime) -> Answer:
    """Whether what the check asks for is in force, as of `now` (UTC). TypeError for what another look saw."""
    match check, seen:
        case ReadinessRun(), RunSeen():
            return practice.readiness(check, seen, now)
        case Rotated(), RotationSeen():
            return practice.rotation(check, seen, now)
        case Rehearsed(), HistorySeen():
            return practice.rehearsal(check, seen, now)
        case KnownCredential(), KnownSeen():
            return guarding.known(check.name, seen)
        case _, CoverageSeen():
            return guarding.coverage(seen)
        case _, HomeSeen():
            return guarding.home(seen)
        case _, PolicySeen():
            return narrower(seen)
        case _, tuple():
            return guarding.installed(seen)
    raise TypeError(f"{type(seen).__name__} is not what {type(check).__name__} asks for")
