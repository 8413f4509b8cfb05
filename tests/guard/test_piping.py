"""`irkit guard run`: a real command, in a real terminal by script(1), without the secrets that are known and otherwise as it is."""

from __future__ import annotations

import os
import pty
import re
import secrets
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from irkit.errors import BadInput
from irkit.guard.piping.hiding import redactor_of
from tests.needs import needs

LABEL = "[redacted env:FAKE_TOKEN]"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    value = f"irkitFAKE-{secrets.token_hex(12)}"
    monkeypatch.setenv("FAKE_TOKEN", value)
    return value


def line(*command: str) -> list[str]:
    return [sys.executable, "-m", "irkit", "guard", "run", "--secret", "env:FAKE_TOKEN", "--", *command]


def ran(*command: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(line(*command), capture_output=True, text=True, input=given, check=False, timeout=60)


def test_it_is_hidden_on_both_outputs_which_stay_apart(token: str) -> None:
    ended = ran(
        "sh", "-c", 'echo "out $FAKE_TOKEN"; echo "err $FAKE_TOKEN" >&2; printf %s "$FAKE_TOKEN" | base64; exit 7'
    )
    assert ended.returncode == 7
    assert ended.stdout.startswith(f"out {LABEL}\n")
    assert ended.stderr == f"err {LABEL}\n"
    assert ended.stdout.count(LABEL) == 2


def test_cut_by_writes_and_pauses_it_is_hidden(token: str) -> None:
    program = (
        "import os, sys, time\n"
        "value = os.environ['FAKE_TOKEN']\n"
        "for at in range(0, len(value), 7):\n"
        "    os.write(1, value[at:at + 7].encode()); time.sleep(0.06)\n"
        "os.write(1, b' end')\n"
    )
    assert ran(sys.executable, "-c", program).stdout == f"{LABEL} end"


def test_where_both_outputs_are_one_they_keep_their_order_and_no_secret_is_cut_between_them(token: str) -> None:
    program = (
        "import os\n"
        "value = os.environ['FAKE_TOKEN'].encode()\n"
        "for at in range(0, len(value), 3):\n"
        "    os.write(1 + at // 3 % 2, value[at:at + 3])\n"
        "for number in range(40):\n"
        "    os.write(1 + number % 2, b' %d' % number)\n"
    )
    both = subprocess.run(
        line(sys.executable, "-c", program), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
    )
    assert both.stdout.decode() == LABEL + "".join(f" {number}" for number in range(40))


@needs("grep")
def test_what_is_in_colour_is_hidden_as_it_reads(token: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"token {token} end\n")
    ended = ran("grep", "--color=always", "FAKE", str(tmp_path / "a"))
    read = re.sub(r"\x1b\[[0-9;]*[mK]", "", ended.stdout)
    assert read == f"token {LABEL} end\n"
    assert ran("grep", "--color=always", "tok", str(tmp_path / "a")).stdout.count("\x1b[") == 4


def test_what_ends_like_a_secret_begins_comes_while_the_command_waits(token: str) -> None:
    """The command goes on only when we saw its prompt, which ends with the first letters of the secret."""
    process = subprocess.Popen(
        line("sh", "-c", "printf 'name? irk'; read x; echo got $x"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    seen = b""
    while not seen.endswith(b"irk"):
        seen += os.read(process.stdout.fileno(), 100)
    process.stdin.write(b"yes\n")
    process.stdin.close()
    assert process.stdout.read() == b"got yes\n"
    assert process.wait() == 0


@pytest.mark.parametrize(("command", "code"), [("exit 3", 3), ("kill -TERM $$", 143), ("kill -9 $$", 137)])
def test_the_exit_code_is_the_commands(token: str, command: str, code: int) -> None:
    assert ran("sh", "-c", command).returncode == code


def test_what_it_reads_is_ours(token: str) -> None:
    assert ran("cat", given=f"a {token}").stdout == f"a {LABEL}"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGUSR1"])
def test_signals_are_passed_on(token: str, name: str) -> None:
    script = f"trap 'echo caught; exit 9' {name.removeprefix('SIG')}; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(line("bash", "-c", script), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.Signals[name])
    assert process.stdout.readline() == "caught\n"
    assert process.wait(timeout=60) == 9


def test_a_reader_that_leaves_ends_it(token: str) -> None:
    shell = f"{shlex.join(line('yes'))} | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "y\n141\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_where_it_cannot_be_written_a_sentence_says_so(token: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            line("sh", "-c", "seq 200000; echo over >&2"), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "No space left" in done.stderr


@pytest.mark.parametrize("closed", ["exec >&-", "exec 2>&-", "exec <&-", "exec <&- >&- 2>&-"])
def test_with_its_own_outputs_closed_it_runs_the_command(token: str, closed: str, tmp_path: Path) -> None:
    command = shlex.join(line("sh", "-c", f"echo x; echo y >&2; cat > {tmp_path}/read; exit 3"))
    done = subprocess.run(
        ["sh", "-c", f"{closed}; {command}"], input=b"in", capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 3
    assert done.stdout == (b"" if ">&-" in closed.replace("2>&-", "") else b"x\n")
    assert done.stderr == (b"" if "2>&-" in closed else b"y\n")


def test_after_it_was_stopped_it_still_passes_signals_on(token: str) -> None:
    script = "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.05; done"
    process = subprocess.Popen(line("bash", "-c", script), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    time.sleep(0.5)  # longer than anything that waits
    process.send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "caught\n"
    assert process.wait(timeout=60) == 9


def test_what_is_left_running_does_not_hold_it(token: str) -> None:
    before = time.monotonic()
    assert ran("sh", "-c", "sleep 40 & echo done").stdout == "done\n"
    assert time.monotonic() - before < 30


def test_a_large_output_is_the_same_but_for_the_secret(token: str) -> None:
    ended = ran("sh", "-c", 'seq 1 200000; echo "$FAKE_TOKEN"; seq 1 200000')
    numbers = "".join(f"{number}\n" for number in range(1, 200_001))
    assert ended.stdout == f"{numbers}{LABEL}\n{numbers}"


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_of_a_private_key_each_line_is_hidden_by_itself(tmp_path: Path, kind: str) -> None:
    """`grep -n` sets something before each, a service that keeps logs its name and the time."""
    key = ed25519.Ed25519PrivateKey.generate() if kind == "ed25519" else rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    file = tmp_path / "key"
    file.write_text(pem)
    hidden = redactor_of([f"file:{file}"])
    head, first, *secret, end = pem.splitlines()
    numbered = "".join(f"web-1 | {number}:{line}\n" for number, line in enumerate(pem.splitlines(), 1))
    shown = hidden.text(numbered)
    secret = [line for line in secret if len(line) >= 16]  # the last may be an end that says nothing
    assert not [line for line in secret if line in shown]
    assert (head in shown, first in shown, end in shown) == (True, True, True)
    assert not [line for line in secret if line in hidden.text(pem)]
    for line in secret:
        assert line not in hidden.text(f"x {line} y")


def test_what_cannot_be_hidden_is_refused(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHORT", "abc")
    for refs in (["id:x"], ["env:NOT_SET_ANYWHERE"], ["env:SHORT"]):
        with pytest.raises(BadInput):
            redactor_of(refs)
    assert subprocess.run(line("nosuchprogram"), capture_output=True, check=False).returncode == 2
    alone = [sys.executable, "-m", "irkit", "guard", "run", "--", "true"]
    assert subprocess.run(alone, capture_output=True, check=False).returncode == 2


class Screen:
    """A terminal of ours in which a command runs."""

    def __init__(self, *command: str) -> None:
        self.child, self.handle = pty.fork()
        if self.child == 0:
            os.execv(command[0], command)  # noqa: S606
        self.seen = ""

    def until(self, pattern: str) -> str:
        """Read until it is seen."""
        while not re.search(pattern, self.seen):
            if not select.select([self.handle], [], [], 60)[0]:
                raise AssertionError(f"not seen: {pattern}")
            try:
                self.seen += os.read(self.handle, 4096).decode()
            except OSError:
                raise AssertionError(f"it ended before {pattern} was seen") from None
        seen, self.seen = self.seen, ""
        return seen

    def type(self, text: str) -> None:
        os.write(self.handle, text.encode())

    def code(self) -> int:
        with suppress(OSError):  # a terminal whose other end is closed
            while True:
                if not select.select([self.handle], [], [], 60)[0]:
                    os.kill(self.child, signal.SIGKILL)
                os.read(self.handle, 4096)
        return os.waitstatus_to_exitcode(os.waitpid(self.child, 0)[1])


@pytest.fixture
def screen(token: str) -> Iterator[Callable[..., Screen]]:
    open_ones: list[Screen] = []

    def make(*command: str) -> Screen:
        open_ones.append(Screen(*line(*command)))
        return open_ones[-1]

    yield make
    for one in open_ones:
        os.close(one.handle)


def test_in_a_terminal_it_has_a_terminal_and_what_is_typed(screen: Callable[..., Screen], token: str) -> None:
    here = screen(
        "bash",
        "-c",
        'test -t 0 && test -t 1 && test -t 2 && echo a terminal; read x; echo "got $x"; echo "$FAKE_TOKEN" >&2',
    )
    here.until("a terminal")
    here.type(f"{token}\n")  # echoed by its terminal
    seen = here.until(r"got.*\n.*\]")
    assert token not in seen
    assert here.code() == 0


def test_control_c_ends_the_command_and_not_us(screen: Callable[..., Screen]) -> None:
    here = screen("bash", "-c", "trap 'echo caught; exit 5' INT; echo ready; while :; do sleep 0.05; done")
    here.until("ready")
    here.type("\x03")
    here.until("caught")
    assert here.code() == 5


def test_the_window_is_ours_and_follows(screen: Callable[..., Screen]) -> None:
    import fcntl
    import struct
    import termios

    here = screen(
        "bash", "-c", "trap 'stty size' WINCH; trap 'exit 8' INT; stty size; echo ready; while :; do sleep 0.05; done"
    )
    here.until("ready")
    fcntl.ioctl(here.handle, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 77, 0, 0))
    here.until("33 77")
    here.type("\x03")
    assert here.code() == 8


def test_what_is_typed_is_for_the_next_of_a_pipeline(token: str, tmp_path: Path) -> None:
    """A pager reads the keyboard while the command before it runs, whose errors go to the terminal."""
    os.mkfifo(tmp_path / "until")
    first = shlex.join(line("sh", "-c", f'test -t 2 && echo "up $FAKE_TOKEN" >&2; cat {tmp_path}/until'))
    here = Screen("/bin/sh", "-c", f"{first} | {{ read x < /dev/tty; echo got $x; echo end > {tmp_path}/until; cat; }}")
    try:
        assert token not in here.until(r"up \[redacted env:FAKE_TOKEN\]\r\n")
        here.type("this\n")
        here.until("got this\r\n")
        here.until("end\r\n")
        assert here.code() == 0
    finally:
        os.close(here.handle)


def test_who_reads_something_else_asks_at_the_terminal(token: str) -> None:
    last = shlex.join(line("sh", "-c", 'read a; echo "name?"; read b < /dev/tty; echo "$a and $b and $FAKE_TOKEN"'))
    here = Screen("/bin/sh", "-c", f"echo this | {last}")
    try:
        here.until(r"name\?")
        here.type("that\n")
        assert token not in here.until(r"this and that and \[redacted")
        assert here.code() == 0
    finally:
        os.close(here.handle)


@needs("script")
def test_within_script_its_recording_holds_no_secret(token: str, tmp_path: Path) -> None:
    command = shlex.join(line("sh", "-c", 'echo "is $FAKE_TOKEN"; tty; exit 6'))
    recording = ["script", "-q", "-e", "-c", command, str(tmp_path / "typescript")]
    done = subprocess.run(recording, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    recorded = (tmp_path / "typescript").read_text()
    assert done.returncode == 6
    assert f"is {LABEL}" in recorded
    assert "/dev/pts/" in recorded
    assert token not in recorded


@needs("tmux")
def test_within_tmux_the_screen_holds_no_secret(token: str, tmp_path: Path) -> None:
    command = shlex.join(line("sh", "-c", 'echo "is $FAKE_TOKEN"; read x; exit 4'))
    tmux = ["tmux", "-S", str(tmp_path / "t"), "-f", "/dev/null"]
    inner = f"{command}; echo code $?; cat"
    subprocess.run([*tmux, "new-session", "-d", "-x", "200", "-y", "20", inner], check=True)
    try:
        assert token not in _on_screen(tmux, r"is \[redacted")
        subprocess.run([*tmux, "send-keys", "x", "Enter"], check=True)
        assert token not in _on_screen(tmux, "code 4")
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)


def _on_screen(tmux: list[str], pattern: str) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        text = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout
        if re.search(pattern, text):
            return text
    raise AssertionError(f"not seen: {pattern}")
