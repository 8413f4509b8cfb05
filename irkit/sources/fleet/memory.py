"""What an interrupted search had finished, so that the same search, started again, goes on from there.

Remembered until the search comes to its end: the objects of each repository under a digest of every file of its git directory, large
files under one of their size and times, a bare repository as a whole; all under a keyed digest of what is searched for. No secret
and no plain hash of one. Files beside a work tree change without git knowing: they are read again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from irkit import __version__
from irkit.errors import IrkitError
from irkit.model import Occurrence, Skipped
from irkit.sources.fleet.mirrors import cache
from irkit.sources.fleet.workers import Group
from irkit.sources.git.run import repository_at
from irkit.sources.hunt import Found, Hunted
from irkit.sources.notes import git_state


class Memory:
    """One search: its needles under the cache's own key, and the names of all it searches."""

    def __init__(self, names: Sequence[str], hunted: Sequence[Hunted]) -> None:
        digest = hmac.new(_key(), __version__.encode(), hashlib.sha256)
        for one in hunted:
            digest.update(f"\n{one.credential}\n".encode())
            for needle in one.needles:
                digest.update(f"{needle.form} {needle.weak} {needle.pattern.hex()}\n".encode())
        for name in names:
            digest.update(f"{name}\n".encode())
        self._folder = cache() / "unfinished" / digest.hexdigest()[:32]
        self._before: dict[Group, str] = {}

    def once(self, state: Callable[[], str], read: Callable[[], Found]) -> Found:
        """What is noted under the present state, else what `read` finds, noted when nothing changed under its eyes."""
        before = state()
        found = self._noted(before)
        if found is None:
            found = read()
            if before and state() == before:
                self._note(before, found)
        return found

    def recall(self, group: Group) -> Found | None:
        """What was found there, when nothing of it changed since; None when it must be read."""
        self._before[group] = state = _state(group)
        return self._noted(state)

    def keep(self, group: Group, found: Found) -> None:
        """Note it, unless it changed since `recall` looked."""
        state = _state(group)
        if state and state == self._before.get(group, state):
            self._note(state, found)

    def _noted(self, state: str) -> Found | None:
        try:
            kept = json.loads((self._folder / f"{state}.json").read_text()) if state else None
            if kept is None:
                return None
            occurrences = tuple(Occurrence.from_document(row["credential"], row) for row in kept["occurrences"])
            return Found(occurrences, tuple(Skipped(one["what"], one["why"]) for one in kept["skipped"]))
        except (OSError, ValueError, KeyError, TypeError, IrkitError):
            return None  # a damaged note is no note: it is read again

    def _note(self, state: str, found: Found) -> None:
        rows = [{"credential": one.credential, **one.document()} for one in found.occurrences]
        text = json.dumps({"occurrences": rows, "skipped": [one.document() for one in found.skipped]})
        partial = self._folder / f"{state}.partial"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial.write_text(text)
            partial.replace(self._folder / f"{state}.json")
        except OSError:
            return  # a full disk costs the note, not the search

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _state(group: Group) -> str:
    """A digest that changes with any file of the git directories; "" for what is no bare repository."""
    folders = []
    for path in group:
        repository = repository_at(Path(path))
        if repository is None or repository.git_dir.resolve() != Path(path).resolve():
            return ""
        folders.append(repository.git_dir)
    return git_state(folders)


def _key() -> bytes:
    """The cache's own key, made once: a digest under it says nothing to whoever has the notes without it."""
    path = cache() / "key"
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
    return path.read_bytes()
