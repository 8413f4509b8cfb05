"""Kingfisher, run on a folder of ours for secrets nobody told us of; it asks no issuer, and nobody else.

https://github.com/mongodb/kingfisher; the package kingfisher-bin brings the program. Validation and update checks are off, and its proxies
point nowhere. Its rules, compiled once for this machine, are public and are kept in the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.extras import how_to_get

if TYPE_CHECKING:
    from irkit.sources.alerts import Alert

_NOBODY = "http://127.0.0.1:9"  # the discard port: whoever tries to reach the network through it fails at once
_FOUND, _NONE = 200, 0
REPORT = "report.jsonl"
_PATIENCE_S = 900
_PACKED = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages/kingfisher/bin/kingfisher"


def program() -> str:
    """Where kingfisher is: beside this Python, or on PATH. NotAvailable naming the extra when it is nowhere."""
    environment = Path(sys.executable).parent
    # What the package puts beside Python is a script that starts another Python first; its program is used itself.
    packed = environment.parent / _PACKED
    beside = packed if os.access(packed, os.X_OK) else environment / "kingfisher"
    here = str(beside) if beside.is_file() else shutil.which("kingfisher")
    if here is None:
        raise NotAvailable(
            "no scanner for unknown secrets is here",
            on="kingfisher",
            do=f"{how_to_get('scan')}, then run this again",
        )
    return here


def scan(folder: Path, aside: Path, *, only: str | Sequence[str] = ".") -> tuple[Alert, ...]:
    """Every secret a rule knows in the files below a folder, or in `only` some of them; paths are relative to it.

    StepFailed when kingfisher fails, NotAvailable when it is not here.

    `aside` is a private folder for its report, which holds the values; whoever made it removes it.
    """
    report = aside / REPORT
    try:
        done = subprocess.run(
            command(report, (only,) if isinstance(only, str) else only),
            cwd=folder,
            env=environment(aside),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,  # its end is waited for; a process with a time limit is only asked now and then
            stderr=subprocess.DEVNULL,  # it may name what it found
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StepFailed("kingfisher did not finish", why=type(error).__name__, do="run this again") from None
    return told(done.returncode, report)


def command(report: Path, only: Sequence[str] = (".",), *more: str) -> list[str]:
    """What is run: the same for every search, and for one that is started before there is anything to look at."""
    files = ["--format", "jsonl", "--output", str(report), "--rule-cache-dir", str(_cache().resolve())]
    options = ["--no-validate", "--no-update-check", "--no-dedup", "--no-ignore", "--max-file-size", "0"]
    return [program(), "scan", *only, *files, *options, *more]


def told(code: int, report: Path) -> tuple[Alert, ...]:
    """What kingfisher found, by its exit code and its report. StepFailed when it failed, or its report cannot be read."""
    if code not in (_FOUND, _NONE):
        raise StepFailed(
            "kingfisher failed",
            why=f"exit code {code}",
            do=f"{how_to_get('scan')}, newer than this one, and run this again",
        )
    return _read(report) if code == _FOUND else ()


def _read(report: Path) -> tuple[Alert, ...]:
    from irkit.sources.alerts import read_alerts  # most runs find nothing

    try:
        return read_alerts(report).alerts
    except BadInput as error:
        why = error.what
    raise StepFailed(
        "kingfisher's report cannot be read",
        why=why,
        do=f"{how_to_get('scan')}, newer than this one, and run this again",
    )


def _cache() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".cache") / "irkit" / "kingfisher"


def environment(home: Path) -> dict[str, str]:
    """A home of its own, so that no configuration is read and nothing is left; no way out."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home))
    return (
        kept | places | dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "http_proxy"), _NOBODY)
    )
