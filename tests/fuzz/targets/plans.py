"""Plans, approvals, outcomes and incidents as JSON: read into values, and written back the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from irkit.case import elsewhere
from irkit.errors import BadInput
from irkit.model import Clock, Incident, Instant, Trust
from irkit.plan import Approval, Ended, Outcome, Plan, canonical, document, read
from tests.fuzz.target import Target, from_file, nested
from tests.test_plan import PLAN

AT = Instant(datetime(2026, 3, 1, tzinfo=UTC), Clock.AWARE, "fuzzed", Trust.OURS)


def _as(kind: type[Any]) -> Callable[[bytes], None]:
    def reader(data: bytes) -> None:
        value = read(kind, _json(data))
        again = read(kind, document(value))
        assert again == value
        assert canonical(again) == canonical(value)

    return reader


def _plan(data: bytes) -> None:
    plan = read(Plan, _json(data))
    again = read(Plan, document(plan))
    assert again.digest == plan.digest
    assert [one.id for one in again.actions] == [one.id for one in plan.actions]
    assert all(isinstance(one.do.summary(), str) for one in plan.actions)


def _json(data: bytes) -> Any:
    """As whoever hands a document to `read` has it."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("this is not JSON") from None


def seeds() -> Iterator[bytes]:
    plain = document(PLAN)
    for deep in nested():
        yield deep
        yield json.dumps(plain).encode().replace(b'{"n": 1}', deep)
    yield json.dumps(plain).encode()
    for action in plain["actions"]:
        yield json.dumps(plain | {"actions": [action]}).encode()
    yield json.dumps({"plan": plain, "digest": PLAN.digest}).encode()
    for value in (
        Approval(PLAN.digest, "FA4E" * 10, "alice", AT.at, "I approve", "-----BEGIN PGP SIGNATURE-----"),
        Outcome("revoke-fa4e", Ended.DONE, "it said so", AT),
        Incident("case-1", "a title", (), AT, aware=AT),
    ):
        yield json.dumps(document(value)).encode()


TARGET = Target(
    readers=(
        _plan,
        _as(Plan),
        _as(Approval),
        _as(Outcome),
        _as(Incident),
        from_file(elsewhere.request_view, "plan.json"),
    ),
    seeds=seeds,
)
