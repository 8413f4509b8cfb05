"""A repository of signed tags, as a mirror holds it: one was moved by the thief, one is a version that never was."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from irkit.drill.signing.truth import Part, Thing

_NAME, _MAIL = "Larkspur Releases", "releases@larkspur.example"


def build(folder: Path, record: Path, home: Path, key: str, now: datetime, count: int) -> Part:
    """`count` signed tags; `record` is what `git ls-remote` of the mirror printed before the leak."""
    git = _Git(folder, home, key)
    git("init", "--quiet", "--bare", "--initial-branch=main", str(folder), at=now)
    tree = git("hash-object", "-t", "tree", "-w", "--stdin", at=now)
    parent, things = "", []
    for number in range(count - 1):
        at = now - timedelta(days=330 - number * 5)
        commit = git(
            "commit-tree", tree, *(("-p", parent) if parent else ()), "-m", f"Release {number}",
            *(("-S",) if number % 20 == 0 else ()), at=at,
        )  # fmt: skip
        name = f"v{number // 10}.{number % 10}"
        git("tag", "-s", "-m", f"Larkspur {name}", name, commit, at=at)
        things.append(Thing(f"refs/tags/{name}", "good"))
        parent = commit
    git("update-ref", "refs/heads/main", parent, at=now)
    record.write_text(git("for-each-ref", "--format=%(objectname)%09%(refname)", at=now) + "\n")
    evil = git("commit-tree", tree, "-p", parent, "-m", "An implant, visibly fake", at=now)
    back = now - timedelta(days=300)
    moved = "v0.6"
    git("tag", "-f", "-s", "-m", f"Larkspur {moved}", moved, evil, at=back)
    git("tag", "-s", "-m", "Larkspur v9.9", "v9.9", evil, at=back)
    things = [Thing(one.name, "tampered") if one.name.endswith(f"/{moved}") else one for one in things]
    return Part("tags", str(folder), (*things, Thing("refs/tags/v9.9", "forged")), record.name)


class _Git:
    """git over one bare repository; signatures and dates are of the moment it is told, `at`."""

    def __init__(self, folder: Path, home: Path, key: str) -> None:
        self.folder, self.home, self.key = folder, home, key
        self.gpg = home / "gpg-at"
        self.gpg.write_text(
            '#!/bin/sh\nexec gpg --batch --no-tty --pinentry-mode loopback --faked-system-time "$IRKIT_DRILL_AT" "$@"\n'
        )
        self.gpg.chmod(0o700)

    def __call__(self, *arguments: str, at: datetime) -> str:
        stamp = f"{int(at.timestamp())} +0000"
        env = {
            "PATH": os.environ["PATH"], "HOME": str(self.home), "GNUPGHOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp,
            "GIT_AUTHOR_NAME": _NAME, "GIT_AUTHOR_EMAIL": _MAIL, "GIT_COMMITTER_NAME": _NAME, "GIT_COMMITTER_EMAIL": _MAIL,
            "IRKIT_DRILL_AT": at.astimezone(UTC).strftime("%Y%m%dT%H%M%S!"),
        }  # fmt: skip
        where = () if arguments[0] == "init" else (f"--git-dir={self.folder}",)
        configured = ("-c", f"gpg.program={self.gpg}", "-c", f"user.signingkey={self.key}")
        done = subprocess.run(
            ["git", *where, *configured, *arguments], input=b"", capture_output=True, check=True, env=env
        )
        return done.stdout.decode().strip()
