"""Prints the table: what is found with each layer off, and with all of them on.

python -m tests.canary [--write docs/leak-channels.md]
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tests.canary.layers import LAYERS
from tests.canary.stage import stage
from tests.canary.table import leaks, showing

ALL_ON = {
    "one notebook, unattended": "messages",
    "a parameter": "parameters",
    "a file in the case": "gate",
    "one notebook in Lab": "screen",
}
_PLACE = re.compile(r"(<!-- what the script printed -->\n).*?(<!-- until here -->)", re.DOTALL)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.canary")
    parser.add_argument("--write", type=Path, help="a document in which the table takes the place of the last one")
    given = parser.parse_args()
    lines = [
        "| switched off | what it does | its leak is seen in | found there | in these forms |",
        "|---|---|---|---|---|",
    ]
    right = True
    with stage("token-and-key") as made:
        print("\n".join(lines))
        for name, layer in LAYERS.items():
            found = showing(leaks(made, name, off=True), layer)
            right &= bool(found)
            forms = ", ".join(sorted({hit.form for hit in found}))
            where = f"`{layer.shows}`, {'JupyterLab' if layer.lab else 'unattended'}"
            lines.append(f"| {name} | {layer.what} | {where} | {len(found)} | {forms} |")
            print(lines[-1], flush=True)
        for what, name in ALL_ON.items():
            found = leaks(made, name, off=False)
            right &= not found
            lines.append(f"| nothing | {what} | anywhere | {len(found)} | |")
            print(lines[-1], flush=True)
    if given.write:
        table = "\n".join(lines)
        given.write.write_text(_PLACE.sub(lambda place: f"{place[1]}{table}\n{place[2]}", given.write.read_text()))
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
