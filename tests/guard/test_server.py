"""A real JupyterLab server with the guard on, spoken to over HTTP as Lab speaks to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.browser.driver import Served, served_with_canary
from tests.guard.canary import forms_in, make_canary, notebook


@dataclass(frozen=True)
class Lab:
    served: Served
    canary: str
    root: Path

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        address = f"{self.served.url}/api/{path}"
        return requests.request(
            method, address, json=body, headers={"Authorization": f"token {self.served.token}"}, timeout=30
        )

    def put(self, name: str, **model: Any) -> requests.Response:
        return self.call("PUT", f"contents/{name}", {"type": "file", "format": "text", **model})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder, canary = tmp_path_factory.mktemp("lab"), make_canary()
    root = folder / "root"
    root.mkdir()
    with served_with_canary(root, folder, canary) as served:
        yield Lab(served, canary, root)


def leaky(canary: str) -> dict[str, Any]:
    stream = {"output_type": "stream", "name": "stdout"}
    outputs = [{**stream, "text": canary[:15]}, {**stream, "text": canary[15:]}]
    cell = {
        "cell_type": "code",
        "id": "a",
        "metadata": {"note": canary},
        "source": f"t = '{canary}'",
        "outputs": outputs,
        "execution_count": 1,
    }
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"papermill": {"parameters": {"t": canary}}},
        "cells": [cell],
    }


def test_a_notebook_is_saved_redacted_in_source_outputs_and_metadata(lab: Lab) -> None:
    assert lab.put("a.ipynb", type="notebook", format="json", content=leaky(lab.canary)).status_code == 201
    saved = (lab.root / "a.ipynb").read_text()
    assert forms_in(saved, lab.canary) == []
    assert saved.count("[redacted fp:canary]") == 4
    assert json.loads(saved)["nbformat"] == 4


def test_a_text_file_is_saved_redacted(lab: Lab) -> None:
    assert lab.put("a.py", content=f"token = {lab.canary!r}\nother = 'é'\n").status_code == 201
    assert (lab.root / "a.py").read_text().replace('"', "'") == "token = '[redacted fp:canary]'\nother = 'é'\n"


def test_a_binary_file_is_saved_redacted(lab: Lab) -> None:
    content = base64.b64encode(b"\0\xff" + lab.canary.encode() + b"\xfe").decode()
    assert lab.put("a.bin", format="base64", content=content).status_code == 201
    assert (lab.root / "a.bin").read_bytes() == b"\0\xff[redacted fp:canary]\xfe"


def test_a_notebook_written_by_another_program_leaks_into_no_checkpoint(lab: Lab) -> None:
    (lab.root / "old.ipynb").write_text(json.dumps(leaky(lab.canary)))
    assert lab.call("POST", "contents/old.ipynb/checkpoints").status_code == 201
    (checkpoint,) = (lab.root / ".ipynb_checkpoints").glob("old*")
    assert forms_in(checkpoint.read_bytes(), lab.canary) == []
    assert checkpoint.stat().st_mode & 0o077 == 0


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "a file in pieces": ("big.log", {"content": "x", "chunk": 1}),
    "a name that is the secret": ("CANARY.txt", {"content": "x"}),
    "content of a kind it does not know": ("odd.ipynb", {"type": "notebook", "format": "json", "content": [1]}),
    "base64 that is none": ("odd.bin", {"format": "base64", "content": "*"}),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_what_cannot_be_checked_is_not_saved(lab: Lab, refused: str) -> None:
    name, model = REFUSED[refused]
    before = sorted(lab.root.rglob("*"))
    reply = lab.put(name.replace("CANARY", quote(lab.canary, safe="")), **model)
    assert reply.status_code == 500
    assert "did not save" in reply.text
    assert sorted(lab.root.rglob("*")) == before


def test_new_notebooks_files_and_folders_can_still_be_made(lab: Lab) -> None:
    for kind in ("notebook", "file", "directory"):
        assert lab.call("POST", "contents/", {"type": kind}).status_code == 201


def test_only_the_guarded_kernel_is_offered(lab: Lab) -> None:
    specs = lab.call("GET", "kernelspecs").json()
    assert list(specs["kernelspecs"]) == [specs["default"]] == ["irkit"]


def test_nobody_gets_in_without_the_token(lab: Lab) -> None:
    assert requests.get(f"{lab.served.url}/api/contents", timeout=30).status_code == 403


def test_the_token_is_in_no_argument_environment_or_log(lab: Lab) -> None:
    process = Path("/proc") / str(lab.served.pid)
    for place in (process / "cmdline", process / "environ", lab.served.log):
        assert lab.served.token.encode() not in place.read_bytes()


def test_a_server_that_would_not_be_guarded_does_not_start() -> None:
    from jupyter_server.services.contents.filemanager import FileContentsManager

    from irkit.errors import StepFailed
    from irkit.guard.server import _load_jupyter_server_extension

    class App:
        contents_manager = FileContentsManager()

    with pytest.raises(StepFailed, match="JupyterLab was not started"):
        _load_jupyter_server_extension(App())


def test_the_log_of_the_server_holds_nothing(lab: Lab, tmp_path: Path) -> None:
    notebook(tmp_path / "x.ipynb", "1")
    assert forms_in(lab.served.log.read_bytes(), lab.canary) == []
