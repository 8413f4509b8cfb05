"""A command run so that it does not notice: its terminal is one where ours is, its signals, its window, its exit code.

Where our standard output is a terminal the command gets a pseudo-terminal of its own, in a session of its own, and what is typed
goes there unread, so that Ctrl-C, Ctrl-D and Ctrl-Z are what its terminal makes of them. Where it is none, it stays in our process
group, with our standard input: what is typed may be for the next command of a pipeline. Then its standard error is a pseudo-terminal where
ours is one, and nothing more. https://man7.org/linux/man-pages/man7/pty.7.html, https://man7.org/linux/man-pages/man4/tty_ioctl.4.html
"""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import termios
import threading
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from irkit.errors import BadInput, StepFailed
from irkit.guard.piping.relay import Relay
from irkit.redact import Redactor

_PASSED_ON = frozenset(
    {
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGWINCH,
        signal.SIGCONT,
    }
)
_BY_TERMINAL = 0x80  # SI_KERNEL: the terminal sent it, to the whole group
_OUT, _ERR = 1, 2


@dataclass(frozen=True)
class Terminal:
    """A pseudo-terminal that is like ours: `ours` is the end we hold, `theirs` the command's. `whole`: it is the command's own terminal,
    with what is typed, and not a place to write to alone."""

    ours: int
    theirs: int
    like: int
    whole: bool

    def resize(self) -> None:
        """The command's window is ours; its terminal tells it."""
        with suppress(OSError):
            fcntl.ioctl(self.ours, termios.TIOCSWINSZ, fcntl.ioctl(self.like, termios.TIOCGWINSZ, b"\0" * 8))


def run(command: Sequence[str], redactor: Redactor) -> int:
    """Run it, hide what `redactor` hides in all that it prints, and give its exit code (128 and the signal's number when one ended it).

    BadInput when there is no such command. What it reads, and its environment, are ours.
    """
    _open_what_is_closed()
    terminal = _terminal()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        process, sources = _started(command, terminal, before)
        with _signals(process, terminal), _keyboard(terminal) as keyboard, _pidfd(process) as ended:
            relay = Relay(redactor, ended, keyboard, terminal.ours if terminal and terminal.whole else None)
            if ended < 0:
                relay.wake = lambda: process.poll() is not None
            for source, target in sources:
                relay.add(source, target)
            relay.run()
            code = process.wait()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if relay.unwritten:
        raise StepFailed(
            "what the command prints could not be written",
            why=f"{relay.unwritten}; it ended with {code}",
            do="make room there, or write elsewhere",
        )
    return 128 - code if code < 0 else code


def _open_what_is_closed() -> None:
    """Or a pipe of ours would be taken for our standard output."""
    for one in (0, _OUT, _ERR):
        try:
            os.fstat(one)
        except OSError:
            handle = os.open(os.devnull, os.O_RDWR)
            if handle != one:
                os.dup2(handle, one)
                os.close(handle)
            os.set_inheritable(one, True)


def _terminal() -> Terminal | None:
    like = next((one for one in (_OUT, _ERR) if os.isatty(one)), None)
    if like is None:
        return None
    ours, theirs = pty.openpty()
    made = Terminal(ours, theirs, like, like == _OUT)
    with suppress(termios.error):
        modes = termios.tcgetattr(like)
        if not made.whole:
            modes[1] &= ~termios.OPOST  # our own terminal ends the lines
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
    made.resize()
    os.set_blocking(ours, False)
    return made


def _started(
    command: Sequence[str], terminal: Terminal | None, mask: set[signal.Signals] | set[int]
) -> tuple[subprocess.Popen[bytes], list[tuple[int, int]]]:
    """The command, and its outputs with where each belongs."""
    on_terminal = [one for one in (_OUT, _ERR) if terminal and os.isatty(one)]
    ends: dict[int, int] = {}
    sources: list[tuple[int, int]] = [(terminal.ours, on_terminal[0])] if terminal else []
    for one in (_OUT, _ERR):
        if one in on_terminal and terminal:
            ends[one] = terminal.theirs
        elif one == _ERR and not on_terminal and _are_one():
            ends[_ERR] = ends[_OUT]
        else:
            read, ends[one] = os.pipe()
            sources.append((read, one))
    typed = terminal is not None and terminal.whole and os.isatty(0)

    def in_the_child() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if terminal and terminal.whole:
            os.setsid()
            fcntl.ioctl(terminal.theirs, termios.TIOCSCTTY, 0)

    try:
        process = subprocess.Popen(
            list(command),
            stdin=terminal.theirs if terminal and typed else None,
            stdout=ends[_OUT],
            stderr=ends[_ERR],
            preexec_fn=in_the_child,
        )
    except (OSError, ValueError) as error:
        for end in {*ends.values(), *(source for source, _ in sources)}:
            with suppress(OSError):
                os.close(end)
        raise BadInput(
            "this command cannot be run", on=command[0], why=getattr(error, "strerror", "") or "", do="check its name"
        ) from None
    for end in set(ends.values()) | ({terminal.theirs} if terminal else set()):
        os.close(end)
    return process, sources


@contextmanager
def _signals(process: subprocess.Popen[bytes], terminal: Terminal | None) -> Iterator[None]:
    """What we are sent the command is sent. What the terminal sends reaches a command of our own group without us."""
    over = threading.Event()

    def listen() -> None:
        # Without a limit of time: a wait that a stop makes longer than that would tell of a signal that nobody sent.
        while (told := signal.sigwaitinfo(_PASSED_ON)) and not over.is_set():
            if told.si_signo == signal.SIGWINCH and terminal:
                terminal.resize()
            elif (terminal and terminal.whole) or told.si_code != _BY_TERMINAL:
                with suppress(ProcessLookupError):
                    process.send_signal(told.si_signo)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        over.set()
        if listener.ident is not None:
            signal.pthread_kill(listener.ident, signal.SIGWINCH)  # it waits for one
        listener.join()


@contextmanager
def _keyboard(terminal: Terminal | None) -> Iterator[int | None]:
    """Our keyboard, raw for as long as it is the command's; None when nobody types. A command that reads something else at its standard
    input may ask its terminal all the same."""
    if terminal is None or not terminal.whole:
        yield None
        return
    handle = 0 if os.isatty(0) else _our_own()
    if handle is None or not _in_front(handle):
        if handle:
            os.close(handle)
        yield None
        return
    before = termios.tcgetattr(handle)
    try:
        tty.setraw(handle, termios.TCSANOW)
        yield handle
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
        if handle:
            os.close(handle)


def _our_own() -> int | None:
    """The terminal that we are run from; None where there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return None


def _in_front(handle: int) -> bool:
    """Not in the background, where to touch the terminal would stop us."""
    try:
        return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return False


def _are_one() -> bool:
    """Whether standard output and error lead to the same place: they keep their order, and a secret is not cut between them."""
    out, err = (os.fstat(one) for one in (_OUT, _ERR))
    return (out.st_dev, out.st_ino) == (err.st_dev, err.st_ino)


@contextmanager
def _pidfd(process: subprocess.Popen[bytes]) -> Iterator[int]:
    """A descriptor that tells when the command has ended; -1 where the system has none."""
    opened: Callable[[int], int] | None = getattr(os, "pidfd_open", None)
    try:
        handle = opened(process.pid) if opened else -1
    except OSError:
        handle = -1
    try:
        yield handle
    finally:
        if handle >= 0:
            os.close(handle)
