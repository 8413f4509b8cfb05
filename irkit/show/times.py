"""Times and durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def stamp(at: datetime) -> str:
    """`2026-03-01 12:00:00Z`, always UTC; a time without a zone is a programming error."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown")
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def duration(span: timedelta | None) -> str:
    """`3 d 4 h`, `12 min`, `8 s`; "unknown" for None."""
    if span is None:
        return "unknown"
    seconds = int(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    units = [(seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s")]
    shown = [f"{count} {unit}" for count, unit in units if count][:2]
    return sign + (" ".join(shown) or "0 s")
