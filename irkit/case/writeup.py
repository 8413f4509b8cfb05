"""Chapter 4 at the desk: the postmortem from the journal, and the gate before it leaves."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irkit.case.desk import Desk
from irkit.case.exposure.windows import figures
from irkit.case.gating import look
from irkit.case.leaving import leave
from irkit.model import Kind
from irkit.postmortem import Postmortem, postmortem, to_html, to_json, to_markdown
from irkit.show import Block, Pages, Prose, View

_FORMS = {"html": to_html, "md": to_markdown, "json": to_json}


def build(case: Desk) -> Postmortem:
    def load(digest: str) -> Any:
        return case.evidence.document(digest)

    return postmortem(case.journal.records(), load, datetime.now(UTC), figures(case), {"resigning": _signing(case)})


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
    return Pages(f"Postmortem of {case.incident.case_id} (draft)", build(case).view())


def gate_view(case: Desk, path: Path, unknown: bool | None = None) -> View:
    """Search everything below `path` for the case's secrets, and for others. WouldLeak naming the file, never the value."""
    looked = look(case, path, unknown=unknown)
    looked.refuse()
    return looked.view()


def export(case: Desk, form: str, out: Path | None) -> Path:
    """Where it was written; journalled, unless the case cannot be written into. WouldLeak, or StepFailed when the disk refuses."""
    made = build(case)
    content = case.redactor.text(_FORMS[form](made)).encode()
    path = out or case.folder / f"postmortem.{form}"
    inside = path.resolve().is_relative_to(case.folder.resolve())
    name = str(path.resolve().relative_to(case.folder.resolve())) if inside else str(path)

    def journal() -> None:
        if case.journal.writable:
            case.write(Kind.EXPORTED, {"path": name, "sha256": hashlib.sha256(content).hexdigest()})

    leave(case, path, content, with_case=True, journal=journal)
    return path
