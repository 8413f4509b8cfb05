"""What every door gives back: what was seen, for the rule, and what it was looked at, for whoever reads the answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from irkit.case.desk import Desk
from irkit.errors import BadInput
from irkit.postmortem.checks.answers import Looked
from irkit.postmortem.checks.judging import Seen


@dataclass(frozen=True)
class Look:
    seen: Seen
    looked: tuple[Looked, ...] = ()


def place(case: Desk, text: str) -> Path:
    """A path of a check: `~` is the home of whoever runs irkit, a relative one counts from the case's folder."""
    try:
        return (case.folder.absolute() / Path(text).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput("this path leads nowhere", on=text, why=str(error), do="mend it in front.toml") from None


def there(case: Desk, text: str) -> Path:
    """The same of what must be there. BadInput when nothing is."""
    path = place(case, text)
    if not path.exists():
        raise BadInput(
            "there is nothing at this path", on=path, do="mend it in front.toml, or bring back what was there"
        )
    return path
