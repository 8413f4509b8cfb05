"""What the hook before a commit runs, without the imports of the whole command line: they take longer than the rest of it.

It knows the words that `irkit guard install` writes, but for those of a case; of any others it says so, and the command line reads them.
Both end in the same functions and say the same.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path

from irkit.guard.speaking import run_guarded

_FLAGS = ("--warm",)
_WITH_VALUE = ("--known", "--known-key", "--baseline")


def main(arguments: Sequence[str]) -> bool:
    """Search what is staged, as `irkit guard scan --staged --record` with these arguments does, and end. False when they are not all
    known here, and nothing was done."""
    read = _read(arguments)
    if read is None:
        return False
    flags, values = read
    try:
        run_guarded(lambda: _search(flags, values))
    finally:
        gc.freeze()  # as irkit.cli does
    return True


def _search(flags: frozenset[str], values: dict[str, str]) -> None:
    from irkit.guard.hooks.committing import record_staged
    from irkit.guard.scanning.search import Wanted, scan_staged
    from irkit.guard.scanning.telling import tell

    windows = None
    if "--known" in values:
        from irkit.guard.known.making import windows_of

        windows = windows_of(Path(values["--known"]), values["--known-key"])
    accepted = Path(values["--baseline"]) if "--baseline" in values else None
    scanned = scan_staged(Path(), Wanted(windows=windows, baseline=accepted, warm="--warm" in flags))
    record_staged(Path(), scanned)
    tell(scanned)


def _read(arguments: Sequence[str]) -> tuple[frozenset[str], dict[str, str]] | None:
    flags: set[str] = set()
    values: dict[str, str] = {}
    rest = iter(arguments)
    for one in rest:
        value = next(rest, "") if one in _WITH_VALUE else ""
        if one in _FLAGS:
            flags.add(one)
        elif value and one not in values:
            values[one] = value
        else:
            return None
    return (frozenset(flags), values) if ("--known" in values) == ("--known-key" in values) else None
