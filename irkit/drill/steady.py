"""A clock that nobody sets, to tell whether the clock of this machine was set during a rehearsal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def steady() -> dict[str, Any]:
    """Seconds since this machine was started, and which start that was; "" where that cannot be told, and nothing can be compared."""
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return {"boot": boot, "seconds": round(time.clock_gettime(clock), 3)}
