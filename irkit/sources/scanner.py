"""Kingfisher, run on a folder of ours for secrets nobody told us of; it asks no issuer, and nobody else.

https://github.com/mongodb/kingfisher; the package kingfisher-bin brings the program. Validation and update checks are off, and its proxies
point nowhere. Its rules, compiled once for this machine, are public and are kept in the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.sources.alerts import Alert, read_alerts

_NOBODY = "http://127.0.0.1:9"  # the discard port: whoever tries to reach the network through it fails at once
_FOUND, _NONE = 200, 0
_PATIENCE_S = 900


def program() -> str:
    """Where kingfisher is: beside this Python, or on PATH. NotAvailable naming the extra when it is nowhere."""
    beside = Path(sys.executable).parent / "kingfisher"
    here = str(beside) if beside.is_file() else shutil.which("kingfisher")
    if here is None:
        raise NotAvailable(
            "no scanner for unknown secrets is here",
            on="kingfisher",
            do="pip install 'irkit[scan]', then run this again",
        )
    return here


def scan(folder: Path, aside: Path, *, only: str = ".") -> tuple[Alert, ...]:
    """Every secret a rule knows in the files below a folder, or in `only` one of them; paths are relative to it.

    StepFailed when kingfisher fails, NotAvailable when it is not here.

    `aside` is a private folder for its report, which holds the values; whoever made it removes it.
    """
    report = aside / "report.jsonl"
    command = [
        program(),
        "scan",
        only,
        "--format",
        "jsonl",
        "--output",
        str(report),
        "--rule-cache-dir",
        str(_cache().resolve()),
    ]
    command += ["--no-validate", "--no-update-check", "--no-dedup", "--no-ignore", "--max-file-size", "0"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(aside),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # it may name what it found
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepFailed("kingfisher did not finish", why=type(error).__name__, do="run this again") from None
    if done.returncode not in (_FOUND, _NONE):
        raise StepFailed(
            "kingfisher failed", why=f"exit code {done.returncode}", do="pip install -U 'irkit[scan]', run this again"
        )
    return _read(report) if done.returncode == _FOUND else ()


def _read(report: Path) -> tuple[Alert, ...]:
    try:
        return read_alerts(report).alerts
    except BadInput as error:
        why = error.what
    raise StepFailed("kingfisher's report cannot be read", why=why, do="pip install -U 'irkit[scan]', run this again")


def _cache() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".cache") / "irkit" / "kingfisher"


def _environment(home: Path) -> dict[str, str]:
    """A home of its own, so that no configuration is read and nothing is left; no way out."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home))
    return (
        kept | places | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"), _NOBODY)
    )
