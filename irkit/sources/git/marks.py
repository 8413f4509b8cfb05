"""From what the history says of a blob, a commit or a tag to what an occurrence keeps of it."""

from __future__ import annotations

from datetime import UTC, datetime

from irkit.model import CommitMark, GitPresence, Skipped
from irkit.sources.git.history import Commit
from irkit.sources.git.presence import Presence
from irkit.sources.git.run import Repository

TAG_REF = "refs/tags/"
BRANCHES = ("refs/heads/", "refs/remotes/", "HEAD", "worktrees/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def git_presence(repository: Repository, presence: Presence, skipped: list[Skipped]) -> GitPresence:
    """`refs` by full name, `tags` short; a date that is none is told in `skipped`."""
    return GitPresence(
        repository=str(repository.shown),
        blob=presence.blob,
        reachable=presence.reachable,
        commits=presence.commits,
        added=tuple(_marked(commit, skipped) for commit in presence.added),
        removed=tuple(_marked(commit, skipped) for commit in presence.removed),
        refs=tuple(ref for ref in presence.refs if not ref.startswith(TAG_REF)),
        tags=tuple(ref.removeprefix(TAG_REF) for ref in presence.refs if ref.startswith(TAG_REF)),
    )


def _marked(commit: Commit, skipped: list[Skipped]) -> CommitMark:
    if commit.author_time is None or commit.commit_time is None:
        why = "a date of this commit is no date; the other one, or 1970, stands in its place"
        skipped.append(Skipped(f"commit {commit.oid}", why))
    author = commit.author_time or commit.commit_time or _EPOCH
    return CommitMark(commit.oid, author, commit.commit_time or author)
