"""The desk: a case folder, its journal, its evidence, and one method per step."""

from irkit.case.case import Case

__all__ = ["Case"]
