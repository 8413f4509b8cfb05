"""The register of evidence, and the appendix: what was run and with which versions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import irkit
from irkit.model import Kind, Record
from irkit.postmortem.story import Story, sequence
from irkit.show import Block, Cell, Facts, Notice, Prose, Table

_MOST = 400
"""Rows of the evidence register in the report; the folder `evidence/` of the case holds all."""


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
    said = (
        "Each record of the journal names the digest of the one before it; naming the last one pins them all. Each piece stands in the "
        "case's folder evidence/ under its digest; irkit read it from its source, and whoever is named kept it."
    )
    return (
        Facts((("Records", len(story.records)), ("Head of the journal", head))),
        Prose((said,)),
        Table.of(columns, rows, "Evidence kept", most=_MOST),
    )


def appendix(story: Story) -> tuple[Block, ...]:
    """Playbooks and notebooks with their digests as they ran, the versions they stood on, and the reports written before."""
    blocks: list[Block] = [_steps(story), *_digests(story)]
    exported = [(str(r.body.get("path")), str(r.body.get("sha256")), r.at) for r in story.of(Kind.EXPORTED)]
    if exported:
        blocks.append(Table.of(("File", "SHA-256", "Written (UTC)"), exported, "Reports written before this one"))
    signed: list[tuple[Cell, ...]] = [
        (*(str(r.body.get(name)) for name in ("path", "who", "fingerprint", "evidence")), r.at)
        for r in story.of(Kind.SIGNED)
    ]
    if signed:
        names = ("File", "Signed by", "OpenPGP fingerprint", "What was signed", "At (UTC)")
        blocks.append(Table.of(names, signed, "Signatures over reports written before this one"))
    return (*blocks, *_shared(story), *_versions(story))


def _steps(story: Story) -> Table:
    started = {_step(record): record for record in story.of(Kind.STEP_STARTED)}
    ended = {_step(record): record for record in story.of(Kind.STEP_ENDED)}
    rows: list[tuple[Cell, ...]] = []
    for key in dict.fromkeys(_step(record) for record in story.of(Kind.STEP_STARTED, Kind.STEP_ENDED)):
        first, last = started.get(key), ended.get(key)
        notebook = next((str(one.body["notebook"]) for one in (last, first) if one and one.body.get("notebook")), None)
        tags = ", ".join(map(str, sequence(first.body.get("csf")))) if first else ""
        row = (*key, notebook, tags or "not tagged", first.at if first else None, *_end(last))
        rows.append(row)
    columns = ("Playbook", "Step", "Notebook", "CSF 2.0", "Started (UTC)", "Ended", "Ended (UTC)", "Exit code")
    return Table.of(columns, rows, "Playbook steps")


def _end(record: Record | None) -> tuple[Cell, Cell, Cell]:
    if record is None:
        return ("not ended", None, None)
    why = str(record.body.get("why") or "")
    said = str(record.body.get("ended", "ended")) + (f": {why}" if why else "")
    code = record.body.get("exit_code")
    return (said, record.at, code if isinstance(code, int) else None)


def _step(record: Record) -> tuple[str, str]:
    return (str(record.body.get("playbook")), str(record.body.get("step")))


_DIGESTS = (
    (Kind.STEP_STARTED, "playbook", "playbook_sha256", "playbook, as it was run"),
    (Kind.STEP_STARTED, "notebook", "notebook_sha256", "notebook, as it was found"),
    (Kind.STEP_ENDED, "executed", "executed_sha256", "notebook, as it was left by its run"),
)


def _digests(story: Story) -> Iterator[Table]:
    """Each file once for each digest it had."""
    found = dict.fromkeys(
        (str(record.body.get(name)), what, str(record.body[digest]))
        for kind, name, digest, what in _DIGESTS
        for record in story.of(kind)
        if record.body.get(digest)
    )
    beneath = dict.fromkeys(
        (
            str(one.get("name")),
            f"what playbook {record.body.get('playbook')} extends, as it was run",
            str(one.get("sha256")),
        )
        for record in story.of(Kind.STEP_STARTED)
        for one in sequence(record.body.get("extends"))
        if isinstance(one, Mapping)
    )
    if found:
        yield Table.of(("Name", "What", "SHA-256"), [*found, *beneath], "What ran, by its digest")


def _shared(story: Story) -> Iterator[Block]:
    """Steps that were not in a kernel of their own."""
    steps = dict.fromkeys(
        f"{record.body.get('playbook')}, {record.body.get('step')}"
        for record in story.of(Kind.STEP_STARTED)
        if record.body.get("one_kernel") is True
    )
    if steps:
        text = (
            "Run in one kernel, as was asked, so that what earlier notebooks of the run left in memory could be found"
        )
        yield Notice("info", f"{text}: {'; '.join(steps)}.")


def _versions(story: Story) -> Iterator[Block]:
    """As each step recorded them when it started; what writes this report beside them."""
    told: dict[tuple[str, str], list[str]] = {}
    for record in story.of(Kind.STEP_STARTED):
        versions = record.body.get("versions")
        for name, version in versions.items() if isinstance(versions, Mapping) else ():
            told.setdefault((str(name), str(version)), []).append(str(record.body.get("step")))
    if told:
        rows = [(*key, ", ".join(dict.fromkeys(steps))) for key, steps in told.items()]
        yield Table.of(("Name", "Version", "In steps"), rows, "Versions, as they were when each step started")
    elif story.of(Kind.STEP_STARTED):
        yield Notice("info", "Which versions ran is unknown: the steps were run by an irkit that did not record it.")
    yield Facts((("irkit that wrote this report", irkit.__version__),), "Versions")
