"""How far a long step is, how fast, and how long it will take: a bar in a terminal or a notebook, after two seconds.

Nothing where nobody watches. Beside what is done stand the rate and the time left, wherever it is known how much there is.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, Protocol

from irkit.show.plain import visible

_QUIET_S = 2.0
"""A step that ends sooner needs no bar."""


class Progress(Protocol):
    """Called with what is being done, how many are done, and how many there are (None: not known)."""

    def __call__(self, what: str, done: int, total: int | None) -> None: ...


class Bars:
    """One bar for each thing that is being done; tqdm chooses its face."""

    def __init__(self) -> None:
        self._bars: dict[str, Any] = {}
        self._watched = sys.stderr.isatty() or "ipykernel" in sys.modules

    def __call__(self, what: str, done: int, total: int | None) -> None:
        if not self._watched:
            return
        bar = self._bars.get(what) or self._bars.setdefault(what, _bar(what, total))
        bar.n = done
        bar.update(0)
        if total is not None and done >= total:
            bar.close()
            del self._bars[what]


def _bar(what: str, total: int | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tqdm warns where widgets are missing, and draws text there, which is fine
        from tqdm.auto import tqdm
    unit, thousand = ("B", 1024) if what.startswith("bytes of ") else ("it", 1000)
    return tqdm(
        desc=visible(what.removeprefix("bytes of ")), total=total, leave=False, delay=_QUIET_S,
        unit=unit, unit_scale=True, unit_divisor=thousand,
    )  # fmt: skip
