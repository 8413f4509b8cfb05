# ruff: noqa: T201
"""Runs in a kernel before and after each cell, and tries to let the secret out in every way there is. Some cells it breaks, once each."""

from __future__ import annotations

import ast
import base64
import hashlib
import html
import json
import logging
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.canary import layers
from tests.canary.picture import drawn
from tests.canary.settings import Settings, read


def attach() -> None:
    """Before IPython starts: a layer that lives in kernels goes off here, and once the guard stands, the ways out are laid behind it."""
    from ipykernel.kernelapp import IPKernelApp

    settings = read()
    layers.switch_off(settings.off, "kernel")
    before = IPKernelApp.init_extensions

    def init_extensions(app: Any) -> None:
        before(app)
        tongue = Tongue(app.shell, settings)
        app.shell.events.register("pre_run_cell", tongue.before)
        app.shell.events.register("post_run_cell", tongue.after)
        if settings.faults:
            app.shell.ast_transformers.append(Breaker(app.shell, settings))

    IPKernelApp.init_extensions = init_extensions


class Tongue:
    """Says each secret in each way. A way that fails says why, secret included, and the cell goes on."""

    def __init__(self, shell: Any, settings: Settings) -> None:
        self.shell, self.texts, self.lab = shell, settings.texts(), settings.lab
        self.once = True
        self.noted: set[str] = set()
        shell.InteractiveTB.set_mode("Verbose")

    def before(self, _info: Any) -> None:
        self.say()

    def after(self, _result: Any) -> None:
        self.say()

    def say(self) -> None:
        for name, text in self.texts.items():
            for way in WAYS:
                self._shown(way, text)
            self._shown(self._as_child, name)
            if self.once:
                for way in (_pictures, self._at_its_end, self._stored, self._past_the_guard):
                    self._shown(way, text)
            self._shown(self._to_the_case, name)
        self.once = False
        for stream in (sys.stdout, sys.stderr):
            stream.flush()

    def _shown(self, way: Callable[[str], object], text: str) -> None:
        try:
            way(text)
        except Exception:
            self.shell.showtraceback()

    def _as_child(self, name: str) -> None:
        file = read().values[name]
        subprocess.run(["sh", "-c", f"cat {file}; cat {file} >&2"], check=True)

    def _at_its_end(self, text: str) -> None:
        sys.canary_last_words = LastWords(text.encode())  # type: ignore[attr-defined]  # gone when all else is

    def _stored(self, text: str) -> None:
        self.shell.user_ns["kept"] = text
        self.shell.run_line_magic("store", "kept")

    def _past_the_guard(self, text: str) -> None:
        """A message that does not go through what the guard wrapped: only who receives it can redact it. In Lab that is a browser."""
        kernel = self.shell.kernel
        content = {"name": "stdout", "text": f"{text}\n", "past": True}
        if not self.lab:
            type(kernel.session).send(
                kernel.session, kernel.iopub_socket, "stream", content, parent=kernel.get_parent()
            )

    def _to_the_case(self, name: str) -> None:
        """Once a case is open: as a person's note, as evidence, and as a secret that somebody formats into a file."""
        desk, text = self.shell.user_ns.get("desk"), self.texts[name]
        if desk is None or name in self.noted:
            return
        self.noted.add(name)
        lines = text.splitlines()
        desk.note(
            "lessons", f"we saw {lines[len(lines) // 3]} and {base64.b64encode(text.encode()).decode()} in a chat"
        )
        desk.keep({"name": name, "seen": text, "again": text.encode().hex()}, "a note", "canary")
        for credential in desk.credentials:
            if not credential.ref.is_public:
                secret = desk.resolve(credential.ref)
                (desk.folder / "notebooks" / f"{credential.name}.txt").write_text(f"{secret} {secret!r}")


class LastWords:
    """Said when the interpreter is taken apart and nothing of ipykernel listens any more."""

    def __init__(self, text: bytes) -> None:
        self.text = text

    def __del__(self, write: Callable[[int, bytes], int] = os.write) -> None:
        write(1, self.text)
        write(2, self.text)


