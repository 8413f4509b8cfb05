"""A logging filter that redacts records: message, arguments, exception, stack, extra fields, and names of loggers and threads."""

from __future__ import annotations

import logging
import operator
import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from irkit.guard.active import get_redactor
from irkit.redact import Redactor

_FORMAT = logging.Formatter()
_OURS = frozenset(logging.makeLogRecord({}).__dict__)
_APART = frozenset({"msg", "args", "exc_info", "exc_text", "stack_info"})
_MOST = 10_000
"""Structures that are looked into; of what is more, the text is."""
_PLAIN = (bool, int, float, complex, type(None))
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class LoggedError(Exception):
    """In the place of an exception that was logged, for formatters that write it themselves: what that one said, redacted."""


class RedactingFilter(logging.Filter):
    """Add it to handlers rather than loggers: a logger's filter does not see what its children log.

    The redactor is asked for at each record, so that a case opened later is covered. It never raises: a record that cannot be redacted
    is replaced by a sentence that says so.
    """

    def __init__(self, redactor: Callable[[], Redactor] = get_redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        redactor = self._redactor()
        if not redactor:
            return True
        try:
            _redact(record, redactor)
        except Exception as error:  # whoever logs has done nothing wrong, and goes on
            _withhold(record, type(error).__name__)
        return True


def _redact(record: logging.LogRecord, redactor: Redactor) -> None:
    record.msg, record.args = _text(_message(record), redactor), ()
    if record.exc_info and not record.exc_text:
        record.exc_text = _FORMAT.formatException(record.exc_info)
    if record.exc_text:
        record.exc_text = _text(record.exc_text, redactor)
    if record.exc_info:
        record.exc_info = (LoggedError, LoggedError(record.exc_text), None)
    if record.stack_info:
        record.stack_info = _text(record.stack_info, redactor)
    for name, value in list(record.__dict__.items()):
        if name not in _APART and type(value) not in _PLAIN:
            setattr(record, name, _clean(value, redactor, {}))


def _withhold(record: logging.LogRecord, why: str) -> None:
    for name in record.__dict__.keys() - _OURS:
        setattr(record, name, None)
    record.msg = f"a record of the log is not shown: it could not be redacted ({why})"
    record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
    record.name, record.threadName, record.processName = "irkit.guard", None, None


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # whatever `__str__` raises; logging itself would print it, and the arguments
        return f"{_said(record.msg)} {_said(record.args)}"


def _said(value: Any) -> str:
    try:
        return str(value)
    except Exception as error:
        return f"({type(value).__name__}, whose text cannot be had: {type(error).__name__})"


def _text(text: str, redactor: Redactor) -> str:
    """Colours may stand in the middle of a value: if a secret shows without them, they go."""
    clean = redactor.text(text)
    if "\x1b" in text:
        plain = _COLOURS.sub("", text)
        if (bare := redactor.text(plain)) != plain:
            return bare
    return text if clean == text else clean


def _clean(value: Any, redactor: Redactor, seen: dict[int, tuple[Any, Any]]) -> Any:
    """A value that a formatter may write in whichever way: itself where no secret is in it."""
    if isinstance(value, str):
        return _text(value, redactor)
    if isinstance(value, bytes | bytearray):
        return clean if (clean := redactor.data(bytes(value))) != value else value
    if isinstance(value, _PLAIN):
        return value
    if id(value) not in seen:
        seen[id(value)] = (value, "(itself)")
        seen[id(value)] = (value, _inside(value, redactor, seen))
    return seen[id(value)][1]


def _inside(value: Any, redactor: Redactor, seen: dict[int, tuple[Any, Any]]) -> Any:
    if len(seen) < _MOST and isinstance(value, Mapping):
        pairs = {_key(one, redactor): _clean(item, redactor, seen) for one, item in value.items()}
        return value if all(one in value and value[one] is item for one, item in pairs.items()) else pairs
    if len(seen) < _MOST and isinstance(value, list | tuple | set | frozenset | deque):
        items = [_clean(item, redactor, seen) for item in value]
        return value if all(map(operator.is_, items, value)) else items
    said = (_said(value), _shown(value), _shown(getattr(value, "__dict__", "")))
    return next((clean for one in said if (clean := _text(one, redactor)) != one), value)


def _key(value: Any, redactor: Redactor) -> Any:
    """What stays a key."""
    shown = value if isinstance(value, str) else _shown(value)
    clean = _text(shown, redactor)
    return value if clean == shown else clean


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"({type(value).__name__}, which cannot be shown: {type(error).__name__})"
