"""The desk: a case folder, its journal, its evidence, and one method per step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.case.case import Case

__all__ = ["Case"]


def __getattr__(name: str) -> Any:
    # One question without a case (`irkit locate`, `irkit usage`) should not pay for every chapter's import.
    if name == "Case":
        from irkit.case.case import Case

        return Case
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
