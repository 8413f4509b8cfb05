"""Before a commit: what is staged, copied to where a scanner can read it, and the hook that has it looked at.

Git's own words are used: the index that git names in the hook's environment, `core.hooksPath`, and the content as it will be
committed, without any filter. https://git-scm.com/docs/githooks#_pre_commit
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Skipped

_MARK = "# irkit guard: what is staged is searched for secrets before it is committed."
_BEFORE = "pre-commit.before-irkit"


def top(path: Path) -> Path:
    """The work tree that `path` is in. BadInput when it is in none."""
    return Path(_git(path, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").rstrip("\n"))


def copy_staged(repository: Path, folder: Path) -> tuple[int, list[Skipped]]:
    """Each file that the next commit changes, as staged, at its path below `folder`. How many, and what could not be copied."""
    listed = _git(repository, "diff", "--cached", "--name-only", "--no-renames", "--diff-filter=ACMT", "-z")
    names = [name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name]
    skipped: list[Skipped] = []
    made = 0
    for name in names:
        try:
            content = _git(repository, "cat-file", "blob", f":{name}")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            made += 1
        except (BadInput, OSError) as error:  # a submodule has no content of its own
            skipped.append(Skipped(name, f"not searched: {getattr(error, 'why', '') or type(error).__name__}"))
    return made, skipped


def install(path: Path, arguments: Sequence[str] = ()) -> tuple[Path, bool]:
    """Write the hook where git looks for it; one that was there is kept, and runs after it. The hook, and whether there was one.

    `arguments` follow `irkit guard scan --staged`. BadInput outside a repository; StepFailed when it cannot be written.
    """
    root = top(path)
    named = _git(root, "rev-parse", "--git-path", "hooks").decode("utf-8", "surrogateescape").rstrip("\n")
    folder = root / named
    hook, before = folder / "pre-commit", folder / _BEFORE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if hook.exists() and _MARK not in hook.read_text("utf-8", "replace"):
            if before.exists():
                raise BadInput(
                    "there are two hooks already", on=before, do="join them into one pre-commit, then run this again"
                )
            hook.rename(before)
        fresh = folder / ".pre-commit.new"
        fresh.write_text(_hook(arguments))
        fresh.chmod(0o755)
        fresh.replace(hook)
    except OSError as error:
        raise StepFailed(
            "the hook could not be written", on=hook, why=str(error.strerror), do="check its folder"
        ) from None
    return hook, before.exists()


def _hook(arguments: Sequence[str]) -> str:
    run = " ".join(map(shlex.quote, (sys.executable, "-m", "irkit", "guard", "scan", "--staged", *arguments)))
    return f"""#!/bin/sh
{_MARK}
if [ ! -x {shlex.quote(sys.executable)} ]; then
  echo "irkit: the Python that this hook was made with is gone. Run irkit guard install again." >&2
  exit 1
fi
{run} || exit $?
before="$(dirname "$0")/{_BEFORE}"
if [ -x "$before" ]; then exec "$before" "$@"; fi
exit 0
"""


def _git(where: Path, *arguments: str) -> bytes:
    try:
        # No program that the repository's own configuration names is run for a look at it.
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-C", str(where), *arguments], capture_output=True, check=False
        )
    except FileNotFoundError:
        raise NotAvailable("git is not installed", do="install git and run this again") from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BadInput(
            "git cannot say what is staged here", on=where, why=lines[-1] if lines else "", do="run it in a repository"
        )
    return done.stdout
