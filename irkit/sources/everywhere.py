"""Every place where credentials occur: repositories, folders that contain repositories, files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Skipped
from irkit.sources.archives.git_objects import NOT_OPENED
from irkit.sources.files import locate_in_files, shown, walk
from irkit.sources.git import locate_in_repository, repository_at
from irkit.sources.git.bundles import bundle_at, locate_in_bundle
from irkit.sources.git.known import Known
from irkit.sources.git.run import Repository
from irkit.sources.hunt import Found, Hunted, Progress
from irkit.sources.notes import NoNotes, Notes, git_state


def locate(
    paths: Sequence[Path], hunted: Sequence[Hunted], progress: Progress | None = None, notes: Notes | None = None
) -> Found:
    """All occurrences under `paths`: each repository's whole object database, and every other file on disk.

    Of git's own files only the objects are read through git; its configuration (remote URLs), reflogs, refs and left-over
    messages are files like others. A bundle, or a pack by itself, is read as a repository is. A repository that several
    paths or worktrees share is read once, under the path met first; an object that several repositories hold is too. One that
    git cannot read is skipped with its reason and its files are still read. `notes` keep what is finished, so that a search
    that was stopped goes on there. BadInput when a path is not there; NotAvailable when a repository is met and there is no git.
    """
    kept = notes or NoNotes()
    for path in paths:
        if not path.exists():
            raise BadInput("there is nothing at this path", on=shown(path), do="check the path and give it again")
    met = [(path, tuple(repositories(path))) for path in paths]
    known = Known() if sum(len(there) for _, there in met) > 1 else None
    found, read = Found(), set[Path]()
    for path, there in met:
        for repository in there:
            if isinstance(repository, Skipped):
                found += Found(skipped=(repository,))
                continue
            objects = (repository.common / "objects").resolve()
            if objects not in read:
                read.add(objects)
                found += _in_repository(repository, hunted, progress, kept, known)
                if not repository.common.resolve().is_relative_to(path.resolve()):
                    found += locate_in_files(repository.common, hunted, progress, skip=_read_through_git, notes=kept)
        found += locate_in_files(path, hunted, progress, skip=_read_through_git, notes=kept)
        found = _with_bundles(found, path, hunted, progress, known)
    return Found(tuple(dict.fromkeys(found.occurrences)), tuple(dict.fromkeys(found.skipped)))


def _in_repository(
    repository: Repository, hunted: Sequence[Hunted], progress: Progress | None, notes: Notes, known: Known | None
) -> Found:
    path, folders = repository.shown, (repository.git_dir, repository.common)
    try:
        return notes.once(lambda: git_state(folders), lambda: locate_in_repository(path, hunted, progress, known))
    except NotAvailable:
        raise
    except StepFailed as error:
        return Found(skipped=(Skipped(shown(path), f"{error.what}: {error.why}"),))


def _with_bundles(
    found: Found, path: Path, hunted: Sequence[Hunted], progress: Progress | None, known: Known | None
) -> Found:
    """What stands in bundles and lone packs under `path` as well, instead of a note that they were not opened."""
    for file in walk(path, _read_through_git):
        try:
            bundle = None if isinstance(file, Skipped) else bundle_at(file)
        except OSError:
            continue  # the walk over files lists it
        if bundle is None or isinstance(file, Skipped):
            continue
        more = locate_in_bundle(file, bundle, hunted, progress, known)
        skipped = tuple(one for one in found.skipped if one != Skipped(shown(file), NOT_OPENED))
        found = Found(found.occurrences, skipped) + more
    return found


def repositories(path: Path) -> Iterator[Repository | Skipped]:
    """The repositories at and below `path`, and the submodules that a repository keeps without a work tree."""
    stack = [path]
    while stack:
        folder = stack.pop()
        if not _is_dir(folder):
            continue
        if repository := repository_at(folder):
            yield repository
            stack += sorted((repository.common / "modules").glob("*"))
            if repository.git_dir == folder:
                continue  # a bare repository: nothing but git's own below
        elif _seems_to_be_one(folder):
            yield Skipped(shown(folder), "its .git is no working git directory, so no history could be read")
        try:
            entries = list(os.scandir(folder))
        except OSError:
            continue  # the walk over files lists it
        stack += sorted(
            (folder / one.name for one in entries if one.is_dir(follow_symlinks=False) and one.name != ".git"),
            reverse=True,
        )


def _read_through_git(folder: Path) -> bool:
    """The objects of a git directory."""
    if folder.name != "objects":
        return False
    repository = repository_at(folder.parent)
    return repository is not None and repository.git_dir == folder.parent


def _seems_to_be_one(folder: Path) -> bool:
    try:
        return (folder / ".git").exists()
    except OSError:
        return False


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
