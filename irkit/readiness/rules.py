"""The rules: of one credential and one rule, yes (a finding), no, or unknown, each with its reason. Pure; times are UTC.

What an issuer does not tell is unknown and never good. A time that is not told is bounded where it can be: what was there on a day is at
least as old as that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from irkit.model import Fact, Held
from irkit.model.held import NAMED_ONLY, Holder
from irkit.readiness.policy import Age, Asked, InDays, Policy
from irkit.readiness.short_lived import instead_of


@dataclass(frozen=True)
class Team:
    """What counts for every credential: how many people could approve, and how many must. `can` None: nobody could say."""

    can: int | None
    must: int


@dataclass(frozen=True)
class Answer:
    yes: Fact
    why: str


@dataclass(frozen=True)
class Finding:
    """The answer of one rule about one credential. `accepted` says why people live with it, "" when they do not."""

    key: str
    rule: str
    answer: Fact
    why: str
    severity: str
    accepted: str = ""

    @property
    def counts(self) -> bool:
        return self.answer == "yes" and not self.accepted


Rule = Callable[[Held, Asked, Team, datetime], Answer]

_CLOCKS_DIFFER = timedelta(days=1)
_WORDS = {"automation": "a machine", "person": "a person"}
_HOLDERS: tuple[Holder, ...] = ("automation", "person")
NO_KEY = "no OpenPGP key"
"""Why a rule about keys is kept by what is none: it does not concern it."""
_HOURS = Answer("no", "what it opens anything with lives for hours")


def owned_by(policy: Policy, held: Held) -> Held:
    """With what the policy knows of who holds it. What it says wins, since people wrote it down."""
    found = policy.owned(held)
    if found is None:
        return held
    by = "the policy says so" if found.holder else held.holder_by
    return replace(held, holder=found.holder or held.holder, holder_by=by, owner=found.owner or held.owner)


def judge(held: Held, policy: Policy, team: Team, now: datetime) -> tuple[Finding, ...]:
    """The answers of all rules of the policy about one credential, in the policy's order."""
    found = []
    for name, asked in policy.rules.asked():
        moot = held.revoked and name != "stale-publication"
        answer = Answer("no", "it is revoked") if moot else RULES[name](held, asked, team, now)
        accepted = policy.accepts(held.key, name, now.date()) if answer.yes == "yes" else None
        why = f"{accepted.why} (until {accepted.until})" if accepted else ""
        found.append(Finding(held.key, name, answer.yes, answer.why, asked.severity, why))
    return tuple(found)


def age(held: Held, asked: Asked, _team: Team, now: datetime) -> Answer:
    assert isinstance(asked, Age)
    days = asked.person_days if held.holder == "person" and asked.person_days else asked.days
    if held.short_lived:
        return _HOURS
    if isinstance(held.created, datetime):
        old = now - held.created
        if old < -_CLOCKS_DIFFER:
            return Answer("unknown", f"made {_ago(old)}")
        return Answer(_is(old > timedelta(days=days)), f"made {_ago(old)}; {days} days are allowed")
    if held.there_since is not None and (old := now - held.there_since) > timedelta(days=days):
        return Answer("yes", f"it was there {_ago(old)} already; {days} days are allowed")
    return Answer("unknown", "its issuer does not tell when it was made")


def no_expiry(held: Held, _asked: Asked, _team: Team, now: datetime) -> Answer:
    if held.short_lived:
        return _HOURS
    if held.expires == "never":
        return Answer("yes", "it never expires")
    if isinstance(held.expires, datetime):
        return Answer("no", f"{'expired' if held.expires <= now else 'it expires'} on {held.expires.date()}")
    return Answer("unknown", "its issuer does not tell whether it expires")


def never_used(held: Held, asked: Asked, _team: Team, now: datetime) -> Answer:
    assert isinstance(asked, InDays)
    if isinstance(held.last_used, datetime):
        return Answer("no", f"used on {held.last_used.date()}")
    if held.last_used is None:
        return Answer("unknown", "its issuer does not tell whether it was used")
    made = held.created if isinstance(held.created, datetime) else held.there_since
    if made is None:
        return Answer("unknown", "never used, and nobody can say since when it could have been")
    if now - made > timedelta(days=asked.days):
        return Answer("yes", f"made {_ago(now - made)}, and never used")
    return Answer("no", f"never used, and made {_ago(now - made)}; {asked.days} days are allowed")


def unused(held: Held, asked: Asked, _team: Team, now: datetime) -> Answer:
    assert isinstance(asked, InDays)
    if isinstance(held.last_used, datetime):
        quiet = now - held.last_used
        if quiet < -_CLOCKS_DIFFER:
            return Answer("unknown", f"used {_ago(quiet)}")
        return Answer(_is(quiet > timedelta(days=asked.days)), f"used {_ago(quiet)}; {asked.days} days are allowed")
    if held.last_used == "never":
        return Answer("no", "never used at all, which is another rule's")
    return Answer("unknown", "its issuer does not tell when it was used")


