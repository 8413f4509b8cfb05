"""The files of a release folder, each read once: its digests, and the signatures in it. Nothing is changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Skipped
from irkit.openpgp.cleartext import looks_clear_signed
from irkit.openpgp.keyblock import detached_signatures, read_signatures
from irkit.openpgp.packets import SignatureInfo

SUFFIXES = (".asc", ".sig", ".sign", ".gpg")
LINK = "a symbolic link, not followed"
_SMALL = 1 << 20
"""Bytes of a file that is read whole, and past which nothing is taken for a signature."""
_MOST_TEXT = 64 << 20
_CHUNK = 1 << 20
_LARGE = 1 << 20
"""Larger files are hashed beside the rest."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One file. `digests` by name of the algorithm; `signatures` are those of a detached signature file, or within a clear-signed text
    (`clear`); `fault` is why the file, or the signature that its name promises, cannot be read."""

    digests: Mapping[str, str]
    signatures: tuple[SignatureInfo, ...] = ()
    clear: bool = False
    fault: str = ""

    @property
    def detached(self) -> bool:
        return bool(self.signatures) and not self.clear


def files_of(folder: Path, but: frozenset[str], skipped: list[Skipped]) -> dict[str, str]:
    """Regular files by relative path with `/`, sorted, and where each is; what is none is skipped with its reason.

    `but` are paths to leave out, of files or of whole folders.
    """
    return dict(sorted(_walk(str(folder), "", but, skipped)))


def _walk(at: str, within: str, but: frozenset[str], skipped: list[Skipped]) -> Iterator[tuple[str, str]]:
    try:
        entries = list(os.scandir(at))
    except OSError as error:
        skipped.append(Skipped(at, f"the folder cannot be read: {error.strerror}"))
        return
    for entry in entries:
        name = within + entry.name
        if name in but:
            continue
        if entry.is_file(follow_symlinks=False):
            yield name, entry.path
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(entry.path, f"{name}/", but, skipped)
        else:
            kind = LINK if entry.is_symlink() else "not a regular file"
            skipped.append(Skipped(name, kind))


def look_at(files: Mapping[str, str], algorithms: Sequence[str]) -> dict[str, Looked]:
    """Every file: large ones are hashed beside the rest, small ones one after the other, since threads would wait for each other there."""
    large = [name for name, path in files.items() if _is_large(path)]
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) + 1)) as pool:
        hashing = {name: pool.submit(_look, name, files[name], algorithms) for name in large}
        return {
            name: hashing[name].result() if name in hashing else _look(name, path, algorithms)
            for name, path in files.items()
        }


def _is_large(path: str) -> bool:
    try:
        return os.stat(path).st_size > _LARGE  # noqa: PTH116  (as above)
    except OSError:
        return False


def digests_of(files: Mapping[str, str], names: Iterable[str], algorithm: str) -> dict[str, str]:
    """A further digest of some of them; those that cannot be read are missing."""
    wanted = list(names)
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) + 1)) as pool:
        looked = pool.map(lambda name: _look("", files[name], (algorithm,)), wanted)
        return {name: one.digests[algorithm] for name, one in zip(wanted, looked, strict=True) if one.digests}


def _look(name: str, path: str, algorithms: Sequence[str]) -> Looked:
    try:
        with open(path, "rb", buffering=0) as stream:  # noqa: PTH123  (a Path for each of ten thousand files is time)
            data = stream.read(_SMALL)
            hashes = [hashlib.new(one, data, usedforsecurity=False) for one in algorithms]
            whole = len(data) < _SMALL
            while not whole and (more := stream.read(_CHUNK)):
                for one in hashes:
                    one.update(more)
    except OSError as error:
        return Looked({}, fault=f"cannot be read: {error.strerror}")
    digests = {one.name: one.hexdigest() for one in hashes}
    clear = looks_clear_signed(data)
    if not clear and not (whole and name.endswith(SUFFIXES)):
        return Looked(digests)
    try:
        if not whole:
            data = _text(path)
        return Looked(digests, read_signatures(data) if clear else detached_signatures(data), clear)
    except OSError as error:
        return Looked(digests, (), clear, f"clear-signed, but it cannot be read: {error.strerror}")
    except IrkitError as error:
        return Looked(digests, (), clear, f"clear-signed, but: {error}" if clear else str(error))


def _text(path: str) -> bytes:
    """A clear-signed text that is longer than most: its signatures stand at its end."""
    with Path(path).open("rb") as stream:
        data = stream.read(_MOST_TEXT + 1)
    if len(data) > _MOST_TEXT:
        raise BadInput("it is too large to be read as text", why=f"more than {_MOST_TEXT} bytes")
    return data
