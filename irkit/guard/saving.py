"""A notebook that runs, written again and again: redacted, in one step, and of its cells only those anew that have changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from irkit.guard import lean
from irkit.guard.notebook import Scrubber
from irkit.redact import Redactor

_CELLS = '{\n "cells": ['
_NONE = "],"
"""What nbformat writes for a notebook without cells: `cells` is the first of its keys, which are sorted."""


class Saver:
    """Writes redacted copies of one notebook, as nbformat would write them."""

    def __init__(self, redactor: Redactor) -> None:
        self._scrubber = Scrubber(redactor)
        self._texts: dict[int, tuple[Any, str]] = {}

    def write(self, nb: Mapping[str, Any], path: Path) -> None:
        """For the owner's eyes only: a kill leaves the old file or the new one."""
        text = self.text(nb)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            # Half of a character, which some programs print, stands in JSON as its escape.
            with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123  (it is open)
                file.write(text if text.endswith("\n") else text + "\n")
            os.replace(fresh, path)  # noqa: PTH105  (the name is a string)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise

    def text(self, nb: Mapping[str, Any]) -> str:
        """What is written: JSON of nbformat, but for the last line end."""
        clean = self._scrubber.scrubbed(dict(nb))
        frame = _written({**clean, "cells": []})
        bare = {**clean, "metadata": {}}
        before, self._texts = self._texts, {}
        for cell in clean["cells"]:
            known = before.get(id(cell))
            self._texts[id(cell)] = known or (cell, _between(_written({**bare, "cells": [cell]})))
        texts = ",".join(self._texts[id(cell)][1] for cell in clean["cells"])
        return f"{_CELLS}{texts}\n {frame[len(_CELLS) :]}" if texts else frame


def _written(nb: dict[str, Any]) -> str:
    nbformat = lean.nbformat()
    text: str = nbformat.writes(nbformat.from_dict(nb))
    return text


def _between(one: str) -> str:
    """The only cell of a notebook without metadata, out of its text."""
    return one[len(_CELLS) : one.rindex('\n ],\n "metadata": {}')]
