"""IPython extension: what the kernel is for, IRKIT_CASE, is hidden before its first cell runs, not only from `Case.open` on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from irkit.errors import IrkitError
from irkit.guard import active

VARIABLE = "IRKIT_CASE"
"""The folder of the case a kernel works on; set by `irkit run` and `irkit lab`."""

_ASKS = frozenset({"prompt", "fd"})
"""References that a person answers, or that can be read once: they wait for the cell that opens the case."""


def load_ipython_extension(_shell: Any) -> None:
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    with suppress(IrkitError):  # a case that cannot be opened is said by the cell that opens it
        hide(Path(folder))


def hide(folder: Path) -> None:
    """Hide the secrets of this case in whatever this process shows, as far as nobody has to be asked. Nothing is written."""
    from irkit.case import Case
    from irkit.case.credentials import needled

    if not (folder / "journal.sqlite").exists():
        return
    case = Case(folder)
    reachable = [one for one in case.credentials if one.ref.scheme not in _ASKS]
    active.add(needled(reachable, case.resolve).redactor())
