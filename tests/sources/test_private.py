"""What stands in files for a moment: private, in memory where there is room, gone whatever happens."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from irkit.sources import private
from irkit.sources.private import private_folder


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    for place in (memory, disk):
        place.mkdir()
    monkeypatch.setattr(private, "MEMORY", memory)
    monkeypatch.setattr(private, "_ROOM", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    return memory, disk


def test_it_is_this_user_s_alone_in_memory_and_gone_afterwards(places):
    memory, _ = places
    with private_folder() as folder:
        assert (folder.parent, stat.S_IMODE(folder.stat().st_mode)) == (memory, 0o700)
        (folder / "held").write_text("visibly fake")
    assert list(memory.iterdir()) == []


@pytest.mark.parametrize("problem", ["no room", "not there"])
def test_without_room_in_memory_it_is_on_disk(problem, places, monkeypatch):
    memory, disk = places
    monkeypatch.setattr(private, *(("_ROOM", 1 << 80) if problem == "no room" else ("MEMORY", memory / "nowhere")))
    with private_folder() as folder:
        assert folder.parent == disk


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_is_gone_after_an_error(error, places):
    def interrupted() -> None:
        with private_folder() as folder:
            (folder / "held").write_text("visibly fake")
            raise error

    with pytest.raises(error):
        interrupted()
    assert [list(place.iterdir()) for place in places] == [[], []]


KILLED = """
import sys, time
from pathlib import Path
from irkit.sources import private
private.MEMORY, private._ROOM = Path(sys.argv[1]), 1
with private.private_folder() as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_is_removed_and_what_a_living_one_holds_is_not(places):
    memory, _ = places
    runs = [
        subprocess.Popen([sys.executable, "-c", KILLED, str(memory)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        killed, living = (Path(run.stdout.readline().strip()) for run in runs if run.stdout)
        runs[0].send_signal(signal.SIGKILL)
        runs[0].wait()
        for folder in (killed, living):
            os.utime(folder, (0, 0))
        with private_folder():
            assert not killed.exists()
            assert living.exists()
    finally:
        for run in runs:
            run.kill()
            run.wait()
            if run.stdout:
                run.stdout.close()
