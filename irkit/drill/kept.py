"""Where the results of rehearsals are kept: one line of JSON each in `$XDG_STATE_HOME/irkit/drills.jsonl`, which only grows.

A team that wants one history keeps it in one place: set XDG_STATE_HOME, or copy the lines together. None of them holds a secret.
https://specifications.freedesktop.org/basedir-spec/latest/
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from irkit.drill.practice import Result
from irkit.errors import BadInput, StepFailed
from irkit.model import parse_instant


def place() -> Path:
    """The file; it is not there before the first drill."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "irkit" / "drills.jsonl"


def keep(result: Result, file: Path | None = None) -> None:
    """Add one line, in one write. StepFailed when the disk refuses."""
    path = file or place()
    line = result.model_dump_json().encode() + b"\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            torn = (
                size and os.pread(handle, 1, size - 1) != b"\n"
            )  # a write before was cut off: that line is lost alone
            os.write(handle, b"\n" + line if torn else line)
        finally:
            os.close(handle)
    except OSError as error:
        raise StepFailed(
            "the result could not be kept", on=path, why=error.strerror or str(error), do="make room, or set XDG_STATE_HOME"
        ) from None  # fmt: skip


def kept(file: Path | None = None) -> tuple[tuple[Result, ...], int]:
    """All results, the oldest first, and how many lines could not be read. StepFailed when the file cannot be.

    Of lines with the same id, as they come of files copied together, the first counts.
    """
    path = file or place()
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return (), 0
    except OSError as error:
        raise StepFailed(
            "earlier results cannot be read", on=path, why=error.strerror or str(error), do="check its rights"
        ) from None
    found: dict[str, Result] = {}
    unread = 0
    for line in filter(bytes.strip, lines):
        try:
            one = Result.model_validate_json(line)
            parse_instant(one.began)
            found.setdefault(one.id, one)
        except (ValidationError, BadInput):
            unread += 1
    return tuple(sorted(found.values(), key=lambda one: parse_instant(one.began))), unread
