"""A real JupyterLab server with the guard on, spoken to over HTTP as Lab speaks to it."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import pickle
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import requests
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.browser.driver import SERVE, Served, served, served_with_canary
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

    def export(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Through a browser's own way: a page of the server gives the cookie that nbconvert's pages ask for."""
        with requests.Session() as browser:
            browser.headers["Authorization"] = f"token {self.served.token}"
            browser.get(f"{self.served.url}/lab", timeout=30)
            xsrf = {"X-XSRFToken": browser.cookies.get("_xsrf", "")}
            return browser.request(method, f"{self.served.url}/nbconvert/{path}", json=body, headers=xsrf, timeout=60)

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


def encoded(data: bytes) -> dict[str, Any]:
    return {"format": "base64", "content": base64.b64encode(data).decode()}


def test_a_text_that_comes_as_base64_is_saved_redacted(lab: Lab) -> None:
    assert lab.put("b.txt", **encoded(f"token {lab.canary} é\n".encode())).status_code == 201
    assert (lab.root / "b.txt").read_text() == "token [redacted fp:canary] é\n"


def zipped(canary: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", f"token = {canary}\n" * 20)
    return out.getvalue()


def in_picture(canary: str) -> bytes:
    text, out = PngInfo(), io.BytesIO()
    text.add_text("Comment", canary, zip=True)
    Image.new("RGB", (2, 2)).save(out, "png", pnginfo=text)
    return out.getvalue()


def in_array(canary: str) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, token=np.array([canary.encode()]))
    return out.getvalue()


def in_database(canary: str) -> bytes:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE t AS SELECT ? AS token", (canary,))
        return db.serialize()


BINARY = {
    "plain bytes": lambda canary: b"\0\xff" + canary.encode() + b"\xfe",
    "pickle": lambda canary: pickle.dumps({"token": canary}),
    "compressed npz": in_array,
    "zip": zipped,
    "gzip": lambda canary: gzip.compress(canary.encode() * 3),
    "SQLite": in_database,
    "compressed text of a PNG": in_picture,
    "UTF-16": lambda canary: canary.encode("utf-16"),
}


@pytest.mark.parametrize("kind", BINARY)
def test_a_binary_file_with_a_secret_is_refused_and_not_broken(lab: Lab, kind: str) -> None:
    (lab.root / "kept.bin").write_bytes(b"\0before")
    reply = lab.put("kept.bin", **encoded(BINARY[kind](lab.canary)))
    assert reply.status_code == 500
    assert "is binary and holds a secret of this case" in reply.json()["message"]
    assert forms_in(reply.content, lab.canary) == []
    assert (lab.root / "kept.bin").read_bytes() == b"\0before"


@pytest.mark.parametrize("kind", BINARY)
def test_a_binary_file_without_a_secret_is_saved_as_it_is(lab: Lab, kind: str) -> None:
    data = BINARY[kind]("nothing to hide, and long enough")
    assert lab.put(f"free {kind}.bin", **encoded(data)).status_code == 201
    assert (lab.root / f"free {kind}.bin").read_bytes() == data


@pytest.mark.parametrize("kind", BINARY)
def test_of_a_binary_file_with_a_secret_no_checkpoint_is_made_and_it_is_said_why(lab: Lab, kind: str) -> None:
    (lab.root / f"made {kind}.bin").write_bytes(BINARY[kind](lab.canary))
    reply = lab.call("POST", f"contents/made {kind}.bin/checkpoints")
    assert reply.status_code == 500
    assert "made no checkpoint" in reply.json()["message"]
    assert list((lab.root / ".ipynb_checkpoints").glob(f"made {kind}*")) == []


def test_a_text_written_by_another_program_leaks_into_no_checkpoint(lab: Lab) -> None:
    (lab.root / "note.txt").write_text(f"token {lab.canary}\n")
    assert lab.call("POST", "contents/note.txt/checkpoints").status_code == 201
    (checkpoint,) = (lab.root / ".ipynb_checkpoints").glob("note*")
    assert checkpoint.read_text() == "token [redacted fp:canary]\n"


def with_words_and_widgets(canary: str) -> dict[str, Any]:
    whole = leaky(canary)
    whole["metadata"]["language_info"] = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    state = {"a": {"model_module": "@jupyter-widgets/controls", "state": {"value": canary}}}
    whole["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state, "version_major": 2}}
    data = {"text/html": f"<b title='{canary}'>x</b>", "text/plain": canary}
    whole["cells"][0]["outputs"].append({"output_type": "display_data", "metadata": {"note": canary}, "data": data})
    whole["cells"].append({"cell_type": "markdown", "id": "b", "metadata": {}, "source": f"# Said\n\n{canary}"})
    return whole


FORMATS = ("html", "script", "markdown", "notebook", "slides", "irkit_html")
BY_PANDOC = ("rst", "latex")  # what is written in Markdown they give to pandoc, and nothing else


@pytest.mark.parametrize("form", [*FORMATS, *BY_PANDOC])
def test_what_is_exported_of_a_notebook_written_by_another_program_is_redacted(lab: Lab, form: str) -> None:
    content = with_words_and_widgets(lab.canary)
    if form in BY_PANDOC:
        content["cells"].pop()
    (lab.root / "planted.ipynb").write_text(json.dumps(content))
    given = lab.export("GET", f"{form}/planted.ipynb?download=true")
    posted = {"name": f"{lab.canary}.ipynb", "content": content}
    for reply in (given, lab.export("POST", form, posted)):
        exported = "".join(unpacked(reply))
        assert forms_in(exported, lab.canary) == []
        assert "redacted fp:canary" in exported.replace("{[}", "[")


def unpacked(reply: requests.Response) -> list[str]:
    """What was exported, every file of it when it came as a zip."""
    assert reply.status_code == 200, reply.text
    if not reply.content.startswith(b"PK"):
        return [reply.text]
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]


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


def test_no_extension_that_happens_to_be_installed_is_loaded(tmp_path: Path) -> None:
    """Collaborative editing keeps every edit and output in a database of its own, past every hook."""
    enabled = tmp_path / "home" / ".jupyter" / "jupyter_server_config.d"
    enabled.mkdir(parents=True)
    (enabled / "diary.json").write_text('{"ServerApp": {"jpserver_extensions": {"diary": true}}}')
    (tmp_path / "diary.py").write_text(f"open({str(tmp_path / 'loaded')!r}, 'w')\n")
    path = os.pathsep.join([str(tmp_path), str(Path.cwd())])
    env = {"HOME": str(tmp_path / "home"), "TMPDIR": "/tmp", "PYTHONPATH": path, "T": make_canary()}
    (tmp_path / "root").mkdir()
    with served([sys.executable, "-c", SERVE, str(tmp_path / "root")], tmp_path, env):
        assert not (tmp_path / "loaded").exists()
    listed = [sys.executable, "-m", "jupyter", "server", "extension", "list"]
    subprocess.run(listed, env=os.environ | env, capture_output=True, check=True)
    assert (tmp_path / "loaded").exists()  # an ordinary Jupyter does load it


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
