"""Show results: blocks, and three renderings of them. Knows no domain type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.show.blocks import (
        Block,
        Cell,
        Details,
        Entry,
        Facts,
        Figure,
        Level,
        Link,
        Notice,
        Pages,
        Passage,
        Prose,
        Span,
        Stage,
        Strip,
        Table,
        Timeline,
        View,
        Written,
    )

__all__ = [
    "Block",
    "Cell",
    "Details",
    "Entry",
    "Facts",
    "Figure",
    "Level",
    "Link",
    "Notice",
    "Pages",
    "Passage",
    "Prose",
    "Span",
    "Stage",
    "Strip",
    "Table",
    "Timeline",
    "View",
    "Written",
]


def __getattr__(name: str) -> Any:
    # A JSON document needs the module of times at most.
    if name in __all__:
        from irkit.show import blocks

        return getattr(blocks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
