"""The final gate: does a secret stand in any file that is about to be handed out? It reads, it never changes anything.

Content is read by the readers of `irkit locate`, so that the last look sees whatever the first one did: archives within archives,
databases with the log beside them, notebooks by cell, text in pictures and documents, git repositories whole. Beside it the names of
files and folders, targets of links, and names in git's trees are searched. The bounds are theirs too: what was made to be
unreadable or endless is `skipped`, with the reason. Not seen: what the pixels of a picture show.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from irkit.guard.names import in_trees, walked
from irkit.model import Occurrence, Skipped
from irkit.openpgp.sealing import binary, is_encrypted, recipients
from irkit.redact import Redactor
from irkit.sources.archives.interface import HEAD, HELD
from irkit.sources.archives.walk import recognised
from irkit.sources.everywhere import locate
from irkit.sources.hunt import Hits, Hunted

NOTHING_SOUGHT = "no secret of this case could be resolved, so none could be looked for"


@dataclass(frozen=True)
class Leak:
    """A secret that stands in a file: where in it (`channel`: "content", "file name", "notebook: cell 7 output 1", ...), in which
    form, and which one (`label`, a fingerprint)."""

    file: Path
    channel: str
    form: str
    label: str

    def document(self) -> dict[str, str]:
        return {"file": str(self.file), "channel": self.channel, "form": self.form, "credential": self.label}

    def __str__(self) -> str:
        return f"{self.file} ({self.channel})"


@dataclass(frozen=True)
class Sealed:
    """A file that only the holders of `keys` can read: the fingerprints that the case's journal has for it."""

    file: Path
    keys: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        return {"file": str(self.file), "keys": list(self.keys)}


@dataclass(frozen=True)
class Gated:
    """What the gate saw: `leaks`, files that could not be read (`skipped`: not a no), sealed ones, and how many files there are."""

    leaks: tuple[Leak, ...]
    skipped: tuple[Skipped, ...]
    files: int
    sealed: tuple[Sealed, ...] = ()

    @property
    def clean(self) -> bool | None:
        """True: nothing found and everything read. False: a leak. None: nothing found in what could be read."""
        if self.leaks:
            return False
        return None if self.skipped else True


_NONE_SEALED: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def gate(path: Path, redactor: Redactor, *, sealed: Mapping[str, tuple[str, ...]] = _NONE_SEALED) -> Gated:
    """Look through a file or a folder for what the redactor hides. `sealed`: SHA-256 of what the case sealed, to whom.

    A redactor that hides nothing can find nothing: the whole is then `skipped`. BadInput when there is nothing at `path`.
    """
    if not redactor:
        return Gated((), (Skipped(redactor.text(str(path)), NOTHING_SOUGHT),), 0)
    hunted = [Hunted(one.label, tuple(each for each in one.needles if not each.weak)) for one in redactor.hidden]
    hits = Hits(hunted)
    found = locate([path], hunted)
    leaks = [_leak(one) for one in found.occurrences]
    skipped = list(found.skipped)
    shut: list[Sealed] = []
    files = 0
    for entry in walked(path, hits):
        leaks += [Leak(entry.path, channel, form, label) for channel, form, label in entry.found]
        if entry.regular:
            files += 1
            for one in _encrypted(entry.path, sealed):
                if isinstance(one, Sealed):
                    shut.append(one)
                else:
                    skipped.append(one)
    for repository, name, label in in_trees(path, hits, skipped):
        leaks.append(Leak(repository, f"file name in git: {name}", "raw", label))
    return Gated(
        tuple(dict.fromkeys(_named(leak, redactor) for leak in leaks)),
        tuple(dict.fromkeys(Skipped(redactor.text(one.what), redactor.text(one.why)) for one in skipped)),
        files,
        tuple(Sealed(Path(redactor.text(str(one.file))), one.keys) for one in shut),
    )


def _named(leak: Leak, redactor: Redactor) -> Leak:
    """A file may be called after the secret, and a member of an archive too: what is reported must not repeat it."""
    return Leak(Path(redactor.text(str(leak.file))), redactor.text(leak.channel), leak.form, leak.label)


def _leak(one: Occurrence) -> Leak:
    if one.git:
        kind = {"git": "git blob", "archive": "git blob"}.get(one.place, one.place.replace("-", " "))
        where = f"{kind} {one.git.blob[:12]}: {one.path}" if kind == "git blob" else f"{kind}: {one.path}"
        return Leak(Path(one.git.repository), where, one.form, one.credential)
    if one.place == "archive":
        file, within = _outermost(one.path)
        return Leak(file, f"{_family(file)}: {within}", one.form, one.credential)
    channel = "content" if one.place == "file" else one.place.replace("git-ref", "name of a git ref")
    return Leak(Path(one.path), channel, one.form, one.credential)


def _outermost(path: str) -> tuple[Path, str]:
    """The file on disk, and what leads on inside it; a file's own name may hold the mark between them."""
    marks = [at for at, char in enumerate(path) if char == "!"]
    at = next((at for at in marks if Path(path[:at]).is_file()), marks[0])
    return Path(path[:at]), path[at + 1 :]


def _family(file: Path) -> str:
    try:
        with file.open("rb") as content:
            family = recognised(content.read(HEAD))
    except OSError:
        family = None
    return family.name if family else "within"


def _encrypted(file: Path, sealed: Mapping[str, tuple[str, ...]]) -> Iterator[Sealed | Skipped]:
    """What OpenPGP keeps from being read: sealed when the case sealed exactly this, else unknown."""
    try:
        with file.open("rb") as content:
            head = content.read(64)
            if not is_encrypted(head):
                return
            data = head + content.read(HELD)
    except OSError:
        return  # the search of its content lists it
    if keys := sealed.get(hashlib.sha256(data).hexdigest()):
        yield Sealed(file, keys)
        return
    to = recipients(binary(data))
    if to is not None:
        who = f"{len(to)} {'recipient' if len(to) == 1 else 'recipients'}"
        yield Skipped(os.fsdecode(file), f"encrypted by OpenPGP to {who}; this case did not seal it")
    elif len(data) > HELD or head[:1] == b"-":
        yield Skipped(os.fsdecode(file), "it looks like an OpenPGP message and could not be taken apart")
