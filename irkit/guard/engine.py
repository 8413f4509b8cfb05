"""Notebooks run unattended, guarded: a papermill engine, and one function that runs one notebook and says how it ended.

What is covered: the injected parameters and every copy of them in the metadata, outputs of every kind, tracebacks, papermill's log, what
child processes print, and widget state, which is not kept at all. A secret in a parameter is refused before a kernel starts. What cannot
be covered is listed in `irkit.guard.extension`. Under `papermill --engine irkit` this process has no case open and knows no secret of it:
there the kernel's own guard does the work, from the cell that opens the case on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irkit.errors import IrkitError, StepFailed
from irkit.guard import lean
from irkit.guard.active import get_redactor
from irkit.guard.logging_filter import RedactingFilter
from irkit.guard.notebook import scrubbed
from irkit.guard.parameters import check, defaults, read
from irkit.guard.suspects import refuse
from irkit.redact import Redactor

if TYPE_CHECKING:
    from irkit.guard.client import Account
    from irkit.guard.warm import Kernels

_DEAD = "DeadKernelError"


@dataclass(frozen=True)
class NotebookRun:
    """How a notebook ended: by the kernel's own words, never by papermill's metadata.

    `error_name` is None when every cell ran, else the class name of what stopped it (an IrkitError keeps its own; `DeadKernelError` when
    the kernel died, `CellTimeoutError` when its time was over) and `error_text` its sentence. `cells` counts code cells.
    """

    error_name: str | None
    error_text: str
    cells_run: int
    cells: int


def run_notebook(
    notebook: Path,
    out: Path,
    parameters: Mapping[str, Any],
    redactor: Redactor,
    *,
    cwd: Path,
    on_cell: Callable[[int, int, str], None] | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float | None = None,
    kernels: Kernels | None = None,
) -> NotebookRun:
    """Run one notebook in a kernel of its own, in `cwd`, and keep the redacted result at `out`, whatever happens.

    `env` is laid over this process's environment; both are those of `kernels`, where these are of a run of several notebooks.
    `timeout_s` is for the whole notebook. `on_cell(number, of, title)` is called
    before each code cell. Raises BadInput (no notebook, a wrong parameter) and WouldLeak (a secret in a parameter) before a kernel
    starts; what goes wrong inside the notebook is in the result.
    """
    content = read(notebook)
    redactor = redactor | get_redactor()
    refuse(parameters, redactor)
    refuse(defaults(content, str(notebook)), redactor)
    given = check(notebook, parameters)

    papermill = lean.papermill()
    from irkit.guard import warm
    from irkit.guard.client import Account

    papermill.engines.papermill_engines.register("irkit", GuardedEngine)
    with _quiet_log(redactor), ExitStack() as stack:
        kernels = kernels or stack.enter_context(warm.kernels(cwd, env or {}))
        account = Account(redactor, Path(out).absolute(), on_cell, timeout_s, kernels)
        try:
            papermill.execute_notebook(
                # papermill fills parameters into what stands in braces.
                str(notebook.absolute()).replace("{", "{{").replace("}", "}}"),
                None,
                given,
                engine_name="irkit",
                language="python",
                kernel_name="irkit",
                progress_bar=False,
                account=account,
            )
        except IrkitError:
            raise
        except Exception as error:
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                why = error.strerror or type(error).__name__
                raise StepFailed(
                    "the executed notebook cannot be written", on=out, why=why, do="make room there"
                ) from None
            _account_for(error, account)
    return NotebookRun(account.error_name, account.error_text, account.cells_run, account.cells)


def _account_for(error: Exception, account: Account) -> None:
    """What ended the run from outside a cell; an error inside one is in the account already."""
    name = type(error).__name__
    # papermill takes any traceback among the outputs for a failure, also one that a cell showed and went on.
    shown_only = name == "PapermillExecutionError" and account.ended
    if account.error_name is not None or shown_only:
        return
    started = account.cells > 0
    if name == _DEAD or (isinstance(error, RuntimeError) and not started):
        account.error_name = _DEAD
        account.error_text = (
            f"The kernel died in cell {account.cells_run + 1} of {account.cells}."
            if started
            else "The kernel did not start, or its guard could not be loaded: `irkit doctor` tells what is missing here."
        )
    elif name == "CellTimeoutError":
        account.error_name = name
        account.error_text = (
            f"Cell {account.cells_run + 1} of {account.cells} was not done within {account.timeout_s:g} s."
        )
    else:
        account.error_name, account.error_text = name, account.redactor.text(str(error))


class GuardedEngine:
    """papermill's engine `irkit` (entry point `papermill.engine`). It always runs the kernel of `irkit.guard.kernelspec`."""

    @classmethod
    def execute_notebook(cls, nb: Any, _kernel_name: str, **options: Any) -> Any:
        """papermill's protocol (papermill.engines.Engine). WouldLeak before anything is written when a parameter holds a secret."""
        from irkit.guard import warm
        from irkit.guard.client import Account, GuardedClient, GuardedManager

        account = options.pop("account", None) or Account(get_redactor())
        refuse(nb.metadata.get("papermill", {}).get("parameters", {}), account.redactor)
        refuse(defaults(nb, "the notebook"), account.redactor)
        manager = GuardedManager(
            nb,
            account,
            output_path=options.get("output_path"),
            progress_bar=options.get("progress_bar", True),
            log_output=options.get("log_output", False),
            autosave_cell_every=options.get("autosave_cell_every", 30),
        )
        log = logging.getLogger("papermill")
        passed = {name: options.get(name) for name in ("stdout_file", "stderr_file")}
        account.timeout_s = account.timeout_s or options.get("execution_timeout")
        manager.notebook_start()
        try:
            with ExitStack() as stack:
                kernels = account.kernels or stack.enter_context(warm.kernels(Path(), {}))
                client = GuardedClient(
                    manager,
                    kernels,
                    stack.enter_context(kernels.one()),
                    startup_timeout=options.get("start_timeout", 60),
                    log=log,
                    log_output=options.get("log_output", False),
                    **passed,
                )
                client.execute()
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
            # papermill writes this very object once more; nothing runs from here on.
            clean = lean.nbformat().from_dict(scrubbed(nb, account.redactor))
            nb.clear()
            nb.update(clean)
        return nb

    @classmethod
    def nb_kernel_name(cls, _nb: Any, _name: str | None = None) -> str:
        return "irkit"

    @classmethod
    def nb_language(cls, _nb: Any, _language: str | None = None) -> str:
        return "python"


@contextmanager
def _quiet_log(redactor: Redactor) -> Iterator[None]:
    """papermill's log: redacted, and not printed unless somebody attached a handler to it."""
    log = logging.getLogger("papermill")
    added, quiet = RedactingFilter(lambda: redactor), logging.NullHandler()
    log.addFilter(added)
    log.addHandler(quiet)
    try:
        yield
    finally:
        log.removeHandler(quiet)
        log.removeFilter(added)
