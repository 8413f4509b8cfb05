"""Repositories that came as one file: bundles, and packs that lie about by themselves.

https://git-scm.com/docs/gitformat-bundle, https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from irkit.model import Skipped
from irkit.sources.git.known import Known
from irkit.sources.git.repository import read_repository
from irkit.sources.git.run import Repository, last_line, silence, start
from irkit.sources.hunt import Found, Hunted, Progress
from irkit.sources.private import private_folder

_HEADS = (b"# v2 git bundle\n", b"# v3 git bundle\n")
_PACKS = (b"PACK\0\0\0\2", b"PACK\0\0\0\3")
_REF = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) (refs/\S+|HEAD)")
_LONGEST_LINE, _MOST_LINES = 1 << 16, 1 << 20
_IN_MEMORY = 1 << 30
_PATIENCE = 6 * 3600.0


@dataclass(frozen=True)
class Bundle:
    """Where its pack begins, what its refs name, the commits it builds on without holding them, how its ids are made."""

    pack: int = 0
    refs: tuple[tuple[str, str], ...] = ()
    builds_on: int = 0
    id_format: str = "sha1"


def bundle_at(path: Path) -> Bundle | None:
    """The bundle or lone pack that this file is; None when it is neither. OSError when it cannot be read."""
    with path.open("rb") as file:
        first = file.readline(len(_HEADS[0]))
        if first[:8] in _PACKS:
            return Bundle()
        if first not in _HEADS:
            return None
        refs: list[tuple[str, str]] = []
        builds_on, id_format = 0, "sha1"
        for _ in range(_MOST_LINES):
            line = file.readline(_LONGEST_LINE).rstrip(b"\n")
            if not line:
                return Bundle(file.tell(), tuple(refs), builds_on, id_format)
            if line == b"@object-format=sha256":
                id_format = "sha256"
            elif line.startswith(b"-"):
                builds_on += 1
            elif match := _REF.fullmatch(line):
                refs.append((match[2].decode("utf-8", "surrogateescape"), match[1].decode()))
    return None


def locate_in_bundle(
    path: Path, bundle: Bundle, hunted: Sequence[Hunted], progress: Progress | None = None, known: Known | None = None
) -> Found:
    """Every occurrence in the objects of a bundle or pack, as in a repository that has its refs; told under the path of the file."""
    with _folder(path) as folder:
        repository = _laid_out(path, folder, bundle)
        with path.open("rb", buffering=0) as file, tempfile.TemporaryFile() as errors:
            file.seek(bundle.pack)
            with start(repository, ["index-pack", "--stdin"], stdin=file, stderr=errors, patience=_PATIENCE) as running:
                running.out.read()
            errors.seek(0)
            why = silence() if running.stalled else last_line(errors.read())
        if running.stalled or running.code:
            more = f"; it builds on {bundle.builds_on} commits that are not in it" if bundle.builds_on else ""
            told = f"git could not read the pack in it: {why}{more}. Fetch it into a clone of its repository and search that"
            return Found(skipped=(Skipped(str(path), told),))
        found = read_repository(repository, hunted, progress, known)
    if bundle.builds_on:
        why = (
            f"it builds on {bundle.builds_on} commits that are not in it, so earlier history could not be searched here"
        )
        found += Found(skipped=(Skipped(str(path), why),))
    return found


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """In memory when it is small enough; what is unpacked may hold the secret."""
    if path.stat().st_size < _IN_MEMORY:
        with private_folder() as folder:
            yield folder
    else:
        with tempfile.TemporaryDirectory(prefix="irkit-") as name:
            yield Path(name)


def _laid_out(path: Path, folder: Path, bundle: Bundle) -> Repository:
    """A git directory with the bundle's refs and no objects yet."""
    for name in ("objects/pack", "objects/info", "refs"):
        (folder / name).mkdir(parents=True)
    named = sorted(pair for pair in bundle.refs if pair[0] != "HEAD")
    packed = "".join(f"{oid} {name}\n" for name, oid in named)
    (folder / "packed-refs").write_bytes(packed.encode("utf-8", "surrogateescape"))
    heads = [oid for name, oid in bundle.refs if name == "HEAD"]
    detached = heads and heads[0] not in {oid for name, oid in named if name.startswith("refs/heads/")}
    (folder / "HEAD").write_text(f"{heads[0]}\n" if detached else "ref: refs/heads/main\n")
    config = "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n"
    (folder / "config").write_text(f"{config}[extensions]\n\tobjectFormat = {bundle.id_format}\n")
    return Repository(path, folder, folder)
