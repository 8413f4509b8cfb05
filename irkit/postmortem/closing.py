"""What is left: what nobody knows, what somebody must still do, proposals, clocks, and the register of evidence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import irkit
from irkit.model import ApiToken, Kind, OpenPgpKey, Record, State
from irkit.plan import HumanTask
from irkit.postmortem.metrics import order_warnings
from irkit.postmortem.notifications import due
from irkit.postmortem.story import Story, short
from irkit.show import Block, Cell, Facts, Notice, Prose, Table
from irkit.show.times import duration

_MOST = 400
"""Rows of the evidence register in the report; the folder `evidence/` of the case holds all."""

_BLAME = re.compile(r"\b(should have|failed to|careless\w*|human error|why did (?:he|she|they|you))\b", re.IGNORECASE)
"""Wording that asks who instead of what and how; it is pointed out, never changed. https://postmortems.pagerduty.com/culture/blameless/"""


def still_open(story: Story) -> tuple[Block, ...]:
    rows = [*_alive_or_unknown(story), *_unsettled(story)]
    blocks: list[Block] = []
    for action in story.waiting():
        assert isinstance(action.do, HumanTask)
        rows.append(
            ("by hand", f"{action.do.title}, at {action.do.page}", "; ".join(action.do.steps) or "a person must do it")
        )
    if rows:
        blocks.append(Table.of(("What", "About", "Why"), rows, "Open questions and open work"))
    skipped = story.skipped()
    if skipped:
        blocks.append(
            Table.of(
                ("Not read", "Why"), [(item.what, item.why) for item in skipped], "Evidence that was not read", most=60
            )
        )
    blocks += [Notice("warn", f"The order of events looks wrong: {warning}.") for warning in order_warnings(story)]
    blocks += [Notice("info", f"Wording to look at again: {found}.") for found in _blame(story)]
    return tuple(blocks) or (Notice("ok", "Nothing is open that the journal knows of."),)


def _alive_or_unknown(story: Story) -> Iterator[tuple[Cell, ...]]:
    for credential in story.credentials:
        fate, name, said = story.fate(credential), credential.name, short(credential.name)
        if fate.state is State.ALIVE:
            yield ("still works", said, fate.why)
        elif not fate.proved:
            yield ("unknown", f"whether {said} still works", fate.why)
        if name not in story.windows:
            yield ("unknown", f"since when {said} was exposed", "no window has been worked out")
        if name not in story.usages:
            key = isinstance(credential, OpenPgpKey)
            yield ("unknown", f"who used {said}", "signing leaves no log" if key else "no log has been read")
    settled = {str(record.body.get("path")) for record in story.of(Kind.RESIGNED, Kind.QUARANTINED, Kind.WITHDRAWN)}
    for path, judged in story.judged().items():
        if path not in settled:
            yield ("not settled", path, f"judged {judged.get('verdict')}: {judged.get('why')}")


def _unsettled(story: Story) -> Iterator[tuple[Cell, ...]]:
    for record in story.unsettled():
        yield (
            "outcome unknown",
            str(record.body.get("what")),
            f"announced in journal record {record.seq}, its end is not established",
        )


def _blame(story: Story) -> Iterator[str]:
    for record in story.of(Kind.NOTE):
        for found in _BLAME.findall(str(record.body.get("text", ""))):
            yield f'"{found}" in the note of journal record {record.seq}; say what happened and how instead'


def actions(story: Story) -> tuple[Block, ...]:
    """Proposals by rule, each with the fact it comes from. Owner and date are for people to fill in."""
    rows = [
        (number, *proposal, "to be decided", "to be decided", "proposed")
        for number, proposal in enumerate(_proposals(story), 1)
    ]
    columns = ("No.", "Proposal", "Kind", "Because", "Owner", "Due", "Status")
    lead = Notice(
        "info", "These are proposals made by rule from the journal. The incident lead decides, adds and strikes out."
    )
    return (lead, Table.of(columns, rows, "Proposed actions"))