def wider_than_use(held: Held, _asked: Asked, _team: Team, _now: datetime) -> Answer:
    if held.scope is None or held.uses is None:
        lacks = "what it may do" if held.scope is None else "what it does"
        return Answer("unknown", f"{lacks} is not known")
    idle = [one for one in held.scope if one not in held.uses]
    if not idle:
        return Answer("no", "it was seen at all that it may do, as far as its issuer tells that apart")
    more = f" and {len(idle) - 3} more" if len(idle) > 3 else ""
    return Answer("yes", f"never seen doing: {', '.join(idle[:3])}{more}")


def shared(held: Held, _asked: Asked, _team: Team, _now: datetime) -> Answer:
    seen = {held.holder, *held.also} - {"unknown"}
    if {"automation", "person"} <= seen:
        if held.holder == "unknown":
            return Answer("yes", "there are signs of machines and of people using it")
        others = "people" if held.holder == "automation" else "machines"
        return Answer("yes", f"{held.holder_by}; and there is a sign of {others} using it")
    if held.holder == "unknown":
        taken = f"{_WORDS[next(iter(seen))]} takes it; " if seen else ""
        return Answer("unknown", f"{taken}whose it is, is not known")
    whose = f"of {_WORDS[held.holder]} ({held.holder_by})"
    if not held.consumers:
        looked = "nobody looked for what takes it" if held.consumers is None else "what takes it was not found"
        return Answer("unknown", f"{whose}; {looked}")
    if "unknown" in held.also:
        return Answer("unknown", f"{whose}; what takes it may be a person's or a machine's")
    return Answer("no", f"{whose}, and nothing else was found taking it")


def long_lived(held: Held, _asked: Asked, _team: Team, _now: datetime) -> Answer:
    if held.short_lived:
        return _HOURS
    instead = instead_of(held)
    if instead is None:
        if held.kind in NAMED_ONLY:
            return Answer("unknown", "whose credential stands in it is not known")
        if held.holder == "unknown" and any(instead_of(replace(held, holder=whose)) for whose in _HOLDERS):
            return Answer("unknown", "whose it is, is not known, and there is one for some")
        return Answer("no", "no short-lived one is known of for this kind")
    if (
        isinstance(held.created, datetime)
        and isinstance(held.expires, datetime)
        and held.expires - held.created <= timedelta(days=1)
    ):
        return Answer("no", "it lives for a day at most")
    return Answer("yes", f"there is {instead.instead}")


def no_escrow(held: Held, _asked: Asked, _team: Team, _now: datetime) -> Answer:
    if held.issuer != "openpgp":
        return Answer("no", NO_KEY)
    if held.escrow == "yes":
        return Answer("no", "a revocation certificate lies apart from the key")
    if held.escrow == "no":
        return Answer("yes", "no revocation certificate was found where they are kept")
    return Answer("unknown", "nobody said where revocation certificates are kept")


def stale_publication(held: Held, _asked: Asked, _team: Team, _now: datetime) -> Answer:
    if held.issuer != "openpgp":
        return Answer("no", NO_KEY)
    if not held.published:
        return Answer("unknown", "nobody said where it is published")
    for wanted, answer in (("stale", "yes"), ("unknown", "unknown")):
        for place, state, why in held.published:
            if state == wanted:
                return Answer(answer, f"{place}: {why}")  # type: ignore[arg-type]
    return Answer("no", f"current at {len(held.published)} {'place' if len(held.published) == 1 else 'places'}")


def nobody_approves(_held: Held, _asked: Asked, team: Team, _now: datetime) -> Answer:
    if team.can is None:
        return Answer("unknown", "who may approve is not known")
    return Answer(_is(team.can < team.must), f"{team.can} could approve, {team.must} must")


RULES: Mapping[str, Rule] = {
    "age": age, "no-expiry": no_expiry, "never-used": never_used, "unused": unused, "wider-than-use": wider_than_use, "shared": shared,
    "long-lived": long_lived, "no-escrow": no_escrow, "stale-publication": stale_publication, "nobody-approves": nobody_approves,
}  # fmt: skip


def _is(found: bool) -> Fact:
    return "yes" if found else "no"


def _ago(span: timedelta) -> str:
    """In days, which is what rules count in; a time that lies ahead is said to."""
    days = span.days
    if span < timedelta(0):
        return f"{-days} days ahead of this machine's clock"
    return "less than a day ago" if days < 1 else f"{days} day{'' if days == 1 else 's'} ago"
