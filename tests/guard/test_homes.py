"""`irkit guard scan --home`: what a home keeps that no command line means to keep, by place and line; nothing is changed."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path

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
    assert {value for _, value, _ in found} <= {b"irkitFAKE-1"}


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


def test_a_home_that_is_none_or_empty(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeking, _ = known_windows(tmp_path, monkeypatch)
    wanted = Wanted(rules=False, windows=seeking)
    with pytest.raises(BadInput, match="no home"):
        scan_home(tmp_path / "nowhere", wanted)
    assert scan_home(home, wanted).clean is True
