"""The rule on a replacement: it may do less than the old one could, and nothing beyond it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from irkit.postmortem.checks.answers import Answer
from irkit.postmortem.checks.practice import listed


@dataclass(frozen=True)
class PolicySeen:
    """Two policies compared: what the new one allows `beyond` the old one, what could not be `compared`, what it has `less`, and what
    it has under a condition alone, which `perhaps` is less."""

    beyond: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


def narrower(seen: PolicySeen) -> Answer:
    do = "irkit blast REF LOGS proposes the narrowest policy"
    if seen.beyond:
        return Answer(False, f"the new one may do what the old one could not: {listed(seen.beyond)}", do)
    if seen.undecided:
        return Answer(None, f"it could not be told of {listed(seen.undecided)}", do)
    if not seen.less and seen.perhaps:
        why = f"the new one may do it under a condition alone, which is not evaluated: {listed(seen.perhaps)}"
        return Answer(None, f"whether it is less is not known: {why}", do)
    if not seen.less:
        return Answer(False, "the new one may do all that the old one could", do)
    return Answer(True, f"the new one may do nothing beyond the old one, and no longer: {listed(seen.less)}")
