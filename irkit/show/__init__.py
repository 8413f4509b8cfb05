"""Show results: blocks, and three renderings of them. Knows no domain type."""

from irkit.show.blocks import Block, Cell, Entry, Facts, Figure, Level, Notice, Pages, Prose, Table, Timeline, View

__all__ = [
    "Block",
    "Cell",
    "Entry",
    "Facts",
    "Figure",
    "Level",
    "Notice",
    "Pages",
    "Prose",
    "Table",
    "Timeline",
    "View",
]
