"""What a record from before the exposure says: digests by path, and where the record itself knows it, since when. Pure."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple


class Entry(NamedTuple):
    """One digest, in lower case hex. `path` is "" where the record knows bytes and no name.

    `algorithm` is "sha256", "sha512", or one of the names in `Artifact.content`: "git-tag", "git-target", "git-commit", "rpm-header",
    "rpm-payload", "apt-release". `at` (UTC) is when the record's keeper took it in, None when the record does not say.
    """

    path: str
    digest: str
    algorithm: str = "sha256"
    at: datetime | None = None


class Record(NamedTuple):
    """A record as read: the name of its format, what it says, and what in it could not be read (shortened)."""

    format: str
    entries: tuple[Entry, ...]
    wrong: tuple[str, ...] = ()


def plain(path: str) -> str:
    """The one spelling of a relative path by which records and artifacts are compared."""
    return PurePosixPath(path).as_posix().removeprefix("./")


def leads_out(path: str) -> bool:
    """Absolute, or climbing out of the folder: no path of a release."""
    return path.startswith("/") or ".." in PurePosixPath(path).parts
