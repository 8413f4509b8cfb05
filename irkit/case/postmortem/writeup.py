"""Chapter 4 at the desk: the postmortem from the journal, and the gate before it leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure.windows import figures
from irkit.case.gating import look
from irkit.case.leaving import leave, refuse_leaks
from irkit.case.postmortem.drafting import keep
from irkit.case.postmortem.people import read_people
from irkit.case.shaping import FORMATS, refuse_for, shaped
from irkit.case.signing_report import name_of, put_aside
from irkit.model import Kind
from irkit.postmortem import Audience, Postmortem, postmortem
from irkit.postmortem.editions.audiences import for_audience
from irkit.postmortem.editions.customer import TYPED
from irkit.show import Block, Figure, Pages, Prose, View


def build(case: Desk) -> Postmortem:
    def load(digest: str) -> Any:
        return case.evidence.document(digest)

    case.credentials  # noqa: B018  (a folder of a team's readiness has no postmortem, and says so)
    records = case.journal.records()
    drawn, signing = _drawn(case, records[-1].digest)
    return postmortem(records, load, datetime.now(UTC), drawn, {"resigning": signing}, read_people(case))


def draw(case: Desk) -> None:
    """Draw now what the postmortem of this state of the journal will show."""
    _drawn(case, case.journal.records()[-1].digest)


@lru_cache(maxsize=1)
def _drawn(case: Desk, _head: str) -> tuple[Mapping[str, Figure], tuple[Block, ...]]:
    """What takes long to draw is drawn once for a state of the journal: notebook 04 asks for it several times."""
    return figures(case), _signing(case)


def _signing(case: Desk) -> tuple[Block, ...]:
    """What chapter 3 shows itself: who still takes a forgery, and the chain of trust."""
    blocks: list[Block] = []
    if case.journal.records(Kind.CONSUMERS_TESTED):
        from irkit.case.resigning import matrix

        blocks += [Prose((matrix.TITLE,)), *matrix.kept_view(case).blocks]
    if case.journal.records(Kind.KEY_GENERATED):
        from irkit.case.resigning import chain

        blocks += chain.trust_chain(case).blocks
    return tuple(blocks)


def view(case: Desk) -> Pages:
    made = build(case)
    return Pages(f"{made.kind} of {case.incident.case_id} (draft)", made.view())


def gate_view(case: Desk, path: Path, unknown: bool | None = None) -> View:
    """Search everything below `path` for the case's secrets, and for others. WouldLeak naming the file, never the value."""
    looked = look(case, path, unknown=unknown)
    looked.refuse()
    return looked.view()


def _replaced(edition: Postmortem) -> Iterator[str]:
    """What people typed and customers do not read: told to whoever hands it out."""
    for one in edition.withheld:
        if one.rule == TYPED:
            yield f"{one.section}: {one.what}, where people typed it; irkit draft CASE names each, read the edition before it is sent"


def export(
    case: Desk, form: str, out: Path | None, audience: Audience = "full", tell: Callable[[str], object] = lambda _: None
) -> Path:
    """Where it was written; journalled, unless the case cannot be written into. `tell` hears what could not be put into it.

    WouldLeak; StepFailed when the disk refuses; NotAvailable when the format needs what is not here.
    """
    refuse_for(case.incident.purpose, form, audience)
    made = build(case)
    edition = for_audience(made, audience)
    done = shaped(form, edition, case.redactor)
    path = out or case.folder / FORMATS[form].named(audience, case.incident.purpose)
    refuse_leaks(case, done.beside)
    journalled_as = name_of(case.folder, path)

    def journal() -> None:
        if case.journal.writable:
            case.write(Kind.EXPORTED, {"path": journalled_as, "sha256": hashlib.sha256(done.content).hexdigest()})

    leave(case, path, done.content, with_case=True, journal=journal)
    if case.journal.writable and audience == "full":
        keep(case, made)
    put_aside(case, path)
    for sentence in (*done.left_out, *_replaced(edition)):
        tell(sentence)
    return path
