"""The playbook publishing-token on a Python index: devpi, its own client and pip are real. PyPI's answers are documented samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from irkit.case import Case
from irkit.model import Kind, iso
from tests.e2e.publishing import APART, Incident, answers, bare, hand_tasks, not_known, notes, told, wait_until
from tests.needs import needs
from tests.providers.test_pypi import token
from tests.servers.devpi import PASSWORD, Index, devpi
from tests.sources.git.conftest import Repo


def wheel(folder: Path, version: str, says: str = "") -> Path:
    """A package with nothing in it; every file in it is dated 2001."""
    at, inside = folder / f"widget-{version}-py3-none-any.whl", f"widget-{version}.dist-info"
    files = {
        "widget/__init__.py": f"# {says}\n",
        f"{inside}/METADATA": f"Metadata-Version: 2.1\nName: widget\nVersion: {version}\n",
        f"{inside}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{inside}/RECORD": "",
    }
    with zipfile.ZipFile(at, "w") as made:
        for name, text in files.items():
            made.writestr(zipfile.ZipInfo(name, (2001, 1, 1, 0, 0, 0)), text)
    return at


def client(folder: Path, index: Index, *typed: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """devpi's own client, with a folder of its own."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "devpi"), *typed, "--clientdir", str(folder)],
        input=given, capture_output=True, text=True, timeout=200, check=False, env=os.environ | {"NO_PROXY": "127.0.0.1"},
    )  # fmt: skip


@pytest.mark.slow
@needs("python:devpi_server")
def test_a_devpi_token_from_the_leak_to_the_postmortem(tmp_path: Path, alice: tuple[Path, str]) -> None:
    with devpi() as index:
        it = Incident(tmp_path, bare(tmp_path), tmp_path / "case", index.leaked, PASSWORD)
        team, stranger, repo = tmp_path / "team", tmp_path / "stranger", Repo(tmp_path / "shop")
        it.push(repo, "a shop", {"README": "shop\n"})
        for folder in (team, stranger):
            client(folder, index, "use", f"{index.url}/alice/dev")
        client(team, index, "token-login", "-f", "-", given=it.leaked)
        for version in ("0.9", "1.0"):
            assert client(team, index, "upload", str(wheel(tmp_path, version))).returncode == 0
        it.new(
            "devpi",
            f'base = "{index.url}"\nresponder = "env:MINE"\npropagation_s = 1\noptions = {{ user = "alice" }}',
            tmp_path / "alice.asc",
        )
        wait_until(datetime.now(UTC) + APART)
        it.push(repo, "upload from CI", {".pypirc": f"[dev]\nusername = alice\npassword = {it.leaked}\n"})
        wait_until(datetime.now(UTC) + APART)

        taken = (it.clone() / ".pypirc").read_text().split()[-1]
        (tmp_path / "theirs").mkdir()
        client(stranger, index, "token-login", "-f", "-", given=taken)
        for version in ("1.0", "1.1"):
            assert client(stranger, index, "upload", str(wheel(tmp_path / "theirs", version, "theirs"))).returncode == 0

        said = it.contain(alice)
        it.typed("capture", "devpi:alice/dev/widget", "--case", it.case)
        (task,) = hand_tasks(said)
        it.typed("done", it.case, task, "--text", "1.1 and the 1.0 that is there now are not ours")
        it.run(0)

        refused = client(stranger, index, "upload", str(wheel(tmp_path / "theirs", "1.2")))
        assert "403" in refused.stdout + refused.stderr
        assert "1.2" not in record(index)
        # What the stranger took for 1.0 is what pip gets: only the registry's record says that it is another file.
        pip = (
            f"-m pip download -q --no-deps --no-cache-dir --index-url {index.url}/alice/dev/+simple/ widget==1.0 -d got"
        )
        subprocess.run([sys.executable, *pip.split()], cwd=tmp_path, check=True, capture_output=True, timeout=120)
        with zipfile.ZipFile(tmp_path / "got" / "widget-1.0-py3-none-any.whl") as got:
            assert "theirs" in got.read("widget/__init__.py").decode()
        text = it.postmortem()
    name = "widget-{}-py3-none-any.whl"
    exposed = {file: answer for file, (_, answer) in answers(it.case).items()}
    assert exposed == {name.format("0.9"): False, name.format("1.0"): True, name.format("1.1"): True}
    assert "overwritten once" in notes(it.case)[name.format("1.0")]
    assert told(text, f"| {name.format('1.1')} |").rstrip("| ").endswith("alice")
    assert Case.open(it.case).journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    assert "2001" not in text.partition("Impact and blast radius")[2].partition("\n## ")[0]


