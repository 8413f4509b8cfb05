"""What the journal says, as typed facts the other pages are written from (`irkit.postmortem.telling` reads it). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from irkit.model import (
    Credential,
    Incident,
    Instant,
    Kind,
    OpenPgpKey,
    PackageRecord,
    Purpose,
    Record,
    Skipped,
    Standing,
    State,
    Window,
    unrevokable,
)
from irkit.model.regions import unknown_elsewhere
from irkit.plan import Action, Approval, Ended, HumanTask, Outcome, Plan

Load = Callable[[str], Any]
"""Evidence by digest, as the plain JSON document that was kept."""


PROVED = frozenset({"trusted", "unchanged"})
"""Verdicts on an artifact that is proven unchanged since before the exposure."""


@dataclass(frozen=True)
class Stood:
    """One answer to "does it live": moment is "before", "control", "living", "after" or "settling"."""

    credential: str
    moment: str
    standing: Standing


@dataclass(frozen=True)
class Done:
    """One outcome of one action of a plan."""

    record: Record
    plan: str
    target: str
    what: str
    outcome: Outcome


@dataclass(frozen=True)
class Usage:
    """What the logs say of one credential: the document of `irkit usage --format json`, or its summary alone."""

    credential: str
    evidence: str
    document: Mapping[str, Any]

    @property
    def by_key(self) -> Mapping[str, Any]:
        return mapping(self.document.get("by_key"))

    @property
    def derived(self) -> list[Mapping[str, Any]]:
        return [mapping(each) for each in sequence(self.document.get("derived"))]

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return skipped_of(self.document.get("skipped"))

    @property
    def elsewhere(self) -> str:
        """What was done in regions whose logs were not read, in a sentence; "" where that is no question."""
        return unknown_elsewhere([str(one) for one in sequence(self.document.get("regions_read"))])

    @property
    def events(self) -> int | None:
        events = self.by_key.get("events")
        return events if isinstance(events, int) else None

    @property
    def tells(self) -> bool:
        """False where no log that was read shows it in use or is its issuer's: then no use in them is no answer."""
        return self.document.get("of_issuer") is not False


@dataclass(frozen=True)
class Fate:
    """Whether a credential lives at the end of the journal: the answer, why, and since when it is known."""

    state: State
    why: str
    at: datetime | None = None
    proved: bool = False


