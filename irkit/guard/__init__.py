"""Nothing leaks. The public part for programs of others:

    import logging
    from irkit.guard import RedactingFilter, hide

    hide("env:DEPLOY_TOKEN", "file:~/.config/app/key")      # from now on, in this process
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter())                # on handlers: a logger's filter does not see what its children log

`irkit guard run` does the same to the output of any command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irkit.guard.logging_filter import RedactingFilter

__all__ = ["RedactingFilter", "hide"]


def hide(*refs: str) -> None:
    """Hide what these references lead to in every view, log record and message of this process, in every form it may take.

    They are resolved now. BadInput for a reference that leads nowhere, or to what is too short to be told from any text.
    """
    from irkit.guard.active import add
    from irkit.guard.piping.hiding import redactor_of

    add(redactor_of(refs))


def __getattr__(name: str) -> Any:
    # `irkit --help` imports this package and logs nothing.
    if name == "RedactingFilter":
        from irkit.guard.logging_filter import RedactingFilter

        return RedactingFilter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
