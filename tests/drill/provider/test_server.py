"""The state outlives the server, holds no secret, and the module runs by itself."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from irkit.drill.provider import FakeProvider, ProviderState
from irkit.drill.world import World
from irkit.errors import BadInput
from tests.drill.conftest import value_of
from tests.drill.provider.conftest import Issued
from tests.drill.provider.test_github import probe, revoke

Serve = Callable[..., FakeProvider]


def test_what_was_revoked_stays_so_after_a_restart(serve: Serve, issued: Issued) -> None:
    first = serve()
    revoke(first, issued.token)
    first.stop()
    second = serve()
    assert probe(second, issued.token) == 401
    assert [one.what for one in second.requests] == ["/credentials/revoke", "/user"]
    assert second.mutations() == 1


def test_the_state_file_holds_no_secret(serve: Serve, issued: Issued) -> None:
    provider = serve()
    probe(provider, issued.token)
    revoke(provider, issued.token)
    kept = issued.state.read_text()
    assert all(value not in kept for value in (issued.token, issued.leaked[1], issued.responder[1]))
    identity = hashlib.sha256(issued.token.encode()).hexdigest()[:12]
    assert [one.who for one in provider.requests] == [identity, ""]


def test_a_state_left_behind_half_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"account": "1"')
    for name in ("state.json", "absent.json"):
        with pytest.raises(BadInput, match="state cannot be read"):
            ProviderState.load(tmp_path / name)


@pytest.mark.parametrize("fault", ["waf", "429=many", ""])
def test_a_fault_that_does_not_exist_is_refused(serve: Serve, fault: str) -> None:
    with pytest.raises(BadInput, match="no such fault"):
        serve().set_faults([fault])


def test_faults_can_be_set_while_it_runs_and_are_used_up(serve: Serve, issued: Issued) -> None:
    provider = serve()
    provider.set_faults(["429=2"])
    assert [probe(provider, issued.token) for _ in range(3)] == [429, 429, 200]
    assert provider.faults == {}


def test_it_runs_as_a_program_and_shares_the_state_file(issued: Issued) -> None:
    command = [
        sys.executable,
        "-m",
        "irkit.drill.provider",
        "--state",
        str(issued.state),
        "--fault",
        "accepted-but-alive",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            url = program.stdout.readline().strip()
            body = {"credentials": [issued.token]}
            assert requests.post(f"{url}/credentials/revoke", json=body, timeout=5).status_code == 202
            headers = {"Authorization": f"Bearer {issued.token}"}
            assert requests.get(f"{url}/user", headers=headers, timeout=5).status_code == 200
        finally:
            program.terminate()
    kept = json.loads(issued.state.read_text())
    assert [one["what"] for one in kept["requests"]] == ["/credentials/revoke", "/user"]


def test_a_drills_provider_knows_the_drills_token(world: World) -> None:
    state = ProviderState.load(world.provider_state)
    token = state.token(value_of(world, "github-token"))
    assert token is not None
    assert token.revoked is None
    assert {world.truth.aws_key_id, world.truth.aws_responder_id} < state.keys.keys()
