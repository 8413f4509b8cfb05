"""What a pre-commit hook notes: which tree was searched before it became a commit.

The note is in the clone of whoever commits, and theirs: it tells a person what they passed over, and proves nothing to anybody else.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from irkit.errors import BadInput
from irkit.guard.coverage import record
from irkit.guard.git import asked, git, git_dir
from irkit.guard.scanning.findings import Scanned


def record_staged(path: Path, scanned: Scanned) -> None:
    """Note the tree that the index holds, and the one that it was compared with; of an index that cannot be committed there is none.
    StepFailed when it cannot be noted."""
    try:
        tree = git(path, "write-tree").decode().strip()
    except BadInput:
        return
    before = asked(path, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    base = before.decode().strip() if before else "0" * len(tree)
    record.append(git_dir(path), replace(record.searched("commit", scanned), tree=tree, bounds=(base,)))
