"""Runs gpg: arguments in, its own status lines out.

Status lines come through a pipe of their own, are read as bytes and split at b"\\n" alone: text that strangers chose
(user ids, comments) reaches the other streams, and may hold characters that some decoders take for line ends.
Passphrases go through a pipe as well; neither they nor anything secret is ever an argument.
"""

from __future__ import annotations

import contextlib
import functools
import os
import select
import shutil
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, NotAvailable, StepFailed
from irkit.model import Secret

PREFIX = b"[GNUPG:] "
LONGEST_PASSPHRASE = 1024
_OLD_S = 6 * 3600


@dataclass(frozen=True)
class Status:
    """One status line (GnuPG's doc/DETAILS): its keyword and the fields after it, as text."""

    keyword: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class GpgResult:
    """What gpg answered. The return code alone means little: 0 for a good signature by a revoked key, for one."""

    returncode: int
    status: tuple[Status, ...]
    stdout: bytes
    stderr: str

    def first(self, keyword: str) -> Status | None:
        return next((one for one in self.status if one.keyword == keyword), None)

    def last_words(self) -> str:
        """The end of what it said to people, on one line, for an error's `why`."""
        lines = [line.removeprefix("gpg: ").strip() for line in self.stderr.splitlines() if line.strip()]
        return "; ".join(lines[-2:]) or f"gpg ended with {self.returncode} and said nothing"


@dataclass(frozen=True)
class Gpg:
    """gpg in one home. `dialogue` runs answer its prompts from `stdin`, where an operation has no batch form."""

    home: Path

    def run(
        self,
        args: Sequence[str],
        *,
        stdin: bytes | Iterable[bytes] = b"",
        passphrase: Secret | None = None,
        timeout_s: float = 60,
        dialogue: bool = False,
    ) -> GpgResult:
        """Run and wait. NotAvailable without gpg, BadInput without the home, StepFailed after `timeout_s` seconds."""
        if not self.home.is_dir():
            raise BadInput("there is no such gpg home", on=self.home, do="name the directory that holds the key ring")
        status_read, status_write = os.pipe()
        phrase_read, phrase_write = os.pipe()
        how = ["--command-fd", "0"] if dialogue else ["--batch"]
        command = ["gpg", "--homedir", str(self.home), "--no-tty", "--pinentry-mode", "loopback", *how]
        command += ["--status-fd", str(status_write), "--passphrase-fd", str(phrase_read), *args]
        try:
            os.write(phrase_write, _phrase(passphrase) + b"\n")
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(status_write, phrase_read),
                env=_environment(),
            )
        except FileNotFoundError:
            os.close(status_read)
            raise NotAvailable(
                "gpg is not here",
                why="OpenPGP keys are handled by GnuPG",
                do="install it (apt-get install gnupg), version 2.2 or later",
            ) from None
        except BaseException:
            os.close(status_read)
            raise
        finally:
            for end in (status_write, phrase_read, phrase_write):
                os.close(end)
        try:
            return _collect(process, status_read, [stdin] if isinstance(stdin, bytes) else stdin, timeout_s)
        except subprocess.TimeoutExpired:
            why, do = _waited_for(self.home)
            why = f"nothing after {timeout_s:g} s{why}"
            raise StepFailed("gpg did not answer", on=_operation(args), why=why, do=do) from None

    def must(
        self, what: str, args: Sequence[str], *, on: object = "", passphrase: Secret | None = None, stdin: bytes = b""
    ) -> GpgResult:
        """Run, and StepFailed with gpg's own words when it does not end with 0."""
        result = self.run(args, stdin=stdin, passphrase=passphrase)
        if result.returncode != 0:
            raise StepFailed(what, on=on, why=result.last_words(), do=_advice(result))
        return result


@contextlib.contextmanager
def throwaway_home(*, agent: bool = True) -> Iterator[Path]:
    """A gpg home for one question, gone afterwards. Under a short path: an agent's socket path has 108 characters at most.

    `agent` False: for public keys alone; gpg would start an agent even to read those. What a killed process left is taken away first.
    """
    base = "/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()  # noqa: S108  (mkdtemp makes it 0700 under a random name)
    _take_away(Path(base))
    home = Path(tempfile.mkdtemp(prefix=f"irkit-{os.getpid()}-", dir=base))
    try:
        if not agent:
            (home / "gpg.conf").write_text("no-autostart\n")
        yield home
    finally:
        _end(home, agent=agent)


def _end(home: Path, *, agent: bool = True) -> None:
    if agent and shutil.which("gpgconf"):
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)
    shutil.rmtree(home, ignore_errors=True)


