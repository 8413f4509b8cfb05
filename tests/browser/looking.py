"""Pages from disk, each opened in one Chromium without a network, by `page.mjs`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.needs import NODE_MODULES

SCRIPT = Path(__file__).with_name("page.mjs")


def looked(wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What was seen of each, by its name; what may be wanted and what is told stand at the head of page.mjs."""
    environment = os.environ | {"IRKIT_NODE_MODULES": str(NODE_MODULES)}
    command = ["node", SCRIPT, json.dumps({"looks": list(wanted.values())}, default=str)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return dict(zip(wanted, json.loads(ran.stdout), strict=True))


def complaints(seen: Mapping[str, Any]) -> dict[str, Any]:
    """What a page must not do or be, where it does or is: nothing of a good one."""
    told: dict[str, Any] = {
        name: seen[name] for name in ("requests", "console", "violations", "scripts", "broken", "wide") if seen[name]
    }
    if seen["h1"] != 1:
        told["h1"] = seen["h1"]
    if seen.get("axe"):
        told["axe"] = [(one["id"], one["nodes"][:2]) for one in seen["axe"]]
    return told
