"""Files of a git directory by a pattern, while git may be packing and pruning there."""

from __future__ import annotations

from glob import escape, glob
from pathlib import Path


def named(folder: Path, pattern: str) -> list[Path]:
    """Sorted. Folders that vanish meanwhile hold nothing; pathlib would give up at them."""
    found = glob(f"{escape(str(folder))}/{pattern}", recursive=True, include_hidden=True)  # noqa: PTH207 - see above
    return sorted(map(Path, found))
