"""The sections of a rotation's report that no postmortem has: why, the stages, the consumers, and what is left. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from irkit.model import Kind, State
from irkit.model.seen import Observed, Seen
from irkit.plan import HumanTask
from irkit.postmortem.metrics import order_warnings
from irkit.postmortem.rotation.turn import Gate, Turn
from irkit.postmortem.sections.front import described
from irkit.postmortem.story import Story, sequence, short
from irkit.postmortem.writing.blameless import blame
from irkit.postmortem.writing.people import Front, People
from irkit.show import Block, Cell, Facts, Notice, Table
from irkit.show.times import stamp

NOT_KNOWN = "not known"


def front_matter(story: Story, words: dict[str, str]) -> tuple[Block, ...]:
    """What this document is and whose."""
    incident = story.incident
    owner = words["owner"] or "to be written by the owner of the service: who answers for this document"
    rows: list[tuple[str, Cell]] = [
        ("Case", incident.case_id if incident else None),
        ("What it is", "a rotation: nothing leaked, as whoever opened the case said"),
        ("Status", words["status"]),
        ("Sharing", words["tlp"]),
        ("Owner", owner),
        ("Opened by", incident.responder if incident else None),
        ("Case opened", incident.opened.at if incident else None),
        ("Journal", f"{len(story.records)} records"),
        ("Journal head", story.records[-1].digest if story.records else None),
    ]
    return (Facts(tuple(rows)),)


def summary(turns: tuple[Turn, ...]) -> tuple[str, ...]:
    """One paragraph a credential: what took its place, who uses it, and whether the old one is dead."""
    return tuple(_told(turn) for turn in turns) or (
        "Nothing is known yet: the journal holds no credential that can be read.",
    )


def _told(turn: Turn) -> str:
    said = described(turn.credential)
    if turn.made is None:
        return f"{said[0].upper()}{said[1:]} is to be replaced; no fresh one was made by irkit yet. {_end(turn)}"
    made = f"{said[0].upper()}{said[1:]} was replaced by {turn.fresh}, made on {stamp(turn.made)}"
    where = f" and put into {', '.join(turn.places)}" if turn.places else ", which is in no place yet"
    return f"{made}{where}. {_users(turn)} {_end(turn)}"


def _users(turn: Turn) -> str:
    if turn.switched.opened is None:
        return f"That every consumer uses it is not shown: {turn.switched.why}."
    if turn.switched.word:
        return f"That every consumer uses it rests on the word of {turn.switched.word}."
    went = [one for one in (turn.observed.users if turn.observed else ()) if turn.went_over(one) is True]
    both = sum(bool(turn.placed and one.tried and one.tried >= turn.placed) for one in went)
    old = f"each of them last; {both} used the old one after it was in place" if both else "and none the old one"
    return f"The logs show {len(went)} consumer{'' if len(went) == 1 else 's'} using it since, {old}."


def _end(turn: Turn) -> str:
    fate = turn.fate
    if fate.proved and fate.at:
        return f"The old one was proved dead on {stamp(fate.at)}."
    if fate.state is State.ALIVE:
        if turn.off and turn.ended is None:
            return "The old one is out of use, and can be let in again: it is not gone."
        return "The old one still works."
    return f"Whether the old one still works is not known: {fate.why.rstrip('.')}."


# Stages


def stages(turns: tuple[Turn, ...]) -> tuple[Block, ...]:
    """Stage, Stands, Since (UTC), Why: the stages of each credential in their order."""
    columns = ("Stage", "Stands", "Since (UTC)", "Why")
    return tuple(Table.of(columns, tuple(_stages(turn)), f"Stages of {short(turn.credential.name)}") for turn in turns)


def _stages(turn: Turn) -> Iterator[tuple[Cell, ...]]:
    yield _stage("New: a fresh one was made", turn.made, turn.fresh or "none was made by irkit")
    where = ", ".join(turn.places) or "a person says so" if turn.placed else "not in every place"
    yield _stage("Distributed: it is where its consumers read it", turn.placed, where)
    yield _of_gate("Seen: every consumer uses it, and none the old one", turn.switched)
    if turn.can_go_back:
        yield _stage("Deactivated: the old one is out of use, and could be let in again", turn.off, _back(turn))
    else:
        yield ("Deactivated", "left out", "", "its provider has no step that can be undone")
    yield _of_gate("Observed: nobody used the old one for as long as was asked", turn.quiet)
    yield _stage(
        "Deleted: the old one is gone",
        turn.ended,
        "its last step is done" if turn.ended else "the stages before it come first",
    )
    fate = turn.fate
    dead: Cell = "yes" if fate.proved else "no" if fate.state is State.ALIVE else None
    yield ("Proved dead", dead, fate.at if fate.proved else "", fate.why)


def _stage(label: str, at: datetime | None, why: str) -> tuple[Cell, ...]:
    return (label, "yes" if at else "not yet", at or "", why)


def _of_gate(label: str, gate: Gate) -> tuple[Cell, ...]:
    if gate.opened is None:
        return (label, "not yet", "", gate.why)
    return (label, "yes, on a person's word" if gate.word else "yes", gate.opened, gate.why)


def _back(turn: Turn) -> str:
    again = f"it was let in again {turn.back} times before" if turn.back else ""
    return again or ("by the provider's own step" if turn.off else "it is let in")


# Consumers


def consumers(turns: tuple[Turn, ...]) -> tuple[Block, ...]:
    """Who used the old one, who uses the fresh one, and who went over: yes, no, or not known."""
    return tuple(block for turn in turns for block in _consumers(turn))


def _consumers(turn: Turn) -> Iterator[Block]:
    name, seen = short(turn.credential.name), turn.observed
    rows = [_row(turn, one) for one in (seen.users if seen else ())]
    rows += [
        (one.name, "only files show it", "", "", "", "", "", f"said by {one.word}" if one.word else None)
        for one in turn.on_paper
    ]
    if seen is None:
        yield Notice("warn", f"{name}: no log was read, so who uses which is not known.")
    if not rows:
        yield Notice("info", f"{name}: no consumer is known.")
        return
    columns = (
        "Consumer", "Where", "Old one, last (UTC)", "Uses of the old one", "Fresh one, last (UTC)", "Uses of the fresh one",
        "Refused with the fresh one", "Switched",
    )  # fmt: skip
    yield Table.of(columns, rows, f"Consumers of {name}, in all readings of the logs", most=200)
    if seen:
        yield Facts(tuple(_logs(seen)), f"The logs that were read for {name}")


def _logs(seen: Observed) -> Iterator[tuple[str, Cell]]:
    """How far they go, each by itself where there are several, and on whose word."""
    last = max((one.ends for one in seen.logs), default=None if seen.stated else seen.reaches)
    yield "The last event of any of them", stamp(last) if last else NOT_KNOWN
    if seen.stated:
        yield "Whole until, on a person's word", stamp(seen.stated)
    for one in seen.logs:
        yield f"{one.path} names either one", f"from {stamp(one.begins)} to {stamp(one.ends)}"
    if seen.clock:
        yield "Their clock", seen.clock
    yield "Not read of them", seen.unread


def _row(turn: Turn, one: Seen) -> tuple[Cell, ...]:
    failed = "; ".join(f"{each.action} ({each.error})" for each in one.failed) or "nothing, as far as the logs show"
    return (
        one.what, one.where, one.tried or "never seen", one.tries, one.fresh or "not seen", one.uses, failed, turn.went_over(one),
    )  # fmt: skip


# What is left


def left(story: Story, people: People, turns: tuple[Turn, ...]) -> tuple[Block, ...]:
    """Open work and open questions, and what was taken on a person's word."""
    rows = [*(row for turn in turns for row in _left(turn)), *_waiting(story), *_contained(story)]
    blocks: list[Block] = []
    if rows:
        blocks.append(Table.of(("What", "About", "Why"), rows, "Open questions and open work"))
    skipped = [(one.what, one.why) for one in story.skipped()]
    skipped += [(what, f"in the logs read for {short(turn.credential.name)}") for turn in turns for what in turn.unread]
    if skipped:
        blocks.append(Table.of(("Not read", "Why"), skipped, "What was not read", most=60))
    blocks += [Notice("warn", f"The order of events looks wrong: {warning}.") for warning in order_warnings(story)]
    blocks += [Notice("info", f"Wording to look at again: {found.sentence}.") for found in blame(story, people)]
    return tuple(blocks) or (Notice("ok", "Nothing is left that the journal knows of."),)


