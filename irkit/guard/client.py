"""The papermill client and manager that redact each message of a kernel before papermill sees it, and keep their own account.

Kept apart from `engine.py` because its classes need papermill to be imported, which `irkit --help` must not pay for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_core.utils import run_sync

from irkit.guard import lean
from irkit.guard.extension import uncoloured
from irkit.guard.saving import Saver
from irkit.guard.streams import TextStream
from irkit.guard.warm import Kernel, Kernels
from irkit.redact import Redactor

lean.papermill()

from nbclient.exceptions import CellExecutionError  # noqa: E402
from papermill.clientwrap import PapermillNotebookClient  # noqa: E402
from papermill.engines import NotebookExecutionManager  # noqa: E402

OnCell = Callable[[int, int, str], None]


@dataclass
class Account:
    """What really happened, kept while it happens. papermill's metadata calls every cell of a killed run "completed"."""

    redactor: Redactor
    out: Path | None = None
    on_cell: OnCell | None = None
    timeout_s: float | None = None
    kernels: Kernels | None = None
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
        self._saver = Saver(account.redactor)
        self._has_just_saved = False

    def cell_start(self, cell: Any, cell_index: int | None = None, **named: Any) -> None:
        """Not saved once more: between the end of a cell and the beginning of the next nothing comes that a reader waits for."""
        with self._unsaved():
            super().cell_start(cell, cell_index, **named)

    def cell_complete(self, cell: Any, cell_index: int | None = None, **named: Any) -> None:
        """What is no code has not run: it is saved with the next cell that has."""
        with nullcontext() if cell.cell_type == "code" else self._unsaved():
            super().cell_complete(cell, cell_index, **named)

    @contextmanager
    def _unsaved(self) -> Iterator[None]:
        self._has_just_saved = True
        try:
            yield
        finally:
            self._has_just_saved = False

    def save(self, **_named: Any) -> None:
        if self._has_just_saved:
            return
        path = self.account.out or (Path(self.output_path) if self.output_path else None)
        if path is not None:
            self._saver.write(self.nb, path)
        self.last_save_time = self.now()

    def notebook_complete(self, **named: Any) -> None:
        if not self.ended:
            for cell in self.nb.cells:
                if cell.metadata.get("papermill", {}).get("status") == self.PENDING:
                    cell.metadata.papermill["status"] = "not run"
        super().notebook_complete(**named)


class GuardedClient(PapermillNotebookClient):  # type: ignore[misc]  # papermill is not typed
    """Runs the cells in the kernel `irkit`, whatever kernel the notebook names, and redacts whatever comes from it."""

    def __init__(self, nb_man: GuardedManager, kernels: Kernels, kernel: Kernel, **options: Any) -> None:
        self.account = nb_man.account
        self.kernels, self.kernel = kernels, kernel
        self._held: dict[str, tuple[TextStream, Any]] = {}
        self._deadline = time.monotonic() + self.account.timeout_s if self.account.timeout_s else None
        # nbclient joins streams when a cell has ended, and then misses what a later cell changes in its outputs: `scrubbed` joins them.
        options |= {"store_widget_state": False, "coalesce_streams": False, "timeout_func": self._time_left}
        super().__init__(nb_man, **options)

    def create_kernel_manager(self) -> Any:
        self.km = self.kernel.manager
        return self.km

    def start_new_kernel_client(self, **named: Any) -> Any:
        """Where the kernel that waited died, a fresh one takes its place: it says itself what is wrong, if anything is."""
        try:
            return super().start_new_kernel_client(**named)
        except RuntimeError:
            if not self.kernel.waited:
                raise
        self.kernel = self.kernels.instead_of(self.kernel)
        self.create_kernel_manager()
        return super().start_new_kernel_client(**named)

    async def _async_cleanup_kernel(self) -> None:
        """Only our end of it: the kernel itself is ended by whose it is (`irkit.guard.warm`), while the run goes on."""
        client: AsyncKernelClient | None = getattr(self, "kc", None)
        if client is not None:
            client.stop_channels()
        self.kc = self.km = None

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    def papermill_execute_cells(self) -> None:
        cells = [cell for cell in self.nb.cells if cell.cell_type == "code" and cell.source.strip()]
        self.account.cells, title = len(cells), ""
        for index, cell in enumerate(self.nb.cells):
            title = said_of(cell) or title
            said = next((words for tag, words in _OF_PARAMETERS if tag in cell.metadata.get("tags", ())), title)
            counts = cell.cell_type == "code" and bool(cell.source.strip())
            if counts and self.account.on_cell is not None:
                self.account.on_cell(self.account.cells_run + 1, self.account.cells, said)
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


_OF_PARAMETERS = (("injected-parameters", "the parameters it was given"), ("parameters", "its parameters"))
"""Tags of cells of which the heading above says nothing: it is the notebook's own, which the step has told already."""


def said_of(cell: Any) -> str:
    """What a Markdown cell says of the cells after it: its heading, else its first sentence, as plain text."""
    if cell.cell_type != "markdown" or not cell.source.strip():
        return ""
    lines = cell.source.strip().splitlines()
    headings = [line for line in lines if line.startswith("#")]
    text = str(headings[0] if headings else lines[0]).lstrip("# ").replace("*", "").replace("`", "").strip()
    return text if headings else text.split(". ")[0].rstrip(".")
