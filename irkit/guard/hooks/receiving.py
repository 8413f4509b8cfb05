"""What a pre-receive hook does: every object that a push brings is searched while git still keeps it apart, and that is recorded.

Git writes `OLD NEW REF` for each ref (https://git-scm.com/docs/githooks#pre-receive), and has the new objects in a quarantine that
the environment of the hook points to. A ref that is deleted brings nothing; a forced push, a tag and a new branch bring the commits that
no ref reaches yet, and of each all that its parents have not: what stands in another branch is searched again, for nobody may have
searched it there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO

from irkit.errors import BadInput
from irkit.guard.coverage import record
from irkit.guard.coverage.record import Change
from irkit.guard.git import as_named, git_dir
from irkit.guard.scanning.findings import Scanned
from irkit.guard.scanning.search import Wanted, scan_push

_LINE = re.compile(rb"([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (.+)")


def received(repository: Path, lines: IO[bytes], wanted: Wanted) -> Scanned | None:
    """What was found in a push, which is recorded; None when it brings no object. BadInput for lines that git did not write, and for
    none: another hook has read them; StepFailed when it cannot be recorded: what no record tells of is not taken."""
    changes = _changes(lines)
    if not changes:
        raise BadInput(
            "nothing says what is pushed",
            why="git writes it to the standard input of the hook, and whatever ran before this has read it",
            do="have irkit guard receive run first, as irkit guard install --pre-receive does",
        )
    tips = tuple(dict.fromkeys(one.new for one in changes if one.new.strip("0")))
    inside = git_dir(repository)
    named = tuple(dict.fromkeys(one.ref for one in changes if one.new.strip("0")))
    span = record.spanned(inside, tips, ("--all",))
    scanned = scan_push(inside, tips, wanted, span.before, named) if tips else None
    record.append(inside, record.searched("push", scanned, span, rules=wanted.rules, changes=changes))
    return scanned


@as_named()
def received_before(repository: Path, wanted: Wanted) -> Scanned | None:
    """What is found in all that every ref leads to, which is recorded: what was pushed before there was a hook. None where there is
    nothing."""
    inside = git_dir(repository)
    refs = record.standing_refs(inside)
    if not refs:
        return None
    tips = tuple(dict.fromkeys(one.new for one in refs))
    scanned = scan_push(inside, tips, wanted, history=True)
    span = record.spanned(inside, tips)
    record.append(inside, record.searched("history", scanned, span, rules=wanted.rules, changes=refs))
    return scanned


def _changes(lines: IO[bytes]) -> list[Change]:
    changes = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.rstrip(b"\n"))
        if match is None:
            raise BadInput(
                "this is not what git writes to a pre-receive hook",
                on=f"line {number}",
                do="irkit guard install --pre-receive REPO.git",
            )
        changes.append(Change(os.fsdecode(match[3]), match[1].decode(), match[2].decode()))
    return changes
