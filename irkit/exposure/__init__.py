"""Chapter 1: where and since when a credential was exposed, and who used it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irkit.exposure.usage import Begotten, Finding, Summary, UsageReport, living, summarise
from irkit.exposure.window import window

if TYPE_CHECKING:
    from irkit.exposure.holders import held_by
    from irkit.exposure.map import occurrence_map
    from irkit.exposure.picture import timeline_figure
    from irkit.exposure.strangers import first_by_stranger

__all__ = [
    "Begotten",
    "Finding",
    "Summary",
    "UsageReport",
    "first_by_stranger",
    "held_by",
    "living",
    "occurrence_map",
    "summarise",
    "timeline_figure",
    "window",
]


def __getattr__(name: str) -> Any:
    # To count uses one draws no picture.
    if name == "held_by":
        from irkit.exposure.holders import held_by

        return held_by
    if name == "occurrence_map":
        from irkit.exposure.map import occurrence_map

        return occurrence_map
    if name == "timeline_figure":
        from irkit.exposure.picture import timeline_figure

        return timeline_figure
    if name == "first_by_stranger":
        from irkit.exposure.strangers import first_by_stranger

        return first_by_stranger
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
