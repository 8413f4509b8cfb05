from __future__ import annotations

from pathlib import Path

import pytest

from tests.inforce.world import Desk, desk


@pytest.fixture(name="desk")
def a_desk(tmp_path: Path) -> Desk:
    return desk(tmp_path)
