"""How far a long step is: rich in a terminal, tqdm in a notebook, quiet lines elsewhere."""

from __future__ import annotations

import sys
from typing import Protocol


class Progress(Protocol):
    """Called with what is being done, how many are done, and how many there are (None: not known)."""

    def __call__(self, what: str, done: int, total: int | None) -> None: ...


class Bars:
    """tqdm chooses the right face for a notebook or a terminal; without either it stays silent but for the last line."""

    def __init__(self) -> None:
        self._bars: dict[str, object] = {}

    def __call__(self, what: str, done: int, total: int | None) -> None:
        from tqdm.auto import tqdm

        bar = self._bars.get(what)
        if bar is None:
            quiet = not (sys.stderr.isatty() or "ipykernel" in sys.modules)
            bar = self._bars[what] = tqdm(desc=what, total=total, leave=False, disable=quiet)
        assert isinstance(bar, tqdm)
        bar.n = done
        bar.refresh()
        if total is not None and done >= total:
            bar.close()
            del self._bars[what]
