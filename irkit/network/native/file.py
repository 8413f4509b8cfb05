"""A file on this machine that holds one value: written whole or not at all, for its owner alone.

`write` (value) makes a new file beside the old one and puts it in its place; `look` says whether it could; `compare` (value) says
whether the file holds just that, and never what it holds. A symbolic link is not followed, and a folder that others can read or
write is refused.
"""

from __future__ import annotations

import glob
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from irkit.network.hand import Hand
from irkit.plan import NativeCall
from irkit.providers.interface import Reply

_LARGEST = 16 * 1024 * 1024


class Refused(Exception):
    """Nothing was changed: the status that says so, and why in words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:  # noqa: ARG001  (a file answers at once)
    path = Path(call.address).expanduser()
    try:
        if call.operation == "look":
            look(path, private=True)
            return answer(200, ready=True)
        value = str(hand.tree(call.params["value"])).encode()
        if call.operation == "compare":
            return answer(200, equal=hmac.compare_digest(content(path), value))
        replace_file(path, value, private=True)
        return answer(200, written=True, version=_changed(path))
    except Refused as refused:
        return answer(refused.status, message=str(refused))
    except OSError as error:
        return answer(_STATUS.get(type(error), 403), message=error.strerror or type(error).__name__)


_STATUS: dict[type[OSError], int] = {FileNotFoundError: 404, FileExistsError: 409, IsADirectoryError: 409}


def answer(status: int, **document: object) -> Reply:
    return Reply(status, body=json.dumps(document))


def content(path: Path) -> bytes:
    """What a regular file holds. Refused for anything else in its place; OSError where it cannot be read."""
    with _folder(path) as folder:
        _look(folder, path)
        with os.fdopen(os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder), "rb") as file:
            return file.read(_LARGEST)


def replace_file(path: Path, data: bytes, *, private: bool) -> None:
    """All of `data` in place of the file, or the file as it was. `private`: in a folder that is for its owner alone."""
    with _folder(path) as folder:
        _look_at_folder(folder, private)
        _look(folder, path)
        fresh = f".{path.name[:100]}.{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with os.fdopen(os.open(fresh, flags, 0o600, dir_fd=folder), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.rename(fresh, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=folder)
            raise
        os.fsync(folder)


def clear_away(path: Path) -> None:
    """Take away what a `replace_file` that was killed left beside the file: it holds the value. For who alone writes that file."""
    for left in path.parent.glob(f".{glob.escape(path.name[:100])}.{'[0-9a-f]' * 16}"):
        left.unlink(missing_ok=True)


def look(path: Path, *, private: bool) -> None:
    """Refused, or OSError, where the file could not be replaced."""
    with _folder(path) as folder:
        _look_at_folder(folder, private)
        _look(folder, path)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    """The folder, held open: what is checked is what is written to."""
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield handle
    finally:
        os.close(handle)


def _look_at_folder(folder: int, private: bool) -> None:
    state = os.fstat(folder)
    if private and (state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077):
        raise Refused(403, "others can look into its folder: chmod 700 it, or choose another one")
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=folder):
        raise Refused(403, "its folder cannot be written to")


def _look(folder: int, path: Path) -> None:
    """Refused where something stands in the file's place that is not a file of one's own."""
    try:
        state = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISLNK(state.st_mode):
        raise Refused(409, "it is a symbolic link: name the file itself")
    if not stat.S_ISREG(state.st_mode):
        raise Refused(409, "it is no file")
    if state.st_uid != os.geteuid():
        raise Refused(403, "it belongs to somebody else")


def _changed(path: Path) -> str:
    return f"changed {path.stat().st_mtime_ns} ns"
