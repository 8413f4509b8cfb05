"""irkit's command line with one layer of the guard off, and with what kernels say and leave kept for the search.

python -m tests.canary.outside run api-token CASE ...      (told by IRKIT_CANARY what to do)
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.canary import layers
from tests.canary.settings import read


def main() -> None:
    settings = read()
    _keep_private_places(Path(settings.kept))
    if sys.argv[1] == "run":
        _tap(Path(settings.kept))
    layers.switch_off(settings.off, "command")
    from irkit.cli import main

    main()


def _keep_private_places(kept: Path) -> None:
    """What a power cut would leave of a kernel's private folder, less the temporary files that cells made there."""
    from irkit.guard import kernelspec

    class Shutil:
        @staticmethod
        def rmtree(place: Path, **named: Any) -> None:
            skipped = shutil.ignore_patterns("tmp", "url", "*-ipc-*")
            if place.name != "tmp":
                shutil.copytree(place, kept / f"{place.parent.name}-{place.name}", ignore=skipped, dirs_exist_ok=True)
            shutil.rmtree(place, **named)

    kernelspec.shutil = Shutil  # type: ignore[assignment]


def _tap(kept: Path) -> None:
    """Each message as it comes from a kernel, before irkit's own side has touched it."""
    from irkit.guard.client import GuardedClient

    received = GuardedClient.process_message

    def process_message(client: Any, msg: dict[str, Any], *args: Any) -> Any:
        if not msg["content"].pop("past", False):
            with (kept / "wire.jsonl").open("a") as file:
                file.write(json.dumps([msg["content"], msg.get("metadata")], ensure_ascii=False, default=repr) + "\n")
        return received(client, msg, *args)

    GuardedClient.process_message = process_message


if __name__ == "__main__":
    main()
