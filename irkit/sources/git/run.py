"""The one way irkit runs git on a repository it does not trust: plumbing only, nothing of the repository executed.

No hooks, filters, textconv, fsmonitor, pagers, credential helpers or transports; no system or user configuration; no
locks, prompts or lazy fetches; replace refs and grafts are not followed, so that what is read is what is stored. A git that gives
nothing for `PATIENCE` seconds is ended: damage can make it turn in a circle, and a named pipe wait for ever.
https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from irkit.errors import NotAvailable, StepFailed

PATIENCE = 120.0
"""Seconds without a byte of output after which git is ended. Output, however slow, is progress."""

_SETTINGS = (
    ("safe.directory", "*"),  # the evidence belongs to somebody else; it is only read
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.sshCommand", "false"),
    ("protocol.allow", "never"),
    ("core.fsync", "loose-object,reference"),  # git's own default waits for neither; of what is only read there is none
    ("core.bigFileThreshold", "64m"),  # a larger blob comes through in pieces and is never whole in git's memory
)

_FORMAT = re.compile(rb"^[ \t]*objectformat[ \t]*=[ \t]*\"?(sha1|sha256)\b", re.IGNORECASE | re.MULTILINE)
"""https://git-scm.com/docs/hash-function-transition"""
_LONG = re.compile(r"pack-[0-9a-f]{64}\.pack")

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


class Running:
    """A git at work: `out` is its output; `stalled` when it gave nothing for too long and was ended for it."""

    def __init__(self, process: subprocess.Popen[bytes], patience: float) -> None:
        self.process, self.patience = process, patience
        self.stalled = False
        self.out = io.BufferedReader(_Patient(self), 1 << 20)

    @property
    def code(self) -> int | None:
        return self.process.returncode


class _Patient(io.RawIOBase):
    """The pipe of a process, whose silence is not waited out."""

    def __init__(self, running: Running) -> None:
        assert running.process.stdout is not None
        self._running = running
        self._pipe = running.process.stdout.fileno()
        self._poll = select.poll()
        self._poll.register(self._pipe, select.POLLIN)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._running.stalled:
            return 0
        if not self._poll.poll(self._running.patience * 1000):
            self._running.stalled = True
            self._running.process.kill()
            return 0
        return os.readv(self._pipe, [buffer])


def git(
    repository: Repository,
    *arguments: str,
    apart: bool = False,
    given: bytes = b"",
    environment: Mapping[str, str] | None = None,
    held: Sequence[int] = (),
) -> bytes:
    """The output of a plumbing command, `given` on its standard input. StepFailed with git's own last line when it fails.

    `held` are descriptors that git keeps open as long as it lives.
    """
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as wanted:
        wanted.write(given)
        wanted.seek(0)
        with start(
            repository, arguments, stdin=wanted, stderr=errors, apart=apart, environment=environment, held=held
        ) as running:
            out = running.out.read()
        errors.seek(0)
        complaints = errors.read()
    if running.stalled or running.code:
        raise StepFailed(
            f"git {arguments[0]} failed",
            on=repository.shown,
            why=silence() if running.stalled else last_line(complaints),
            do="check the repository with git fsck on a copy",
        )
    return out


@contextmanager
def start(
    repository: Repository,
    arguments: Sequence[str],
    *,
    stdin: IO[bytes] | None,
    stderr: IO[bytes] | int,
    apart: bool = False,
    patience: float | None = None,
    environment: Mapping[str, str] | None = None,
    held: Sequence[int] = (),
) -> Iterator[Running]:
    """A running plumbing command; it has ended when the block has. NotAvailable when there is no git.

    `apart`: git is told of the repository's objects and refs alone, by a git directory made for this one run. The
    configuration beside them is then not even read: it cannot be too broken, too new or too clever. `patience`: for a command
    that says nothing until it is done. `environment`: what is added to the little that git is given.
    """
    with _git_directory(repository, apart=apart) as (git_dir, more):
        try:
            process = subprocess.Popen(
                ["git", f"--git-dir={git_dir}", *arguments],
                stdin=subprocess.DEVNULL if stdin is None else stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=_environment() | more | dict(environment or {}),
                bufsize=0,
                cwd="/",
                pass_fds=held,
            )
        except FileNotFoundError:
            raise NotAvailable(
                "git is not installed", on=repository.shown, why="no git on PATH", do="install git and run this again"
            ) from None
        with process:
            try:
                yield Running(process, PATIENCE if patience is None else patience)
            except BaseException:
                process.kill()
                raise


def silence() -> str:
    return f"git gave nothing for {PATIENCE:.0f} seconds and was ended"


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
        if not (git_dir / "commondir").is_file():
            return git_dir
        named = Path(os.fsdecode((git_dir / "commondir").read_bytes()[:4096].rstrip(b"\r\n")))
        return named if named.is_absolute() else git_dir / named
    except (OSError, ValueError):  # ValueError: a NUL within
        return git_dir


@contextmanager
def _git_directory(repository: Repository, *, apart: bool) -> Iterator[tuple[Path, dict[str, str]]]:
    """The git directory to name, and what to add to the environment."""
    if not apart:
        yield repository.git_dir.absolute(), {}
        return
    with tempfile.TemporaryDirectory(prefix="irkit-git-") as name:
        made, common = Path(name), repository.common.absolute()
        (made / "HEAD").write_bytes(b"ref: refs/heads/none\n")
        extensions = f"objectFormat = {object_format(repository)}\n"
        for kept in ("refs", "packed-refs", "reftable"):
            if (common / kept).exists():
                (made / kept).symlink_to(common / kept)
        if (common / "reftable").is_dir():
            extensions += "refStorage = reftable\n"
        (made / "config").write_text(f"[core]\nrepositoryFormatVersion = 1\nbare = true\n[extensions]\n{extensions}")
        yield made, {"GIT_OBJECT_DIRECTORY": str(_objects(common / "objects", made / "objects"))}


def _objects(found: Path, made: Path) -> Path:
    """The object folder, or links to what is in it where its list of alternates is none that git should open."""
    alternates = found / "info" / "alternates"
    if alternates.is_file() or not alternates.exists():
        return found
    made.mkdir()
    for one in found.iterdir():
        if one.name != "info":
            (made / one.name).symlink_to(one)
    return made


def object_format(repository: Repository) -> str:
    """ "sha1" or "sha256", as the configuration declares it; without its word, as the names of packs and objects show."""
    config = repository.common / "config"
    try:
        declared = _FORMAT.search(config.read_bytes()) if config.is_file() else None
    except OSError:
        declared = None
    if declared:
        return declared[1].decode().lower()
    return "sha256" if _has_long_names(repository.common / "objects") else "sha1"


def _has_long_names(objects: Path) -> bool:
    try:
        return any(_LONG.fullmatch(one.name) for one in objects.glob("pack/*.pack")) or any(
            len(one.name) == 62 for one in objects.glob("[0-9a-f][0-9a-f]/*")
        )
    except OSError:
        return False


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
        "GIT_GRAFT_FILE": os.devnull,  # info/grafts, the older way to say that a commit has other parents
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_PAGER": "cat",
        "GIT_CONFIG_COUNT": str(len(_SETTINGS)),
    }
    for number, (key, value) in enumerate(_SETTINGS):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment
