"""A logging filter that redacts records: message, arguments, exception, stack and extra fields."""

from __future__ import annotations

import logging
from collections.abc import Callable

from irkit.guard.active import get_redactor
from irkit.redact import Redactor

_FORMAT = logging.Formatter()
_OURS = frozenset(logging.makeLogRecord({}).__dict__)


class RedactingFilter(logging.Filter):
    """Add it to handlers rather than loggers: a logger's filter does not see what its children log.

    The redactor is asked for at each record, so that a case opened later is covered.
    """

    def __init__(self, redactor: Callable[[], Redactor] = get_redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        redactor = self._redactor()
        if not redactor:
            return True
        record.msg, record.args = redactor.text(_message(record)), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMAT.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = redactor.text(record.exc_text), None
        if record.stack_info:
            record.stack_info = redactor.text(record.stack_info)
        for name in record.__dict__.keys() - _OURS:
            setattr(record, name, redactor.tree(getattr(record, name)))
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return f"{record.msg} {record.args}"
