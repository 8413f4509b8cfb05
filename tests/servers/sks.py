"""A key server that speaks HKP: SKS, with a database of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from irkit.openpgp import Gpg, generate
from irkit.openpgp.runner import throwaway_home
from tests.servers.programs import folder, free_port, running

_FOLDERS = ("dump", "etc/sks", "var/log/sks", "var/spool/sks", "var/lib/sks", "var/run/sks", "usr/share/sks/www")
"""Debian's sks puts each of its paths under `-basedir`, and says of a missing var/run that it cannot bind its socket."""


@contextmanager
def sks_server() -> Iterator[str]:
    """Its address, as `hkp://HOST:PORT`. What it was sent it keeps until it is stopped."""
    with folder() as place:
        for one in _FOLDERS:
            (place / one).mkdir(parents=True)
        port = free_port()
        (place / "etc/sks/sksconf").write_text(
            f"hostname: localhost\nhkp_address: 127.0.0.1\nhkp_port: {port}\nrecon_address: 127.0.0.1\n"
            f"recon_port: {free_port()}\ndisable_mailsync:\npagesize: 16\nptree_pagesize: 16\n"
        )
        _seed(place)
        command = ["sks", "db", "-basedir", str(place)]
        with running(command, port, place / "log"):
            yield f"hkp://127.0.0.1:{port}"


def _seed(place: Path) -> None:
    """It opens no empty database, so it gets a key that no test asks for."""
    dump = place / "dump/sks-dump-0000.pgp"
    with throwaway_home() as home:
        generate(home, "Nobody <nobody@example.test>")
        dump.write_bytes(Gpg(home).must("a test's key", ["--export"]).stdout)
    for command in (
        ["sks", "build", "-basedir", str(place), str(dump), "-n", "10", "-cache", "100"],
        ["sks", "pbuild", "-basedir", str(place), "-cache", "20", "-ptree_cache", "70"],
    ):
        subprocess.run(command, cwd=place, check=True, capture_output=True, timeout=60)
