"""What is hidden in a view before it is laid out. Afterwards it is too late: a table may have cut a secret over two lines.

Who knows the secrets of this process says here how to hide them (`irkit.guard.active`); until then nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

Shown = TypeVar("Shown")
_hide: Callable[[str], str] | None = None


def hide_with(hide: Callable[[str], str] | None) -> None:
    """Have every string of every view pass through `hide` from now on; None ends that."""
    global _hide
    _hide = hide


def hidden(view: Shown) -> Shown:
    """The view with what is to be hidden replaced in every string of every block; itself where there is nothing."""
    if _hide is None:
        return view
    # One look at all strings, which hardly ever hold anything, spares one at each.
    return through(view, _hide)


def through(value: Shown, hide: Callable[[str], str]) -> Shown:
    """Any value of dataclasses and tuples with every string of it passed through `hide`; itself where that changes nothing."""
    whole = "\0".join(_strings(value))
    return value if hide(whole) == whole else mapped(value, hide)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _strings(getattr(value, field.name))


def mapped(value: Any, hide: Callable[[str], str]) -> Any:
    """The value with every string in its tuples and dataclasses passed through `hide`."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, tuple):
        return tuple(mapped(item, hide) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: mapped(getattr(value, field.name), hide) for field in fields(value)})
    return value
