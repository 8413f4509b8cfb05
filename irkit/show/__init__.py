"""Show results: blocks, and three renderings of them. Knows no domain type."""

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
    Prose,
    Table,
    Timeline,
    View,
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
    "Prose",
    "Table",
    "Timeline",
    "View",
]
