"""The kernel `irkit`: ipykernel with the guard loaded before the first cell, and without its three diaries.

No history database (it would keep the source of every cell), no debugger (it writes cells to files that outlive the kernel), and a
private IPYTHONDIR and TMPDIR, so that `%store`, start-up files and temporary files stay within the run and go with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "irkit"

ARGV = (
    "-m",
    "ipykernel_launcher",
    "-f",
    "{connection_file}",
    "--HistoryManager.enabled=False",
    "--IPKernelApp.extensions=irkit.guard.extension",
)


def write(folder: Path, env: Mapping[str, str] | None = None) -> Path:
    """Write the kernelspec under `folder/kernels/irkit` and return `folder`, an entry for JUPYTER_PATH.

    `env` stands in a file: names of places, never a secret. The kernel runs on the interpreter that runs this.
    """
    home = folder / "kernels" / NAME
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    spec = {
        "argv": [sys.executable, *ARGV],
        "display_name": "irkit (guarded Python)",
        "language": "python",
        "metadata": {"debugger": False},
        "env": {**private_places(folder), **(env or {})},
    }
    (home / "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return folder


def private_places(folder: Path) -> dict[str, str]:
    """IPYTHONDIR and TMPDIR inside `folder`, made for this user alone."""
    places = {"IPYTHONDIR": folder / "ipython", "TMPDIR": folder / "tmp"}
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: str(place) for name, place in places.items()}
