"""How long would it take us today: not a number of minutes, but what is at hand for each credential and what is not. Pure.

Ready is said when nothing that is needed is missing or unknown. What a person has to do by hand is no obstacle and takes longer; it is
said. A time is told only where it was measured, in an incident or a rehearsal whose journal was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from irkit.model import Fact, Held
from irkit.readiness.rules import Team

Readiness = Literal["ready", "not ready", "unknown"]
By = Literal["incident", "people", "unattended"]


APPROVERS, CERTIFICATE, ACCESS, CONSUMERS, PUBLISHED = (
    "approvers",
    "revocation certificate",
    "team's own access",
    "consumers known",
    "revocation published",
)
"""The questions whose answer must be yes."""

_NOT_TRIED = "; that the team's own access may revoke as well was not tried"


@dataclass(frozen=True)
class Way:
    """How one credential would be put out of use: whether the team's own access to its issuer was answered, and what irkit's adapter
    does there by API with what the folder says."""

    issuer: str
    access: Fact
    access_why: str
    revokes: Fact
    replaces: Fact


@dataclass(frozen=True)
class Measured:
    """How long it took from the plan to the proof that a credential of this issuer was dead; `case` is where, `at` when it was proved,
    `by` whose time it is: of an incident, of people who rehearsed, or of irkit alone."""

    issuer: str
    seconds: float
    case: str
    at: datetime
    by: By = "incident"

    @property
    def said(self) -> str:
        whose = {
            "incident": "",
            "people": ", a rehearsal by people",
            "unattended": ", a rehearsal without people: irkit's time, and not theirs",
        }
        return f"{_span(self.seconds)} from plan to proof, in {self.case} on {self.at.date()}{whose[self.by]}"


@dataclass(frozen=True)
class Part:
    """One question about one credential. `needed`: without a yes it cannot be contained; otherwise a no makes it slower."""

    question: str
    answer: Fact
    because: str
    needed: bool = True


@dataclass(frozen=True)
class Estimate:
    key: str
    verdict: Readiness
    because: str
    parts: tuple[Part, ...]
    slower: tuple[str, ...] = ()
    measured: str = ""


def estimate(held: Held, way: Way | None, team: Team, measured: Sequence[Measured]) -> Estimate:
    """What is at hand to put this credential out of use, in the order in which it would be needed."""
    if held.revoked and held.issuer != "openpgp":
        return Estimate(held.key, "ready", "it is revoked already", ())
    parts = (_told(held),) if held.revoked else tuple(_parts(held, way, team))
    for wanted, verdict in (("no", "not ready"), ("unknown", "unknown")):
        missing = [one.because for one in parts if one.needed and one.answer == wanted]
        if missing:
            return Estimate(held.key, verdict, "; ".join(missing), parts, _slower(parts), _quickest(held, measured))  # type: ignore[arg-type]
    if held.revoked:
        return Estimate(held.key, "ready", parts[0].because, parts)
    because = "all that is needed is at hand" + ("" if held.issuer == "openpgp" else _NOT_TRIED)
    return Estimate(held.key, "ready", because, parts, _slower(parts), _quickest(held, measured))


def _told(held: Held) -> Part:
    """A key is revoked for those who have heard of it."""
    if not held.published:
        return Part(PUBLISHED, "unknown", "it is revoked at home; where its revocation is published is not known")
    answers: tuple[tuple[str, Fact], ...] = (("stale", "no"), ("unknown", "unknown"))
    for state, answer in answers:
        places = [f"{place}: {why}" for place, found, why in held.published if found == state]
        if places:
            return Part(PUBLISHED, answer, f"it is revoked at home; {'; '.join(places)}")
    return Part(PUBLISHED, "yes", "it is revoked already, and the places that were named tell so")


def _parts(held: Held, way: Way | None, team: Team) -> list[Part]:
    parts = [_approvers(team)]
    if held.issuer == "openpgp":
        parts.append(_certificate(held))
    elif way is None:
        parts.append(Part(ACCESS, "unknown", "whose credential it is, is not known"))
    else:
        parts.append(Part(ACCESS, way.access, way.access_why))
        parts.append(Part("revoked by API", way.revokes, _by("revoked", way.revokes, way.issuer), needed=False))
        parts.append(Part("replaced by API", way.replaces, _by("replaced", way.replaces, way.issuer), needed=False))
    parts.append(_consumers(held))
    return parts


def _approvers(team: Team) -> Part:
    if team.can is None:
        return Part(APPROVERS, "unknown", "who may approve is not known")
    enough: Fact = "yes" if team.can >= team.must else "no"
    return Part(APPROVERS, enough, f"{team.can} could approve, {team.must} must")


def _certificate(held: Held) -> Part:
    words = {"yes": "a revocation certificate is at hand", "no": "no revocation certificate lies apart from the key"}
    answer: Fact = held.escrow or "unknown"
    return Part(CERTIFICATE, answer, words.get(answer, "where revocation certificates are kept is not known"))


def _consumers(held: Held) -> Part:
    """That nothing was found is no answer, unless its issuer says that nothing ever used it."""
    if held.consumers:
        return Part(CONSUMERS, "yes", f"{len(held.consumers)} found where irkit looked")
    if held.last_used == "never":
        return Part(CONSUMERS, "yes", "its issuer says that it was never used")
    why = (
        "nobody looked for what uses it"
        if held.consumers is None
        else "nothing was found that uses it, and something may"
    )
    return Part(CONSUMERS, "unknown", why)


def _by(done: str, answer: Fact, issuer: str) -> str:
    return {
        "yes": f"irkit's adapter for {issuer} has it {done} by API",
        "no": f"a person has it {done} by hand at {issuer}",
        "unknown": f"whether {issuer} has it {done} by API is not known",
    }[answer]


def _slower(parts: Sequence[Part]) -> tuple[str, ...]:
    return tuple(one.because for one in parts if not one.needed and one.answer != "yes")


def _quickest(held: Held, measured: Sequence[Measured]) -> str:
    last = latest(one for one in measured if one.issuer == held.issuer)
    return last.said if last else ""


def latest(measured: Iterable[Measured]) -> Measured | None:
    """The last one, since a team's state is what it is now and not what it was at its best. Times of people come before irkit's."""
    return max(measured, key=lambda one: (one.by != "unattended", one.at), default=None)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