def _pictures(text: str) -> None:
    from IPython.display import Image, display

    display(Image(drawn(text)))
    display(Image(_opaque(text)))


def _opaque(text: str) -> bytes:
    """A picture that nobody drew: the secret as the brightness of its points, packed."""
    import io

    import numpy as np
    from PIL import Image

    row = np.frombuffer(text.encode(), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.tile(row, (8, 1)), "L").save(file, "PNG")
    return file.getvalue()


# Ways out


def _in_two_prints(text: str) -> None:
    print(text[: len(text) // 2], end="", flush=True)
    print(text[len(text) // 2 :])


def _encoded(text: str) -> None:
    data = text.encode()
    print(
        base64.b64encode(data).decode(), base64.b64encode(b"x" + data).decode(), base64.b64encode(b"xy" + data).decode()
    )
    print(data.hex(), data.hex().upper(), quote(text, safe=""), json.dumps(text), text[::-1], html.escape(text))
    middle = len(text) // 2
    print(f'"{text[:middle]}" +\n    "{text[middle:]}"')
    sys.stdout.write(text.encode("utf-16-le").decode("latin-1") + "\n")


def _displayed(text: str) -> None:
    from IPython.display import display

    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{html.escape(text)}</text></svg>'
    bundle = {"text/plain": text, "text/html": f"<b title='{html.escape(text)}'>x</b>", "image/svg+xml": drawing}
    display({**bundle, "application/json": {"deep": [text, {text: 1}]}}, raw=True, metadata={"note": text})
    display("x", display_id="changing").update(text)


def _widget(text: str) -> None:
    from comm import create_comm

    state = {"_model_name": "PasswordModel", "_model_module": "@jupyter-widgets/controls", "value": text}
    create_comm(target_name="jupyter.widget", data={"state": state, "buffer_paths": []}, metadata={"version": "2.1.0"})


def _logged(text: str) -> None:
    logging.getLogger("canary").warning("sent %s", text)
    warnings.warn(text, stacklevel=1)


def _to_descriptors(text: str) -> None:
    os.write(1, text.encode() + b"\n")
    os.write(2, text.encode() + b"\n")


def _to_temporary_files(text: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".canary", delete=False) as file:
        file.write(text)
    with tempfile.NamedTemporaryFile(suffix=".pickle", delete=False) as file:
        pickle.dump({"value": text}, file)


def _raised(text: str) -> None:
    try:
        raise KeyError(base64.b64encode(text.encode()).decode())
    except KeyError as error:
        raise RuntimeError(f"https://user:{text}@host.example refused {text}") from error


WAYS: tuple[Callable[[str], object], ...] = (
    print,
    lambda text: print(text, file=sys.stderr),
    _in_two_prints,
    _encoded,
    _displayed,
    _widget,
    _logged,
    _to_descriptors,
    _to_temporary_files,
    _raised,
)


_A_STEP_BREAKS_AT = 4
"""What IPython counts when the cell after the one that opens the case runs; papermill has put one of parameters in front."""


class Breaker(ast.NodeTransformer):
    """Each cell fails once, in turns before its first statement and after its last, with the secrets in the error."""

    def __init__(self, shell: Any, settings: Settings) -> None:
        self.shell, self.file, self.step, self.texts = shell, Path(settings.faults), settings.step, settings.texts()
        self.at = _A_STEP_BREAKS_AT + (not settings.lab)
        sys.modules["canary_breaks"] = self  # type: ignore[assignment]  # where the cell finds it

    def visit_Module(self, node: ast.Module) -> ast.Module:
        digest = hashlib.sha256(ast.unparse(node).encode()).hexdigest()
        broken = self.file.read_text().split() if self.file.exists() else []
        if digest in broken or (self.step and self.shell.execution_count != self.at):
            return node
        with self.file.open("a") as file:
            file.write(digest + "\n")
        throw = ast.parse("__import__('canary_breaks').throw()").body
        node.body = [*throw, *node.body] if len(broken) % 2 else [*node.body, *throw]
        return ast.fix_missing_locations(node)

    def throw(self) -> None:
        for text in self.texts.values():
            _raised(text)
