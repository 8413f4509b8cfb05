"""What is true of each artifact in this world. "good" must end signed anew, whatever else set aside or withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Thing:
    """One artifact by the name the plan calls it. "tampered": changed after the leak, with a valid signature dated back; "unknown": made
    after the record; "forged": a tag that never was."""

    name: str
    state: Literal["good", "tampered", "unknown", "forged"]


@dataclass(frozen=True)
class Part:
    """A release that stands in `folder`, its artifacts, and the record from before that speaks of it (`record`, relative)."""

    name: str
    folder: str
    things: tuple[Thing, ...]
    record: str
    missing: str = ""
