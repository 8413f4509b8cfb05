"""The four stages of a case, each answered yes, no or unknown with its reason. Pure over the journal's records.

"No" is said of what irkit itself has not done, and of what a record shows; whether a credential still works that nobody has
asked about is unknown. Of several credentials the one that stands worst decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from irkit.case.ledger import Ledger
from irkit.model import Credential, Kind, Record, State, parse_instant, unrevokable
from irkit.plan import Ended, HumanTask
from irkit.postmortem.story import short
from irkit.show import Level, Stage
from irkit.show.strip import Answer
from irkit.show.times import stamp

_NO_FACT = frozenset({Kind.EXPORTED, Kind.SIGNED, Kind.SEALED, Kind.EVIDENCE, Kind.STEP_STARTED, Kind.STEP_ENDED})
"""Records that change nothing of what a postmortem says."""

_LONGEST = 90  # characters of one reason: a strip is read at a glance

_LEVELS: dict[Answer, Level] = {"yes": "ok", "no": "bad", "unknown": "warn"}


@dataclass(frozen=True)
class Stands:
    """How one credential stands in one question."""

    name: str
    answer: Answer
    why: str


def stages(records: Sequence[Record], credentials: Sequence[Credential]) -> tuple[Stage, ...]:
    """Exposed, contained, re-signed, written."""
    ledger = Ledger.of(records)
    return (
        exposed(records, credentials),
        contained(records, credentials, ledger),
        resigned(records, credentials, ledger),
        written(records),
    )


def exposed(records: Sequence[Record], credentials: Sequence[Credential]) -> Stage:
    """Yes when it was found, alerted to, or a window shows that it was out; no only when all that was given could be read."""
    located = _last(records, Kind.LOCATED)
    alerted = any(one.kind is Kind.ALERTED for one in records)
    windows = {one.body["credential"]: one.body["window"] for one in records if one.kind is Kind.WINDOW}
    level: Level = "info" if windows and all(_is_closed(windows.get(one.name)) for one in credentials) else "bad"
    if located and (places := int(located.body["occurrences"])):
        by_credential, live = located.body.get("by_credential"), int(located.body.get("live", 0))
        found = sum(1 for one in credentials if (by_credential or {}).get(one.name))
        many = f", of {found} of {len(credentials)} credentials" if by_credential and len(credentials) > 1 else ""
        named = sum(located.body.get("names_only", {}).values())
        only = f" ({named} of them only name it)" if named else ""
        return Stage("Exposed", "yes", f"{_count(places, 'place')}{only}{many}; {live} of them are still there", level)
    if alerted or any(one["opened"].get("latest") for one in windows.values()):
        how = "a scanner alerted to it" if alerted else "other records show that it was out"
        return Stage("Exposed", "yes", f"{how}; found in no place that was searched", level)
    if located is None:
        return Stage("Exposed", "unknown", "not searched yet: notebook 1", "warn")
    if unread := int(located.body.get("skipped", 0)):
        return Stage("Exposed", "unknown", f"found nowhere, but {_count(unread, 'input')} could not be read", "warn")
    return Stage("Exposed", "no", "in none of the places that were searched", "ok")


def _is_closed(window: object) -> bool:
    return isinstance(window, dict) and bool(window["closed"].get("latest"))


def contained(records: Sequence[Record], credentials: Sequence[Credential], ledger: Ledger) -> Stage:
    """Yes only when each credential is: a token by its proof of death, a key by a revocation that was read back."""
    stand = [
        _key(records, one.name) if one.kind == "openpgp" else _token(records, ledger, one.name) for one in credentials
    ]
    worst = next((one for answer in ("no", "unknown") for one in stand if one.answer == answer), None)
    if worst is None:
        how = "proven dead, and what it begot" if any(one.kind != "openpgp" for one in credentials) else stand[0].why
        judged = {one.body["credential"]: one.body for one in records if one.kind is Kind.CONTAINED}
        early = [body["logs_read_at"] for body in judged.values() if body.get("logs_read_at")]
        if early:
            how += f", by logs read {stamp(parse_instant(min(early)))}, before it died: read them again"
        return Stage("Contained", "yes", how, "ok")
    well = sum(one.answer == "yes" for one in stand)
    many = f"{well} of {len(stand)}; " if len(stand) > 1 else ""
    return _stage("Contained", worst.answer, f"{many}{short(worst.name)}: {worst.why}")


def _token(records: Sequence[Record], ledger: Ledger, name: str) -> Stands:
    judged = _last([one for one in records if one.body.get("credential") == name], Kind.CONTAINED)
    seen = [
        (one.seq, one.body["standing"])
        for one in records
        if one.kind is Kind.STANDING
        and one.body["credential"] == name
        and one.body["moment"] not in ("control", "living")
    ]
    if judged is not None:
        if any(seq > judged.seq and standing["state"] == State.ALIVE.value for seq, standing in seen):
            return Stands(name, "no", "it answered again after it had been judged")
        answer: Answer = {True: "yes", False: "no"}.get(judged.body["contained"], "unknown")  # type: ignore[assignment]
        return Stands(name, answer, _first(judged.body["why"]))
    if seen and seen[-1][1]["state"] == State.ALIVE.value:
        return Stands(name, "no", "it works")
    if seen and seen[-1][1]["state"] == State.DEAD.value:
        return Stands(name, "unknown", "seen dead once, and not proven")
    planned = ledger.latest("revoke") is not None
    return Stands(name, "unknown", "planned, not carried out" if planned else "nobody has asked whether it still works")


def _key(records: Sequence[Record], name: str) -> Stands:
    last = {str(one.body["place"]): one.body for one in records if one.kind is Kind.PUBLISHED}
    read_back = [place for place, body in last.items() if body["old"] == "revoked"]
    if read_back:
        return Stands(name, "yes", f"revoked, as read back from {_count(len(read_back), 'place')}")
    if any(one.kind is Kind.KEY_REVOKED for one in records):
        return Stands(name, "unknown", "revoked; that those who rely on it have the revocation was read back nowhere")
    if said := unrevokable(records, name):
        return Stands(name, "no", f"it cannot be revoked: {said.body['why']}")
    if any(body["old"] == "good" for body in last.values()):
        return Stands(name, "no", "it is published, and not revoked")
    return Stands(name, "unknown", "not revoked by this case, and no place was asked whether it is")


def resigned(records: Sequence[Record], credentials: Sequence[Credential], ledger: Ledger) -> Stage:
    """Yes when every step of the latest plan that is irkit's own is done."""
    label = "Re-signed"
    if not any(one.kind == "openpgp" for one in credentials):
        return Stage(label, "apart", "no OpenPGP key is in this case")
    plan = ledger.latest("resign")
    if plan is None:
        return Stage(label, "no", "nothing is planned yet: notebook 3", "warn")
    own = [one for one in plan.actions if not isinstance(one.do, HumanTask)]
    ended = [outcome.ended if (outcome := ledger.settled(one.id)) else None for one in own]
    failed, done = ended.count(Ended.FAILED), ended.count(Ended.DONE)
    if failed:
        return Stage(label, "no", f"{_count(failed, 'action')} of {len(own)} failed", "bad")
    if done == len(own):
        again = len({str(one.body["path"]) for one in records if one.kind is Kind.RESIGNED})
        aside = len({str(one.body["path"]) for one in records if one.kind in (Kind.QUARANTINED, Kind.WITHDRAWN)})
        return Stage(label, "yes", f"{again} signed by the fresh key, {aside} put aside", "ok")
    if begun := sum(ledger.begun(one.id) for one in own):
        return Stage(label, "unknown", f"what became of {_count(begun, 'action')} is not established", "warn")
    return Stage(label, "no", f"{done} of {_count(len(own), 'action')} of the plan done", "warn")


def written(records: Sequence[Record], missing: str = "there is no postmortem yet: notebook 4") -> Stage:
    """Yes when the report was written; whether the case went on since is said beside it. `missing`: what is said otherwise."""
    made = _last(records, Kind.EXPORTED)
    if made is None:
        return Stage("Written", "no", missing, "warn")
    since = sum(1 for one in records if one.seq > made.seq and one.kind not in _NO_FACT)
    if since:
        return Stage("Written", "yes", f"but {_count(since, 'record')} came in since: write it again", "warn")
    return Stage("Written", "yes", "nothing has changed since", "ok")


def _first(reasons: Sequence[object]) -> str:
    """The first of several reasons, and how many there are besides: the whole list is in confirm()."""
    more = f" (and {_count(len(reasons) - 1, 'more reason')})" if len(reasons) > 1 else ""
    return f"{shorten(str(reasons[0]), _LONGEST, placeholder='…')}{more}" if reasons else ""


def _stage(label: str, answer: Answer, detail: str) -> Stage:
    return Stage(label, answer, detail, _LEVELS[answer])


def _last(records: Sequence[Record], kind: Kind) -> Record | None:
    return next((one for one in reversed(records) if one.kind is kind), None)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
