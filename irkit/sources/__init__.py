"""The door to evidence: repositories, files, logs. It reads and changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.sources.everywhere import locate
    from irkit.sources.hunt import Found, Hit, Hits, Hunted, Progress

__all__ = ["Found", "Hit", "Hits", "Hunted", "Progress", "locate"]


def __getattr__(name: str) -> Any:
    # Reading logs should not pay for the import of everything that reads repositories and archives.
    if name == "locate":
        from irkit.sources.everywhere import locate

        return locate
    if name in __all__:
        from irkit.sources import hunt

        return getattr(hunt, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
