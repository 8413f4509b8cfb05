"""IPython extension: what the kernel is for, IRKIT_CASE, is hidden before its first cell runs, not only from `Case.open` on.

A kernel that is started ahead of its notebook (`irkit.guard.warm`) imports what notebooks use, hides the case as it is, and waits. What
the case has come to hide meanwhile is hidden before its first cell; nothing else of the case is read before that. One that several
notebooks share does not know where one of them begins, and looks before each cell.
"""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from irkit.errors import IrkitError
from irkit.guard import active
from irkit.guard.kernelspec import SHARED, WAITS

VARIABLE = "IRKIT_CASE"
"""The folder of the case a kernel works on; set by `irkit run` and `irkit lab`."""

IMPORTED = ("irkit.case.case", "matplotlib.figure", "matplotlib.backends.backend_svg")
"""What a kernel that waits has imported: what opens a case, and what draws."""

_ASKS = frozenset({"prompt", "fd"})
"""References that a person answers, or that can be read once: they wait for the cell that opens the case."""


def load_ipython_extension(shell: Any) -> None:
    waits = os.environ.pop(WAITS, "")
    if waits:
        import_ahead()
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    _hide(folder)
    shared = os.environ.pop(SHARED, "")
    if waits or shared:
        _before_cells(shell, lambda: _hide(folder), once=not shared)


def import_ahead() -> None:
    """Import what will be needed; what cannot be imported is said by whoever needs it."""
    gc.disable()  # what is imported stays: to look for cycles in it meanwhile, and ever again, costs a tenth of it
    try:
        for name in IMPORTED:
            with suppress(Exception):
                importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _before_cells(shell: Any, act: Callable[[], None], *, once: bool) -> None:
    """Before the first cell, or before each. IPython goes on after a callback that failed; a kernel that cannot hide what it must does
    not run."""

    def before() -> None:
        try:
            act()
        except BaseException:
            os._exit(1)
        if once:
            shell.events.unregister("pre_execute", before)

    shell.events.register("pre_execute", before)


def _hide(folder: str) -> None:
    with suppress(IrkitError):  # a case that cannot be opened is said by the cell that opens it
        hide(Path(folder))


def hide(folder: Path) -> None:
    """Hide the secrets of this case in whatever this process shows, as far as nobody has to be asked. Nothing is written."""
    from irkit.case import Case
    from irkit.case.credentials import needled

    if not (folder / "journal.sqlite").exists():
        return
    case = Case(folder)
    reachable = [one for one in case.guarded if one.ref.scheme not in _ASKS]
    active.add(needled(reachable, case.resolve).redactor())
