"""A log record says nothing of a secret, wherever in the record it stands."""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from irkit import guard
from irkit.errors import BadInput
from irkit.guard import active
from irkit.guard.logging_filter import RedactingFilter
from irkit.redact import Redactor
from tests.guard.canary import forms_in, make_canary, redactor_of


@pytest.fixture
def canary() -> Iterator[str]:
    made, before = make_canary(), active.get_redactor()
    active.add(redactor_of(made))
    yield made
    active.set_redactor(before)


def fail(log: logging.Logger, secret: str) -> None:
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("it failed")


class Speaks:
    def __init__(self, secret: str) -> None:
        self.token = secret

    def __repr__(self) -> str:
        return "Speaks()"


class Unspeakable:
    def __init__(self, secret: str) -> None:
        self.token = secret

    def __str__(self) -> str:
        raise RuntimeError(self.token)


def extra(value: Any) -> Callable[[logging.Logger], None]:
    return lambda log: log.warning("x", extra={"field": value})


def from_a_thread(log: logging.Logger, secret: str) -> None:
    one = threading.Thread(target=log.warning, args=("x",), name=secret)
    one.start()
    one.join()


def circle(secret: str) -> list[Any]:
    """A list that holds itself, and others twice."""
    made: list[Any] = [secret]
    for _ in range(8):
        made = [made, made]
    made.append(made)
    return made


SAYINGS: dict[str, Callable[[logging.Logger, str], None]] = {
    "in the message": lambda log, secret: log.warning("token " + secret),
    "in an argument": lambda log, secret: log.warning("token %s and %d", secret, 3),
    "in a structure": lambda log, secret: log.warning("got %r", {"a": [secret.encode()]}),
    "in an exception": fail,
    "in an extra field": lambda log, secret: log.warning("x", extra={"field": {"deep": secret}}),
    "in a message that does not format": lambda log, secret: log.warning("%d", secret),
    "where a name is missing": lambda log, secret: log.warning("%(a)s", {"b": secret}),
    "in what cannot be said": lambda log, secret: log.warning("%s %s", Unspeakable(secret), secret),
    "as the message itself": lambda log, secret: log.warning(ValueError(secret)),
    "between colours": lambda log, secret: log.warning(secret[:9] + "\x1b[31m" + secret[9:]),
    "in an exception as a field": lambda log, secret: extra(ValueError(secret))(log),
    "in an object": lambda log, secret: extra(Speaks(secret))(log),
    "in an object, deep in it": lambda log, secret: extra({"a": [{"b": Speaks(secret)}]})(log),
    "in a path": lambda log, secret: extra(Path("/tmp") / secret)(log),
    "in a set": lambda log, secret: extra({secret})(log),
    "in a key": lambda log, secret: extra({(secret, 1): 2})(log),
    "in a circle": lambda log, secret: extra(circle(secret))(log),
    "in the name of a thread": from_a_thread,
    "in the name of the logger": lambda log, secret: setattr(log, "name", secret) or log.warning("x"),
}


class Structured(logging.Formatter):
    """As formatters of JSON do: everything that is in a record, each in its way."""

    def format(self, record: logging.LogRecord) -> str:
        fields = dict(record.__dict__)
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        try:
            return json.dumps(fields, default=lambda one: getattr(one, "__dict__", None) or str(one))
        except (TypeError, ValueError):  # a key that is none, a circle
            return str(fields)


@pytest.mark.parametrize("saying", SAYINGS)
@pytest.mark.parametrize("queued", [False, True], ids=["at once", "by a queue"])
def test_a_formatter_that_writes_every_field_has_none(canary: str, saying: str, queued: bool) -> None:
    out = io.StringIO()
    last = logging.StreamHandler(out)
    last.setFormatter(Structured())
    waiting: queue.Queue[Any] = queue.Queue()
    handler: logging.Handler = logging.handlers.QueueHandler(waiting) if queued else last
    handler.addFilter(RedactingFilter())
    log = logging.Logger("x")
    log.addHandler(handler)
    SAYINGS[saying](log, canary)
    while queued and not waiting.empty():
        last.handle(waiting.get())
    assert "[redacted fp:canary]" in out.getvalue()
    assert forms_in(out.getvalue(), canary) == []


def test_an_exception_stays_one_for_who_writes_it_himself(canary: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Structured())
    handler.addFilter(RedactingFilter())
    log = logging.Logger("x")
    log.addHandler(handler)
    fail(log, canary)
    said = json.loads(out.getvalue())["exception"]
    assert "ValueError: [redacted fp:canary]" in said
    assert "in fail" in said


def test_what_holds_no_secret_stays_what_it_is(canary: str) -> None:
    fields = {"a": {"list": [1, ("x",)], "path": Path("/x")}, "b": {1, 2}, "c": Speaks("nothing")}
    record = logging.makeLogRecord({"msg": "%s", "args": ("x",), **fields})
    assert RedactingFilter().filter(record)
    assert all(getattr(record, name) is value for name, value in fields.items())


def test_what_cannot_be_redacted_is_withheld_and_nobody_is_stopped(canary: str) -> None:
    deep: list[Any] = [canary]
    for _ in range(100_000):
        deep = [deep]
    record = logging.makeLogRecord({"msg": f"a {canary}", "field": deep, "other": canary})
    assert RedactingFilter().filter(record)
    assert forms_in(str(record.__dict__), canary) == []
    assert "not shown" in record.getMessage()


@pytest.mark.parametrize("saying", SAYINGS)
def test_a_secret_is_redacted(canary: str, saying: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(name)s %(threadName)s %(message)s %(field)s", defaults={"field": ""}))
    handler.addFilter(RedactingFilter())
    log = logging.Logger("x")
    log.addHandler(handler)
    SAYINGS[saying](log, canary)
    assert "[redacted fp:canary]" in out.getvalue()
    assert forms_in(out.getvalue(), canary) == []


def test_without_a_secret_a_record_is_left_alone() -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": ("x",)})
    assert RedactingFilter(Redactor).filter(record)
    assert (record.msg, record.args) == ("%s", ("x",))


def test_as_a_program_of_others_uses_it_children_included(monkeypatch: pytest.MonkeyPatch) -> None:
    before, value = active.get_redactor(), make_canary()
    monkeypatch.setenv("FAKE_TOKEN", value)
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(guard.RedactingFilter())
    parent = logging.getLogger("irkit-test-parent")
    parent.addHandler(handler)
    try:
        guard.hide("env:FAKE_TOKEN")
        logging.getLogger("irkit-test-parent.child").error("it is %s", value)
        logging.LoggerAdapter(logging.getLogger("irkit-test-parent.other.child"), {}).critical(f"or {value}")
    finally:
        parent.removeHandler(handler)
        active.set_redactor(before)
    assert out.getvalue() == "it is [redacted env:FAKE_TOKEN]\nor [redacted env:FAKE_TOKEN]\n"


def test_what_leads_nowhere_is_not_hidden_silently() -> None:
    with pytest.raises(BadInput, match="NOT_SET_ANYWHERE"):
        guard.hide("env:NOT_SET_ANYWHERE")
