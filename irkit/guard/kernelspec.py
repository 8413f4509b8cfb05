"""The kernel `irkit`: ipykernel with the guard loaded before the first cell, or not started; and without its three diaries.

No history database (it would keep the source of every cell), no debugger (it writes cells to files that outlive the kernel), and a
private IPYTHONDIR and TMPDIR, so that `%store`, start-up files and temporary files stay within the run and go with it. What it writes to
its own descriptors goes nowhere (`irkit.guard.provisioner`).
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from irkit.errors import StepFailed

NAME = "irkit"
SOCKET_PATH = 107
"""Bytes that the path of a Unix socket may have (unix(7), sun_path less its final zero)."""

WAITS = "IRKIT_WAITS"
"""Set for a kernel that is started ahead of its notebook (`irkit.guard.warm`)."""

SHARED = "IRKIT_ONE_KERNEL"
"""Set for a kernel that all notebooks of a run share."""

PROVISIONER = "irkit"
"""Its entry point's name: `irkit.guard.provisioner`. A kernelspec whose provisioner is not installed is not offered at all."""

ARGV = (
    "-m",
    "ipykernel_launcher",
    "-f",
    "{connection_file}",
    "--HistoryManager.enabled=False",
    "--IPKernelApp.extensions=irkit.guard.extension",
    "--IPKernelApp.extensions=irkit.case.in_kernel",
    "--IPKernelApp.reraise_ipython_extension_failures=True",  # IPython goes on without an extension that fails
)


def write(folder: Path, env: Mapping[str, str] | None = None) -> Path:
    """Write the kernelspec under `folder/kernels/irkit` and return `folder`, an entry for JUPYTER_PATH.

    `env` stands in a file: names of places, never a secret. The kernel runs on the interpreter that runs this.
    """
    home = folder / "kernels" / NAME
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    spec = {
        "argv": [sys.executable, *ARGV],
        "display_name": "irkit (guarded Python)",
        "language": "python",
        "metadata": {"debugger": False, "kernel_provisioner": {"provisioner_name": PROVISIONER}},
        "env": {**private_places(folder), **(env or {})},
    }
    (home / "kernel.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
    return folder


def private_places(folder: Path) -> dict[str, str]:
    """IPYTHONDIR and TMPDIR inside `folder`, made for this user alone."""
    places = _places(folder)
    for place in places.values():
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return {name: str(place) for name, place in places.items()}


def take_away_places(folder: Path) -> None:
    """What `private_places` made in `folder`, with all that is in them."""
    for place in _places(folder).values():
        take_away(place)


def take_away(place: Path) -> None:
    """What a kernel kept of its own, with all that is in it. The one door by which such folders go."""
    shutil.rmtree(place, ignore_errors=True)


def _places(folder: Path) -> dict[str, Path]:
    return {"IPYTHONDIR": folder / "ipython", "TMPDIR": folder / "tmp"}


def has_room_for_sockets(folder: Path) -> bool:
    """Whether the kernels of a Jupyter server whose runtime folder this holds can have Unix sockets (107 bytes, unix(7))."""
    longest = folder / "runtime" / "kernel-01234567-0123-0123-0123-0123456789ab-ipc-1"
    return len(os.fsencode(longest)) <= SOCKET_PATH


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for this user alone, gone afterwards, with a path short enough for sockets where there is one. StepFailed without room."""
    wanted = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108  (a 0700 folder in it)
    usable = [one for one in wanted if one and os.access(one, os.W_OK)]
    short = [one for one in usable if has_room_for_sockets(Path(one) / "irk-12345678")]
    where = next(iter(short or usable), None)
    try:
        place = Path(tempfile.mkdtemp(prefix="irk-", dir=where))
    except OSError as error:
        raise StepFailed(
            "a kernel has no folder of its own", on=where, why=error.strerror or str(error), do="make room there"
        ) from None
    try:
        yield place
    finally:
        take_away(place)
