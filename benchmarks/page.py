"""What nbconvert makes of an executed notebook by default, beside what irkit makes of it and of the case.

    python benchmarks/page.py [CASE]

Without CASE, a folder with an executed `notebooks/04*.ipynb`, the drill is run first. All pages are opened in one Chromium without a
network; `npm ci --prefix tests` brings its driver and axe-core. Prints a Markdown table.
"""

# ruff: noqa: T201

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "browser" / "page.mjs"
MODULES = os.environ.get("IRKIT_NODE_MODULES", str(ROOT / "tests" / "node_modules"))


@dataclass(frozen=True)
class Row:
    """One page, and what was seen of it."""

    name: str
    size: int
    seen: dict[str, Any]

    def cells(self) -> tuple[str, ...]:
        found = self.seen["axe"]
        nodes = sum(one["count"] for one in found)
        rules = ", ".join(f"{one['id']} x{one['count']}" for one in found) or "none"
        requests, console = len(self.seen["requests"]), len(self.seen["console"])
        return (
            self.name, f"{self.size / 1024:.0f} KiB", str(self.seen["scripts"]), str(requests), str(console), str(nodes), rules,
            "yes" if self.seen["policy"] else "no", self.seen["lang"] or "none",
        )  # fmt: skip


COLUMNS = (
    "Page",
    "Size",
    "Scripts",
    "Requests",
    "Console messages",
    "axe violations",
    "which",
    "Policy (CSP)",
    "`lang`",
)


def main(case: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="irkit-page-") as name:
        folder = Path(name)
        chosen = case or drilled(folder)
        (notebook,) = sorted((chosen / "notebooks").glob("04*.ipynb"))[-1:]
        pages = {
            "nbconvert, default, of notebook 04": converted("html", notebook, folder / "default.html", chosen),
            "irkit_html, of the same notebook": converted("irkit_html", notebook, folder / "irkit.html", chosen),
            "postmortem.html": chosen / "postmortem.html",
        }
        rows = [
            Row(title, page.stat().st_size, seen)
            for (title, page), seen in zip(pages.items(), looked(pages.values()), strict=True)
        ]
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(row.cells() for row in rows)]
    print("\n".join(f"| {' | '.join(cells)} |" for cells in lines))


def drilled(folder: Path) -> Path:
    from irkit.drill.run import rehearse

    return rehearse("token-and-key", folder / "drill", say=lambda line: print(line, file=sys.stderr)).postmortem.parent


def converted(form: str, notebook: Path, to: Path, case: Path) -> Path:
    """By nbconvert's own command line, as its users run it."""
    own = [f"--GuardedHTMLExporter.case={case}"] if form == "irkit_html" else []
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", form, "--output", str(to), str(notebook), *own]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return to


def looked(pages: Any) -> list[dict[str, Any]]:
    looks = [{"file": str(page), "width": 1280, "axe": True} for page in pages]
    environment = os.environ | {"IRKIT_NODE_MODULES": MODULES}
    ran = subprocess.run(
        ["node", SCRIPT, json.dumps({"looks": looks})], env=environment, capture_output=True, text=True, check=True
    )
    answer: list[dict[str, Any]] = json.loads(ran.stdout)
    return answer


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute() if sys.argv[1:] else None)
