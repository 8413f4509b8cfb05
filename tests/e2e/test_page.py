"""The drill's postmortem in a browser without a network: nothing is asked for, nothing is complained of."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.needs import NODE_MODULES, needs

pytestmark = [needs("chromium", "npm:playwright-core"), pytest.mark.slow]

SCRIPT = Path(__file__).parent.parent / "browser" / "page.mjs"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_postmortem_makes_no_request_and_logs_nothing(drill, tmp_path, dark):
    _, result, _, _ = drill
    wanted = {"file": str(result.postmortem), "screenshot": str(tmp_path / "page.png"), "dark": dark}
    environment = os.environ | {"IRKIT_NODE_MODULES": str(NODE_MODULES)}
    ran = subprocess.run(
        ["node", SCRIPT, json.dumps(wanted)], env=environment, capture_output=True, text=True, check=True
    )
    seen = json.loads(ran.stdout)
    assert seen["requests"] == []
    assert seen["console"] == []
    assert (seen["h1"], seen["broken"]) == (1, 0)
    assert seen["images"] >= 3
    assert result.postmortem.stat().st_size < 1_000_000
    assert (tmp_path / "page.png").stat().st_size > 50_000
