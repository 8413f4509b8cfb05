"""What ran: the versions of what a step stands on, as they were when it started."""

from __future__ import annotations

import platform
import re
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "irkit",
    "papermill",
    "nbclient",
    "nbformat",
    "ipykernel",
    "jupyterlab",
    "pandas",
    "matplotlib",
    "pysequoia",
)
PROGRAMS = ("gpg", "git")


@cache
def versions() -> dict[str, str]:
    """By name; "missing" for what is not here. Asked once: what a process has imported does not change under it."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found | {name: _said(name) for name in PROGRAMS}


def _said(program: str) -> str:
    """The first number of what it says of itself: `gpg (GnuPG) 2.2.40`, `git version 2.39.5`."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "missing"
    found = re.search(r"\d+(?:\.\d+)+", told)
    return found[0] if found else "unknown"
