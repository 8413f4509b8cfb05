"""A value put away: private, outside the case, the same when it is read again, gone when it is not needed."""

from __future__ import annotations

import stat
from pathlib import Path

import keyring
import keyring.backend
import pytest

from irkit.errors import BadInput
from irkit.model import Secret
from irkit.stores import forget, keep, resolve, vault_folder

VALUES = {
    "a token": b"visibly-fake-value-0123",
    "one that ends in a line end": b"visibly-fake\n",
    "lines of Windows": b"visibly\r\nfake-value\r\n",
    "binary": b"\x95\xff\x00\x01visibly-fake\n",
}


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize("name", VALUES)
def test_what_is_read_again_is_what_was_put_away(name: str) -> None:
    assert resolve(keep(Secret(VALUES[name]), "case-1")).reveal() == VALUES[name]


def test_nobody_else_can_read_it() -> None:
    ref = keep(Secret("visibly-fake-value"), "case-1")
    path = Path(ref.rest)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    folders = [path.parent, path.parent.parent, path.parent.parent.parent]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3


def test_two_values_of_one_case_have_two_places_and_either_can_be_forgotten() -> None:
    first, second = (keep(Secret(f"visibly-fake-value-{number}"), "case-1") for number in (1, 2))
    assert first != second
    forget(first)
    with pytest.raises(BadInput):
        resolve(first)
    assert resolve(second).text() == "visibly-fake-value-2"


def test_a_file_that_is_not_of_the_vault_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / "own").write_text("visibly-fake-value")
    from irkit.model import SecretRef

    forget(SecretRef(f"file:{tmp_path}/own"))
    assert (tmp_path / "own").exists()


def test_where_it_is_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    assert vault_folder() == Path.home() / ".local" / "state" / "irkit" / "vault"


class Memory(keyring.backend.KeyringBackend):
    """A keyring of this process alone."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


def test_a_keyring_keeps_it_instead() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        refs = [keep(Secret(f"visibly-fake-value-{number}"), "case-1", "keyring:irkit") for number in (1, 2)]
        assert [str(ref) for ref in refs] == ["keyring:irkit/case-1-1", "keyring:irkit/case-1-2"]
        assert [resolve(ref).text()[-1] for ref in refs] == ["1", "2"]
        assert not vault_folder().exists()
        forget(refs[0])
        with pytest.raises(BadInput):
            resolve(refs[0])
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("store", ["vault:x", "keyring:", "keyring:a/b", "file:/tmp/x"])
def test_another_store_is_refused(store: str) -> None:
    with pytest.raises(BadInput, match="no store"):
        keep(Secret("visibly-fake-value"), "case-1", store)
