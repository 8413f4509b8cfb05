"""Jupyter server extension: what Lab saves is redacted before it is written, and what cannot be checked is not saved.

The hook is put into the configuration while extensions are linked, before a contents manager exists, so that it outlives extensions that
replace the manager (jupytext does). jupyter_server saves anyway when a hook raises anything but an HTTPError
(services/contents/manager.py, run_pre_save_hooks): here every failure becomes one. Checkpoints are copies of what is on disk, which
another program may have written; they are redacted as they are copied. A binary file (a pickle, an archive, a picture) with a secret in
it would be broken by redaction and is refused. Whatever is exported goes through the preprocessor of `irkit.guard.exporter`.

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
from irkit.guard.notebook import scrubbed, without_widgets
from irkit.guard.opaque import found_in, is_text
from irkit.redact import Redactor

_REFUSED = "irkit did not save this file: %s. Nothing was written; the file on disk is as it was."
_NO_COPY = "irkit made no checkpoint of this file: %s. The file on disk is as it was."
_BINARY = (
    "it is binary and holds a secret of this case, which cannot be hidden without breaking it; "
    "keep it outside the case folder, or take the secret out"
)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "irkit.guard.server"}]


def _link_jupyter_server_extension(app: Any) -> None:
    # A manager and its asynchronous base both read the configuration, and the second one says so.
    warnings.filterwarnings("ignore", "Overriding existing pre_save_hook")
    app.config.FileContentsManager.pre_save_hook = pre_save
    app.config.FileContentsManager.checkpoints_class = _checkpoints_class()
    _guard_exports(app.config)


def _load_jupyter_server_extension(app: Any) -> None:
    """Start only if the hook is in place: StepFailed, which `irkit lab` makes the server stop on."""
    manager = app.contents_manager
    if getattr(manager, "pre_save_hook", None) is not pre_save:
        raise StepFailed(
            "JupyterLab was not started",
            why=f"{type(manager).__name__} does not take irkit's hook, so saving would not be guarded",
        )


def _guard_exports(config: Any) -> None:
    """Every exporter of nbconvert redacts what it exports: first, before others take parts of it aside, and last, after what they add."""
    from nbconvert.exporters import Exporter

    guard = "irkit.guard.exporter.ServedRedaction"
    usual = Exporter.default_preprocessors.default() or []
    config.Exporter.default_preprocessors = [guard, *usual]
    config.Exporter.preprocessors = [*config.Exporter.get("preprocessors", []), guard]


def pre_save(*, model: dict[str, Any], path: str, contents_manager: Any, **_more: Any) -> None:
    """The hook, as https://jupyter-server.readthedocs.io has it. HTTPError 500, with nothing saved, on any failure."""
    from tornado.web import HTTPError

    del contents_manager
    try:
        why = _refusal(model, path, get_redactor()) or _redact(model, path, get_redactor())
    except Exception as error:
        # The text of the error may hold what was being saved.
        why = f"it could not be checked ({type(error).__name__})"
    if why:
        raise HTTPError(500, _REFUSED % why, reason="irkit did not save this file")


def _refusal(model: dict[str, Any], path: str, redactor: Redactor) -> str:
    if redactor.finds(path.encode("utf-8", "surrogatepass")):
        return "its name holds a secret of this case"
    if "chunk" in model:
        return "it comes in pieces and cannot be checked as a whole; add large files as evidence: irkit locate or irkit usage"
    return ""


def _redact(model: dict[str, Any], path: str, redactor: Redactor) -> str:
    """Change the model in place, which is what will be written. Returns why not, or ""."""
    content = model.get("content")
    if content is None or model.get("type") == "directory":
        return ""
    if isinstance(content, dict):
        model["content"] = scrubbed(without_widgets(content), redactor)
    elif model.get("format") == "base64":
        data = base64.b64decode("".join(content.split()), validate=True)
        clean, why = redacted(data, path, redactor)
        if why:
            return why
        model["content"] = base64.b64encode(clean).decode()
    elif isinstance(content, str):
        model["content"] = redactor.text(content)
    else:
        return f"its content is a {type(content).__name__}"
    return ""


def _checkpoints_class() -> Any:
    from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints
    from tornado.web import HTTPError

    class RedactedCheckpoints(AsyncFileCheckpoints):
        """Copies that hold no secret, whatever was on the disk. HTTPError 500, and no copy, of what cannot be redacted."""

        async def _copy(self, src: str, dest: str) -> None:
            data, why = _copied(Path(src), get_redactor())
            if why:
                raise HTTPError(500, _NO_COPY % why, reason="irkit made no checkpoint of this file")
            Path(dest).write_bytes(data)
            Path(dest).chmod(0o600)

    return RedactedCheckpoints


def _copied(file: Path, redactor: Redactor) -> tuple[bytes, str]:
    try:
        return redacted(file.read_bytes(), file.name, redactor)
    except Exception as error:
        return b"", f"it could not be checked ({type(error).__name__})"


def redacted(data: bytes, name: str, redactor: Redactor) -> tuple[bytes, str]:
    """The content of a file without secrets, a notebook as a notebook; or nothing, and why it is refused."""
    if not redactor:
        return data, ""
    if name.endswith(".ipynb"):
        try:
            notebook = json.loads(data)
        except ValueError:
            notebook = None
        if isinstance(notebook, dict):
            clean = scrubbed(without_widgets(notebook), redactor)
            whole = data if clean == notebook else json.dumps(clean, ensure_ascii=False, indent=1).encode() + b"\n"
            return whole, ""
    if is_text(data):
        return redactor.data(data), ""
    found = found_in(data, redactor, name)
    return (b"", _BINARY) if found else (data, "")
