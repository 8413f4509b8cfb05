"""Prints the table: what is found with each layer off, and with all of them on.

python -m tests.canary
"""

# ruff: noqa: T201
from __future__ import annotations

import sys

from tests.canary.layers import LAYERS
from tests.canary.stage import stage
from tests.canary.table import leaks, showing

ALL_ON = {
    "one notebook, unattended": "messages",
    "a parameter": "parameters",
    "a file in the case": "gate",
    "one notebook in Lab": "screen",
}


def main() -> int:
    right = True
    with stage("token-and-key") as made:
        print("| switched off | what it does | seen in | secrets found there | forms |\n|---|---|---|---|---|")
        for name, layer in LAYERS.items():
            found = showing(leaks(made, name, off=True), layer)
            right &= bool(found)
            forms = ", ".join(sorted({hit.form for hit in found}))
            where = "JupyterLab" if layer.lab else "unattended"
            print(f"| {name} | {layer.what} | {layer.shows} ({where}) | {len(found)} | {forms} |", flush=True)
        for what, name in ALL_ON.items():
            found = leaks(made, name, off=False)
            right &= not found
            print(f"| nothing | {what} | anywhere | {len(found)} | |", flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
