"""Refs of a mirror of a git repository: `git ls-remote`, `git show-ref -d`, a `packed-refs` file, or a list of commits. Pure.

https://git-scm.com/docs/git-ls-remote, https://git-scm.com/docs/gitrepository-layout (packed-refs). An annotated tag has two lines: what
the ref names, and with `^{}` what the tag leads to. `git rev-list --all` writes bare ids of commits.
"""

from __future__ import annotations

import re

from irkit.resign.records.entry import Entry, Record

_REF = re.compile(r"(?P<oid>[0-9a-f]{64}|[0-9a-f]{40})[ \t]+(?P<ref>HEAD|refs/\S+?)(?P<peeled>\^\{\})?")
_PEELED = re.compile(r"\^(?P<oid>[0-9a-f]{64}|[0-9a-f]{40})")
_BARE = re.compile(r"(?:[0-9a-f]{64}|[0-9a-f]{40})")


def read(text: str) -> Record:
    """By full ref name: "git-tag" is the object that the ref names, "git-target" what that leads to. By its id: "git-commit".

    A lightweight tag leads to what its ref names. A commit that a branch named then is known by its id as well.
    """
    named: dict[str, str] = {}
    peeled: dict[str, str] = {}
    commits: list[str] = []
    wrong: list[str] = []
    last = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if (match := _PEELED.fullmatch(line)) and last:
            peeled[last] = match["oid"]
        elif match := _REF.fullmatch(line.strip()):
            last = match["ref"]
            (peeled if match["peeled"] else named)[last] = match["oid"]
        elif match := _BARE.fullmatch(line.strip()):
            commits.append(match[0])
        else:
            wrong.append(f"line {number}: {line[:80]!r}")
    tags = [Entry(ref, oid, "git-tag") for ref, oid in named.items()]
    targets = [Entry(ref, oid, "git-target") for ref, oid in peeled.items()]
    commits += [oid for ref, oid in named.items() if not ref.startswith("refs/tags/")]
    known = [Entry(oid, oid, "git-commit") for oid in dict.fromkeys([*commits, *peeled.values()])]
    return Record("git refs", (*tags, *targets, *known), tuple(wrong))


def matches(lines: list[str]) -> bool:
    return any(_REF.fullmatch(line.strip()) or _BARE.fullmatch(line.strip()) for line in lines)
