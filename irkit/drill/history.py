"""A git history written down in memory, then made real by one `git fast-import`.

The trees are kept, so that what stands where is known without asking git: the drill's truth must not come
from the kind of search that it is there to check.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from irkit.errors import NotAvailable, StepFailed


@dataclass(frozen=True)
class Person:
    """Who commits, and the zone of their machine as git writes it."""

    name: str
    email: str
    zone: str = "+0000"

    def stamp(self, at: datetime) -> str:
        return f"{self.name} <{self.email}> {int(at.timestamp())} {self.zone}"


@dataclass(frozen=True)
class Commit:
    """A commit by its mark (1, 2, ...), with the whole tree it stands for."""

    mark: int
    parents: tuple[int, ...]
    tree: Mapping[str, bytes]
    message: str
    at: datetime


@dataclass
class History:
    """Commits in the order they were made; `refs` maps a full ref name to the mark at its tip, `tags` likewise.

    `told` has the message of each tag.
    """

    commits: list[Commit] = field(default_factory=list)
    refs: dict[str, int] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    _forked: dict[str, int] = field(default_factory=dict)
    _stream: list[bytes] = field(default_factory=list)

    def __getitem__(self, mark: int) -> Commit:
        return self.commits[mark - 1]

    def branch(self, ref: str, start: str | int) -> None:
        """Points `ref` at another ref's tip or at a commit; a ref that exists is moved there, as by a forced push."""
        mark = start if isinstance(start, int) else self.refs[start]
        self.refs[ref] = self._forked[ref] = mark
        self._write(f"reset {ref}\nfrom :{mark}\n\n")

    def commit(
        self,
        ref: str,
        who: Person,
        at: datetime,
        message: str,
        changes: Mapping[str, bytes | None],
        *,
        authored: datetime | None = None,
        merge: str = "",
    ) -> int:
        """A commit on `ref` with `changes` (None removes a path); gives its mark. `merge` names the ref merged in."""
        first = self.refs.get(ref)
        before = dict(self[first].tree) if first else {}
        tree = {**before, **(self._brought_by(merge) if merge else {})}
        for path, data in changes.items():
            if data is None:
                tree.pop(path, None)
            else:
                tree[path] = data
        mark = len(self.commits) + 1
        parents = tuple(parent for parent in (first, self.refs[merge] if merge else None) if parent)
        self.commits.append(Commit(mark, parents, tree, message, at))
        self.refs[ref] = mark

        self._write(f"commit {ref}\nmark :{mark}\nauthor {who.stamp(authored or at)}\ncommitter {who.stamp(at)}\n")
        self._data(message.encode())
        self._write("".join(f"{word} :{parent}\n" for word, parent in zip(("from", "merge"), parents, strict=False)))
        for path in sorted(before.keys() - tree.keys()):
            self._write(f"D {path}\n")
        for path in sorted(path for path, data in tree.items() if before.get(path) != data):
            self._write(f"M 100644 inline {path}\n")
            self._data(tree[path])
        self._write("\n")
        return mark

    def tag(self, name: str, mark: int, who: Person, at: datetime, message: str) -> None:
        self.tags[f"refs/tags/{name}"], self.told[f"refs/tags/{name}"] = mark, message
        self._write(f"tag {name}\nfrom :{mark}\ntagger {who.stamp(at)}\n")
        self._data(message.encode())

    def _brought_by(self, ref: str) -> dict[str, bytes]:
        """What a side branch changed since it was forked."""
        base = self[self._forked[ref]].tree
        return {path: data for path, data in self[self.refs[ref]].tree.items() if base.get(path) != data}

    def ancestry(self, *tips: int) -> frozenset[int]:
        """The marks that `tips` lead to, themselves included."""
        seen: set[int] = set()
        waiting = [*tips]
        while waiting:
            mark = waiting.pop()
            if mark not in seen:
                seen.add(mark)
                waiting += self[mark].parents
        return frozenset(seen)

    def reachable(self) -> frozenset[int]:
        """The marks that some ref or tag leads to."""
        return self.ancestry(*self.refs.values(), *self.tags.values())

    def write(self, folder: Path, origin: str) -> dict[int, str]:
        """Makes the bare repository `folder`, as `git clone --mirror` would leave it; gives the commit id of every mark."""
        _git(folder.parent, "init", "--quiet", "--bare", "--initial-branch=main", str(folder))
        with tempfile.TemporaryDirectory(prefix="irk-") as scratch:
            marks = Path(scratch) / "marks"
            stream = b"".join(self._stream) + b"done\n"
            _git(folder, "fast-import", "--quiet", "--done", f"--export-marks={marks}", data=stream)
            pairs = (line.split() for line in marks.read_text().splitlines())
            named = {int(mark[1:]): commit for mark, commit in pairs}
        _git(folder, "config", "remote.origin.url", origin)
        _git(folder, "config", "remote.origin.mirror", "true")
        return named

    def _write(self, text: str) -> None:
        self._stream.append(text.encode())

    def _data(self, data: bytes) -> None:
        self._stream.append(b"data %d\n%b\n" % (len(data), data))


def blob_id(data: bytes) -> str:
    """The id git gives a blob (SHA-1 over a header and the data)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _git(folder: Path, *arguments: str, data: bytes | None = None) -> bytes:
    """One git run that reads nobody's configuration."""
    own = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, input=data, capture_output=True, check=False, env=kept | own
        )
    except FileNotFoundError:
        raise NotAvailable("git is not here", do="install it (apt-get install git)") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise StepFailed("git refused", on=arguments[0], why=said[-1] if said else "", do="run irkit doctor")
    return done.stdout


def utc(at: datetime) -> datetime:
    """Whole seconds in UTC, as git keeps them."""
    return at.astimezone(UTC).replace(microsecond=0)
