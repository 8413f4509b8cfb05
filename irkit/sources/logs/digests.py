"""CloudTrail's digest files: which log files an hour has. They hold no event; they tell which files are not here, and which hours.

Their signatures are not verified here: whoever forged one could only make more be called missing.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from irkit.model import Skipped, iso
from irkit.sources.logs.interface import Event, text, time
from irkit.sources.logs.rows import items


@dataclass(frozen=True)
class Digest:
    """One digest file: of which trail, from when to when (UTC), and the names of the log files that were delivered meanwhile."""

    trail: str
    start: datetime
    end: datetime
    files: tuple[str, ...]


def digest_of(event: Event) -> Digest | None:
    """None for what is no digest file."""
    place, start, end = (text(event, name) for name in ("digestS3Object", "digestStartTime", "digestEndTime"))
    since, until = time(start), time(end)
    if not place or since is None or until is None or not isinstance(event.get("logFiles"), list):
        return None
    files = tuple(plain_name(name) for one in items(event, "logFiles") if (name := text(one, "s3Object")))
    folder = next((one for one in PurePosixPath(place).parents if one.parent.name == "CloudTrail-Digest"), None)
    region = folder.name if folder else ""
    return Digest("/".join(filter(None, (text(event, "awsAccountId"), region))), since, until, files)


def plain_name(path: str) -> str:
    """A log file's name, whether it lies there as it was delivered or unpacked."""
    return path.rpartition("/")[2].removesuffix(".gz")


def missing(digests: Iterable[Digest], here: Collection[str]) -> list[Skipped]:
    """What of the logs is not here, by trail: files that a digest names, and hours between digests of which there is none."""
    by_trail: dict[str, list[Digest]] = {}
    for one in digests:
        by_trail.setdefault(one.trail, []).append(one)
    found = []
    for trail, mine in sorted(by_trail.items()):
        what = f"CloudTrail of {trail}"
        mine.sort(key=lambda one: one.start.timestamp())
        gone = [one for each in mine for one in each.files if one not in here]
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            found.append(Skipped(what, f"log files that its digests name are not here: {gone[0]}{more}; bring them"))
        reached = mine[0].end
        for one in mine[1:]:
            if one.start > reached:
                why = f"no digest from {iso(reached)} to {iso(one.start)}: log files of that time may be missing"
                found.append(Skipped(what, why))
            reached = max(reached, one.end)
    return found
