"""The files at the tips of all branches of a repository, each content read once however many branches hold it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from irkit.errors import StepFailed
from irkit.model import Skipped
from irkit.sources.git import history
from irkit.sources.git.objects import Torn, contents, id_bytes, refs
from irkit.sources.git.run import Repository, git

LARGEST = 1 << 20
"""Bytes. No file that a person writes to take a credential is larger."""

_BRANCH = re.compile(r"refs/(?:heads|remotes)/(.+)")
_DEEPEST = 200
_MOST_PLACES = 20_000
_MOST_COMMITS = 300
_ENTRY = {size: re.compile(rb"([0-7]{1,7}) ([^\0]+)\0(.{%d})" % size, re.DOTALL) for size in (20, 32)}
_FILE = (b"100644", b"100755", b"100664")


class Tips:
    """`branches` by short name, the one that HEAD names first. What cannot be read goes to `skipped`."""

    def __init__(self, repository: Repository, may_be_read: Callable[[str], bool], skipped: list[Skipped]) -> None:
        self._repository, self._skipped, self._wanted = repository, skipped, may_be_read
        self._trees: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {}
        self._found: dict[str, tuple[tuple[str, str], ...]] = {}
        self._commits = 0
        self.branches = self._tips()
        self._roots = self._tree_of(list(dict.fromkeys(self.branches.values())))
        self._read_trees()
        self.blobs = frozenset(oid for _, blobs in self._trees.values() for _, oid in blobs)

    def _tips(self) -> dict[str, str]:
        found = {}
        for name, oid in refs(self._repository, self._skipped).items():
            branch = _BRANCH.fullmatch(name)
            if branch and not name.endswith("/HEAD"):
                found[branch[1]] = oid
            elif name == "HEAD":
                found["HEAD"] = oid  # detached
        first = self._head()
        return dict(sorted(found.items(), key=lambda one: (one[0] != first, one[0] not in ("main", "master"), one[0])))

    def _head(self) -> str:
        try:
            text = (self._repository.git_dir / "HEAD").read_text(errors="replace")[:500]
        except OSError:
            return ""
        return text.strip().removeprefix("ref: refs/heads/")

    def _tree_of(self, commits: list[str]) -> dict[str, str]:
        made = {}
        for oid, pieces in contents(self._repository, commits, self._skipped):
            commit = history.commit(oid, _whole(pieces))
            if commit:
                made[oid] = commit.tree
        return made

    def _read_trees(self) -> None:
        size = id_bytes(self._repository)
        level = [oid for oid in dict.fromkeys(self._roots.values()) if len(oid) == 2 * size]
        for _ in range(_DEEPEST):
            if not level:
                return
            following: dict[str, None] = {}
            for oid, pieces in contents(self._repository, level, self._skipped):
                self._trees[oid] = folders, _ = self._entries(_whole(pieces), size)
                following |= dict.fromkeys(below for _, below in folders)
            level = [oid for oid in following if oid not in self._trees]
        self._skipped.append(
            Skipped(str(self._repository.shown), f"folders nested deeper than {_DEEPEST} were not read")
        )

    def _entries(self, data: bytes, size: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Folders, and the files that a reader may take. Symbolic links and submodules are neither."""
        folders, files = [], []
        for mode, raw, oid in _ENTRY[size].findall(history.whole_entries(data, size)):
            name = raw.decode("utf-8", "backslashreplace")
            if mode in (b"40000", b"040000"):
                folders.append((name, oid.hex()))
            elif mode in _FILE and self._wanted(name):
                files.append((name, oid.hex()))
            elif mode == b"160000":
                why = "a submodule is a repository of its own: name it among the paths"
                self._skipped.append(Skipped(f"{self._repository.shown} submodule {name}", why))
        return folders, files

    def texts(self, oids: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """The content of each blob that is not too large."""
        for oid, pieces in contents(self._repository, sorted(oids), self._skipped):
            data = _whole(pieces, LARGEST + 1)
            if len(data) > LARGEST:
                why = f"larger than {LARGEST >> 20} MiB, not read for consumers"
                self._skipped.append(Skipped(f"{self._repository.shown} object {oid}", why))
            else:
                yield oid, data

    def places(self, oids: Collection[str]) -> dict[tuple[str, str], list[str]]:
        """Path and blob of each of these, with the branches that hold it."""
        self._found = {}
        held: dict[tuple[str, str], list[str]] = {}
        for branch, commit in self.branches.items():
            for place in self._below(self._roots.get(commit, ""), oids, 0):
                held.setdefault(place, []).append(branch)
        return held

    def named(self, paths: Collection[str]) -> dict[tuple[str, str], list[str]]:
        """Those of these paths that are there: path and blob, with the branches that hold it so."""
        held: dict[tuple[str, str], list[str]] = {}
        for branch, commit in self.branches.items():
            for path in paths:
                *folders, name = path.split("/")
                tree: str | None = self._roots.get(commit, "")
                for folder in folders:
                    tree = dict(self._trees[tree][0]).get(folder) if tree in self._trees else None
                oid = dict(self._trees[tree][1]).get(name) if tree in self._trees else None
                if oid:
                    held.setdefault((path, oid), []).append(branch)
        return held

    def _below(self, tree: str, oids: Collection[str], depth: int) -> tuple[tuple[str, str], ...]:
        if tree in self._found:
            return self._found[tree]
        if tree not in self._trees or depth > _DEEPEST:
            return ()
        folders, files = self._trees[tree]

        def every() -> Iterator[tuple[str, str]]:
            yield from ((name, oid) for name, oid in files if oid in oids)
            for name, below in folders:
                yield from ((f"{name}/{path}", oid) for path, oid in self._below(below, oids, depth + 1))

        found = tuple(islice(every(), _MOST_PLACES + 1))
        if len(found) > _MOST_PLACES:
            found = found[:_MOST_PLACES]
            why = f"more than {_MOST_PLACES} places in one tree; the others are left out"
            self._skipped.append(Skipped(str(self._repository.shown), why))
        self._found[tree] = found
        return found

    def last_author(self, branch: str, path: str) -> str:
        """Who the last commit that touched the path says wrote it, which proves nothing; "" when that cannot be told."""
        self._commits += 1
        if self._commits > _MOST_COMMITS or branch not in self.branches:
            return ""
        try:
            asked = ["rev-list", "-1", self.branches[branch], "--", f":(top,literal){path}"]
            oid = git(self._repository, *asked, apart=True).decode("ascii", "replace").strip()
            data = git(self._repository, "cat-file", "commit", oid, apart=True) if oid else b""
        except StepFailed:
            return ""  # the history is damaged or shallow
        author = re.search(rb"^author (.*?) -?\d+ [+-]\d+$", data.partition(b"\n\n")[0], re.MULTILINE)
        return author[1].decode("utf-8", "replace") if author else ""


def _whole(pieces: Iterator[bytes], most: int = 64 << 20) -> bytes:
    data = bytearray()
    try:
        for piece in pieces:
            data += piece
            if len(data) >= most:
                break
    except Torn:
        pass  # `contents` lists it
    return bytes(data)
