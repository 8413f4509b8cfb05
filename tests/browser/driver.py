"""JupyterLab in a process of its own, and Chromium driven over it (`lab.mjs`)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.needs import NODE_MODULES

SERVE = """
import os, sys
from pathlib import Path
from irkit.guard import active
from irkit.lab import serve
from tests.guard.canary import redactor_of
active.add(redactor_of(os.environ["T"]))
serve(Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Served:
    """A running Lab: where it is, its token, its process, and the file that takes all it prints."""

    url: str
    token: str
    pid: int
    log: Path


@contextmanager
def served(command: Sequence[str], folder: Path, env: dict[str, str]) -> Iterator[Served]:
    """Start `command`, which ends up in `irkit.lab.serve`, and stop it afterwards. What it prints goes to `folder/lab.log`."""
    log = folder / "lab.log"
    outside = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with log.open("wb") as errors:
        # ipykernel leaves descriptors alone under pytest, and a server's own log is what must be clean.
        process = subprocess.Popen(
            command,
            env={**outside, "PYTHONPATH": str(Path.cwd()), **env},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            assert " address is in " in line, f"Lab did not start: {line} {log.read_text()}"
            address = urlsplit(Path(line.rsplit(" in ", 1)[1].strip()).read_text().strip())
            _until_it_listens(address.hostname or "", address.port or 0)
            yield Served(f"http://{address.netloc}", parse_qs(address.query)["token"][0], process.pid, log)
        finally:
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=240)
    with log.open("a") as whole:
        whole.write(line + rest)


def _until_it_listens(host: str, port: int) -> None:
    """The address is known before the server takes connections."""
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, port), timeout=5).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def served_with_canary(root: Path, folder: Path, canary: str) -> Any:
    """Lab on `root`, hiding `canary`, which its kernels find in the environment as T."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return served([sys.executable, "-c", SERVE, str(root)], folder, {"T": canary, "HOME": str(home), "TMPDIR": "/tmp"})


def drive(lab: Served, notebook: str, **options: Any) -> dict[str, Any]:
    """Open, run all, wait (`text=` or `selector=`), save, take a picture (`screenshot=`): see the head of lab.mjs for the answer."""
    wanted = {"url": lab.url, "notebook": notebook, **options}
    ran = subprocess.run(
        ["node", str(Path(__file__).with_name("lab.mjs")), json.dumps(wanted, default=str)],
        env={**os.environ, "IRKIT_LAB_TOKEN": lab.token, "IRKIT_NODE_MODULES": str(NODE_MODULES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer
