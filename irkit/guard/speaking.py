"""How a command ends and what it says: every error is one sentence and its exit code, and nothing that this process hides is shown.

Apart from `irkit.cli`, whose imports take longer than the hook before a commit may.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from irkit.errors import IrkitError
from irkit.guard.memory import no_core_dumps
from irkit.needles import MIN_BYTES
from irkit.show.plain import inert_json, visible


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
    # Short words are no secrets, nor are names of options: most commands are spared the import.
    if any(len(argument) >= MIN_BYTES and not _is_option(argument) for argument in sys.argv[1:]):
        from irkit.guard.suspects import refuse_arguments

        refuse_arguments(sys.argv[1:])


def _is_option(argument: str) -> bool:
    """`--pre-receive`: small letters in a few words."""
    words = argument.removeprefix("--").split("-")
    return argument.startswith("--") and all(word.isalpha() and word.islower() and len(word) < 12 for word in words)


def _trace() -> None:
    """The whole traceback, without what the open cases hide."""
    import traceback

    print(_hidden(traceback.format_exc()), file=sys.stderr)


def _hidden(text: str) -> str:
    """A text without the secrets of the cases that are open, and of what was asked for."""
    active = sys.modules.get("irkit.guard.active")  # whoever hides something has imported it
    return str(active.get_redactor().text(text)) if active else text


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