@functools.cache
def _take_away(base: Path) -> None:
    """Homes of processes of ours that live no more, with the agents in them. Once a process; only old ones, since a container that
    shares the folder has processes that are not seen here."""
    for home in base.glob("irkit-*-*"):
        number = home.name.split("-")[1]
        try:
            seen = home.lstat()
            old = seen.st_mtime < time.time() - _OLD_S
            ours = number.isdigit() and old and seen.st_uid == os.getuid() and stat.S_ISDIR(seen.st_mode)
        except OSError:
            continue
        if ours and not _lives(int(number)):
            _end(home)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def parse_status(data: bytes) -> tuple[Status, ...]:
    """Status lines of a status pipe. Lines without the prefix at their very start are none."""
    found = []
    for line in data.split(b"\n"):
        if line.startswith(PREFIX):
            keyword, *fields = line[len(PREFIX) :].decode("utf-8", "backslashreplace").split(" ")
            found.append(Status(keyword, tuple(fields)))
    return tuple(found)


def _collect(process: subprocess.Popen[bytes], status_fd: int, stdin: Iterable[bytes], timeout_s: float) -> GpgResult:
    """Feed and read all four streams at once, so that none fills up while another is waited for. TimeoutExpired after `timeout_s`."""
    read: dict[str, bytes] = {}
    faults: list[BaseException] = []

    def drain(name: str, fd: int) -> None:
        with open(fd, "rb") as stream:
            read[name] = stream.read()

    def feed() -> None:
        assert process.stdin
        try:
            with contextlib.suppress(BrokenPipeError), process.stdin:  # gpg may stop reading early and says why
                for chunk in stdin:
                    process.stdin.write(chunk)
        except BaseException as fault:  # the source failed: what gpg got is not the whole, so it must not finish
            faults.append(fault)
            process.kill()

    assert process.stdout
    assert process.stderr
    threads = [threading.Thread(target=feed, daemon=True)]
    for name, fd in (
        ("status", status_fd),
        ("stdout", os.dup(process.stdout.fileno())),
        ("stderr", os.dup(process.stderr.fileno())),
    ):
        threads.append(threading.Thread(target=drain, args=(name, fd), daemon=True))
    process.stdout.close()
    process.stderr.close()
    for thread in threads:
        thread.start()
    try:
        returncode = _ended(process, timeout_s)
    except BaseException:
        process.kill()
        process.wait()
        raise
    for thread in threads:
        thread.join(timeout=10)
    if faults:
        raise faults[0]
    text = read.get("stderr", b"").decode("utf-8", "backslashreplace")
    return GpgResult(returncode, parse_status(read.get("status", b"")), read.get("stdout", b""), text)


def _ended(process: subprocess.Popen[bytes], timeout_s: float) -> int:
    """Its return code, as soon as it has ended: Popen.wait with a time limit looks only now and then. TimeoutExpired."""
    with contextlib.suppress(AttributeError, OSError):  # where the system has no such descriptors
        end = os.pidfd_open(process.pid)
        try:
            waits = select.poll()
            waits.register(end, select.POLLIN)
            if not waits.poll(timeout_s * 1000):
                timeout_s = 0
        finally:
            os.close(end)
    return process.wait(timeout_s)


def _phrase(passphrase: Secret | None) -> bytes:
    """An absent passphrase is the empty one: gpg must never stop to ask."""
    phrase = passphrase.reveal() if passphrase else b""
    if len(phrase) > LONGEST_PASSPHRASE or b"\n" in phrase:
        raise BadInput(
            "a passphrase must be one line", on="its value is not shown", do="check what the reference points at"
        )
    return phrase


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("GNUPGHOME", "LANGUAGE", "GPG_TTY")}
    return kept | {"LC_ALL": "C.UTF-8"}


def _waited_for(home: Path) -> tuple[str, str]:
    """What gpg may have waited for in vain, and what to do. It takes a lock away whose process has ended, but not one of another
    host: that is how a container leaves it (a lock holds a process number and a host name)."""
    for lock in sorted(home.rglob("*.lock")):
        with contextlib.suppress(OSError, UnicodeDecodeError):
            process, _, host = lock.read_text().strip().partition("\n")
            return (
                f"; {lock} was set by process {process.strip()!r:.20} on {host!r:.80}",
                "when no gpg is at work with that home, remove the lock, then run it again",
            )
    return "", "see whether its agent hangs: gpgconf --kill all"


def _operation(args: Sequence[str]) -> str:
    return "gpg " + " ".join(arg for arg in args if arg.startswith("--"))


def _advice(result: GpgResult) -> str:
    if "Bad passphrase" in result.stderr or any(one.keyword == "BAD_PASSPHRASE" for one in result.status):
        return "give the reference of the right passphrase"
    if "o secret key" in result.stderr:
        return "name the gpg home that holds the private key"
    return ""
