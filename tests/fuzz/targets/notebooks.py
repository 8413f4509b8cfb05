"""Notebooks as they come from a colleague: their parameters, and the copy that is scrubbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from irkit.guard import parameters
from irkit.guard.notebook import scrubbed
from irkit.needles import token_needles
from irkit.redact import Hidden, Redactor
from tests.fuzz.target import Target, from_file, nested
from tests.sources.archives import builders as b

ROOT = Path(__file__).parents[3]
REDACTOR = Redactor([Hidden("fp:fuzz", token_needles(b.TOKEN))])
GIVEN = ("1", "yes", '["a", 2]', 3, 2.5, True, None, ["x"])


def _parameters(path: Path) -> None:
    content = parameters.read(path)
    names = parameters.declared_in(content, "fuzzed")
    parameters.defaults(content, "fuzzed")
    for name in list(names)[:8]:
        for value in GIVEN:
            _given(path, name, value)


def _given(path: Path, name: str, value: object) -> None:
    try:
        parameters.check(path, {name: value})
    except parameters.BadInput:
        return


def _scrubbed(path: Path) -> None:
    clean = json.dumps(scrubbed(parameters.read(path), REDACTOR))
    assert b.SECRET not in clean


def seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text())
        tagged = [cell for cell in notebook["cells"] if "parameters" in cell.get("metadata", {}).get("tags", ())]
        yield json.dumps(notebook | {"cells": tagged}).encode()
    yield b.notebook(broken_up=True)
    yield b.notebook(broken_up=False)
    for deep in nested():
        yield deep
        yield json.dumps({"nbformat": 4, "cells": [{"metadata": "?"}]}).encode().replace(b'"?"', deep)
    for source in (
        "a: int = 1  # one\nb: list[str] = []\nc = {1: 2}\nd: str | None = None\ne: float = .5\nf: bool = True\n",
        ["x = -1\n", "y: tuple[int, str] = (1, 'a')\n"],
    ):
        cell = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": source, "outputs": []}
        yield json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()


TARGET = Target(readers=(from_file(_parameters, "a.ipynb"), from_file(_scrubbed, "b.ipynb")), seeds=seeds, longest=8192)
