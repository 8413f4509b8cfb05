"""`irkit guard scan --home`: what a home keeps that no command line means to keep, by place and line; nothing is changed."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from irkit.errors import BadInput
from irkit.guard.scanning.homes import scan_home
from irkit.guard.scanning.search import Wanted
from irkit.guard.scanning.stored import stored_in
from tests.guard.canary import redactor_of
from tests.guard.known import known_windows
from tests.guard.test_unknown import never_issued, scans

STORED = {
    ".netrc": ("machine h login me\n  password irkitFAKE-1\n", [(2, "stored.netrc")]),
    ".npmrc": ("//r/:_authToken=${NPM_TOKEN}\n//x/:_authToken=irkitFAKE-1\n", [(2, "stored.npm")]),
    ".pypirc": ("[pypi]\nusername = __token__\npassword = irkitFAKE-1\n", [(3, "stored.pypi")]),
    ".gitconfig": (
        '[url "https://irkitFAKE-1-of-16-bytes@host/"]\n[http]\n\textraHeader = Authorization: Basic irkitFAKE-1-of-16-bytes\n',
        [(1, "stored.git"), (3, "stored.git")],
    ),
    "work/project/.git/config": (
        '[remote "origin"]\n\turl = https://me:irkitFAKE-1@host/a\n\turl = ssh://git@host/a\n',
        [(2, "stored.git")],
    ),
    ".curlrc": ('user = "me:irkitFAKE-1"\n', [(1, "stored.curl")]),
    ".wgetrc": ("http_password = irkitFAKE-1\n", [(1, "stored.wget")]),
    ".git-credentials": ("https://me:irkitFAKE-1@host\n", [(1, "stored.git")]),
    ".config/pip/pip.conf": ("[global]\nindex-url = https://me:irkitFAKE-1@host/simple\n", [(2, "stored.pip")]),
    ".docker/config.json": ('{"auths": {"r": {\n"auth": "irkitFAKE-1"}}}', [(2, "stored.docker")]),
    ".aws/credentials": (
        "[default]\naws_access_key_id = x\naws_secret_access_key = irkitFAKE-1\n",
        [(3, "stored.aws")],
    ),
    ".pgpass": ("# h\nhost:5432:db:me:irkitFAKE-1\n", [(2, "stored.pgpass")]),
    ".config/gh/hosts.yml": ("github.com:\n  oauth_token: irkitFAKE-1\n", [(2, "stored.github")]),
    ".kube/config": ("users:\n- user:\n    token: irkitFAKE-1\n", [(3, "stored.kubernetes")]),
    ".vault-token": ("irkitFAKE-1\n", [(1, "stored.vault")]),
    ".cargo/credentials.toml": ('[registry]\ntoken = "irkitFAKE-1"\n', [(2, "stored.cargo")]),
    ".m2/settings.xml": (
        "<x>\n<password>irkitFAKE-1</password><password>${env.P}</password></x>",
        [(2, "stored.maven")],
    ),
    "notes.txt": ("password = irkitFAKE-1\n", []),
}


@pytest.mark.parametrize("name", STORED)
def test_a_file_that_keeps_credentials_by_its_format_is_named_by_line(name: str) -> None:
    text, expected = STORED[name]
    found = list(stored_in(name, text.encode()))
    assert [(line, rule) for line, _, rule in found] == expected
    assert {value for _, value, _ in found} <= {b"irkitFAKE-1", b"irkitFAKE-1-of-16-bytes"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "somebody"
    for folder in ("work/.ipynb_checkpoints", ".npm/_logs", ".ssh", "work/node_modules/.ipynb_checkpoints"):
        (made / folder).mkdir(parents=True)
    return made


def fill(home: Path, value: str) -> dict[str, int | None]:
    """Everything in which a person would not look, and the lines at which it must be found."""
    (home / ".bash_history").write_text(f"ls\ncurl -H 'Authorization: Bearer {value}' x\n")
    (home / "typescript").write_text(f"Script started on today\n$ echo {value[:9]}\x1b[K{value[9:]}\r\n")
    events = [json.dumps([number, "o", char]) for number, char in enumerate(f"$ {value}\r\n")]
    (home / "work" / "demo.cast").write_text("\n".join(['{"version": 2, "width": 80, "height": 24}', *events]))
    (home / ".npm" / "_logs" / "a-debug-0.log").write_text(f"1\n2\n3 {value}\n")
    (home / "work" / "core.4711").write_bytes(b"\x7fELF\0\0\n" + value.encode() + b"\0")
    (home / "work" / ".ipynb_checkpoints" / "a-checkpoint.py").write_text(f"{value}\n")
    (home / "work" / "node_modules" / ".ipynb_checkpoints" / "a.py").write_text(value)
    (home / "work" / "ordinary.py").write_text(value)
    (home / ".zsh_history").symlink_to(home / "work" / "ordinary.py")
    return {
        ".bash_history": 2,
        "typescript": 2,
        "work/demo.cast": None,
        ".npm/_logs/a-debug-0.log": 3,
        "work/core.4711": 2,
        "work/.ipynb_checkpoints/a-checkpoint.py": 1,
    }


def state(home: Path) -> list[tuple[str, int, float]]:
    return sorted((str(one), one.lstat().st_size, one.lstat().st_mtime) for one in home.rglob("*"))


def test_every_place_is_found_by_line_and_nothing_is_changed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    expected = fill(home, value)
    before = state(home)
    found = scan_home(home, Wanted(rules=False, windows=seeking))
    assert {os.path.relpath(one.place.file, home): one.line for one in found.findings} == expected
    assert state(home) == before
    assert value not in json.dumps(found.document()) + found.view().text()


@scans
def test_the_rules_look_there_as_well(home: Path) -> None:
    token = never_issued()
    fill(home, token)
    (home / ".netrc").write_text("machine h password irkitFAKE-1\n")
    found = scan_home(home, Wanted())
    places = {os.path.relpath(one.place.file, home): one.rule for one in found.findings}
    assert places.pop(".netrc") == "stored.netrc"
    assert {".bash_history", "typescript", "work/demo.cast", "work/core.4711"} <= places.keys()
    assert token not in json.dumps(found.document())


def test_a_cases_own_credential_is_found_there_in_any_writing(home: Path) -> None:
    value = f"irkitFAKE{os.urandom(12).hex()}"
    fill(home, value)
    (home / ".python_history").write_text(f"x = '{b64encode(value.encode()).decode()}'\n")
    found = scan_home(home, Wanted(rules=False, redactor=redactor_of(value)))
    places = {os.path.relpath(one.file, home) for one in found.leaks}
    assert {".bash_history", ".python_history", ".npm/_logs/a-debug-0.log", "work/core.4711"} <= places
    assert "work/ordinary.py" not in places
    assert found.clean is False
    assert value not in json.dumps(found.document()) + found.view().text()


@pytest.mark.parametrize(
    "name",
    [
        "a/b/c/d/e/f/g/h/far.cast",
        "work/.notes.swo",
        "work/#draft#",
        "work/core",
        ".local/state/nvim/shada/main.shada",
        ".local/share/ipython/profile_default/history.sqlite-wal",
        "work/.git/config",
        "-x.cast",
        "w\udcff.cast",
    ],
)
def test_wherever_it_lies_and_whatever_it_is_called(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(f"{value}\n")
    found = scan_home(home, Wanted(rules=False, windows=seeking))
    assert [os.path.relpath(one.place.file, home) for one in found.findings] == [name]


@scans
@pytest.mark.parametrize("name", ["-x.cast", "w\udcff.cast", "w\udcff/core.1"])
def test_the_rules_look_whatever_it_is_called(home: Path, name: str) -> None:
    token = never_issued()
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(f"t = '{token}'\n")
    found = scan_home(home, Wanted())
    assert {os.path.relpath(one.place.file, home) for one in found.findings} == {name}


@scans
def test_what_goes_away_while_it_is_searched_takes_nothing_with_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from irkit.guard.scanning import folders, homes

    listed = homes.places

    def one_goes(*arguments: Any) -> Iterator[Path]:
        files = list(listed(*arguments))
        (home / ".viminfo").unlink()
        yield from files

    token = never_issued()
    (home / ".bash_history").write_text(f"t = '{token}'\n")
    (home / ".viminfo").write_text("x\n")
    monkeypatch.setattr(homes, "places", one_goes)
    found = scan_home(home, Wanted())
    assert [os.path.relpath(one.place.file, home) for one in found.findings] == [".bash_history"]
    assert [os.path.relpath(one.what, home) for one in found.skipped] == [".viminfo"]

    (home / ".viminfo").write_text("x\n")
    real = folders.scan

    def goes_as_it_starts(folder: Path, aside: Path, *, only: Sequence[str]) -> Any:
        (home / ".viminfo").unlink(missing_ok=True)
        return real(folder, aside, only=only)

    monkeypatch.setattr(homes, "places", listed)
    monkeypatch.setattr(folders, "scan", goes_as_it_starts)
    assert scan_home(home, Wanted()).clean is False


def test_a_home_behind_a_link_is_the_same_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    expected = fill(home, value)
    (tmp_path / "alias").symlink_to(home)
    found = scan_home(tmp_path / "alias", Wanted(rules=False, windows=seeking))
    assert {os.path.relpath(one.place.file, tmp_path / "alias") for one in found.findings} == expected.keys()


def test_where_nobody_looked_is_said(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Links, and what is called as third-party code is; a pipe and a link to itself are nothing and hold nobody up."""
    seeking, _ = known_windows(tmp_path, monkeypatch)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (home / ".bash_history").symlink_to(elsewhere / "history")
    (elsewhere / "history").write_text("x\n")
    (home / "projects").symlink_to(elsewhere)
    (home / "here").symlink_to(home / "work")
    (home / ".python_history").symlink_to("/dev/null")
    (home / ".psql_history").symlink_to(".psql_history")
    os.mkfifo(home / ".zsh_history")
    os.mkfifo(home / "a.cast")
    found = scan_home(home, Wanted(rules=False, windows=seeking))
    assert {os.path.relpath(one.what, home) for one in found.skipped} == {".bash_history", "projects"}
    assert found.clean is None
    assert found.notes == ("1 folders were not looked into, for their names: node_modules",)


