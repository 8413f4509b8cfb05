"""The layers of the guard, how to switch each one off, and where its leak then shows. Only tests can: irkit itself has no switch."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """`process`: where it works, "kernel", "command" (irkit itself) or "both". `shows`: what the place of its leak is called.
    `lab`: seen in JupyterLab rather than in an unattended run. `parameter`: seen by a parameter that holds a secret.
    """

    what: str
    process: str
    off: Callable[[], None]
    shows: str
    lab: bool = False
    parameter: bool = False


def switch_off(name: str, process: str) -> None:
    """Switch one layer off in this process, if it works here. Nothing happens for the empty name."""
    if name and LAYERS[name].process in (process, "both"):
        LAYERS[name].off()


def _messages() -> None:
    from irkit.guard import extension

    extension.Outlet.__call__ = lambda self, *args, **named: self._send(*args, **named)  # type: ignore[method-assign]


def _from_the_start() -> None:
    from irkit.case import in_kernel

    in_kernel.load_ipython_extension = lambda _shell: None


def _descriptors() -> None:
    from jupyter_client.provisioning.local_provisioner import LocalProvisioner

    from irkit.guard import extension
    from irkit.guard.provisioner import QuietProvisioner

    extension._drop_echo = lambda: None
    QuietProvisioner.pre_launch = LocalProvisioner.pre_launch  # type: ignore[method-assign]


def _engine() -> None:
    from irkit.guard import client
    from irkit.redact import Redactor

    made = client.Account.__init__

    def account(self: client.Account, _redactor: Redactor, *args: Any, **named: Any) -> None:
        made(self, Redactor(), *args, **named)

    client.Account.__init__ = account  # type: ignore[method-assign]


def _history() -> None:
    from irkit.guard import kernelspec

    kernelspec.ARGV = tuple(one for one in kernelspec.ARGV if "HistoryManager" not in one)


def _private_places() -> None:
    from irkit.guard import kernelspec

    kernelspec.private_places = lambda _folder: {}


def _magics() -> None:
    from irkit.guard import extension

    extension._SWITCHED_OFF.clear()


def _drawing() -> None:
    from irkit.guard import drawing

    drawing.words = lambda text: text


def _opaque() -> None:
    from irkit.guard import opaque

    opaque.shown = lambda value: value


def _journal() -> None:
    from irkit.case.desk import Desk

    Desk.write = lambda self, kind, body: self.journal.append(kind, dict(body), self.responder)  # type: ignore[method-assign]


def _evidence() -> None:
    from irkit.case.desk import Desk

    def keep(desk: Desk, plain: Any, what: str, source: str) -> str:
        return desk.evidence.put(json.dumps(plain).encode())

    Desk.keep = keep  # type: ignore[method-assign]


def _secret() -> None:
    from irkit.model import Secret

    Secret.__repr__ = Secret.__str__ = lambda self: self.text()  # type: ignore[method-assign]
    Secret.__format__ = lambda self, _spec: self.text()  # type: ignore[method-assign]


def _parameters() -> None:
    import irkit.playbook.run  # noqa: F401  (whose name the package gives to a function)
    from irkit.guard import engine

    for module in (engine, sys.modules["irkit.playbook.run"]):
        vars(module)["refuse"] = lambda *_args, **_named: None


def _gate() -> None:
    from irkit.case.gating import Looked

    Looked.refuse = lambda _self: None  # type: ignore[method-assign]


def _saving() -> None:
    from irkit.guard import server

    server.pre_save = lambda **_named: None  # type: ignore[assignment]


def _checkpoints() -> None:
    from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints

    from irkit.guard import server

    server._checkpoints_class = lambda: AsyncFileCheckpoints


def _log() -> None:
    from irkit.guard.logging_filter import RedactingFilter

    RedactingFilter.filter = lambda _self, _record: True  # type: ignore[method-assign]


def _export() -> None:
    from irkit.guard.exporter import ServedRedaction

    ServedRedaction.preprocess = lambda _self, notebook, resources: (notebook, resources)  # type: ignore[method-assign]


LAYERS = {
    "messages": Layer("every message that a kernel sends is redacted", "kernel", _messages, "wire"),
    "from the start": Layer("the case is hidden before the first cell", "kernel", _from_the_start, "wire"),
    "descriptors": Layer("a kernel's own output leads nowhere", "both", _descriptors, "logs/"),
    "engine": Layer("papermill gets and keeps redacted copies", "command", _engine, ".ipynb"),
    "private places": Layer("temporary files go with the kernel", "command", _private_places, "tmp/"),
    "magics": Layer("%store and its like are off", "kernel", _magics, "autorestore"),
    "drawing": Layer("words are redacted before they are drawn", "kernel", _drawing, ".ipynb"),
    "opaque": Layer("pictures nobody can look into are refused", "kernel", _opaque, ".ipynb"),
    "secrets": Layer("a secret cannot be formatted", "kernel", _secret, ".txt"),
    "journal": Layer("what is journalled is redacted", "kernel", _journal, "journal.sqlite"),
    "evidence": Layer("what is kept as evidence is redacted", "kernel", _evidence, "evidence/"),
    "parameters": Layer("what looks like a secret is no parameter", "command", _parameters, ".ipynb", parameter=True),
    "gate": Layer("nothing leaves while a file holds a secret", "both", _gate, "postmortem.html"),
    "history": Layer("no kernel keeps a history", "command", _history, "history.sqlite", lab=True),
    "screen": Layer("every message that a kernel sends is redacted", "kernel", _messages, "page.html", lab=True),
    "server's log": Layer("the server's log is redacted", "command", _log, "lab.log", lab=True),
    "saving": Layer("what Lab saves is redacted", "command", _saving, ".ipynb", lab=True),
    "export": Layer("what Lab exports is redacted", "command", _export, "exported", lab=True),
    "checkpoints": Layer("checkpoints are redacted", "command", _checkpoints, "checkpoint", lab=True),
}