@dataclass(frozen=True)
class Story:
    """Everything the records say, typed, in the order it was written."""

    records: tuple[Record, ...]
    readable: tuple[Record, ...]
    incident: Incident | None
    windows: Mapping[str, Window]
    usages: Mapping[str, Usage]
    located: tuple[tuple[Record, Mapping[str, Any]], ...]
    judgements: tuple[Mapping[str, Any], ...]
    standings: tuple[tuple[Record, Stood], ...]
    plans: tuple[tuple[Record, Plan], ...]
    approvals: tuple[tuple[Record, Approval], ...]
    outcomes: tuple[Done, ...]
    stated: tuple[tuple[Record, str, Instant], ...]
    unread: tuple[Skipped, ...]
    observed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the logs of a rotation showed, by the digest of its evidence."""
    packages: tuple[PackageRecord, ...] = ()
    """What package registries recorded as published."""

    @property
    def purpose(self) -> Purpose:
        return self.incident.purpose if self.incident else "incident"

    @property
    def is_rehearsal(self) -> bool:
        """Whether a drill opened the case: only a drill writes that it began."""
        return bool(self.of(Kind.REHEARSED))

    def of(self, *kinds: Kind) -> tuple[Record, ...]:
        """The readable records of these kinds, in order."""
        return tuple(record for record in self.readable if record.kind in kinds)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        return self.incident.credentials if self.incident else ()

    @property
    def milestones(self) -> Mapping[str, Instant]:
        """What people stated, by name; of a name the last one. `aware_at` may have been said when the case was opened."""
        opened = {"aware_at": self.incident.aware} if self.incident and self.incident.aware else {}
        return opened | {name: instant for _, name, instant in self.stated}

    @property
    def aware(self) -> Instant | None:
        return self.milestones.get("aware_at")

    def key_revoked(self, name: str) -> Record | None:
        return next((record for record in self.of(Kind.KEY_REVOKED) if record.body.get("key") == name), None)

    def unrevokable(self, name: str) -> Record | None:
        """That nobody of ours can revoke this key, as long as nobody has."""
        return unrevokable(self.of(Kind.UNREVOKABLE, Kind.KEY_REVOKED), name)

    def stood(self, name: str, *moments: str) -> tuple[Standing, ...]:
        return tuple(
            stood.standing for _, stood in self.standings if stood.credential == name and stood.moment in moments
        )

    def fate(self, credential: Credential) -> Fate:
        """A later sighting outweighs an earlier verdict: a token that was dead and answers again is alive."""
        name, verdict = credential.name, None
        for record in self.of(Kind.VERDICT):
            verdict = record if record.body.get("credential") == name else verdict
        seen = [
            (record, stood.standing)
            for record, stood in self.standings
            if stood.credential == name and stood.moment not in ("control", "living")
        ]
        if verdict is not None:
            later = [
                standing for record, standing in seen if record.seq > verdict.seq and standing.state is State.ALIVE
            ]
            if later:
                return Fate(State.ALIVE, f"it answered again after the verdict: {later[-1].why}", later[-1].at.at)
            said = str(verdict.body.get("verdict", ""))
            state = {"dead": State.DEAD, "not dead": State.ALIVE}.get(said, State.UNKNOWN)
            return Fate(state, str(verdict.body.get("why", "")), verdict.at, proved=state is State.DEAD)
        if isinstance(credential, OpenPgpKey) and (revoked := self.key_revoked(name)):
            return Fate(
                State.UNKNOWN,
                "it is revoked, but that everybody who relies on it has the revocation is not proved",
                revoked.at,
            )
        if isinstance(credential, OpenPgpKey) and (never := self.unrevokable(name)):
            return Fate(State.ALIVE, f"it cannot be revoked: {never.body.get('why')}", never.at)
        if seen:
            last = seen[-1][1]
            why = {State.DEAD: "seen dead once, not yet proved against a look-alike: "}.get(last.state, "")
            state = State.UNKNOWN if last.state is State.DEAD else last.state
            return Fate(state, why + last.why, last.at.at)
        return Fate(State.UNKNOWN, "nobody has asked yet whether it still works")

    def revocation_accepted(self, name: str) -> Done | None:
        """The last action on the credential that its provider accepted."""
        accepted = [done for done in self.outcomes if done.target == name and done.outcome.ended is Ended.DONE]
        return accepted[-1] if accepted else None

    def judged(self) -> Mapping[str, Mapping[str, Any]]:
        """Artifacts by path as they were last judged: {path, verdict, why, sha256}."""
        found = {}
        for judgement in self.judgements:
            for artifact in sequence(judgement.get("artifacts")):
                found[str(mapping(artifact).get("path", ""))] = mapping(artifact)
        return found

    def unsettled(self) -> tuple[Record, ...]:
        """Intents with no outcome: sent, perhaps, and nobody knows what became of it."""
        last = {done.outcome.action: done.outcome.ended for done in self.outcomes}
        settled = {action for action, ended in last.items() if ended in (Ended.DONE, Ended.FAILED, Ended.REFUSED)}
        return tuple(record for record in self.of(Kind.INTENT) if record.body.get("action") not in settled)

    def waiting(self) -> tuple[Action, ...]:
        """Hand tasks of the plans that nobody has said are done."""
        done = {str(record.body.get("action")) for record in self.of(Kind.HUMAN_DONE)}
        latest = {plan.chapter: plan for _, plan in self.plans}
        tasks = (action for plan in latest.values() for action in plan.actions if isinstance(action.do, HumanTask))
        return tuple(action for action in tasks if action.id not in done)

    def skipped(self) -> tuple[Skipped, ...]:
        """Everything that could not be read, from every chapter, each once."""
        found = list(self.unread)
        for _, located in self.located:
            found += skipped_of(located.get("skipped"))
        for usage in self.usages.values():
            found += usage.skipped
        for judgement in self.judgements:
            found += skipped_of(judgement.get("skipped"))
        return tuple(dict.fromkeys(found))


def short(name: str) -> str:
    """A credential's name for sentences; an OpenPGP fingerprint shrinks to its key id, which section "credentials" resolves."""
    return f"0x{name[-16:]}" if re.fullmatch(r"[0-9A-F]{40}|[0-9A-F]{64}", name) else name


def shortened(digest: str) -> str:
    """The beginning of a digest, enough to find it in the evidence register."""
    return f"{digest[:19]}…" if len(digest) > 40 else digest


def rows(plain: Any) -> tuple[Mapping[str, Any], ...]:
    """The mappings of a list of a document."""
    return tuple(each for each in sequence(plain) if isinstance(each, Mapping))


def skipped_of(plain: Any) -> tuple[Skipped, ...]:
    """`skipped` of any document: a list of {what, why}, or a bare count."""
    if isinstance(plain, int) and not isinstance(plain, bool):
        return (Skipped(f"{plain} inputs", "the list of reasons is not in the case's evidence"),) if plain else ()
    found = [mapping(each) for each in sequence(plain)]
    return tuple(
        Skipped(str(each.get("what", "an input")), str(each.get("why", "no reason was kept"))) for each in found
    )


def mapping(plain: Any) -> Mapping[str, Any]:
    return plain if isinstance(plain, Mapping) else {}


def sequence(plain: Any) -> Sequence[Any]:
    """A list of a document; empty where another thing, such as a bare count, stands in its place."""
    return plain if isinstance(plain, list | tuple) else ()
