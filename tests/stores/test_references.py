"""Each kind of reference against the real thing, and the sentence when nothing is behind it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import SecretRef
from irkit.providers import identify
from irkit.stores import open_to_others, references, resolve

VALUE = "visibly-fake-value-0123"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "_once", {})


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRKIT_TEST_TOKEN", VALUE)
    assert resolve(SecretRef("env:IRKIT_TEST_TOKEN")).text() == VALUE


FILES = {
    "as it is": (b"abcdefgh", b"abcdefgh"),
    "a final line end is dropped": (b"abcdefgh\n", b"abcdefgh"),
    "so is that of Windows": (b"abcdefgh\r\n", b"abcdefgh"),
    "only the last one": (b"abcdefgh\n\n", b"abcdefgh\n"),
    "spaces stay": (b" abcdefgh ", b" abcdefgh "),
    "the last byte of a binary key is part of the key": (b"\x95\xff\x00\n", b"\x95\xff\x00\n"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file(case: str, tmp_path: Path) -> None:
    content, value = FILES[case]
    (tmp_path / "secret").write_bytes(content)
    assert resolve(SecretRef(f"file:{tmp_path}/secret")).reveal() == value


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    for value in ("first-value", "second-value"):
        (tmp_path / "secret").write_text(value)
        assert resolve(SecretRef(f"file:{tmp_path}/secret")).text() == value


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o644, True)])
def test_a_file_others_can_read_is_used_and_can_be_warned_of(mode: int, warned: bool, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(VALUE)
    (tmp_path / "secret").chmod(mode)
    ref = SecretRef(f"file:{tmp_path}/secret")
    assert resolve(ref).text() == VALUE
    assert ("chmod 600" in open_to_others(ref)) is warned


def test_a_descriptor_is_read_once_and_kept() -> None:
    reading, writing = os.pipe()
    os.write(writing, f"{VALUE}\n".encode())
    os.close(writing)
    ref = SecretRef(f"fd:{reading}")
    assert [resolve(ref).text(), resolve(ref).text()] == [VALUE, VALUE]
    os.close(reading)


def test_a_named_pipe_is_read_once_and_kept() -> None:
    reading, writing = os.pipe()
    os.write(writing, VALUE.encode())
    os.close(writing)
    ref = SecretRef(f"file:/proc/self/fd/{reading}")
    assert [resolve(ref).text(), resolve(ref).text()] == [VALUE, VALUE]
    os.close(reading)


class _OneEntry(keyring.backend.KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        if service == "locked":
            raise keyring.errors.KeyringLocked("visibly-fake detail of the backend")
        return VALUE if (service, username) == ("github", "alice/work") else None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError


@pytest.fixture
def _keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(_OneEntry())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("_keyring")
def test_a_keyring_entry_whose_user_holds_a_slash() -> None:
    assert resolve(SecretRef("keyring:github/alice/work")).text() == VALUE


@pytest.mark.usefixtures("_keyring")
def test_a_locked_keyring_is_not_available() -> None:
    with pytest.raises(NotAvailable, match="KeyringLocked"):
        resolve(SecretRef("keyring:locked/alice"))


def test_a_look_alike_stays_the_same_in_one_process_and_fits_its_provider() -> None:
    ref = SecretRef("control:github/ghp")
    value = resolve(ref).text()
    assert resolve(ref).text() == value
    assert [(one.provider, one.shape, one.checked) for one in identify(value)] == [("github", "ghp", True)]


NOTHING = {
    "env:IRKIT_NO_SUCH_VARIABLE": "Export IRKIT_NO_SUCH_VARIABLE",
    "env:IRKIT_EMPTY": "the value is empty",
    "file:{tmp}/none": "No such file",
    "file:{tmp}": "directory",
    "file:{tmp}/empty": "the value is empty",
    "file:{tmp}/huge": "too large",
    "fd:987": "not open",
    "fd:99999999999999999999": "not open",
    "keyring:github/nobody": "keyring set github nobody",
    "id:AKIAQVISIBLYFAKE0000": "public identifier",
    "gpg:0123456789ABCDEF0123456789ABCDEF01234567": "public identifier",
    "control:nobody/x": "no such provider",
}


@pytest.mark.usefixtures("_keyring")
@pytest.mark.parametrize("text", NOTHING)
def test_a_reference_to_nothing_names_itself_and_says_what_to_do(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IRKIT_EMPTY", "")
    (tmp_path / "empty").touch()
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    ref = SecretRef(text.format(tmp=tmp_path))
    with pytest.raises(BadInput) as caught:
        resolve(ref)
    assert NOTHING[text] in str(caught.value)
    assert ref.scheme == "control" or str(ref) in str(caught.value)


def test_a_shape_without_a_look_alike_is_not_available() -> None:
    with pytest.raises(NotAvailable, match="look-alike"):
        resolve(SecretRef("control:aws/temporary-key-id"))


ASK = textwrap.dedent(
    """
    from irkit.errors import IrkitError
    from irkit.model import SecretRef
    from irkit.stores import resolve
    try:
        print(resolve(SecretRef("prompt:token of CI")).text() == "visibly-fake-value-0123")
        print(resolve(SecretRef("prompt:token of CI")).text() == "visibly-fake-value-0123")
    except IrkitError as error:
        print(type(error).__name__, error)
    """
)


def test_a_prompt_with_nobody_there_waits_and_names_the_alternatives() -> None:
    run = subprocess.run(
        [sys.executable, "-c", ASK], input="", capture_output=True, text=True, check=True, start_new_session=True
    )
    assert run.stdout.startswith("Waiting a person would have to type this credential")
    assert "env:NAME" in run.stdout


def test_a_prompt_on_a_terminal_asks_once_and_does_not_echo() -> None:
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", ASK])  # noqa: S606  (the child of a fork)
    seen = b""
    while b"token of CI: " not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, f"{VALUE}\n".encode())
    try:
        while part := os.read(terminal, 1024):
            seen += part
    except OSError:
        pass  # how Linux says that the other side of a terminal is gone
    os.waitpid(child, 0)
    os.close(terminal)
    assert seen.count(b"True") == 2
    assert seen.count(b"token of CI: ") == 1
    assert VALUE.encode() not in seen


def test_a_prompt_in_a_kernel_without_a_front_end_waits() -> None:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        said: list[str] = []
        client.execute_interactive(
            ASK,
            allow_stdin=False,
            timeout=60,
            output_hook=lambda message: said.append(message["content"].get("text", "")),
        )
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "Waiting a person would have to type" in "".join(said)
