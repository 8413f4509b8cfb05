"""What the refs of a repository name: all that git lists, every detached HEAD, and what of the rest can still be made out.

https://git-scm.com/docs/gitrepository-layout (refs, packed-refs, HEAD, worktrees)
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from irkit.model import Skipped
from irkit.sources.git.paths import named
from irkit.sources.git.run import Repository, last_line, silence, start

_PACKED = re.compile(rb"^([0-9a-f]{64}|[0-9a-f]{40}) (refs/[^\r\n]+)$", re.MULTILINE)
_OID = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_BROKEN = "ignoring broken ref "
_PACKED_AT_MOST = 10


def refs(repository: Repository, skipped: list[Skipped] | None = None) -> dict[str, str]:
    """Every ref by full name, and each detached HEAD (`HEAD`, `worktrees/NAME/HEAD`), with the id it names. Loads no object.

    A ref that names nothing goes to `skipped`. To be asked before the objects are listed: of a repository that is written
    to meanwhile, every ref then leads to an object that is listed.
    """
    notes: list[Skipped] = [] if skipped is None else skipped
    named = _settled(repository, notes)
    for name, file in _heads(repository):
        try:
            text = file.read_text(errors="replace").strip() if file.is_file() else "ref:"
        except OSError as error:
            notes.append(_skipped(repository, name, f"cannot be read: {error.strerror}"))
            continue
        if _OID.fullmatch(text):
            named[name] = text
        elif not text.startswith("ref:"):
            notes.append(_skipped(repository, name, "it names no object"))
    return named


def _settled(repository: Repository, notes: list[Skipped]) -> dict[str, str]:
    """What git lists. A ref that goes into packed-refs while git lists may be missing from both places: it is then listed again."""
    for _ in range(_PACKED_AT_MOST):
        before, said = _packed_refs(repository), len(notes)
        found = _listed(repository, notes)
        if _packed_refs(repository) == before:
            return found
        del notes[said:]
    why = "they were packed again and again while they were listed, so some may be missing: look again at a copy"
    notes.append(Skipped(f"{repository.shown} refs", why))
    return found


def _packed_refs(repository: Repository) -> tuple[int, int, int] | None:
    """Which file of packed refs is there: git writes a new one beside and renames it."""
    try:
        file = (repository.common / "packed-refs").stat()
    except OSError:
        return None
    return file.st_ino, file.st_size, file.st_mtime_ns


def _listed(repository: Repository, notes: list[Skipped]) -> dict[str, str]:
    with tempfile.TemporaryFile() as errors:
        arguments = ["for-each-ref", "--format=%(objectname) %(refname)"]
        with start(repository, arguments, stdin=None, stderr=errors, apart=True) as running:
            lines = running.out.read().splitlines()
        errors.seek(0)
        complaints = errors.read()
    for line in complaints.decode("utf-8", "backslashreplace").splitlines():
        if _BROKEN in line:
            notes.append(_skipped(repository, line.partition(_BROKEN)[2], "it names no object"))
    if running.stalled or running.code:
        why = silence() if running.stalled else last_line(complaints)
        notes.append(
            Skipped(f"{repository.shown} refs", f"git could not list them ({why}); those that can be made out are told")
        )
        lines += _made_out(repository)
    return dict(line.decode("utf-8", "backslashreplace").split(" ", 1)[::-1] for line in lines)


def _made_out(repository: Repository) -> Iterator[bytes]:
    """Refs as their files tell them, one damaged file or line costing no other. A loose ref comes last: it is the newer one."""
    packed = repository.common / "packed-refs"
    try:
        text = packed.read_bytes() if packed.is_file() else b""
    except OSError:
        text = b""
    yield from (b" ".join(match) for match in _PACKED.findall(text))
    for file in named(repository.common, "refs/**"):
        try:
            oid = file.read_text(errors="replace").strip() if file.is_file() and not file.is_symlink() else ""
        except OSError:
            continue
        if _OID.fullmatch(oid):
            yield oid.encode() + b" " + bytes(file.relative_to(repository.common))


def _heads(repository: Repository) -> Iterator[tuple[str, Path]]:
    """HEAD of the main work tree, HEAD and own refs (of a bisection, a rebase) of every linked one."""
    yield "HEAD", repository.common / "HEAD"
    for tree in named(repository.common, "worktrees/*"):
        yield f"worktrees/{tree.name}/HEAD", tree / "HEAD"
        for file in named(tree, "refs/**"):
            if file.is_file():
                yield f"worktrees/{tree.name}/{file.relative_to(tree).as_posix()}", file


def _skipped(repository: Repository, name: str, why: str) -> Skipped:
    return Skipped(f"{repository.shown} ref {name}", why)
