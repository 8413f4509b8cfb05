"""The redactor of this process: the secrets of every case that is open in it. Nothing here but the standard library, the redactor,
and word to the views of what they are to hide."""

from __future__ import annotations

from threading import Lock

from irkit.redact import Redactor
from irkit.show import hiding

_lock = Lock()
_redactor = Redactor()


def get_redactor() -> Redactor:
    """What hides every secret that was added so far. Empty (false) while no case is open."""
    return _redactor


def set_redactor(redactor: Redactor) -> None:
    """Put one redactor in place of all that was added."""
    global _redactor
    with _lock:
        _redactor = redactor
        hiding.hide_with(_redactor.text if _redactor else None)


def add(redactor: Redactor) -> None:
    """Hide these secrets as well. Several cases may be open; adding one twice changes nothing."""
    global _redactor
    with _lock:
        _redactor = _redactor | redactor
        hiding.hide_with(_redactor.text if _redactor else None)
