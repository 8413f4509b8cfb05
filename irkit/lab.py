"""JupyterLab on a case: on this machine alone, the guard on, nothing asked of the internet, nothing left in the user's own Jupyter.

The server runs in this process, so that it knows the secrets to hide without anybody having to hand them over. Its access token is made
here and lives in no argument, environment or log; it is printed on a terminal, and on nothing else.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import queue
import secrets
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from irkit.errors import BadInput, NotAvailable
from irkit.guard import kernelspec
from irkit.guard.active import get_redactor
from irkit.guard.logging_filter import RedactingFilter
from irkit.guard.parameters import parameters_cell, parameters_source, read
from irkit.model import Kind, Purpose
from irkit.show import live

if TYPE_CHECKING:
    from irkit.case import Case

WORKING = Path("notebooks") / "working"
"""Where a case keeps the copies a responder works in; executed notebooks of a playbook stand one folder above."""

_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    # A page beside the notebooks is there to be read.
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}
_WITHOUT = {
    # jupyter-collaboration keeps the whole history of edits, outputs included, in a database that no hook sees.
    "@jupyter/docprovider-extension": True,
    "@jupyter/collaboration-extension": True,
}


_PURPOSES: Mapping[str, Purpose] = {"00_": "readiness", "05_": "rotation"}
"""What folders the notebooks of these numbers are for."""


def lab(
    case_folder: Path,
    notebooks: Path,
    *,
    port: int | None = None,
    open_browser: bool = True,
    first: str = "",
    ready: Callable[[], None] | None = None,
) -> None:
    """Open the case and serve its notebooks until Ctrl-C. `notebooks` is the library the working copies are made from.

    `first` is the file beside them that is open at first, otherwise none; `ready` is called once, when JupyterLab takes connections.

    Takes the process over: environment variables of Jupyter are set, and nothing else should run beside it.
    """
    from irkit.case import Case, in_kernel

    case = Case.open(case_folder)  # from here on `irkit.guard.active` hides its secrets
    os.environ[in_kernel.VARIABLE] = str(case.folder.absolute())
    serve(
        prepare(case_folder, notebooks, last_parameters(case), purpose=case.incident.purpose),
        port=port,
        open_browser=open_browser,
        first=first,
        ready=ready,
    )


def last_parameters(case: Case) -> dict[str, dict[str, Any]]:
    """By notebook, the parameters a playbook last ran it with: whoever looks after a run goes on from there."""
    started = case.journal.records(Kind.STEP_STARTED)
    return {str(record.body["notebook"]): dict(record.body["parameters"]) for record in started}


def prepare(
    case_folder: Path,
    library_folder: Path,
    parameters: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    purpose: Purpose = "incident",
) -> Path:
    """Working copies of the library's notebooks, their `case = ...` set to this case. A copy that is there is left as it is.

    Notebook 0 is for a team's readiness alone, notebook 5 for a rotation alone, all others for an incident.

    `parameters`, by notebook name, are set in fresh copies as well.
    """
    found = sorted(library_folder.glob("*.ipynb"))
    originals = [path for path in found if _PURPOSES.get(path.stem[:3], "incident") == purpose]
    if not originals:
        raise BadInput(
            "there are no notebooks here", on=library_folder, do="name the folder that holds 01_exposure.ipynb"
        )
    working = case_folder.absolute() / WORKING
    for place in (case_folder.absolute(), working.parent, working):
        place.mkdir(mode=0o700, exist_ok=True)
    for original in originals:
        copy = working / original.name
        if not copy.exists():
            notebook = with_case(read(original), case_folder.absolute(), parameters.get(original.stem, {}))
            fresh = copy.with_name(f".{copy.name}.new")
            fresh.touch(mode=0o600)
            fresh.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            fresh.replace(copy)
    return working


def with_case(
    notebook: dict[str, Any], case_folder: Path, parameters: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """The notebook with the guarded kernel, and the values in its parameters cell replaced; comments and types stay."""
    cell = parameters_cell(notebook)
    if cell is not None:
        source = parameters_source(notebook)
        for name, value in {**parameters, "case": str(case_folder)}.items():
            source = _assigned(source, name, value)
        cell["source"] = source.splitlines(keepends=True)
    spec = {"name": kernelspec.NAME, "display_name": "irkit (guarded Python)", "language": "python"}
    notebook.setdefault("metadata", {})["kernelspec"] = spec
    return notebook


def _assigned(source: str, name: str, value: Any) -> str:
    """`source` with the value of the assignment to `name` replaced; as it is when there is none."""
    lines = source.encode().splitlines(keepends=True)  # ast counts columns in bytes of UTF-8
    for statement in ast.parse(source).body:
        old = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if old is None or [getattr(target, "id", "") for target in targets] != [name]:
            continue
        end_line, end_column = old.end_lineno or old.lineno, old.end_col_offset or 0
        before = b"".join(lines[: old.lineno - 1]) + lines[old.lineno - 1][: old.col_offset]
        after = lines[end_line - 1][end_column:] + b"".join(lines[end_line:])
        return (before + repr(value).encode() + after).decode()
    return source


def serve(
    root: Path,
    *,
    port: int | None = None,
    open_browser: bool = False,
    first: str = "",
    ready: Callable[[], None] | None = None,
) -> None:
    """JupyterLab on `root` until Ctrl-C, hiding what `irkit.guard.active` knows. NotAvailable when it cannot start."""
    from irkit.guard.provisioner import QuietProvisioner

    # What Lab saves is its owner's alone. What a cell releases must stay readable to those it is for.
    QuietProvisioner.umask = os.umask(0o077)
    with kernelspec.private_folder() as place:
        made_elsewhere = _private_jupyter(place)
        try:
            token = secrets.token_urlsafe(32)
            page = f"/lab/tree/{quote(first)}" if first else "/lab"
            server = _server(root, token, port, open_browser, page, sockets=kernelspec.has_room_for_sockets(place))
            if ready:
                ready()
            _announce(f"http://127.0.0.1:{server.port}{page}?token={token}", place / "url")
            server.start()
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # an impatient second Ctrl-C must not leave the address behind
            shutil.rmtree(made_elsewhere, ignore_errors=True)
            _let_threads_go()


def _let_threads_go() -> None:
    """A request that was being answered when the server stopped leaves its thread waiting for work for ever, and this process for it.

    anyio ends a thread with the task that had it made, and that task never ended.
    """
    for thread in threading.enumerate():
        stop = getattr(thread, "stop", None)
        if type(thread).__module__.startswith("anyio.") and stop is not None:
            with contextlib.suppress(queue.Full):  # it was told before
                stop()


def _announce(url: str, file: Path) -> None:
    """On a terminal the address itself; anywhere else (a log, a pipe) the name of a file that only its owner can read."""
    if sys.stdout.isatty():
        text = f"JupyterLab with the guard on: {url}\nCtrl-C ends it.\n"
    else:
        file.touch(mode=0o600)
        file.write_text(url + "\n")
        text = f"JupyterLab with the guard on; its address is in {file}\n"
    sys.stdout.write(text)
    sys.stdout.flush()


def _private_jupyter(place: Path) -> Path:
    """Point every folder Jupyter writes to into `place`; what the user has set up for other work is neither read nor changed.

    Returns the one folder that Jupyter insists on making elsewhere, to be removed as well.
    """
    for name in ("data", "runtime", "workspaces", "settings"):
        (place / name).mkdir(mode=0o700)
    # Of these kernels alone: `irkit run` in a terminal of Lab has none. What is typed into a widget is not sent around once more.
    kernelspec.write(place / "data", {live.VARIABLE: "1", "JUPYTER_WIDGETS_ECHO": "0"})
    os.environ |= {
        **kernelspec.private_places(place / "data"),
        "JUPYTER_NO_CONFIG": "1",  # nor the machine's configuration, which could open the server to others
        "JUPYTER_DATA_DIR": str(place / "data"),
        "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "workspaces"),
    }
    os.environ.pop("JUPYTER_TOKEN", None)
    from jupyter_core.paths import jupyter_config_dir

    # With JUPYTER_NO_CONFIG this is an empty folder made for this process; Lab reads its defaults from it.
    labconfig = Path(jupyter_config_dir()) / "labconfig"
    labconfig.mkdir(exist_ok=True)
    (labconfig / "default_setting_overrides.json").write_text(json.dumps(_SETTINGS))
    (labconfig / "page_config.json").write_text(json.dumps({"disabledExtensions": _WITHOUT}))
    return labconfig.parent


def _server(root: Path, token: str, port: int | None, open_browser: bool, page: str, *, sockets: bool) -> Any:
    from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]
    from traitlets.config import Config

    extensions = {"jupyterlab": True, "irkit.guard.server": True, "jupyter_lsp": True, "jupyter_server_terminals": True}
    config = Config(
        {
            "ServerApp": {
                "ip": "127.0.0.1",
                "port": port or 0,
                "port_retries": 0,
                "root_dir": str(root),
                "open_browser": open_browser,
                "allow_root": os.geteuid() == 0,
                "answer_yes": True,
                "log_level": "WARN",
                "jpserver_extensions": extensions,
                # Both ends are on this machine, so nothing needs to be kept alive. Jupyter takes the two numbers as milliseconds and closes
                # what has not answered for longer than the timeout, so they may not be equal; tornado warns unless they are.
                "tornado_settings": {"ws_ping_interval": 0},
                "reraise_server_extension_failures": True,
            },
            "IdentityProvider": {"token": token},
            "LabApp": {
                "extension_manager": "readonly",
                "collaborative": False,
                "log_level": "WARN",
                "default_url": page,
            },
            "LanguageServerManager": {"autodetect": False},  # it would run npm to look for some
            "KernelSpecManager": {"allowed_kernelspecs": {kernelspec.NAME}, "ensure_native_kernel": False},
            "MultiKernelManager": {"default_kernel_name": kernelspec.NAME},
            "KernelManager": {"transport": "ipc" if sockets else "tcp"},
        }
    )
    # Named here, the extensions are these and no others: none that happens to be installed is looked for.
    LabApp.serverapp_config = {**LabApp.serverapp_config, "jpserver_extensions": extensions}
    try:
        server = LabApp.initialize_server(argv=[], config=config)
    except SystemExit:
        raise NotAvailable(
            "JupyterLab did not start",
            on=f"port {port}" if port else "",
            why="the port is taken or not permitted",
            do="name another: --port",
        ) from None
    for handler in server.log.handlers:
        handler.addFilter(RedactingFilter(get_redactor))
    return server
