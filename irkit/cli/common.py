"""What the commands share: how arguments are typed, where output goes, which code an error ends with."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from irkit.errors import IrkitError
from irkit.guard.memory import no_core_dumps
from irkit.needles import MIN_BYTES
from irkit.show.plain import inert_json, visible


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


class LocateFormat(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class ExportFormat(StrEnum):
    HTML = "html"
    MD = "md"
    JSON = "json"


CaseArg = Annotated[Path, typer.Argument(metavar="CASE", help="The case folder.")]
RefArg = Annotated[str, typer.Argument(metavar="REF", help="A reference: env:NAME, file:PATH, id:VALUE, gpg:FPR, ...")]
BaseOption = Annotated[str, typer.Option(metavar="URL", help="The host's API; the public one otherwise.")]
ResponderOption = Annotated[str, typer.Option(metavar="REF", help="Your own credential there, by reference.")]


def run_guarded(command: Callable[[], None]) -> None:
    """Run the command line; every error becomes one sentence on standard error and its exit code.

    No command sees an argument that looks like a secret.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that knows few letters is told the others' numbers
    no_core_dumps()
    try:
        _check_arguments()
        command()
    except IrkitError as error:
        print(f"irkit: {_hidden(str(error))}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("irkit: stopped. Run the same command again to go on.", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if os.environ.get("IRKIT_DEBUG"):
            _trace()
        # The text of an unforeseen error may hold anything; its kind is enough to report it.
        where = _where(error)
        print(
            f"irkit: this is a defect of irkit ({type(error).__name__} at {where}). Set IRKIT_DEBUG=1 for details.",
            file=sys.stderr,
        )
        sys.exit(1)


def _check_arguments() -> None:
    # Short words are no secrets: most commands are spared the import.
    if any(len(argument) >= MIN_BYTES for argument in sys.argv[1:]):
        from irkit.guard.suspects import refuse_arguments

        refuse_arguments(sys.argv[1:])


def _trace() -> None:
    """The whole traceback, without what the open cases hide."""
    import traceback

    print(_hidden(traceback.format_exc()), file=sys.stderr)


def _hidden(text: str) -> str:
    """A text without the secrets of the cases that are open, and of what was asked for."""
    from irkit.guard.active import get_redactor

    return get_redactor().text(text)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"


def say(line: str) -> None:
    """Progress and messages go to standard error."""
    print("\n".join(map(visible, _hidden(line).split("\n"))), file=sys.stderr, flush=True)


def put(document: Any) -> None:
    """One JSON document on standard output, without what this process hides."""
    from irkit.guard.active import get_redactor

    text, redactor = inert_json(document), get_redactor()
    print(inert_json(redactor.tree(document)) if redactor.finds(text.encode("utf-8", "surrogatepass")) else text)


def put_text(text: str) -> None:
    """Lines that end as they are, without what this process hides."""
    print(_hidden(text), end="")


def warn_skipped(skipped: int) -> None:
    if skipped:
        say(f"irkit: warning: {skipped} {'thing' if skipped == 1 else 'things'} could not be read; see 'skipped'")
