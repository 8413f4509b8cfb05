"""What the end of a rehearsal says last: how it went, what to open, what to type next, what to delete. Pure but for `program`."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from irkit.drill.card import Scorecard

DRAFT = 'a draft of a rehearsal; fields "to be written" are for people'


def program(here: Path) -> str:
    """How this irkit can be typed in the folder `here`: by name where that is what PATH leads to, otherwise by its path."""
    named, beside = shutil.which("irkit"), Path(sys.executable).parent / "irkit"
    if named and (not beside.exists() or Path(named).samefile(beside)):
        return "irkit"
    if beside.exists():
        return shlex.quote(near(beside, here))
    return f"{shlex.quote(near(Path(sys.executable), here))} -m irkit"


def near(path: Path, here: Path) -> str:
    """The path as it is typed in `here`: relative where it is below it."""
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def footer(
    card: Scorecard,
    case: Path,
    *,
    here: Path,
    program: str,
    stopped: bool = False,
    page: Path | None = None,
    what: str = "",
    scores: Path | None = None,
    temporary: Path | None = None,
) -> str:
    """A few lines, one each; paths are absolute.

    `stopped`: the playbook came to no end. `what` says what `page` is; `scores` is the file of the whole scorecard, `temporary`
    the folder to delete.
    """
    typed = shlex.quote(near(case, here))
    verdict = "STOPPED" if stopped else "OK" if card.passed else "NOT ALL RIGHT"
    lines = [f"{verdict}: {card.counted}"]
    if page and page.exists():
        lines += [f"open:    {page.as_uri()}", *([f"         {what}"] if what else [])]
    lines += [f"look:    {program} show {typed}", f"         {program} verify {typed}"]
    lines += [f"scores:  {near(scores, here)} (every question; --full prints it)"] if scores else []
    lines += (
        [f"remove:  rm -r {shlex.quote(str(temporary))} (a temporary folder, made for this run)"] if temporary else []
    )
    return "\n".join(lines)
