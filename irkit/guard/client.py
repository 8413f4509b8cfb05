"""The papermill client and manager that redact each message of a kernel before papermill sees it, and keep their own account.

Kept apart from `engine.py` because its classes need papermill to be imported, which `irkit --help` must not pay for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from irkit.guard import kernelspec, lean
from irkit.guard.extension import uncoloured
from irkit.guard.notebook import scrubbed
from irkit.guard.streams import TextStream
from irkit.redact import Redactor

lean.papermill()

from jupyter_client.kernelspec import KernelSpecManager  # noqa: E402
from jupyter_client.manager import AsyncKernelManager  # noqa: E402
from nbclient.exceptions import CellExecutionError  # noqa: E402
from papermill.clientwrap import PapermillNotebookClient  # noqa: E402
from papermill.engines import NotebookExecutionManager  # noqa: E402

_SOCKET_PATH = 107
"""Bytes that the path of a Unix socket may have (unix(7), sun_path less its final zero)."""

OnCell = Callable[[int, int, str], None]


@dataclass
class Account:
    """What really happened, kept while it happens. papermill's metadata calls every cell of a killed run "completed"."""

    redactor: Redactor
    out: Path | None = None
    cwd: Path | None = None
    env: dict[str, str] = field(default_factory=dict)
    on_cell: OnCell | None = None
    timeout_s: float | None = None
    cells: int = 0
    cells_run: int = 0
    ended: bool = False
    error_name: str | None = None
    error_text: str = ""


class GuardedManager(NotebookExecutionManager):  # type: ignore[misc]  # papermill is not typed
    """Saves redacted copies. What runs is never changed by a save: the injected value must reach the kernel as it is."""

    def __init__(self, nb: Any, account: Account, **options: Any) -> None:
        super().__init__(nb, **options)
        self.account = account
        self.ended = False

    def save(self, **_named: Any) -> None:
        path = self.account.out or (Path(self.output_path) if self.output_path else None)
        if path is not None:
            write(self.nb, path, self.account.redactor)
        self.last_save_time = self.now()

    def notebook_complete(self, **named: Any) -> None:
        if not self.ended:
            for cell in self.nb.cells:
                if cell.metadata.get("papermill", {}).get("status") == self.PENDING:
                    cell.metadata.papermill["status"] = "not run"
        super().notebook_complete(**named)


def write(nb: Any, path: Path, redactor: Redactor) -> None:
    """Write a redacted copy of `nb` in one step, for the owner's eyes only: a kill leaves the old file or the new one."""
    nbformat = lean.nbformat()
    text = nbformat.writes(nbformat.from_dict(scrubbed(nb, redactor)))
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text if text.endswith("\n") else text + "\n")
    try:
        os.replace(file.name, path)  # noqa: PTH105  (the name is a string)
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        raise


class GuardedClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill is not typed
    """Runs the cells in the kernel `irkit`, whatever kernel the notebook names, and redacts whatever comes from it."""

    def __init__(self, nb_man: GuardedManager, place: Path, **options: Any) -> None:
        self.account = nb_man.account
        self.place = place
        self._held: dict[str, tuple[TextStream, Any]] = {}
        self._deadline = time.monotonic() + self.account.timeout_s if self.account.timeout_s else None
        # nbclient joins streams when a cell has ended, and then misses what a later cell changes in its outputs: `scrubbed` joins them.
        options |= {"store_widget_state": False, "coalesce_streams": False, "timeout_func": self._time_left}
        super().__init__(nb_man, **options)

    def create_kernel_manager(self) -> Any:
        kernelspec.write(self.place)
        specs = KernelSpecManager(kernel_dirs=[str(self.place / "kernels")], ensure_native_kernel=False)
        where = str(self.place / "k.json")
        # Sockets in a private folder rather than TCP ports that every local process may connect to.
        ipc = len(os.fsencode(f"{where}-ipc-12345")) <= _SOCKET_PATH
        named = {"transport": "ipc", "ip": f"{where}-ipc"} if ipc else {}
        self.km = AsyncKernelManager(
            kernel_name=kernelspec.NAME, kernel_spec_manager=specs, connection_file=where, config=self.config, **named
        )
        # ipykernel 7 now and then waits 10 s for its own closed thread while it ends; half of this later it is told to terminate.
        self.km.shutdown_wait_time = 2.0
        return self.km

    def execute(self, **named: Any) -> Any:
        named |= {"env": {**os.environ, **self.account.env}}
        if self.account.cwd is not None:
            named["cwd"] = str(self.account.cwd)
        return super().execute(**named)

    def papermill_execute_cells(self) -> None:
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code" and cell.source.strip()]
        self.account.cells, title = len(cells), ""
        for index, cell in enumerate(self.nb.cells):
            title = said_of(cell) or title
            counts = cell.cell_type == "code" and bool(cell.source.strip())
            if counts and self.account.on_cell is not None:
                self.account.on_cell(self.account.cells_run + 1, self.account.cells, title)
            if not self._run(cell, index):
                return
            self.account.cells_run += counts
        self.nb_man.ended = self.account.ended = True

    def _run(self, cell: Any, index: int) -> bool:
        self.nb_man.cell_start(cell, index)
        try:
            self.execute_cell(cell, index)
        except CellExecutionError as error:
            self.account.error_name = str(error.ename)
            self.account.error_text = self.account.redactor.text(str(error.evalue))
            self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
            return False
        except BaseException:
            self.nb_man.cell_exception(self.nb.cells[index], cell_index=index)
            raise
        finally:
            self._held.clear()
            self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
        return True

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        kind, content = msg["msg_type"], msg["content"]
        if kind == "stream":
            return self._stream(msg, cell, cell_index)
        if kind == "clear_output":
            self._held.clear()
        if kind == "status" and content.get("execution_state") == "idle":
            self._release(cell, cell_index)
        if isinstance(content.get("traceback"), list):
            content = {
                **content,
                "traceback": [uncoloured(line, self.account.redactor) for line in content["traceback"]],
            }
        clean = {**msg, "content": self.account.redactor.tree(content)}
        return super().process_message(clean, cell, cell_index)

    def _stream(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        name = msg["content"]["name"]
        text, _last = self._held.get(name, (None, None))
        text = text or TextStream(self.account.redactor)
        self._held[name] = (text, msg)
        shown = text.feed(msg["content"]["text"])
        if not shown:
            return None
        return super().process_message({**msg, "content": {"name": name, "text": shown}}, cell, cell_index)

    def _release(self, cell: Any, cell_index: int) -> None:
        held, self._held = self._held, {}
        for name, (text, msg) in held.items():
            rest = text.end()
            if rest:
                super().process_message({**msg, "content": {"name": name, "text": rest}}, cell, cell_index)

    def _time_left(self, _cell: Any) -> int | None:
        """Seconds left of the whole notebook's time; nbclient knows only a time per cell."""
        return None if self._deadline is None else max(1, round(self._deadline - time.monotonic()))


def said_of(cell: Any) -> str:
    """What a Markdown cell says of the cells after it: its heading, else its first sentence, as plain text."""
    if cell.cell_type != "markdown" or not cell.source.strip():
        return ""
    lines = cell.source.strip().splitlines()
    headings = [line for line in lines if line.startswith("#")]
    text = str(headings[0] if headings else lines[0]).lstrip("# ").replace("*", "").replace("`", "").strip()
    return text if headings else text.split(". ")[0].rstrip(".")
