"""Jupyter server extension: what Lab saves is redacted before it is written, and what cannot be checked is not saved.

The hook is put into the configuration while extensions are linked, before a contents manager exists, so that it outlives extensions that
replace the manager (jupytext does). jupyter_server saves anyway when a hook raises anything but an HTTPError
(services/contents/manager.py, run_pre_save_hooks): here every failure becomes one. Checkpoints are copies of what is on disk, which
another program may have written; they are redacted as they are copied.

Not covered: files that a cell, a terminal or an upload by another program writes on its own. The gate reads those.
"""

from __future__ import annotations

import base64
import json
import warnings
from pathlib import Path
from typing import Any

from irkit.errors import StepFailed
from irkit.guard.active import get_redactor
from irkit.guard.notebook import scrubbed
from irkit.redact import Redactor

_REFUSED = "irkit did not save this file: %s. Nothing was written; the file on disk is as it was."


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "irkit.guard.server"}]


def _link_jupyter_server_extension(app: Any) -> None:
    # A manager and its asynchronous base both read the configuration, and the second one says so.
    warnings.filterwarnings("ignore", "Overriding existing pre_save_hook")
    app.config.FileContentsManager.pre_save_hook = pre_save
    app.config.FileContentsManager.checkpoints_class = _checkpoints_class()


def _load_jupyter_server_extension(app: Any) -> None:
    """Start only if the hook is in place: StepFailed, which `irkit lab` makes the server stop on."""
    manager = app.contents_manager
    if getattr(manager, "pre_save_hook", None) is not pre_save:
        raise StepFailed(
            "JupyterLab was not started",
            why=f"{type(manager).__name__} does not take irkit's hook, so saving would not be guarded",
        )


def pre_save(*, model: dict[str, Any], path: str, contents_manager: Any, **_more: Any) -> None:
    """The hook, as https://jupyter-server.readthedocs.io has it. HTTPError 500, with nothing saved, on any failure."""
    from tornado.web import HTTPError

    del contents_manager
    try:
        why = _refusal(model, path, get_redactor()) or _redact(model, get_redactor())
    except Exception as error:
        # The text of the error may hold what was being saved.
        why = f"it could not be checked ({type(error).__name__})"
    if why:
        raise HTTPError(500, _REFUSED, why, reason="irkit did not save this file")


def _refusal(model: dict[str, Any], path: str, redactor: Redactor) -> str:
    if redactor.finds(path.encode("utf-8", "surrogatepass")):
        return "its name holds a secret of this case"
    if "chunk" in model:
        return "it comes in pieces and cannot be checked as a whole; add large files as evidence: irkit locate or irkit usage"
    return ""


def _redact(model: dict[str, Any], redactor: Redactor) -> str:
    """Change the model in place, which is what will be written. Returns why not, or ""."""
    content = model.get("content")
    if content is None or model.get("type") == "directory":
        return ""
    if isinstance(content, dict):
        model["content"] = scrubbed(content, redactor)
    elif model.get("format") == "base64":
        data = base64.b64decode("".join(content.split()), validate=True)
        model["content"] = base64.b64encode(redactor.data(data)).decode()
    elif isinstance(content, str):
        model["content"] = redactor.text(content)
    else:
        return f"its content is a {type(content).__name__}"
    return ""


def _checkpoints_class() -> Any:
    from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints

    class RedactedCheckpoints(AsyncFileCheckpoints):
        """Copies that hold no secret, whatever was on the disk."""

        async def _copy(self, src: str, dest: str) -> None:
            data = redacted_bytes(Path(src), get_redactor())
            Path(dest).write_bytes(data)
            Path(dest).chmod(0o600)

    return RedactedCheckpoints


def redacted_bytes(file: Path, redactor: Redactor) -> bytes:
    """The content of a file, redacted: a notebook as a notebook, anything else as bytes."""
    data = file.read_bytes()
    if file.suffix == ".ipynb":
        try:
            notebook = json.loads(data)
        except ValueError:
            return redactor.data(data)
        if isinstance(notebook, dict):
            clean = scrubbed(notebook, redactor)
            return data if clean == notebook else json.dumps(clean, ensure_ascii=False, indent=1).encode() + b"\n"
    return redactor.data(data)