def _proposals(story: Story) -> Iterator[tuple[str, str, str]]:
    for credential in story.credentials:
        name = short(credential.name)
        if story.fate(credential).state is State.ALIVE:
            yield f"Treat {name} as live: plan its revocation again and call the provider", "contain", "it still works"
        if isinstance(credential, ApiToken):
            yield (
                f"Replace {name} by one with an expiry date and the least scope it needs",
                "prevent",
                "an API token leaked",
            )
        if isinstance(credential, OpenPgpKey):
            yield (
                "Sign with a subkey on a hardware token and keep the primary key offline",
                "prevent",
                f"the key {name} leaked",
            )
            yield (
                f"Check that every consumer of {name} has the revocation and the new key",
                "recover",
                "a revocation is pulled, not pushed",
            )
        usage = story.usages.get(credential.name)
        if usage.skipped if usage else isinstance(credential, ApiToken):
            yield (
                f"Collect the audit logs of {name} that were not read, before they expire",
                "detect",
                "use in them is unknown",
            )
        for derived in usage.derived if usage else ():
            yield (
                f"Revoke or prove expired: {derived.get('key')}",
                "contain",
                f"it was derived from {name} and may outlive it",
            )
    live = sum(found for record in _latest_located(story) if isinstance(found := record.body.get("live"), int))
    if live:
        yield f"Remove the credential from {live} live places", "contain", "it still stands in branch tips or on disk"
    if story.located:
        yield (
            "Refuse secrets before they are pushed: push protection and `irkit guard install`",
            "prevent",
            "one reached a repository or a file",
        )
    if not (story.incident and story.incident.aware):
        yield (
            "Record how and when the leak was noticed",
            "process",
            "the journal does not say when the team learned of it",
        )
    if story.skipped():
        yield (
            "Obtain what could not be read, or accept in writing that it stays unknown",
            "process",
            "evidence was skipped",
        )


def _latest_located(story: Story) -> tuple[Record, ...]:
    return tuple(record for record, _ in story.located[-1:])


def notifications(story: Story, now: datetime) -> tuple[Block, ...]:
    aware = story.incident.aware.at if story.incident and story.incident.aware else None
    rows = [(each.regime, each.applies, each.step, each.at, _left(each.at, now), each.source) for each in due(aware)]
    columns = ("Regime", "Applies if", "Step", "Due (UTC)", "Left when written", "Text")
    lead = Notice(
        "info",
        "Whether a duty applies is for counsel to decide. Times count from when the team learned of the leak; "
        "the law may count from a later moment, such as learning of a breach of personal data.",
    )
    return (lead, Table.of(columns, rows, "Clocks that may be running"))


def _left(at: datetime | None, now: datetime) -> str | None:
    if at is None:
        return None
    return f"overdue by {duration(now - at)}" if now > at else duration(at - now)


def evidence(story: Story) -> tuple[Block, ...]:
    rows = [
        (
            str(r.body.get("digest")),
            str(r.body.get("what")),
            str(r.body.get("source")),
            r.body.get("bytes"),
            r.at,
            r.actor,
        )
        for r in story.of(Kind.EVIDENCE)
    ]
    head = story.records[-1].digest if story.records else None
    columns = ("Digest", "What", "Source", "Bytes", "Kept (UTC)", "By")
    said = "Each record of the journal names the digest of the one before it; naming the last one pins them all."
    return (
        Facts((("Records", len(story.records)), ("Head of the journal", head))),
        Prose((said,)),
        Table.of(columns, rows, "Evidence kept", most=_MOST),
    )


def appendix(story: Story) -> tuple[Block, ...]:
    started = {(str(r.body.get("playbook")), str(r.body.get("step"))): r.at for r in story.of(Kind.STEP_STARTED)}
    ended: dict[tuple[str, str], tuple[str, Cell, Cell]] = {}
    notebooks: dict[tuple[str, str], Cell] = {}
    for record in story.of(Kind.STEP_STARTED, Kind.STEP_ENDED):
        body = record.body
        key = (str(body.get("playbook")), str(body.get("step")))
        notebooks[key] = body.get("notebook") or notebooks.get(key)
        if record.kind is Kind.STEP_ENDED:
            why = body.get("why") or ""
            ended[key] = (
                str(body.get("ended", "ended")) + (f": {why}" if why else ""),
                record.at,
                body.get("exit_code"),
            )
    rows = [(*key, notebooks[key], started.get(key), *ended.get(key, ("not ended", None, None))) for key in notebooks]
    columns = ("Playbook", "Step", "Notebook", "Started (UTC)", "Ended", "Ended (UTC)", "Exit code")
    exported = [(str(r.body.get("path")), str(r.body.get("sha256")), r.at) for r in story.of(Kind.EXPORTED)]
    blocks: list[Block] = [Table.of(columns, rows, "Playbook steps")]
    if exported:
        blocks.append(Table.of(("File", "SHA-256", "Written (UTC)"), exported, "Reports written before this one"))
    return (*blocks, Facts((("irkit", irkit.__version__),), "Versions"))
