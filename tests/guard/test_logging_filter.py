"""A log record says nothing of a secret, wherever in the record it stands."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

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


SAYINGS: dict[str, Callable[[logging.Logger, str], None]] = {
    "in the message": lambda log, secret: log.warning("token " + secret),
    "in an argument": lambda log, secret: log.warning("token %s and %d", secret, 3),
    "in a structure": lambda log, secret: log.warning("got %r", {"a": [secret.encode()]}),
    "in an exception": fail,
    "in an extra field": lambda log, secret: log.warning("x", extra={"field": {"deep": secret}}),
    "in a message that does not format": lambda log, secret: log.warning("%d", secret),
}


@pytest.mark.parametrize("saying", SAYINGS)
def test_a_secret_is_redacted(canary: str, saying: str) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s %(field)s", defaults={"field": ""}))
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
