"""The hooks by which git has each commit, or each push, looked at first, written where git looks for them.

`core.hooksPath` is respected. A hook that is there is kept and runs after irkit's, with the same standard input and arguments, and
comes back when irkit's is taken away. https://git-scm.com/docs/githooks#_pre_commit, https://git-scm.com/docs/githooks#pre-receive
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.guard.coverage.record import mark
from irkit.guard.git import as_named, asked, common_dir, git, git_dir, top

_PYTHON = re.compile(r"(?:python|pypy)[\w.-]*", re.IGNORECASE)
_WITH_VALUE = ("--case", "--known", "--known-key", "--baseline")


@dataclass(frozen=True)
class Kind:
    """One of git's hooks, what irkit does in it, and the command for that. `reads`: whether git writes to its standard input."""

    name: str
    mark: str
    command: tuple[str, ...]
    reads: bool = False

    @property
    def before(self) -> str:
        return f"{self.name}.before-irkit"


COMMITTING = Kind(
    "pre-commit",
    "# irkit guard: what is staged is searched for secrets before it is committed.",
    ("guard", "scan", "--staged", "--record"),
)
RECEIVING = Kind(
    "pre-receive",
    "# irkit guard: what is pushed is searched for secrets before it is taken.",
    ("guard", "receive"),
    reads=True,
)


def install(path: Path, arguments: Sequence[str] = ()) -> tuple[Path, bool]:
    """Have what is staged searched before each commit. The hook, and whether there was one, which runs after it.

    `arguments` follow `irkit guard scan --staged`. BadInput outside a repository; StepFailed when it cannot be written.
    """
    written = _write(_folder(path, top(path)), COMMITTING, arguments)
    mark(git_dir(path), "installed")
    return written


@as_named()
def install_receiving(repository: Path, arguments: Sequence[str] = ()) -> tuple[Path, bool]:
    """Have each push to a repository searched before it is taken. The same answers and errors."""
    inside = git_dir(repository)
    written = _write(_folder(repository, inside), RECEIVING, arguments)
    mark(inside, "installed")
    return written


def uninstall(path: Path) -> tuple[Path, bool]:
    """Take irkit's hook away. Where it was, and whether another one is back. BadInput when there is none of irkit's."""
    removed = _remove(_folder(path, top(path)), COMMITTING)
    mark(git_dir(path), "removed")
    return removed


@as_named()
def uninstall_receiving(repository: Path) -> tuple[Path, bool]:
    inside = git_dir(repository)
    removed = _remove(_folder(repository, inside), RECEIVING)
    mark(inside, "removed")
    return removed


def shared(path: Path, hook: Path) -> str:
    """What to know of a hooks folder that `core.hooksPath` names, in a sentence; "" for a repository's own."""
    inside = common_dir(path)
    if hook.resolve().is_relative_to(inside.resolve()):
        return ""
    tree = asked(path, "rev-parse", "--show-toplevel")
    root = Path(os.fsdecode(tree).rstrip("\n")).resolve() if tree else None
    if root and hook.resolve().is_relative_to(root):
        return "it is in the work tree: commit it, and it names the Python of this machine to everybody"
    return "core.hooksPath names that folder: the hook is that of every repository that looks there"


@dataclass(frozen=True)
class Standing:
    """A hook as it is now. `works` True: it is as irkit writes it, and git runs it. `why` says why not, or why that is not known."""

    hook: Path
    works: bool | None
    why: str = ""


