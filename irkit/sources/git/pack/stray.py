"""Objects outside of the walk: loose ones, and those that git is asked for."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
import zlib
from collections.abc import Sequence

from irkit.sources.git.pack.walk import LARGE
from irkit.sources.git.run import Repository, start

_KINDS = {b"commit": 1, b"tree": 2, b"blob": 3, b"tag": 4}
_LONGEST_HEADER = 64


def loose_object(path: str) -> tuple[int, bytes] | None:
    """Kind and content of a loose object; None when it is damaged, too large, or gone: git is asked for it then.

    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_object_storage
    """
    try:
        # Only a regular file: a named pipe in its place would never be done opening.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            stream = zlib.decompressobj()
            packed = file.read(LARGE + 1)
            if len(packed) > LARGE:
                return None
            data = stream.decompress(packed, LARGE + _LONGEST_HEADER)
    except (OSError, zlib.error):
        return None
    header, _, content = data.partition(b"\0")
    kind, _, size = header.partition(b" ")
    if not stream.eof or kind not in _KINDS or size != str(len(content)).encode():
        return None
    return _KINDS[kind], content


def kinds_of(repository: Repository, oids: Sequence[str]) -> dict[str, int]:
    """The kinds of those objects that git can tell."""
    found: dict[str, int] = {}
    with tempfile.TemporaryFile() as wanted:
        wanted.write("".join(f"{oid}\n" for oid in oids).encode())
        wanted.seek(0)
        command = ["cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer"]
        with start(repository, command, stdin=wanted, stderr=subprocess.DEVNULL, apart=True) as running:
            for line in running.out:
                oid, _, kind = line.rstrip(b"\n").partition(b" ")
                if kind in _KINDS:
                    found[oid.decode()] = _KINDS[kind]
    return found
