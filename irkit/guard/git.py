"""Git as the guard asks it: within the environment of a hook, which says where the index and the objects of a push are.

Nothing that a repository's own configuration names is run for a look at it, and neither replace refs nor grafts are followed: what is read
is what is stored. https://git-scm.com/docs/git-receive-pack#_quarantine_environment
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from irkit.errors import BadInput, NotAvailable, StepFailed

_PIECE = 1 << 20
_SETTINGS = ("-c", "core.fsmonitor=false", "-c", "core.bigFileThreshold=64m", "-c", "gc.auto=0")
_BEHAVIOUR = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
_PLACES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


_LOCAL = frozenset(
    [
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_CONFIG",
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_COUNT",
        "GIT_OBJECT_DIRECTORY",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_REPLACE_REF_BASE",
        "GIT_PREFIX",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_SHALLOW_FILE",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
        "GIT_QUARANTINE_PATH",
    ]
)
"""What git itself unsets before it goes to another repository: `git rev-parse --local-env-vars`, and what it sets for a hook."""
_NAMED: ContextVar[bool] = ContextVar("_NAMED", default=False)


@contextmanager
def as_named() -> Iterator[None]:
    """Within the block (or the function that it decorates) a repository is the one that the path names, whatever the environment says:
    in a hook, or an alias, GIT_DIR names another one, and git would speak of that."""
    before = _NAMED.set(True)
    try:
        yield
    finally:
        _NAMED.reset(before)


@dataclass(frozen=True)
class Content:
    """One object: its id, its type ("blob", "commit", "tag"; "" when it is not there), its size, its bytes to be taken before the next."""

    oid: str
    kind: str
    size: int
    pieces: Iterator[bytes]


def top(path: Path) -> Path:
    """The work tree that `path` is in. BadInput when it is in none."""
    return Path(_line(git(path, "rev-parse", "--show-toplevel")))


def git_dir(path: Path) -> Path:
    """The git directory of the repository that `path` is in or is. BadInput when there is none."""
    return Path(_line(git(path, "rev-parse", "--absolute-git-dir")))


def common_dir(path: Path) -> Path:
    """The git directory that a linked work tree shares with its repository; otherwise the same as `git_dir`."""
    inside = git_dir(path)
    return inside / _line(git(inside, "rev-parse", "--git-common-dir"))


def git(where: Path, *arguments: str, given: bytes = b"") -> bytes:
    """The output of a git command. BadInput with git's own last line when it fails, NotAvailable without git."""
    with ran(where, *arguments, given=given) as running:
        assert running.stdout is not None
        return running.stdout.read()


def asked(where: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """The same, and None when git says that there is no such thing."""
    try:
        return git(where, *arguments, given=given)
    except BadInput:
        return None


@contextmanager
def ran(
    where: Path, *arguments: str, given: bytes = b"", stdin: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A running git; when the block has ended so has it, and BadInput says so when it failed."""
    import tempfile

    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as wanted:
        if given:
            wanted.write(given)
            wanted.seek(0)
        try:
            process = subprocess.Popen(
                ["git", *_SETTINGS, "-C", str(where), *arguments],
                stdin=stdin or (wanted if given else subprocess.DEVNULL),
                stdout=subprocess.PIPE,
                stderr=errors,
                env=(_elsewhere() if _NAMED.get() else os.environ | _places()) | _BEHAVIOUR,
            )
        except FileNotFoundError:
            raise NotAvailable("git is not installed", do="install git and run this again") from None
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            errors.seek(0)
            lines = errors.read().decode("utf-8", "replace").strip().splitlines()
            raise BadInput(
                "git cannot say what is here",
                on=where,
                why=lines[-1].removeprefix("fatal: ") if lines else f"exit code {process.returncode}",
                do="run it in a repository",
            )


def contents(where: Path, ids: IO[bytes]) -> Iterator[Content]:
    """The objects whose ids stand in `ids`, one a line, in that order; a megabyte of one is in memory at a time."""
    with ran(where, "cat-file", "--batch", "--buffer", stdin=ids) as running:
        out = running.stdout
        assert out is not None
        while head := out.readline():
            oid, *rest = head.decode().split()
            if len(rest) < 2:
                yield Content(oid, "", 0, iter(()))
                continue
            kind, size = rest[0], int(rest[1])
            pieces = _taken(out, size)
            yield Content(oid, kind, size, pieces)
            for _ in pieces:
                pass  # what nobody wanted
            out.read(1)


def _elsewhere() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _LOCAL}


def _places() -> dict[str, str]:
    """Where a hook's environment says that things are: what it says relative to this folder, whole, since git is run in others."""
    return {name: os.path.abspath(os.environ[name]) for name in _PLACES if os.environ.get(name)}  # noqa: PTH100  (links stay)


def _taken(out: IO[bytes], size: int) -> Iterator[bytes]:
    while size:
        piece = out.read(min(size, _PIECE))
        if not piece:
            raise StepFailed("git ended within an object", do="check the repository with git fsck")
        size -= len(piece)
        yield piece


def _line(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape").rstrip("\n")
