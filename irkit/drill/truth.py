"""What is true in a drill's world, written down while it is built. Holds identifiers, hashes and times; no secret.

The scorecard compares it with what irkit found. Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

GITHUB_TOKEN, AWS_KEY, RELEASE_KEY = "github-token", "aws-key", "release-key"


@dataclass(frozen=True)
class Place:
    """Where a credential stands: in the repository, as "git" (then `blob` is the blob) or "git-commit" (then it is the
    commit) or "git-tag" (then `path` is the tag's name); or on disk as "file", or within something as "archive" (then `path` is told
    from the world's folder). `form` is how it is written there, in the words of `irkit.needles`.

    `commits` counts the commits whose tree holds it at `path`; `added` lists those with no parent that does,
    `removed` those that lack it although a parent has it. `refs` and `tags` are the full names whose tip holds it now;
    for a commit, those that lead to it (its `path` is its id). `live`: a branch is among them.
    """

    credential: str
    place: Literal["git", "git-commit", "git-tag", "file", "archive"]
    path: str
    form: str
    blob: str
    line: int | None = None
    live: bool = False
    reachable: bool = True
    commits: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """Events made with one key. `how` says whose: the leaked one itself, one derived from it, one its holder created.

    `events` counts each event once, `duplicates` the further deliveries; `writes` those not marked read-only,
    None where the log does not say.
    """

    credential: str
    key: str
    how: Literal["by_key", "derived", "created"]
    events: int
    duplicates: int
    first: datetime | None
    last: datetime | None
    parent: str = ""
    addresses: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    writes: int | None = None


@dataclass(frozen=True)
class Child:
    """Something that was brought into being with `parent`, a key. `lives`: True or None when it is not dead, as far as the
    logs tell; False when it is. `used` None: the logs cannot tell."""

    credential: str
    kind: str
    id: str
    parent: str
    lives: bool | None
    used: bool | None


@dataclass(frozen=True)
class Sign:
    """What should stand out: words that stand in the title of the finding, and its ATT&CK technique."""

    credential: str
    words: str
    attack: str


@dataclass(frozen=True)
class Leak:
    """How a credential came out: the commit that first held it, and when that commit was pushed, by the server's clock."""

    credential: str
    commit: str
    authored: datetime
    pushed: datetime


@dataclass(frozen=True)
class Artifact:
    """A released file. "good" stands in the mirror's list with this digest; "tampered" stands there with another;
    "unknown" does not stand there; "unsigned" has no signature. `signed_at` is what the signature claims."""

    path: str
    state: Literal["good", "tampered", "unknown", "unsigned"]
    sha256: str
    signed_at: datetime | None = None


@dataclass(frozen=True)
class Truth:
    """All of it. `intruders` are addresses, `owners` those of the credentials' own machines;
    `mentions` counts, by credential, events that name it without using it; `unread`: so many files of logs nobody can read."""

    seed: int
    now: datetime
    github_hash: str
    aws_account: str
    aws_user: str
    aws_key_id: str
    aws_responder_id: str
    aws_backdoor_user: str
    release_key: str
    approvers: dict[str, str]
    places: tuple[Place, ...]
    leaks: tuple[Leak, ...]
    uses: tuple[Use, ...]
    mentions: dict[str, int]
    first_intrusion: dict[str, datetime]
    intruders: tuple[str, ...]
    artifacts: tuple[Artifact, ...]
    orphan_signatures: tuple[str, ...]
    digests_at: datetime
    digests_source: str
    children: tuple[Child, ...] = ()
    signs: tuple[Sign, ...] = ()
    owners: tuple[str, ...] = ()
    unread: int = 0

    def places_of(self, credential: str) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.credential == credential)

    def uses_of(self, credential: str, how: str) -> tuple[Use, ...]:
        return tuple(use for use in self.uses if use.credential == credential and use.how == how)

    def leak_of(self, credential: str) -> Leak:
        return next(leak for leak in self.leaks if leak.credential == credential)

    def artifacts_that_are(self, state: str) -> tuple[str, ...]:
        return tuple(artifact.path for artifact in self.artifacts if artifact.state == state)
