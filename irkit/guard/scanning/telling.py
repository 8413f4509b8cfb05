"""What a search says to a person: what was not read, what was found, and at the end one sentence."""

from __future__ import annotations

import sys

from irkit.guard.scanning.findings import Scanned
from irkit.guard.speaking import put_text, say
from irkit.show.plain import visible

_TOLD = 20


def tell(scanned: Scanned, *, alone: bool = False) -> None:
    """Print it; WouldLeak when something was found. `alone`: a document has told the findings already."""
    for item in scanned.skipped[:_TOLD]:
        say(f"irkit: warning: {item.what}: {item.why}")
    if len(scanned.skipped) > _TOLD:
        say(f"irkit: warning: and {len(scanned.skipped) - _TOLD} more were not searched")
    for note in scanned.notes:
        say(f"irkit: {note}")
    if not alone and not scanned.all_named:  # the sentence names a few
        put_text(f"{scanned.view().text()}\n")
        sys.stdout.flush()
    scanned.refuse()
    if not alone:
        put_text(f"{visible(scanned.sentence())}\n")
