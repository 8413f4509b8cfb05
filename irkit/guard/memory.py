"""What a process holds in memory stays there. Nothing here but the standard library: every command starts with it."""

from __future__ import annotations

from contextlib import suppress


def no_core_dumps() -> None:
    """What this process and its children hold is written nowhere when one of them crashes."""
    with suppress(ImportError, OSError, ValueError):  # a system without core dumps
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
