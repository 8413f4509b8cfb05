"""What was found: occurrences of a credential, and events of its use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from irkit.model.clock import iso, parse_instant


@dataclass(frozen=True)
class CommitMark:
    """A commit that added or removed an occurrence. Both times are UTC and were chosen by whoever committed."""

    commit: str
    author_time: datetime
    commit_time: datetime

    def document(self) -> dict[str, str]:
        return {"commit": self.commit, "author_time": iso(self.author_time), "commit_time": iso(self.commit_time)}

    @classmethod
    def from_document(cls, row: Mapping[str, str]) -> CommitMark:
        return cls(row["commit"], parse_instant(row["author_time"]), parse_instant(row["commit_time"]))


@dataclass(frozen=True)
class GitPresence:
    """Where in the history of a repository a blob holding the credential stands.

    `commits` counts the commits whose tree holds the blob at that path; `reachable` is False when no ref
    leads to any of them; `refs` are tips that still hold it, `tags` the tags that do.
    """

    repository: str
    blob: str
    reachable: bool
    commits: int
    added: tuple[CommitMark, ...] = ()
    removed: tuple[CommitMark, ...] = ()
    refs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "repository": self.repository,
            "blob": self.blob,
            "reachable": self.reachable,
            "commits": self.commits,
            "added": [mark.document() for mark in self.added],
            "removed": [mark.document() for mark in self.removed],
            "refs": list(self.refs),
            "tags": list(self.tags),
        }


WEAK_FORMS = frozenset(
    {"id", "sha256-hex", "sha256-base64", "keyring", "armored-keyring", "fingerprint", "long-id", "short-id"}
)
"""Forms that name a credential without giving it away (see `irkit.needles`)."""


@dataclass(frozen=True)
class Occurrence:
    """One place where a credential stands.

    `place` is "git", "git-commit", "git-tag", "file", "archive", ...; `path` uses `!` into archives;
    `line` is 1-based, None in binary data; `offset` counts bytes from the start of the blob or file; `form`
    is how it was written ("raw", "base64", ...); `live` says whether it stands in a branch tip or on disk now.
    `credential` is the short fingerprint or public id it belongs to.
    """

    credential: str
    place: str
    path: str
    line: int | None
    offset: int
    form: str
    live: bool
    git: GitPresence | None = None

    @property
    def names_only(self) -> bool:
        """True when the credential is only named there (its id, its hash), so that nobody could have used it from there."""
        return self.form in WEAK_FORMS

    def document(self) -> dict[str, Any]:
        """The occurrence as `irkit locate --format json` prints it (DESIGN, command line)."""
        row: dict[str, Any] = {
            "place": self.place,
            "path": self.path,
            "line": self.line,
            "offset": self.offset,
            "form": self.form,
            "live": self.live,
        }
        return row | (self.git.document() if self.git else {})

    @classmethod
    def from_document(cls, credential: str, row: Mapping[str, Any]) -> Occurrence:
        """The inverse of `document`, for what a case kept."""
        git = None
        if "repository" in row:
            added, removed = (tuple(map(CommitMark.from_document, row[side])) for side in ("added", "removed"))
            refs, tags = tuple(row["refs"]), tuple(row["tags"])
            git = GitPresence(
                row["repository"], row["blob"], row["reachable"], row["commits"], added, removed, refs, tags
            )
        return cls(credential, row["place"], row["path"], row["line"], row["offset"], row["form"], row["live"], git)


@dataclass(frozen=True)
class Skipped:
    """What could not be read, and why. Never dropped: it is listed beside every answer it weakens."""

    what: str
    why: str

    def document(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why}


class MatchKind(StrEnum):
    """How an event is tied to the credential. Kinds are never added together silently."""

    EXACT_ID = "exact_id"
    HASH = "hash"
    HMAC = "hmac"
    FINGERPRINT = "fingerprint"
    DERIVED = "derived"
    CREATED = "created"
    SAME_PRINCIPAL = "same_principal"
    MENTION_ONLY = "mention_only"

    @property
    def is_use(self) -> bool:
        """True when the event was made with the credential itself."""
        return self in (MatchKind.EXACT_ID, MatchKind.HASH, MatchKind.HMAC, MatchKind.FINGERPRINT)


@dataclass(frozen=True)
class UsageEvent:
    """One line of a provider's log, in one shape for all sources.

    `at` is UTC (None when the log gives no usable time; then `time_text` holds what it said); `writes` is None
    when the log does not say; `outcome` is "ok", "denied", "failed" or "unknown"; `key` is the identifier under
    which the log knows the credential; `parent` the one it was derived from.

    `also` are further identifiers under which the same log knows what acted (a token's accessor, a session id); `repeated`
    is how many like it one line stands for ("message repeated N times"); `begot` is `KIND:ID` for each thing it brought into
    being, which expires by itself at `begot_until` (UTC, None when it does not or the log does not say); `ended` is `KIND:ID`
    for each thing it took out of being or out of use, `revived` for each that it let back into use. `flags` say what a
    reader should know of a value: see the `FLAG_` names. `raw` is the event as the log had it, kept only where it was
    asked for; it is no part of what the event is.
    """

    source: str
    event_id: str
    at: datetime | None
    key: str
    match: MatchKind
    action: str
    service: str = ""
    principal: str = ""
    address: str = ""
    agent: str = ""
    region: str = ""
    outcome: str = "unknown"
    error: str = ""
    writes: bool | None = None
    target: str = ""
    parent: str = ""
    begot: tuple[str, ...] = ()
    file: str = ""
    line: int | None = None
    time_text: str = ""
    also: tuple[str, ...] = ()
    repeated: int = 1
    begot_until: datetime | None = None
    flags: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    revived: tuple[str, ...] = ()
    raw: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


FLAG_NO_ADDRESS = "address-is-none"
"""The source address is a host name, a service's name or a word such as "private"."""
FLAG_NO_ZONE = "time-without-zone"
FLAG_NO_YEAR = "time-without-year"
FLAG_REPEATED = "repeated"
FLAG_KEY_HIDDEN = "key-hidden"
"""The log has a place for the key and it is empty or HIDDEN: what acted is not known from this event."""
FLAG_SHARED_NAME = "name-is-shared"
"""The event is tied by the name of an account or an app, under which other credentials may have acted as well."""
