"""A whole rotation at moto, as a check sees it: not in force or unknown at each stage, in force when the old key is proved dead."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case.rotating.moments import off_at, placed_at
from irkit.model import Kind
from tests.case.test_rotating import OBSERVE_H, approve, consumers, opened, stopped, write_logs
from tests.case.test_rotating import cloud as a_cloud  # noqa: F401  (a fixture)
from tests.inforce.world import desk as a_desk
from tests.needs import needs


@needs("python:moto")
def test_a_rotation_is_in_force_when_it_came_to_its_end(
    tmp_path: Path,
    a_cloud: Any,  # noqa: F811
    alice: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case, file = opened(tmp_path, a_cloud, "deploy", monkeypatch)
    (tmp_path / "elsewhere").mkdir()
    desk = a_desk(tmp_path / "elsewhere")
    logs, old = tmp_path / "trail.jsonl", case.credentials[0].name

    def answer() -> str:
        return desk.look(check="rotation", case=str(case.folder), within_days=1).answer

    with ExitStack() as stack:
        at_work = [stack.enter_context(one) for one in consumers(a_cloud, "deploy", file)]
        assert all(one.used(old, datetime.now(UTC).replace(microsecond=0)) for one in at_work)
        case.watch(write_logs(logs, at_work))
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        stopped(case, logs)
        assert answer() != "in force"
        fresh = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
        placed = placed_at(case.ledger, old)
        assert placed
        assert all(one.used(fresh, placed) for one in at_work)
        stopped(case, write_logs(logs, at_work))
        assert answer() != "in force"
        off = off_at(case.ledger, case.plan("revoke"), old)
        assert off
        assert all(one.used(fresh, off + timedelta(hours=OBSERVE_H, seconds=1)) for one in at_work)
        assert stopped(case, write_logs(logs, at_work)) == ""
        case.confirm()
    found = desk.look(check="rotation", case=str(case.folder), within_days=1)
    assert found.answer == "in force"
    assert "the fresh one is in its places since" in found.why
    assert Path(found.looked[0].what) == case.folder
