"""Chapter 1: where and since when a credential was exposed, and who used it. Pure."""

from irkit.exposure.map import occurrence_map
from irkit.exposure.picture import timeline_figure
from irkit.exposure.strangers import first_by_stranger
from irkit.exposure.usage import Begotten, Finding, Summary, UsageReport, living, summarise
from irkit.exposure.window import window

__all__ = [
    "Begotten",
    "Finding",
    "Summary",
    "UsageReport",
    "first_by_stranger",
    "living",
    "occurrence_map",
    "summarise",
    "timeline_figure",
    "window",
]
