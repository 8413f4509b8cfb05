"""Pictures of the notebooks in JupyterLab, light and dark: python -m tests.browser --shots docs/pictures

With --readiness those of the readiness report instead: light, dark, narrow, and as on paper.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from irkit.drill.readiness.run import rehearse_readiness
from tests.browser.face import face
from tests.browser.looking import looked

_MOST_BYTES = 180_000
PICTURES = {
    "01_exposure": [["lab-window", "desk.timeline()"]],
    "02_revoke": [
        ["lab-status", "desk.status()"],
        ["lab-approvals", "desk.approvals("],
    ],
    "03_resign": [["lab-consumers", "desk.consumer_matrix("], ["lab-trust-chain", "desk.trust_chain("]],
    "04_postmortem": [["lab-written", "desk.status()"]],
}
REPORT: dict[str, dict[str, Any]] = {
    "readiness-light": {"width": 1280, "height": 1480},
    "readiness-table": {"width": 1280, "height": 1230, "at": "#held"},
    "readiness-dark": {"width": 1280, "height": 1250, "at": "#findings", "dark": True},
    "readiness-narrow": {"width": 360, "height": 1100},
    "readiness-print": {"width": 1002, "height": 900, "print": True, "at": "#held"},
}


def main() -> int:
    """Run the drill's case by keyboard and take the pictures. 1 when it came to no end."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser", description=__doc__)
    parser.add_argument("--shots", type=Path, required=True, help="the folder they go to")
    parser.add_argument("--readiness", action="store_true", help="the readiness report of the drill instead")
    given = parser.parse_args()
    shots = given.shots.absolute()
    if given.readiness:
        return _readiness(shots)
    with tempfile.TemporaryDirectory(prefix="irk-k-", dir="/tmp") as place, face(Path(place)) as made:
        # No machine's own paths in a picture: folders are called what a reader would call them.
        hide = [
            [made.provider, "https://github.example"],
            [str(made.world.homes.base), "/home"],
            [str(made.case.folder), "acme-7"],
            [place, "/srv/incident"],
        ]
        answer = made.by_keyboard(shots=str(shots), pictures=PICTURES, byHand="lab-by-hand", hide=hide)
        for picture in shots.glob("lab-*.png"):
            _smaller(picture)
    sys.stdout.write(
        f"{shots}: {len(list(shots.glob('lab-*.png')))} pictures\n" if answer["ok"] else answer["error"] + "\n"
    )
    return 0 if answer["ok"] else 1


def _readiness(shots: Path) -> int:
    """The drill's report, without this machine's paths."""
    with tempfile.TemporaryDirectory(prefix="irk-r-", dir="/tmp") as place:
        drilled = rehearse_readiness(Path(place) / "drill", say=lambda _line: None)
        page = Path(place) / "readiness.html"
        page.write_text(re.sub(r"/tmp/irk-[a-z0-9_]+/release", "/home/releases/.gnupg", drilled.report.read_text()))
        looked({
            name: {"file": page, "whole": False, "screenshot": shots / f"{name}.png", **more} for name, more in REPORT.items()
        })  # fmt: skip
        for name in REPORT:
            _smaller(shots / f"{name}.png")
    sys.stdout.write(f"{shots}: {len(REPORT)} pictures\n")
    return 0


def _smaller(picture: Path) -> None:
    """At most what a page of the documentation should load; of the shades at the edges of letters 256 are enough then."""
    from PIL import Image

    with Image.open(picture) as whole:
        plain = whole.convert("RGB")
    plain.save(picture, optimize=True)
    if picture.stat().st_size > _MOST_BYTES:
        plain.quantize(256, kmeans=3, dither=Image.Dither.NONE).save(picture, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
