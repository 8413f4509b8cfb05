"""A web server for Web Key Directories: nginx, with TLS under the names of a mail domain where this machine permits it.

Clients of a directory ask https://openpgpkey.DOMAIN on port 443 and nothing else. So nginx runs in a network and a mount namespace of
its own, with its own /etc/hosts and list of authorities: nothing of the machine changes. Who asks it must be inside as well
(`Web.inside`). Where namespaces are not permitted it is plain HTTP on a free port, and files are fetched by their address.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from irkit.errors import KINDS
from irkit.openpgp.operations import OPERATIONS, Done
from irkit.plan import GpgCommand, document, read
from tests.openpgp.published import hands
from tests.servers.certificates import authority
from tests.servers.programs import folder, free_port, running, until

DOMAIN = "example.test"
DIRECT = "direct.test"
"""A domain without a host of the name openpgpkey.DOMAIN: its clients ask by the direct method."""

HOSTS = (f"openpgpkey.{DOMAIN}", DOMAIN, DIRECT)
_REPLACED = {
    "/etc/hosts": "hosts",
    "/etc/resolv.conf": "resolv.conf",
    "/etc/ssl/certs/ca-certificates.crt": "ca.pem",
}


@dataclass(frozen=True)
class Web:
    """`root` is the web server's; `inside` goes in front of a command that is to reach it, and `plain` is an address without TLS."""

    root: Path
    tls: bool
    plain: str
    inside: tuple[str, ...] = ()

    def url(self, host: str) -> str:
        return f"https://{host}" if self.tls else self.plain

    def run(self, *command: str) -> bytes:
        """What a command says that reaches the server."""
        return subprocess.run([*self.inside, *command], capture_output=True, check=True, timeout=60).stdout

    def carry_out(self, command: GpgCommand) -> Done:
        """The operation, where its questions reach the server; its error is raised here."""
        if not self.inside:
            return OPERATIONS[command.operation](command, hands())
        asked = subprocess.run(
            [*self.inside, sys.executable, "-m", "tests.servers.wkd", "carry-out"],
            input=json.dumps(document(command)), capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        answer = json.loads(asked.stdout)
        if "error" in answer:
            raise KINDS[answer["error"]](answer["what"], on=answer["on"], why=answer["why"], do=answer["do"])
        return read(Done, answer)


@cache
def namespaces() -> tuple[str, ...]:
    """How this machine lets one in: as root, as a user who is root there, or not at all."""
    for how in (("unshare", "-mn"), ("unshare", "-rmn")):
        if shutil.which(how[0]) and shutil.which("nsenter") and all(Path(one).is_file() for one in _REPLACED):
            tried = subprocess.run(
                [*how, "mount", "--bind", "/etc/hostname", "/etc/hosts"], capture_output=True, check=False
            )
            if tried.returncode == 0:
                return how
    return ()


@contextmanager
def web_server() -> Iterator[Web]:
    with folder() as place:
        root = place / "www"
        root.mkdir()
        how = namespaces()
        port = free_port()
        (place / "nginx.conf").write_text(_configuration(place, root, port, tls=bool(how)))
        nginx = ["nginx", "-p", str(place), "-c", str(place / "nginx.conf"), "-e", str(place / "errors")]
        if not how:
            with running(nginx, port, place / "log"):
                yield Web(root, False, f"http://127.0.0.1:{port}")
            return
        authority(place, HOSTS)
        (place / "hosts").write_text(f"127.0.0.1 localhost {' '.join(HOSTS)}\n")
        (place / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        command = [*how, sys.executable, "-m", "tests.servers.wkd", "keep", str(place), *nginx]
        with _kept(command, place) as process:
            enter = ["nsenter", "-t", str(process), "-m", "-n", f"--wd={Path.cwd()}"]
            enter += ["-U", "--preserve-credentials"] if "-rmn" in how else []
            yield Web(root, True, f"http://127.0.0.1:{port}", tuple(enter))


@contextmanager
def _kept(command: Sequence[str], place: Path) -> Iterator[int]:
    """The process that holds the namespaces, which becomes nginx."""
    with (place / "log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        until(lambda: server.poll() is not None or (place / "nginx.pid").is_file(), "nginx")
        assert server.poll() is None, (place / "log").read_text()[-2000:]
        yield server.pid
    finally:
        server.terminate()
        server.wait(20)


def _configuration(place: Path, root: Path, port: int, *, tls: bool) -> str:
    names = " ".join(HOSTS)
    certificate = f"ssl_certificate {place}/server.pem; ssl_certificate_key {place}/server.key;"
    secure = f"listen 127.0.0.1:443 ssl; {certificate}" if tls else ""
    user = "user root;" if os.geteuid() == 0 or tls else ""
    return f"""
daemon off; master_process off; {user} pid {place}/nginx.pid; error_log {place}/errors;
events {{}}
http {{
  access_log {place}/asked; client_body_temp_path {place}/t1; proxy_temp_path {place}/t2; fastcgi_temp_path {place}/t3;
  uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5; default_type application/octet-stream;
  server {{ listen 127.0.0.1:{port}; {secure} server_name {names}; root {root}; }}
}}
"""


def _keep(place: Path, command: Sequence[str]) -> None:
    """Inside: bring up the loopback device, put the test's own files in place of some of /etc, become the server."""
    with socket.socket() as one:
        name = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(one, 0x8913, name))[1]  # SIOCGIFFLAGS
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", flags | 1))  # SIOCSIFFLAGS, IFF_UP
    for theirs, ours in _REPLACED.items():
        subprocess.run(["mount", "--bind", str(place / ours), theirs], check=True)
    if os.fork() == 0:
        _know_no_name()
    _end_with_parent()
    os.execvp(command[0], list(command))  # noqa: S606


def _know_no_name() -> None:
    """A name server that knows no name (RFC 1035 4.1.1, RCODE 3): who asks goes on at once, as where a name does not exist."""
    _end_with_parent()
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        while True:
            question, who = server.recvfrom(512)
            server.sendto(question[:2] + b"\x81\x83" + question[4:6] + bytes(6) + question[12:], who)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, 15)  # PR_SET_PDEATHSIG


def _carry_out() -> None:
    command = read(GpgCommand, json.load(sys.stdin))
    try:
        answer = document(OPERATIONS[command.operation](command, hands()))
    except tuple(KINDS.values()) as error:
        answer = {"error": type(error).__name__, "what": error.what, "on": error.on, "why": error.why, "do": error.do}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1] == "keep":
        _keep(Path(sys.argv[2]), sys.argv[3:])
    _carry_out()