def test_what_is_mounted_in_a_home_is_not_entered_and_is_listed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeking, value = known_windows(tmp_path, monkeypatch)
    (home / "work" / "a.cast").write_text(value)
    monkeypatch.setattr(os.path, "ismount", lambda path: os.fspath(path).endswith("/work"))
    found = scan_home(home, Wanted(rules=False, windows=seeking))
    assert [os.path.relpath(one.what, home) for one in found.skipped] == ["work"]
    assert "another file system" in found.skipped[0].why


LIBEDIT = "_HiStOrY_V2_\nselect\\0401;\nalter\\040user\\040x\\040password\\040'{value}'\\040;\nset\\040t={value}\\040\n"


@scans
def test_a_history_of_libedit_is_searched_as_it_was_typed(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = never_issued()
    seeking, value = known_windows(tmp_path, monkeypatch)
    (home / ".psql_history").write_text(LIBEDIT.format(value=token))
    (home / ".mysql_history").write_text(f"_HiStOrY_V2_\nx\\040{value}\\040\n")
    (home / ".bash_history").write_text(f"mysql -uroot -p{value}\n")
    found = scan_home(home, Wanted(windows=seeking))
    lines = {(os.path.relpath(one.place.file, home), one.line) for one in found.findings}
    assert lines >= {(".psql_history", 4), (".mysql_history", 2), (".bash_history", 1)}
    assert token not in json.dumps(found.document())


def test_a_home_that_is_none_or_empty(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, _ = known_windows(tmp_path, monkeypatch)
    wanted = Wanted(rules=False, windows=seeking)
    with pytest.raises(BadInput, match="no home"):
        scan_home(tmp_path / "nowhere", wanted)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert scan_home(empty, wanted).clean is True