@needs("python:devpi_server")
def test_devpi_forgets_what_is_removed_and_its_simple_api_tells_no_time(tmp_path: Path) -> None:
    with devpi() as index:
        it = Incident(tmp_path, bare(tmp_path), tmp_path / "case", index.leaked, PASSWORD)
        team = tmp_path / "team"
        client(team, index, "use", f"{index.url}/alice/dev")
        client(team, index, "token-login", "-f", "-", given=it.leaked)
        for version in ("0.9", "1.0"):
            client(team, index, "upload", str(wheel(tmp_path, version)))
        it.new("devpi", f'base = "{index.url}"')
        it.typed("capture", "devpi:alice/dev/widget", "--case", it.case)
        gone = requests.delete(f"{index.url}/alice/dev/widget/1.0", auth=("alice", PASSWORD), timeout=60)
        assert gone.status_code == 200
        assert list(record(index)) == ["0.9"]
        it.typed("capture", "devpi:alice/dev/widget", "--case", it.case)
        simple = requests.get(
            f"{index.url}/alice/dev/+simple/widget/",
            headers={"Accept": "application/vnd.pypi.simple.v1+json"},
            timeout=60,
        )
        assert "taken out meanwhile" in notes(it.case)["widget-1.0-py3-none-any.whl"]
        (tmp_path / "simple.json").write_text(simple.text)
        other = tmp_path / "other"
        it.new("devpi", f'base = "{index.url}"', case=other)
        it.typed("uploads", other, tmp_path / "simple.json")
        assert answers(other) == {"widget-0.9-py3-none-any.whl": (None, None)}
        assert "tells no time of 1 of its 1 files" in not_known(other)
        # An index that is not there, or a project, is no empty record.
        it.typed("capture", "devpi:alice/dev/nothing", "--case", other)
        assert "nothing: its registry gave no record" in not_known(other)


def record(index: Index) -> dict[str, Any]:
    said = requests.get(f"{index.url}/alice/dev/widget", headers={"Accept": "application/json"}, timeout=60)
    found: dict[str, Any] = said.json()["result"]
    return found


@pytest.mark.slow
def test_a_pypi_token_with_an_answer_that_was_saved(tmp_path: Path, alice: tuple[Path, str]) -> None:
    """Only the answer of the index is made up, as documented: there is no PyPI on this machine, and no probe for its tokens."""
    it = Incident(tmp_path, bare(tmp_path), tmp_path / "case", token(), PASSWORD)
    repo, now = Repo(tmp_path / "shop"), datetime.now(UTC)
    it.push(repo, "a shop", {"README": "shop\n"})
    it.new("pypi", 'base = "https://index.example"', tmp_path / "alice.asc")
    it.push(repo, "upload from CI", {".pypirc": f"[pypi]\nusername = __token__\npassword = {it.leaked}\n"})

    def file(version: str, at: datetime, **more: object) -> dict[str, object]:
        name = f"widget-{version}.tar.gz"
        return {"filename": name, "upload_time_iso_8601": iso(at), "digests": {"sha256": "ab" * 32}, **more}

    saved = tmp_path / "widget.json"
    releases = {
        "1.0": [file("1.0", now - timedelta(days=3))], "1.1": [file("1.1", datetime.now(UTC), yanked=True)], "1.2": [],
    }  # fmt: skip
    saved.write_text(
        json.dumps({"info": {"name": "widget", "version": "1.1"}, "releases": releases, "urls": releases["1.1"]})
    )

    said = it.contain(alice, saved)
    (task,) = hand_tasks(said)
    it.typed("done", it.case, task, "--text", "1.1 is not ours, it is yanked")
    it.run(0, saved)
    text = it.postmortem()
    exposed = {name: answer for name, (_, answer) in answers(it.case).items()}
    assert exposed["widget-1.0.tar.gz"] is False
    assert exposed["widget-1.1.tar.gz"] is not False
    assert exposed["widget 1.2"] is None
    assert "yanked" in notes(it.case)["widget-1.1.tar.gz"]
    assert "nobody knows when widget.json was saved" in text
    assert Case.open(it.case).journal.records(Kind.VERDICT)[-1].body["verdict"] == "inconclusive"
