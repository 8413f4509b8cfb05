"""A home in which real programs left what nobody meant to keep: a shell, a recorder, Jupyter, git's credential store, a crash, a build."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.guard.scanning.homes import scan_home
from irkit.guard.scanning.search import Wanted
from tests.guard.known import known_windows
from tests.needs import needs

CRASH = """import os, resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
kept = sys.stdin.read()
os.abort()
"""
CHECKPOINT = """import sys
from jupyter_server.services.contents.filemanager import FileContentsManager
manager = FileContentsManager(root_dir=sys.argv[1])
source = "token = '" + sys.stdin.read() + "'"
cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, "id": "a"}
book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
manager.save({"type": "notebook", "content": book}, "/look.ipynb")
manager.create_checkpoint("/look.ipynb")
manager.delete_file("/look.ipynb")
"""


def do(home: Path, *command: str, given: str = "", **more: str) -> None:
    environment = {**os.environ, "HOME": str(home), "HISTFILE": str(home / ".bash_history"), **more}
    subprocess.run(command, cwd=home, env=environment, input=given, text=True, capture_output=True, check=False)


@needs("script")
def test_what_real_programs_leave_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    home = tmp_path / "somebody"
    home.mkdir()
    do(home, "bash", "--norc", "-i", given=f"set -o history\ncurl -H 'Authorization: Bearer {value}' nowhere\nexit\n")
    do(home, "script", "-q", "-c", "echo token $FAKE_TOKEN", "typescript", FAKE_TOKEN=value)
    do(home, sys.executable, "-c", CHECKPOINT, str(home), given=value)
    do(
        home,
        "git",
        "credential-store",
        "store",
        given=f"protocol=https\nhost=git.example\nusername=me\npassword={value}\n\n",
    )
    do(
        home,
        "bash",
        "-c",
        'npm_config_cache=$PWD/.npm; mkdir -p .npm/_logs; echo "step $T" > .npm/_logs/2026-debug-0.log',
        T=value,
    )
    expected = {
        ".local/share/Trash/files/look.ipynb",  # where Jupyter puts what is deleted
        ".bash_history",
        "typescript",
        ".ipynb_checkpoints/look-checkpoint.ipynb",
        ".git-credentials",
        ".npm/_logs/2026-debug-0.log",
    }
    if dumps():
        do(home, sys.executable, "-c", CRASH, given=value)
        expected.add(next(one.name for one in home.iterdir() if one.name.startswith("core")))
    found = scan_home(home, Wanted(rules=False, windows=seeking))
    assert {os.path.relpath(one.place.file, home) for one in found.findings} == expected
    assert value not in found.view().text()


def dumps() -> bool:
    """Whether this machine's kernel writes a dump beside the program that crashed."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return pattern.startswith("core") and hard == resource.RLIM_INFINITY
