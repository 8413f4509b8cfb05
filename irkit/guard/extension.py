"""IPython extension: nothing a kernel says to the outside holds a secret of an open case.

Every message passes `session.send`: streams, displays, results, tracebacks, replies, widget traffic, the echo of a cell's source. It is
wrapped there, once. What a child process or C code writes to the kernel's own descriptors is shown in the notebook (through the same
message); the second copy that ipykernel gives to the terminal or to the log of the server is dropped.

What is not text is refused (`irkit.guard.opaque`), but for what guarded matplotlib drew (`irkit.guard.drawing`).

Weaker than it looks, and said here because nothing can be done about it inside a kernel: pixels that are given to matplotlib to draw, a
value that code itself cuts, encrypts, compresses or encodes in a way of its own, a message that goes around `session.send`, and what a
cell writes to a file or sends over the network. The final gate reads files.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any

from irkit.errors import BadInput
from irkit.guard import drawing, opaque
from irkit.guard.active import get_redactor
from irkit.guard.memory import no_core_dumps
from irkit.guard.streams import TextStream
from irkit.redact import Redactor

_REMEMBERED = 64
"""Requests that have ended: a thread of theirs may go on writing, and is heard when the next one ends."""

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Outlet:
    """Stands in front of a session's `send` and redacts each message. Streams are held back where a secret could begin."""

    def __init__(self, send: Any) -> None:
        self._send = send
        self._open: dict[str, tuple[TextStream, Redactor, dict[str, Any]]] = {}
        self._ended: tuple[str, ...] = ()
        self._lock = RLock()  # streams are sent by ipykernel's IO thread, everything else by the main one

    def __call__(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **named: Any) -> Any:
        message = msg_or_type if isinstance(msg_or_type, Mapping) else None
        kind = message["header"]["msg_type"] if message else msg_or_type
        body = message["content"] if message else content
        if kind == "status" and isinstance(body, Mapping) and body.get("execution_state") == "idle":
            self.release(_request(message.get("parent_header") if message else named.get("parent")))
        if kind == "clear_output":
            self._open.clear()
        clean = self._clean(kind, body, stream, message, named)
        if clean is None:
            return None
        named = {name: get_redactor().tree(value) if name == "metadata" else value for name, value in named.items()}
        if pieces := named.get("buffers") or (message or {}).get("buffers"):
            named["buffers"], refused = opaque.buffers(pieces)
            if refused and kind.startswith("comm"):
                said = {"name": "stderr", "text": f"{opaque.sentence(f'{refused} binary parts of a widget')}\n"}
                parent = message.get("parent_header") if message else named.get("parent")
                self._send(stream, "stream", said, parent=parent, ident=b"stream.stderr")
        if message is None:
            return self._send(stream, kind, clean, *args, **named)
        changed = {**message, "content": clean, "metadata": get_redactor().tree(message.get("metadata") or {})}
        return self._send(stream, changed, None, *args, **named)

    def release(self, ended: str) -> None:
        """Say what was held back of a cell (the id of its request), now that it has ended and nothing can follow.

        A kernel is idle after each request of any kind, also of those that it answers while a cell runs: they end no stream.
        """
        with self._lock:
            if ended not in self._ended:
                self._ended = (*self._ended[1 - _REMEMBERED :], ended)
            held = {
                name: one
                for name, one in self._open.items()
                if not _request(one[2]["parent"]) or _request(one[2]["parent"]) in self._ended
            }
            self._open = {name: one for name, one in self._open.items() if name not in held}
        for name, (text, _redactor, how) in held.items():
            rest = text.end()
            if rest:
                self._send(
                    how["stream"], "stream", {"name": name, "text": rest}, parent=how["parent"], ident=how["ident"]
                )

    def _clean(self, kind: str, body: Any, stream: Any, message: Any, named: Mapping[str, Any]) -> Any:
        redactor = get_redactor()
        if kind == "stream" and isinstance(body, Mapping):
            with self._lock:
                return self._stream(redactor, body, stream, message, named)
        if isinstance(body, Mapping) and isinstance(body.get("traceback"), list):
            body = {**body, "traceback": [uncoloured(line, redactor) for line in body["traceback"]]}
        return redactor.tree(opaque.shown(body))

    def _stream(
        self, redactor: Redactor, body: Mapping[str, Any], stream: Any, message: Any, named: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        name, new = str(body.get("name")), str(body.get("text", ""))
        text, of, _how = self._open.get(name, (None, None, None))
        if text is None or of is not redactor:  # a case was opened in the middle of a cell
            new = (text.end() if text else "") + new
            text = TextStream(redactor)
        parent = message.get("parent_header") if message else named.get("parent")
        self._open[name] = (text, redactor, {"stream": stream, "ident": named.get("ident"), "parent": parent})
        shown = text.feed(new)
        return {**body, "text": shown} if shown else None


def _request(parent: Any) -> str:
    """The id of the request that a message answers; a parent is a message or its header."""
    header = parent.get("header", parent) if isinstance(parent, Mapping) else {}
    return str(header.get("msg_id", ""))


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext irkit.guard.extension`. Loading it twice changes nothing; in a plain terminal IPython there is no session to guard."""
    session = getattr(getattr(shell, "kernel", None), "session", None)
    if session is None or isinstance(session.send, Outlet):
        return
    session.send = Outlet(session.send)
    drawing.guard()
    no_core_dumps()
    _drop_echo()
    shell.kernel.do_debug_request = _no_debugger
    for name, what in _SWITCHED_OFF.items():
        shell.register_magic_function(_refusal(name, what), "line", name)


_SWITCHED_OFF = {
    "store": "writes values to a database of its own",
    "logstart": "writes the source of every cell to a file",
    "pastebin": "sends cells to a public site",
}


def _refusal(name: str, what: str) -> Callable[[str], None]:
    """IPython loads many magics when they are first called: taking one away is not enough, another must stand in its place."""

    def refuse(_line: str = "") -> None:
        raise BadInput(f"%{name} is off in this kernel", why=f"it {what}")

    return refuse


async def _no_debugger(_message: Any) -> dict[str, Any]:
    """The debugger writes each cell to a file that outlives the kernel; a front end that asks for it all the same gets nothing."""
    return {}


def _drop_echo() -> None:
    """Let ipykernel's copy of the descriptors' output go nowhere: `fileno()` of its streams is where that copy is written.

    For a kernel that `irkit.guard.provisioner` did not start.
    """
    for stream in (sys.stdout, sys.stderr):
        if type(stream).__module__.startswith("ipykernel"):
            try:
                echo = stream.fileno()
            except OSError:
                continue
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, echo)
            os.close(nowhere)


def uncoloured(line: str, redactor: Redactor) -> str:
    """Colours may stand in the middle of a value: if a secret shows without them, they go."""
    plain = _COLOURS.sub("", line)
    clean = redactor.text(plain)
    return line if clean == plain else clean