def _left(turn: Turn) -> Iterator[tuple[Cell, ...]]:
    about, fate = short(turn.credential.name), turn.fate
    if fate.state is State.ALIVE:
        yield ("still works", about, fate.why)
    elif not fate.proved:
        yield ("unknown", f"whether {about} still works", fate.why)
    for gate, what in ((turn.switched, "every consumer of {} went over"), (turn.quiet, "nobody uses {} any more")):
        if gate.opened is None:
            yield ("not shown", what.format(about), gate.why)
        elif gate.word:
            yield ("a person's word", what.format(about), gate.why)
    if turn.observed is None:
        yield ("unknown", f"who uses {about}, and what took its place", "no log was read, or no reading can be read")
    for one in turn.observed.users if turn.observed else ():
        if turn.went_over(one) is not True and turn.placed:
            yield (
                "no" if turn.went_over(one) is False else "unknown",
                f"whether {one.name} uses the fresh one",
                _why(turn, one),
            )
    for each in turn.on_paper:
        if not each.word:
            yield ("unknown", f"whether {each.name} takes the fresh one", "only files show it, and nobody has said")
    if turn.made and turn.placed is None:
        yield (
            "half done",
            f"{turn.fresh} in place of {about}",
            "it was made, and is not in every place; its value is gone",
        )


