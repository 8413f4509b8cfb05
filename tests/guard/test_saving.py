"""A notebook that is written again and again: the same text as nbformat's, and no secret in any of it."""

from __future__ import annotations

import json
import resource
import signal
from pathlib import Path
from typing import Any

import pytest
from nbformat import from_dict, writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from irkit.guard.saving import Saver
from irkit.redact import Redactor
from tests.guard.canary import make_canary, redactor_of

CELLS: dict[str, tuple[Any, ...]] = {
    "none": (),
    "code without output": (new_code_cell("1\n2", id="a"),),
    "words of the format": (new_markdown_cell('],\n "metadata": {},\n "cells": [', id="a"), new_code_cell("", id="b")),
    "outputs": (
        new_code_cell("x", id="a", outputs=[new_output("stream", name="stdout", text="one\ntwo\n")]),
        new_code_cell(
            "y",
            id="b",
            outputs=[new_output("display_data", {"text/html": "<b>\n</b>", "application/json": {"é": [1]}})],
        ),
        new_markdown_cell("# é\n\u2028", id="c"),
    ),
}


@pytest.mark.parametrize("cells", CELLS.values(), ids=list(CELLS))
def test_it_is_written_as_nbformat_writes_it(cells: tuple[Any, ...]) -> None:
    notebook = new_notebook(
        cells=list(cells), metadata={"papermill": {"cells": []}, "language_info": {"name": "python"}}
    )
    assert Saver(Redactor()).text(notebook) == writes(notebook)


def test_what_has_changed_since_is_written_anew_and_redacted() -> None:
    canary = make_canary()
    notebook = new_notebook(cells=[new_code_cell(f"print({number})", id=f"c{number}") for number in range(3)])
    saver, plain = Saver(redactor_of(canary)), Saver(Redactor())
    assert saver.text(notebook) == writes(notebook)
    notebook.cells[1].outputs = [new_output("stream", name="stdout", text=f"it is {canary}\n")]
    notebook.metadata["title"] = canary
    said = saver.text(notebook)
    assert canary in plain.text(notebook)
    assert canary not in said
    assert "[redacted" in said
    notebook.cells[1].outputs, notebook.metadata = [], from_dict({})
    del notebook.cells[0]
    assert saver.text(notebook) == writes(notebook)


def test_half_a_character_is_kept_as_its_escape(tmp_path: Path) -> None:
    canary = make_canary()
    notebook = new_notebook(cells=[new_code_cell("x", id="a")])
    notebook.cells[0].outputs = [new_output("stream", name="stdout", text=f"a\ud800 \udcff {canary}\n")]
    Saver(redactor_of(canary)).write(notebook, tmp_path / "a.ipynb")
    kept = json.loads((tmp_path / "a.ipynb").read_bytes())
    assert "".join(kept["cells"][0]["outputs"][0]["text"]) == "a\ud800 \udcff [redacted fp:canary]\n"


def test_what_cannot_be_written_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.ipynb").write_text("old")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    notebook = new_notebook(cells=[new_code_cell("x" * 100_000, id="a")])
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
        with pytest.raises(OSError, match="too large"):
            Saver(Redactor()).write(notebook, folder / "a.ipynb")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    assert [one.name for one in folder.iterdir()] == ["a.ipynb"]
    assert (folder / "a.ipynb").read_text() == "old"
