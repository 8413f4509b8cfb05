"""gpg-agent asked directly: it signs digests, and the secret never leaves it.

The Assuan protocol (libassuan's manual) with the agent's commands SIGKEY, SETHASH and PKSIGN (GnuPG's manual, "Agent protocol").
The passphrase is given when the agent inquires for it (loopback), never as an argument. An agent works on one request at a
time: more hands are more agents. Beside the home's own agent these are started with `--server`: they read the same
private keys, listen on no socket, and end when this process does, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path

from irkit.errors import NotAvailable, StepFailed
from irkit.model import Secret
from irkit.openpgp.keys import checked_fingerprint
from irkit.openpgp.runner import Gpg

_BAD_PASSPHRASE, _NO_PASSPHRASE, _CANCELLED, _CALL_CANCELLED, _TOO_LARGE = 11, 177, 99, 277, 67
_PASSPHRASE = frozenset({_BAD_PASSPHRASE, _NO_PASSPHRASE, _CANCELLED, _CALL_CANCELLED, _TOO_LARGE})
_NO_SECRET_KEY = 17
"""gpg-error codes (the low 16 bits). After these asking for the next signature is in vain."""
_LINE = 400  # bytes of a data line: Assuan allows 1000, and each may be written as three
_PATIENCE_S = 120.0
_AHEAD = 8


class AgentGone(Exception):
    """The agent ended or does not answer. It is for the caller to start it again."""


class Refused(StepFailed):
    """The agent answered that it does not sign. `for_all`: neither will it sign anything else with this key."""

    for_all = False


class Agent:
    """One connection to one agent: each `ask` has its `answer`, in order.

    `own` is False for the home's own agent, True for a further one that belongs to this process.
    """

    def __init__(self, home: Path, keygrip: str, passphrase: Secret | None = None, *, own: bool = False) -> None:
        self._home, self._keygrip, self._passphrase, self._own = home, keygrip, passphrase, own
        self._read: BufferedReader | None = None
        self._write: Callable[[bytes], object] = lambda _data: None
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._clear = False

    @property
    def ahead(self) -> int:
        """How many digests may be asked for before the first is answered. One, when the passphrase may be inquired for in between:
        what was sent ahead would be taken for it."""
        return _AHEAD if self._clear else 1

    def ask(self, hash_name: str, digest: bytes) -> None:
        """Have a digest signed. `hash_name` is "sha256" or "sha512". AgentGone when it cannot be asked."""
        if self._read is None:
            self._connect()
        self._send(f"SETHASH --hash={hash_name} {digest.hex().upper()}\nPKSIGN\n".encode())

    def answer(self) -> bytes:
        """The signature on the first digest not answered yet, as a canonical S-expression.

        Refused with the agent's words, AgentGone when it ended.
        """
        if self._read is None:
            raise AgentGone("it could not be asked")
        try:
            self._reply()
        except Refused:
            with contextlib.suppress(Refused):
                self._reply()  # of what was sent together with it
            raise
        return self._reply()

    def sign(self, hash_name: str, digest: bytes, on: object = "") -> bytes:
        """Ask, and answer; an agent that ended is started once more. Refused, or StepFailed when it does not stay."""
        for _ in range(2):
            try:
                self.ask(hash_name, digest)
                return self.answer()
            except AgentGone as error:
                self.close()
                gone = error
        raise does_not_stay(gone, on)

    def close(self) -> None:
        """Forget the connection; an agent of our own ends with it."""
        for end in (self._read, self._socket):
            if end is not None:
                end.close()
        if self._process is not None:
            if self._process.stdin:
                self._process.stdin.close()
            self._process.terminate()
            self._process.wait()
        self._read = self._socket = self._process = None

    def _connect(self) -> None:
        self.close()
        try:
            if self._own:
                self._start()
            else:
                self._join()
            self._reply()  # its greeting
            for line in ("OPTION pinentry-mode=loopback", f"SIGKEY {self._keygrip}"):
                self._told(line)
            self._clear = self._is_clear()
        except FileNotFoundError:
            raise NotAvailable(
                "gpg-agent is not here",
                why="private keys are held by GnuPG",
                do="install it (apt-get install gnupg), version 2.2 or later",
            ) from None
        except OSError as error:
            self.close()
            raise AgentGone(error.strerror or "it cannot be reached") from None

    def _start(self) -> None:
        command = ["gpg-agent", "--homedir", str(self._home), "--server", "--auto-expand-secmem"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
            start_new_session=True,  # Ctrl-C is for this process to answer
        )  # fmt: skip
        assert self._process.stdin
        assert self._process.stdout
        self._read = os.fdopen(os.dup(self._process.stdout.fileno()), "rb")
        self._write = self._process.stdin.write

    def _join(self) -> None:
        gpgconf = ["gpgconf", "--homedir", str(self._home)]
        started = subprocess.run([*gpgconf, "--launch", "gpg-agent"], capture_output=True, check=False)
        if started.returncode != 0:
            raise AgentGone("it could not be started")
        told = subprocess.run([*gpgconf, "--list-dirs", "agent-socket"], capture_output=True, check=False).stdout
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PATIENCE_S)
        self._socket.connect(told.strip())
        self._read = self._socket.makefile("rb")
        self._write = self._socket.sendall

    def _told(self, line: str) -> bytes:
        self._send(f"{line}\n".encode())
        return self._reply()

    def _is_clear(self) -> bool:
        """Whether the agent holds the key on disk and without a passphrase (KEYINFO: type D, protection C)."""
        try:
            said = self._told(f"KEYINFO --data {self._keygrip}").split()
        except Refused:
            return False
        return said[1:2] == [b"D"] and said[5:6] == [b"C"]

    def _send(self, data: bytes) -> None:
        try:
            self._write(data)
        except OSError as error:
            raise AgentGone(error.strerror or "it does not listen") from None

    def _reply(self) -> bytes:
        data = b""
        while True:
            kind, _, rest = self._line().partition(b" ")
            if kind == b"OK":
                return data
            if kind == b"D":
                data += unescaped(rest)
            elif kind == b"INQUIRE":
                self._tell(rest)
            elif kind == b"ERR":
                raise _refused(rest)

    def _line(self) -> bytes:
        assert self._read
        try:
            line = self._read.readline()
        except OSError as error:
            raise AgentGone(error.strerror or "it does not answer") from None
        if not line.endswith(b"\n"):
            raise AgentGone("it ended")
        return line[:-1]

    def _tell(self, asked: bytes) -> None:
        """The passphrase, and nothing else; without one the inquiry is called off."""
        if not asked.startswith(b"PASSPHRASE") or self._passphrase is None:
            self._send(b"CAN\n")
            return
        phrase = self._passphrase.reveal()
        for start in range(0, len(phrase), _LINE):
            self._send(b"D " + escaped(phrase[start : start + _LINE]) + b"\n")
        self._send(b"END\n")


def does_not_stay(gone: AgentGone, on: object) -> StepFailed:
    return StepFailed(
        "gpg-agent ended while it signed", on=on, why=str(gone),
        do="see why it does not stay (gpgconf --launch gpg-agent), then run it again",
    )  # fmt: skip


def keygrip(home: Path, fingerprint: str) -> str:
    """The name under which the agent holds the secret part of exactly this key. StepFailed when it is not known in the home."""
    wanted = checked_fingerprint(fingerprint)
    listing = Gpg(home).run(["--with-colons", "--with-keygrip", "--list-secret-keys", "--", wanted]).stdout
    last = ""
    for line in listing.split(b"\n"):
        fields = line.split(b":")
        if fields[0] == b"fpr":
            last = fields[9].decode()
        elif fields[0] == b"grp" and last == wanted:
            return fields[9].decode()
    raise StepFailed(
        "the secret part of the key is not here",
        on=wanted,
        why=str(home),
        do="name the gpg home that holds the private key",
    )


def escaped(data: bytes) -> bytes:
    """As in a data line of Assuan: percent, CR and LF by their numbers."""
    return data.replace(b"%", b"%25").replace(b"\r", b"%0D").replace(b"\n", b"%0A")


def unescaped(data: bytes) -> bytes:
    """The inverse of `escaped`."""
    first, *rest = data.split(b"%")
    return first + b"".join(bytes([int(part[:2], 16)]) + part[2:] for part in rest)


def _refused(rest: bytes) -> Refused:
    number, _, words = rest.decode("utf-8", "backslashreplace").partition(" ")
    code = int(number) & 0xFFFF if number.isdigit() else 0
    locked = code in _PASSPHRASE
    error = Refused(
        "gpg-agent does not sign",
        why=words.partition(" <")[0],
        do="give the reference of the right passphrase" if locked else "check the key and its home",
    )
    error.for_all = locked or code == _NO_SECRET_KEY
    return error