def _why(turn: Turn, one: Seen) -> str:
    if turn.went_over(one) is False and one.tried:
        return f"it used the old one on {stamp(one.tried)}, when the fresh one was in its places"
    if one.in_turn and one.tried:
        return f"both were used in turn until {stamp(one.tried)}, as by several programs that look like one"
    return "it was not seen with the fresh one"


def _waiting(story: Story) -> Iterator[tuple[Cell, ...]]:
    for record in story.unsettled():
        yield (
            "outcome unknown",
            str(record.body.get("what")),
            f"announced in journal record {record.seq}, its end is not established",
        )
    for action in story.waiting():
        if isinstance(action.do, HumanTask):
            yield (
                "by hand",
                f"{action.do.title}, at {action.do.page}",
                "; ".join(action.do.steps) or "a person must do it",
            )


def _contained(story: Story) -> Iterator[tuple[Cell, ...]]:
    """What may outlive it, as last asked."""
    for record in {str(one.body.get("credential")): one for one in story.of(Kind.CONTAINED)}.values():
        if record.body.get("contained") is True:
            continue
        answer = "lives on" if record.body.get("contained") is False else "unknown"
        for why in sequence(record.body.get("why")) or ("no reason was kept",):
            yield (answer, f"what outlives {short(str(record.body.get('credential')))}", str(why))


# Why


def why(story: Story, front: Front) -> tuple[Block, ...]:
    """Who answers for each, when it was made and when it ends, as people and the credential itself say; what nobody said is not known."""
    rows: list[tuple[Cell, ...]] = []
    for one in story.credentials:
        words = front.credentials.get(one.name)
        told = {label.lower(): value for label, value in getattr(one, "facts", ())}
        expires = next((value for label, value in told.items() if "expire" in label), None)
        rows.append(
            (
                short(one.name), (words and words.owner) or None, str((words and words.created) or "") or None,
                str((words and words.expires) or "") or expires,
            )
        )  # fmt: skip
    return (Table.of(("Credential", "Owner", "Made", "Ends by itself"), rows, "Whose it is, and how old"),)
