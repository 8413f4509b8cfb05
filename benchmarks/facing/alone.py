"""The cells of notebooks alone: one after another in this process, without kernel, guard, saving and export. Prints seconds.

    python benchmarks/facing/alone.py READY.json

READY.json is a list of notebooks with their parameters. What cells need is imported before the clock runs, and each result is rendered
as a notebook would show it. Nobody who runs these cells can be faster than this.
"""

# ruff: noqa: T201
from __future__ import annotations

import ast
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from irkit.case import in_kernel


def run(notebook: Path, parameters: dict[str, Any]) -> float:
    """Seconds that the cells of one notebook take, parameters injected as papermill does."""
    names: dict[str, Any] = {}
    seconds = 0.0
    for cell in json.loads(notebook.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        begun = time.perf_counter()
        _execute("".join(cell["source"]), names)
        seconds += time.perf_counter() - begun
        if "parameters" in cell["metadata"].get("tags", []):
            names |= parameters
    return seconds


def _execute(source: str, names: dict[str, Any]) -> None:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)  # noqa: S102  (the project's own notebooks)
    if isinstance(last, ast.Expr):
        shown = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)  # noqa: S307
        if hasattr(shown, "_repr_html_"):
            shown._repr_html_()


def main() -> None:
    ready = json.loads(Path(sys.argv[1]).read_text())
    for name in in_kernel.IMPORTED:
        importlib.import_module(name)
    print(sum(run(Path(one["notebook"]), one["parameters"]) for one in ready))


if __name__ == "__main__":
    main()
