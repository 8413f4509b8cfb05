"""Where a package registry is comes from the user's own configuration, and from nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irkit.case.registries import completed
from irkit.providers.interface import Setting
from tests.needs import needs


def home(path: str, text: str) -> None:
    file = Path.home() / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize("name", ["crates", "devpi", "pypi", "github"])
def test_without_a_configuration_nothing_is_known(name: str) -> None:
    assert completed(name, Setting()) == Setting()


@pytest.mark.parametrize("name", ["crates", "devpi", "npm", "pypi"])
def test_what_the_case_says_wins(name: str) -> None:
    home(".pypirc", "[pypi]\nrepository = https://other.example.org/\n")
    setting = Setting("https://mine.example.org")
    assert completed(name, setting) == setting


@needs("node")
def test_npm_is_asked_for_its_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPM_CONFIG_REGISTRY", raising=False)
    monkeypatch.delenv("npm_config_registry", raising=False)
    home(".npmrc", "registry=https://npm.example.org/group/\n")
    assert completed("npm", Setting()).base == "https://npm.example.org/group"
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", "https://second.example.org")
    assert completed("npm", Setting()).base == "https://second.example.org"
    monkeypatch.setenv("PATH", "/nowhere")
    assert completed("npm", Setting()).base == ""


PYPIRC = {
    "a section of its own": (
        "[pypi]\nrepository = https://index.example.org/legacy/\nusername = u\npassword = visibly%fake\n",
        "https://index.example.org",
    ),
    "a port": (
        "[distutils]\nindex-servers =\n  mine\n\n[mine]\nrepository: https://index.example.org:8443/simple/\n",
        "https://index.example.org:8443",
    ),
    "none but a token": ("[pypi]\nusername = __token__\n", ""),
    "a login in the address": (
        "[mine]\nrepository = https://u:visibly-fake@index.example.org/\n",
        "https://index.example.org",
    ),
    "no configuration": ("repository = x\n", ""),
    "no web address": ("[mine]\nrepository = ftp://index.example.org\n", ""),
}


@pytest.mark.parametrize("case", PYPIRC)
def test_pypirc_names_the_site_of_an_index(case: str) -> None:
    text, site = PYPIRC[case]
    home(".pypirc", text)
    assert completed("pypi", Setting()).base == site


CARGO = """
[registry]
default = "mine"
[registries.mine]
index = "sparse+https://crates.example.org/index/"
[registries.other]
index = "sparse+https://other.example.org/"
"""


def test_cargo_names_the_index_of_a_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CARGO_HOME", raising=False)
    home(".cargo/config.toml", CARGO)
    assert completed("crates", Setting()).options == {"index": "sparse+https://crates.example.org/index/"}
    chosen = completed("crates", Setting(options={"registry": "other"}))
    assert chosen.options["index"] == "sparse+https://other.example.org/"
    assert completed("crates", Setting(options={"registry": "none"})).options == {"registry": "none"}
    home(".cargo/config.toml", "no toml")
    assert completed("crates", Setting()) == Setting()
    monkeypatch.setenv("CARGO_HOME", str(tmp_path))
    (tmp_path / "config").write_text(CARGO)
    assert completed("crates", Setting()).options["index"] == "sparse+https://crates.example.org/index/"


def test_devpis_client_names_its_server() -> None:
    home(
        ".devpi/client/current.json",
        json.dumps({"login": "https://devpi.example.org:3141/+login", "index": "https://x/"}),
    )
    assert completed("devpi", Setting()).base == "https://devpi.example.org:3141"
    home(".devpi/client/current.json", "[]")
    assert completed("devpi", Setting()).base == ""
