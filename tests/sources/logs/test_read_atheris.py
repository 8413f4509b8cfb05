"""Some seconds of coverage-guided fuzzing; longer runs are for people: see fuzz_readers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUNS = 3000


def test_readers_under_coverage_guided_fuzzing(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the extra fuzz is not installed")
    command = [
        sys.executable,
        "-m",
        "tests.sources.logs.fuzz_readers",
        str(tmp_path / "corpus"),
        f"-atheris_runs={RUNS}",
        "-seed=1",
    ]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/"], cwd=root, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done" in done.stderr + done.stdout