def standing(path: Path, kind: Kind) -> Standing:
    """Whether irkit's hook is in force in the repository that `path` is in or is; its text is compared, it is not run."""
    folder = _folder(path, git_dir(path) if kind is RECEIVING else top(path))
    hook = folder / kind.name
    try:
        text = hook.read_text("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):  # core.hooksPath /dev/null is how hooks are turned off
        return Standing(hook, False, f"there is no {kind.name} hook")
    except OSError as error:
        return Standing(hook, None, f"the {kind.name} hook cannot be read: {error.strerror}")
    if kind.mark not in text:
        return _foreign(hook, text, kind)
    words = _words(text)
    after = 4 + len(kind.command)
    if len(words) < after or text != _script(kind, words[after:], words[0]) or not _PYTHON.match(Path(words[0]).name):
        return Standing(hook, False, "the hook bears irkit's name and is not as this irkit writes it")
    if not os.access(hook, os.X_OK):
        return Standing(hook, False, "the hook is not executable, and git passes over it")
    if not os.access(words[0], os.X_OK):
        return Standing(hook, False, "the Python that the hook was made with is gone")
    if "--no-rules" in words:
        return Standing(hook, False, "the hook looks for known credentials alone (--no-rules)")
    if not _are_options(words[after:], kind):
        return Standing(hook, False, "the hook says more to irkit than irkit guard install writes, and may not search")
    return Standing(hook, True)


def _words(text: str) -> list[str]:
    """The words of the line that runs irkit; none where there is no such line."""
    ran = next((line for line in text.splitlines() if " -m irkit " in line), "")
    try:
        return shlex.split(ran.removeprefix('printf "%s\\n" "$pushed" | ').removesuffix(" || exit $?"))
    except ValueError:
        return []


def _are_options(words: Sequence[str], kind: Kind) -> bool:
    """Whether these are options that a hook may have: with others (--help, --history, another path) a command ends well and searches
    nothing of what it should."""
    rest = list(words)
    while rest:
        one = rest.pop(0)
        if one in _WITH_VALUE and rest and not rest[0].startswith("-"):
            rest.pop(0)
        elif one != "--warm" or kind is not COMMITTING:
            return False
    return True


def _foreign(hook: Path, text: str, kind: Kind) -> Standing:
    """A hook of somebody else's: the framework pre-commit may run irkit, by its own configuration."""
    if kind is COMMITTING and "pre-commit" in text and "pre_commit" in text:
        if not os.access(hook, os.X_OK):
            return Standing(hook, False, "the hook is not executable, and git passes over it")
        return Standing(
            hook, None, "the framework pre-commit has the hook; whether it runs irkit is in its configuration"
        )
    return Standing(hook, False, f"the {kind.name} hook is not irkit's")


def _folder(path: Path, root: Path) -> Path:
    """Where git looks for hooks. Of a relative `core.hooksPath` it says so from the work tree, or in a bare repository from itself."""
    return root / os.fsdecode(git(root if root.is_dir() else path, "rev-parse", "--git-path", "hooks")).rstrip("\n")


def _write(folder: Path, kind: Kind, arguments: Sequence[str]) -> tuple[Path, bool]:
    hook, before = folder / kind.name, folder / kind.before
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (hook.exists() or hook.is_symlink()) and not _is_ours(hook, kind):
            if before.exists():
                raise BadInput(
                    "there are two hooks already", on=before, do=f"join them into one {kind.name}, then run this again"
                )
            hook.rename(before)
        fresh = folder / f".{kind.name}.new"
        fresh.write_text(_script(kind, arguments))
        fresh.chmod(0o755)
        fresh.replace(hook)
    except OSError as error:
        raise StepFailed(
            "the hook could not be written", on=hook, why=str(error.strerror), do="check its folder"
        ) from None
    return hook, before.exists()


def _remove(folder: Path, kind: Kind) -> tuple[Path, bool]:
    hook, before = folder / kind.name, folder / kind.before
    if not _is_ours(hook, kind):
        raise BadInput("irkit has no hook here", on=hook, do="nothing is to be done")
    try:
        if before.exists():
            before.replace(hook)
            return hook, True
        hook.unlink()
    except OSError as error:
        raise StepFailed(
            "the hook could not be removed", on=hook, why=str(error.strerror), do="check its folder"
        ) from None
    return hook, False


def _is_ours(hook: Path, kind: Kind) -> bool:
    return hook.is_file() and kind.mark in hook.read_text("utf-8", "replace")


def _script(kind: Kind, arguments: Sequence[str], python: str = "") -> str:
    """In POSIX shell: each line of a push is kept for the hook that runs after this one.

    -P: nothing of the repository, in which git runs it, is imported.
    """
    python = python or sys.executable
    run = " ".join(map(shlex.quote, (python, "-P", "-m", "irkit", *kind.command, *arguments)))
    given, again = ('pushed="$(cat)"\n', 'printf "%s\\n" "$pushed" | ') if kind.reads else ("", "")
    after = f'{again}"$before" "$@"; exit $?' if kind.reads else 'exec "$before" "$@"'
    return f"""#!/bin/sh
{kind.mark}
if [ ! -x {shlex.quote(python)} ]; then
  echo "irkit: the Python that this hook was made with is gone. Run irkit guard install again." >&2
  exit 1
fi
{given}{again}{run} || exit $?
before="$(dirname "$0")/{kind.before}"
if [ -x "$before" ]; then {after}; fi
exit 0
"""
