"""What was done and how it is proved: plans, approvals, outcomes, the proof of death, the new signatures. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from irkit.model import Kind, OpenPgpKey, Record, Standing
from irkit.plan import Ended
from irkit.postmortem.story import Done, Story, sequence, short, shortened
from irkit.show import Block, Cell, Facts, Level, Notice, Table


def done(story: Story) -> tuple[Block, ...]:
    return (*_plans(story), *_outcomes(story), *_proof(story))


def _plans(story: Story) -> Iterator[Block]:
    if not story.plans:
        yield Notice("info", "No plan has been made yet.")
        return
    rows = [
        (plan.name, plan.chapter, len(plan.actions), plan.author, record.at, plan.digest)
        for record, plan in story.plans
    ]
    yield Table.of(("Plan", "Chapter", "Actions", "Author", "Made (UTC)", "Digest"), rows, "Plans")
    names = {plan.digest: plan.name for _, plan in story.plans}
    approvals = [
        (
            names.get(approval.plan, "a plan that is not in the journal"),
            approval.who,
            approval.approver,
            record.at,
            approval.plan,
        )
        for record, approval in story.approvals
    ]
    columns = ("Plan", "Approved by", "OpenPGP fingerprint", "Journalled (UTC)", "Digest approved")
    yield Table.of(columns, approvals, "Approvals, each an OpenPGP signature over the plan's digest")


_WORDS = {
    Ended.DONE: "done",
    Ended.FAILED: "failed",
    Ended.UNKNOWN: "unknown",
    Ended.WAITING: "waits for a person",
    Ended.REFUSED: "refused, nothing was done",
}


def _outcomes(story: Story) -> Iterator[Block]:
    told, heaped = _told_apart(story.outcomes)
    rows: list[tuple[Cell, ...]] = [
        (
            each.what,
            short(each.target),
            _WORDS[each.outcome.ended],
            each.outcome.why,
            each.outcome.at.at,
            shortened(each.outcome.evidence) or "none kept",
        )
        for each in told
    ]
    rows += heaped
    for record in story.of(Kind.HUMAN_DONE):
        said = f"{record.body.get('who')}: {record.body.get('text')}"
        rows.append(
            (f"by hand: {record.body.get('action')}", "", "said to be done", said, record.at, "a person's word")
        )
    if rows:
        yield Table.of(("Action", "Target", "Ended", "Why", "At (UTC)", "Evidence"), rows, "Actions and their outcomes")


def _told_apart(outcomes: Sequence[Done]) -> tuple[list[Done], list[tuple[Cell, ...]]]:
    """Actions one by one; those of a kind that ended well many times over, in a row each kind."""
    kinds: dict[str, list[Done]] = {}
    for each in outcomes:
        kinds.setdefault(each.outcome.action.rpartition("-")[0], []).append(each)
    many = {kind: ended for kind, ended in kinds.items() if sum(_went_well(one) for one in ended) > _MANY}
    told = [one for one in outcomes if one.outcome.action.rpartition("-")[0] not in many or not _went_well(one)]
    rows: list[tuple[Cell, ...]] = []
    for kind, ended in many.items():
        well = [one for one in ended if _went_well(one)]
        why = f"{len(well)} actions, each with a record of its own in the journal"
        rows.append(
            (f"{kind}, {len(well)} times", "", _WORDS[Ended.DONE], why, well[-1].outcome.at.at, "in the journal")
        )
    return told, rows


_MANY = 20


def _went_well(each: Done) -> bool:
    return each.outcome.ended is Ended.DONE


def _proof(story: Story) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    for credential in story.credentials:
        name = credential.name
        asked = (
            ("before", story.stood(name, "before")),
            ("never-issued control", story.stood(name, "control")),
            ("after", story.stood(name, "after", "settling")),
        )
        if isinstance(credential, OpenPgpKey) and not any(samples for _, samples in asked):
            continue
        for moment, samples in asked:
            rows.append((short(name), moment, *_standing(samples), len(samples)))
    if rows:
        columns = ("Credential", "Asked", "Answer", "Why", "At (UTC)", "Evidence", "Samples")
        yield Table.of(
            columns,
            rows,
            "Proof of death: alive before, dead after, and a look-alike that never lived answers the same",
        )
    for credential in story.credentials:
        fate = story.fate(credential)
        level: Level = "ok" if fate.proved else "bad" if fate.state.value == "alive" else "warn"
        word = "proved dead" if fate.proved else {"alive": "STILL WORKS"}.get(fate.state.value, "not proved dead")
        yield Notice(level, f"{short(credential.name)}: {word}: {fate.why}".rstrip(":. ") + ".")
    yield from _contained(story)
    yield from _replaced(story)


_CONTAINED: dict[bool | None, str] = {True: "contained", False: "NOT contained", None: "unknown"}


def _lives(record: Record) -> str:
    if record.body.get("word") is True:
        return "none lives, on a person's word"
    return {"dead": "none lives", "alive": "LIVES"}.get(str(record.body.get("state")), "unknown")


def _contained(story: Story) -> Iterator[Block]:
    """What outlives each credential, as last asked, and whether anything alive is known."""
    last = {(str(one.body.get("credential")), str(one.body.get("what"))): one for one in story.of(Kind.SURVIVED)}
    rows: list[tuple[Cell, ...]] = [
        (short(name), what, _lives(one), str(one.body.get("why")), one.at) for (name, what), one in last.items()
    ]
    if rows:
        yield Table.of(
            ("Credential", "What may outlive it", "Answer", "Why", "At (UTC)"), rows, "What survives a revocation"
        )
    for record in {str(one.body.get("credential")): one for one in story.of(Kind.CONTAINED)}.values():
        yes = record.body.get("contained")
        said = _CONTAINED[yes if yes in (True, False) else None]
        why = "; ".join(str(one) for one in sequence(record.body.get("why")))
        level: Level = "ok" if yes is True else "bad" if yes is False else "warn"
        yield Notice(level, f"{short(str(record.body.get('credential')))}: {said}: {why}".rstrip(":. ") + ".")


def _replaced(story: Story) -> Iterator[Block]:
    """The fresh credentials, and where each was put."""
    last = {str(one.body.get("action")): one for one in story.of(Kind.REPLACED)}
    rows: list[tuple[Cell, ...]] = []
    for record in last.values():
        fresh = str(record.body.get("public_id") or record.body.get("name"))
        expires = str(record.body.get("expires") or "") or None
        for put in sequence(record.body.get("puts")):
            if isinstance(put, Mapping):
                told = (str(put.get(name) or "") for name in ("store", "ended", "version"))
                rows.append((short(str(record.body.get("credential"))), fresh, expires, *told))
    if rows:
        columns = ("In place of", "Fresh credential", "Ends", "Put into", "Ended", "Version")
        yield Table.of(columns, rows, "Fresh credentials and where their consumers read them")


def _standing(samples: tuple[Standing, ...]) -> tuple[Cell, ...]:
    if not samples:
        return (None, "not asked", None, "")
    last = samples[-1]
    return (last.state.value, last.why, last.at.at, shortened(last.evidence) or "none kept")


def resigning(story: Story) -> tuple[Block, ...]:
    keys = [credential for credential in story.credentials if isinstance(credential, OpenPgpKey)]
    if not keys and not story.of(Kind.JUDGED, Kind.RESIGNED, Kind.KEY_GENERATED):
        return (Notice("info", "No signing key is part of this case."),)
    return (*_keys(story), *_published(story), *_artifacts(story), *_statement(story))


def _keys(story: Story) -> Iterator[Block]:
    revoked, made = story.of(Kind.KEY_REVOKED), story.of(Kind.KEY_GENERATED)
    rows = [
        (
            str(r.body.get("key")),
            r.body.get("reason"),
            _joined(r.body.get("on_the_wire")),
            r.at,
            r.body.get("certificate") or "none kept",
        )
        for r in revoked
    ]
    columns = ("Old key", "Reason", "Reason on the wire", "Revoked (UTC)", "Revocation")
    yield Table.of(columns, rows, "Keys revoked")
    for record in made:
        body = record.body
        new: tuple[tuple[str, Cell], ...] = (
            ("Primary", _text(body.get("primary"))),
            ("Signing key", _text(body.get("signing"))),
            ("User id", _text(body.get("user_id"))),
            ("Expires", _text(body.get("expires"))),
            ("Made", record.at),
            (
                "Its own revocation certificates",
                _joined(
                    [one for one in (body.get("revocation_certificate"), body.get("revocation_superseded")) if one]
                ),
            ),
        )
        yield Facts(new, "New key")
    if not made:
        yield Notice("warn", "No new key has been made yet.")


def _artifacts(story: Story) -> Iterator[Block]:
    judged = story.judged()
    signed = {str(record.body.get("path")): record for record in story.of(Kind.RESIGNED)}
    held = {str(record.body.get("path")): record for record in story.of(Kind.QUARANTINED)}
    gone = {str(record.body.get("path")): record for record in story.of(Kind.WITHDRAWN)}
    if not judged and not signed and not held:
        yield Notice("warn", "What the key signed has not been judged yet, so what can be trusted is unknown.")
        return
    left = [path for path in judged if path not in signed and path not in held and path not in gone]
    counts: tuple[tuple[str, Cell], ...] = (
        ("Artifacts judged", len(judged)), ("Re-signed", len(signed)), ("Quarantined", len(held)), ("Withdrawn", len(gone)),
        ("Left", len(left)),
    )  # fmt: skip
    yield Facts(counts, "Artifacts")
    rows: list[tuple[Cell, ...]] = []
    apart = held | gone
    for path in sorted(
        judged.keys() | signed.keys() | apart.keys(), key=lambda path: (path in signed, path not in apart, path)
    ):
        verdict, record = judged.get(path, {}), signed.get(path) or apart.get(path)
        now = (
            "re-signed"
            if path in signed
            else "quarantined"
            if path in held
            else "withdrawn"
            if path in gone
            else "left as it was"
        )
        why = apart[path].body.get("why") if path in apart else verdict.get("why")
        proof = _joined(signed[path].body.get("proven_by")) if path in signed else ""
        digest = verdict.get("sha256") or (record.body.get("sha256") if record else None)
        rows.append((path, _text(verdict.get("verdict")), _text(why), now, proof, _text(digest)))
    columns = ("Artifact", "Judged", "Why", "Now", "Verified by", "SHA-256")
    yield Table.of(columns, rows, "Every artifact the old key signed, those that are not trusted first", most=200)


def _published(story: Story) -> Iterator[Block]:
    last = {str(record.body["place"]): record for record in story.of(Kind.PUBLISHED)}
    rows = [
        (place, record.body.get("old"), record.body.get("new"), record.body.get("why"), record.at)
        for place, record in sorted(last.items())
    ]
    if rows:
        columns = ("Place", "Old key", "New key", "Read back", "At (UTC)")
        yield Table.of(columns, rows, "Where the keys are published, as a client without a copy sees it")


def _statement(story: Story) -> Iterator[Block]:
    stated = story.of(Kind.STATED)
    if not stated:
        return
    last = stated[-1]
    voices = {
        str(one.body["fingerprint"]): str(one.body["who"])
        for one in story.of(Kind.VOUCHED)
        if one.body.get("statement") == last.body.get("evidence")
    }
    facts = (
        ("Transition statement", str(last.body["path"])), ("Signed by the new key", _text(last.body.get("key"))),
        ("Signed by people", ", ".join(voices.values()) or "nobody yet"), ("SHA-256", _text(last.body.get("evidence"))),
    )  # fmt: skip
    yield Facts(facts, "What consumers are told")


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _joined(value: object) -> str | None:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or None
    return _text(value)
