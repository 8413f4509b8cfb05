"""Who needs a secret: a place that reads it, or a program that was seen to use it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Sure(StrEnum):
    """How it is known that the consumer takes this credential, the surest first."""

    USED = "used"
    """A log shows it."""
    HOLDS = "holds the value"
    """The value itself stands there now."""
    NAMED = "named"
    """A file takes the value by the name that was sought."""
    PASSED_ON = "passed on"
    """A file takes it by another name, which files of the same repository give it on the way."""
    GUESS = "guess"
    """It looks like it: code, a template that was not rendered, the same name set from another one."""
    MAY = "may"
    """It takes a whole set of values, and what is in the set is not in the files."""


@dataclass(frozen=True)
class Consumer:
    """One consumer of a credential.

    `what` in words; `where` is `REPOSITORY/PATH:LINE`, or an address for what logs show; `how` it gets the value; `name` under which
    it takes it. `store` is where the value is set, written as `irkit.stores` takes it, "" when the files do not tell. `owner` is who
    answers for it and `owner_by` how that is known (a last commit states its author and proves nobody). `branches` hold it at their
    tips; none for a file on disk alone. `switched`: whether it uses the replacement, with the reason.
    """

    what: str
    platform: str
    where: str
    how: str
    name: str
    sure: Sure = Sure.NAMED
    store: str = ""
    owner: str = ""
    owner_by: str = ""
    branches: tuple[str, ...] = ()
    note: str = ""
    switched: Literal["yes", "no", "unknown"] = "unknown"
    switched_why: str = ""
