"""What was done and how it is proved: plans, approvals, outcomes, the proof of death, the new signatures. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from irkit.model import Kind, OpenPgpKey, Record, Standing
from irkit.plan import Ended, Watch
from irkit.postmortem.story import Done, Story, sequence, short, shortened
from irkit.postmortem.timeline import by_hand_of
from irkit.postmortem.writing.asked import to_write
from irkit.show import Block, Cell, Facts, Level, Notice, Table


def done(story: Story) -> tuple[Block, ...]:
    return (*carried_out(story), _validation(story))


def carried_out(story: Story) -> tuple[Block, ...]:
    """Plans and who approved them, what became of each action, and the proof of death."""
    return (*_plans(story), *_outcomes(story), *_proof(story))


def _validation(story: Story) -> Facts:
    """Whether everything that relied on it works again, as far as the journal tells."""
    last = {str(one.body.get("credential")): one for one in story.of(Kind.CONTAINED)}
    signed = story.of(Kind.RESIGNED)
    proven = sum(len(sequence(one.body.get("proven_by"))) >= 2 for one in signed)
    tested = story.of(Kind.CONSUMERS_TESTED)
    ask = "how it was checked that every consumer works with the fresh credential"
    rows: list[tuple[str, Cell]] = [
        (
            "Contained",
            f"{sum(one.body.get('contained') is True for one in last.values())} of {len(last)}" if last else None,
        ),
        (
            "Signatures checked twice",
            f"{proven} of {len(signed)}, by two implementations" if signed else "none was made",
        ),
        ("Refuses the new key", _joined(tested[-1].body.get("new_rejected_by")) if tested else None),
        (
            "Works again since",
            recovered.at if (recovered := story.milestones.get("recovered_at")) else to_write("scribe", ask),
        ),
    ]
    return Facts(tuple(rows), "Recovery and its checks")


def _joined(names: object) -> str:
    return ", ".join(map(str, sequence(names))) or "none"


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


_WAITS = "waits for what logs show"


def _outcomes(story: Story) -> Iterator[Block]:
    told, heaped = _told_apart(story.outcomes)
    gates = {action.id for _, plan in story.plans for action in plan.actions if isinstance(action.do, Watch)}
    rows: list[tuple[Cell, ...]] = [
        (
            each.what,
            short(each.target),
            _WAITS
            if each.outcome.ended is Ended.WAITING and each.outcome.action in gates
            else _WORDS[each.outcome.ended],
            each.outcome.why,
            each.outcome.at.at,
            shortened(each.outcome.evidence) or "none kept",
        )
        for each in told
    ]
    rows += heaped
    by_hand = by_hand_of(story)
    for record in story.of(Kind.HUMAN_DONE):
        said, action = f"{record.body.get('who')}: {record.body.get('text')}", str(record.body.get("action"))
        rows.append(
            (f"by hand: {by_hand.get(action, action)}", "", "said to be done", said, record.at, "a person's word")
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
