"""The one way irkit runs git on a repository it does not trust: plumbing only, nothing of the repository executed.

No hooks, filters, textconv, fsmonitor, pagers, credential helpers or transports; no system or user configuration; no
locks, prompts or lazy fetches; replace refs are not followed, so that what is read is what is stored.
https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from irkit.errors import NotAvailable, StepFailed

_SETTINGS = (
    ("safe.directory", "*"),  # the evidence belongs to somebody else; it is only read
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.sshCommand", "false"),
    ("protocol.allow", "never"),
)

_KEPT = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Repository:
    """A repository as found: `shown` is the path the user knows, `git_dir` where its refs are, `common` where its objects are."""

    shown: Path
    git_dir: Path
    common: Path


def repository_at(path: Path) -> Repository | None:
    """The repository whose work tree or git directory `path` is; None when it is neither. Parents are not searched."""
    for candidate in (path / ".git", path):
        try:
            git_dir = _git_dir(candidate)
        except OSError:
            continue  # not ours to enter: whoever walks the folders lists it as unreadable
        if git_dir is not None:
            return Repository(path, git_dir, _common_dir(git_dir))
    return None


def git(repository: Repository, *arguments: str) -> bytes:
    """The output of a plumbing command. StepFailed with git's own last line when it fails."""
    with start(repository, arguments, stdin=None, stderr=subprocess.PIPE) as process:
        out, err = process.communicate()
    if process.returncode:
        raise StepFailed(
            f"git {arguments[0]} failed",
            on=repository.shown,
            why=last_line(err),
            do="check the repository with git fsck on a copy",
        )
    return out


def start(
    repository: Repository,
    arguments: Sequence[str],
    *,
    stdin: IO[bytes] | None,
    stderr: IO[bytes] | int,
) -> subprocess.Popen[bytes]:
    """A running plumbing command with its output on a pipe. NotAvailable when there is no git."""
    try:
        return subprocess.Popen(
            ["git", f"--git-dir={repository.git_dir.absolute()}", *arguments],
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(),
            bufsize=1 << 20,
            cwd="/",
        )
    except FileNotFoundError:
        raise NotAvailable(
            "git is not installed", on=repository.shown, why="no git on PATH", do="install git and run this again"
        ) from None


def last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("fatal: ").removeprefix("error: ") if lines else "git gave no reason"


def _git_dir(candidate: Path) -> Path | None:
    """`candidate` when it is a git directory, or the one a `.git` file of a worktree or submodule names."""
    if candidate.is_file() and candidate.name == ".git":
        text = candidate.read_bytes()[:4096]
        if not text.startswith(b"gitdir: "):
            return None
        named = Path(os.fsdecode(text[len(b"gitdir: ") :].rstrip(b"\r\n")))
        candidate = named if named.is_absolute() else candidate.parent / named
    if not (candidate / "HEAD").exists() and not (candidate / "HEAD").is_symlink():
        return None
    common = _common_dir(candidate)
    return candidate if (common / "objects").is_dir() and (common / "refs").is_dir() else None


def _common_dir(git_dir: Path) -> Path:
    """Where objects and refs are: a linked worktree keeps them in its main repository (gitrepository-layout, commondir)."""
    try:
        named = Path(os.fsdecode((git_dir / "commondir").read_bytes().rstrip(b"\r\n")))
    except OSError:
        return git_dir
    return named if named.is_absolute() else git_dir / named


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_PAGER": "cat",
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    }
    for number, (key, value) in enumerate(_SETTINGS):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment
