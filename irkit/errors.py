"""The six ways irkit stops, each with the exit code that scripts may depend on (docs/exit-codes.md).

Every error is one sentence a tired person can act on: what failed, on what, why, and what to do next.
None of the four may hold the value of a secret; callers name references and fingerprints instead.
"""

from __future__ import annotations

from typing import Any, ClassVar

from irkit.show.plain import visible


class IrkitError(Exception):
    """What failed, on what, why, what to do next. Never raised itself: use one of its kinds."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, on: object = "", why: str = "", do: str = "") -> None:
        self.what = what.rstrip(".")
        self.on = str(on)
        self.why = why.rstrip(".")
        self.do = do.rstrip(".")
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """On one line; a path or a reply in it acts in no terminal."""
        text = self.what
        if self.on:
            text += f" ({self.on})"
        if self.why:
            text += f": {self.why}"
        text += "."
        if self.do:
            text += f" {self.do if self.do.startswith('irkit ') else self.do[:1].upper() + self.do[1:]}"
            text += "" if text.endswith("?") else "."
        return visible(text)

    def __str__(self) -> str:
        return self.sentence()

    def _render_traceback_(self) -> list[str]:
        # What IPython shows in place of a traceback; the cell still ends in error. None of it is the user's code.
        return [f"{type(self).__name__}: {self.sentence()}"]

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross process borders (pools, kernels); keyword-only fields need help to be rebuilt.
        return _rebuild, (type(self), self.what, self.on, self.why, self.do)


def _rebuild(kind: type[IrkitError], what: str, on: str, why: str, do: str) -> IrkitError:
    return kind(what, on=on, why=why, do=do)


class StepFailed(IrkitError):
    """A step was tried and did not succeed; nothing is unknown about that."""

    exit_code = 1


class NotAvailable(IrkitError):
    """A program, an extra or a service that this step needs is not here; the text says how to get it."""

    exit_code = 1


class BadInput(IrkitError):
    """The input or the command is wrong; nothing was started."""

    exit_code = 2


class Waiting(IrkitError):
    """A person must act first: an approval, a hand task."""

    exit_code = 3


class WouldLeak(IrkitError):
    """A secret would have left through a file, an output or a parameter; it was stopped."""

    exit_code = 4


class OutcomeUnknown(IrkitError):
    """Something was sent and its outcome could not be established; it is never repeated blindly."""

    exit_code = 5


KINDS: dict[str, type[IrkitError]] = {
    kind.__name__: kind for kind in (StepFailed, NotAvailable, BadInput, Waiting, WouldLeak, OutcomeUnknown)
}
"""By class name: a notebook kernel reports an error as a name and a text, and this reads it back."""
