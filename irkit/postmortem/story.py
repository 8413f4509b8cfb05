"""The journal read once, into typed facts the other pages are written from. Pure.

A record that is not what its kind promises, or evidence that cannot be loaded, weakens the report and is listed in
`unread`; it never stops it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from irkit.errors import IrkitError
from irkit.model import Credential, Incident, Kind, OpenPgpKey, Record, Skipped, Standing, State, Window
from irkit.plan import Action, Approval, Ended, HumanTask, Outcome, Plan, read

Load = Callable[[str], Any]
"""Evidence by digest, as the plain JSON document that was kept."""

T = TypeVar("T")


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
        return _mapping(self.document.get("by_key"))

    @property
    def derived(self) -> list[Mapping[str, Any]]:
        return [_mapping(each) for each in sequence(self.document.get("derived"))]

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return skipped_of(self.document.get("skipped"))

    @property
    def events(self) -> int | None:
        events = self.by_key.get("events")
        return events if isinstance(events, int) else None


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
    unread: tuple[Skipped, ...]

    def of(self, *kinds: Kind) -> tuple[Record, ...]:
        """The readable records of these kinds, in order."""
        return tuple(record for record in self.readable if record.kind in kinds)

    @property
    def credentials(self) -> tuple[Credential, ...]:
        return self.incident.credentials if self.incident else ()

    def key_revoked(self, name: str) -> Record | None:
        return next((record for record in self.of(Kind.KEY_REVOKED) if record.body.get("key") == name), None)

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
                found[str(_mapping(artifact).get("path", ""))] = _mapping(artifact)
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


_WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.EVIDENCE: ("digest", "what", "source"),
    Kind.ALERTED: ("credential",),
    Kind.INTENT: ("plan", "action", "what", "target"),
    Kind.OUTCOME: ("plan", "target", "what"),
    Kind.VERDICT: ("credential", "verdict", "why"),
    Kind.KEY_GENERATED: ("primary",),
    Kind.KEY_REVOKED: ("key", "reason"),
    Kind.RESIGNED: ("path",),
    Kind.QUARANTINED: ("path", "why"),
    Kind.WITHDRAWN: ("path", "why"),
    Kind.PUBLISHED: ("place", "old", "new"),
    Kind.STATED: ("evidence", "path", "key"),
    Kind.VOUCHED: ("statement", "who", "fingerprint"),
    Kind.STEP_STARTED: ("playbook", "step"),
    Kind.STEP_ENDED: ("playbook", "step"),
    Kind.REPLACED: ("credential", "name", "public_id"),
    Kind.SURVIVED: ("credential", "what", "state", "why"),
    Kind.CONTAINED: ("credential",),
    Kind.NOTE: ("section", "text"),
    Kind.HUMAN_DONE: ("action", "who", "text"),
    Kind.EXPORTED: ("path", "sha256"),
    Kind.SEALED: ("path", "who", "head"),
}
"""Fields of a body without which its record says nothing (`irkit.model.record.Kind`); each holds text."""


def tell(records: Sequence[Record], load: Load) -> Story:
    """Read the records in order; what cannot be read is listed, with its number."""
    reader = _Reader(load)
    opened = reader.each(records, Kind.CASE_OPENED, lambda body: read(Incident, dict(body)))
    windows = reader.each(records, Kind.WINDOW, lambda body: (str(body["credential"]), read(Window, body["window"])))
    usages = reader.each(records, Kind.USAGE_READ, reader.usage)
    located = reader.each(records, Kind.LOCATED, reader.kept)
    judgements = reader.each(records, Kind.JUDGED, reader.kept)
    standings = reader.each(records, Kind.STANDING, _stood)
    plans = reader.each(records, Kind.PLAN, lambda body: read(Plan, body["plan"]))
    approvals = reader.each(records, Kind.APPROVAL, lambda body: read(Approval, dict(body)))
    outcomes = reader.each(records, Kind.OUTCOME, lambda body: read(Outcome, body["outcome"]))
    readable = reader.readable(records)
    return Story(
        records=tuple(records),
        readable=readable,
        incident=opened[0][1] if opened else None,
        windows=dict(window for _, window in windows),
        usages={usage.credential: usage for _, usage in usages},
        located=tuple(located),
        judgements=tuple(kept for _, kept in judgements),
        standings=tuple(standings),
        plans=tuple(plans),
        approvals=tuple(approvals),
        outcomes=tuple(
            Done(record, record.body["plan"], record.body["target"], record.body["what"], outcome)
            for record, outcome in outcomes
            if record.seq not in reader.faulty
        ),
        unread=tuple(reader.unread),
    )


class _Reader:
    def __init__(self, load: Load) -> None:
        self.load = load
        self.unread: list[Skipped] = []
        self.faulty: set[int] = set()

    def readable(self, records: Sequence[Record]) -> tuple[Record, ...]:
        """Records that could be read and have the words their kind promises; what has not is listed in `unread`."""
        for record in records:
            missing = [name for name in _WORDS.get(record.kind, ()) if not isinstance(record.body.get(name), str)]
            if missing and record.seq not in self.faulty:
                self._fault(record, f"it says nothing under {', '.join(missing)}")
        return tuple(record for record in records if record.seq not in self.faulty)

    def _fault(self, record: Record, why: str) -> None:
        self.faulty.add(record.seq)
        self.unread.append(Skipped(f"journal record {record.seq} ({record.kind.value})", why))

    def each(
        self, records: Sequence[Record], kind: Kind, take: Callable[[Mapping[str, Any]], T]
    ) -> list[tuple[Record, T]]:
        found = []
        for record in records:
            if record.kind is kind:
                try:
                    found.append((record, take(record.body)))
                except (IrkitError, KeyError, TypeError, ValueError) as error:
                    why = f"a field is missing: {error}" if isinstance(error, KeyError) else str(error)
                    self._fault(record, why)
        return found

    def document(self, digest: str) -> Mapping[str, Any]:
        """Evidence, or nothing and a line in `unread`."""
        if not digest:
            return {}
        try:
            return _mapping(self.load(digest))
        except (IrkitError, KeyError, OSError, ValueError) as error:
            self.unread.append(Skipped(f"evidence {digest}", str(error)))
            return {}

    def usage(self, body: Mapping[str, Any]) -> Usage:
        evidence = str(body.get("evidence", ""))
        known = self.document(evidence)
        summary = {"by_key": body.get("summary"), "skipped": body.get("skipped")}
        return Usage(str(body["credential"]), evidence, {**summary, **known})

    def kept(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The body with what its evidence adds: the evidence is the fuller document and wins, but for `artifacts` that the body has."""
        found = self.document(str(body.get("evidence", "")))
        known = {key: value for key, value in found.items() if key != "artifacts" or "artifacts" not in body}
        return {**body, **known}


def _stood(body: Mapping[str, Any]) -> Stood:
    return Stood(str(body["credential"]), str(body["moment"]), read(Standing, body["standing"]))


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
    found = [_mapping(each) for each in sequence(plain)]
    return tuple(
        Skipped(str(each.get("what", "an input")), str(each.get("why", "no reason was kept"))) for each in found
    )


def _mapping(plain: Any) -> Mapping[str, Any]:
    return plain if isinstance(plain, Mapping) else {}


def sequence(plain: Any) -> Sequence[Any]:
    """A list of a document; empty where another thing, such as a bare count, stands in its place."""
    return plain if isinstance(plain, list | tuple) else ()
