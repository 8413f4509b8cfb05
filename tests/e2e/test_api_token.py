"""playbooks/api-token.yaml by `irkit run`, from a scanner's report to a signed postmortem: a key at moto, and an approver who does not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from irkit.model import Kind
from tests.e2e.responder import Responder, scanned
from tests.needs import needs
from tests.servers.aws import SETUP_ACTIONS, World, moto
from tests.servers.ci import commit, let_in_at_aws
from tests.servers.gateway import Gateway, cloudtrail, gateway

pytestmark = [pytest.mark.slow, needs("python:kingfisher", "python:moto")]


@dataclass
class Leak:
    """A key in a public repository, at moto; `log` counts what reaches it."""

    me: Responder
    log: Gateway
    world: World

    @property
    def sent(self) -> Counter[str]:
        """What was asked that changes something."""
        names = (str(one.event["eventName"]) for one in self.log.lines)
        return Counter(one for one in names if not one.startswith(("Get", "List")))

    @property
    def lives(self) -> bool:
        return let_in_at_aws(self.world.url, self.world.values["env:LEAKED"])


@pytest.fixture
def leak(tmp_path: Path, make_gpg_home: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Leak]:
    with moto(SETUP_ACTIONS) as url, gateway(url, cloudtrail) as log:
        world = World(url)
        repository = tmp_path / "shop"
        repository.mkdir()
        key, secret = world.values["env:LEAKED"].split(":")
        (repository / "deploy.env").write_text(f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n")
        commit(repository, "Deploy")
        me = Responder.at(tmp_path, make_gpg_home, {"ADMIN": world.values["env:ADMIN"]}, "Alice", "Carol")
        monkeypatch.setenv("XDG_STATE_HOME", me.env["XDG_STATE_HOME"])
        code, _, err = me.new("--from", scanned(repository, tmp_path / "report.json"))
        assert code == 0, err
        aws = {"base": log.url, "responder": "env:ADMIN", "propagation_s": 1}
        me.tell(responder_key=me.people["Carol"][1], providers={"aws": aws})
        me.playbook = ("api-token", str(me.folder), "-p", f"paths={repository}")
        yield Leak(me, log, world)


def test_from_a_report_to_a_signed_postmortem(leak: Leak, make_owner) -> None:
    me = leak.me
    nobody_approves(leak, make_owner)

    assert me.approve("Alice")[0] == 0
    code, _, err = me.run()
    assert (code, "a person must do this by hand" in err) == (3, True), err  # the file that holds it is somebody's
    assert not leak.lives
    assert me.verdicts()[leak.world.leaked_id][0] == "dead"
    assert [verb for verb, _ in me.do_by_hand()] == ["replace", "switch"]
    code, _, err = me.run()
    assert code == 0, err
    once = {"UpdateAccessKey": 1, "DeleteAccessKey": 1, "PutUserPolicy": 1}
    assert leak.sent == once

    signed_and_verified(leak)
    run_again_after_the_end(leak)
    assert leak.sent == once
    assert me.written_where(leak.world.values["env:LEAKED"].partition(":")[2]) == []


def nobody_approves(leak: Leak, make_owner) -> None:
    """No approval, one by the author, one by a stranger: it waits, however often it is run and however it is asked to carry it out."""
    me = leak.me
    stranger = make_owner("Mallory <mallory@shop.example>")
    me.people["Mallory"] = (stranger.home, stranger.key.primary)
    code, _, err = me.run()
    assert (code, "0 of 1 approvals" in err) == (3, True), err
    assert (me.approve("Carol")[0], me.approve("Mallory")[0]) == (2, 2)
    for ask in (me.run, lambda: me.irkit("carry-out", me.folder, "revoke")):
        code, _, err = ask()
        assert (code, "0 of 1 approvals" in err) == (3, True), err
    assert not leak.sent
    assert leak.lives
    assert not me.case.journal.records(Kind.INTENT)
    assert not (me.folder / "postmortem.html").exists()


def signed_and_verified(leak: Leak) -> None:
    me = leak.me
    home, key = me.people["Alice"]
    code, _, err = me.irkit("sign", me.folder, "--key", key, "--home", home)
    assert code == 0, err
    code, out, err = me.irkit("verify", me.folder)
    assert (code, "1 of 1 approvals verify" in out, "Alice" in out) == (0, True, True), err
    code, out, _ = me.irkit("export", me.folder, "--format", "json", "--out", me.folder.parent / "postmortem.json")
    told = json.loads((me.folder.parent / "postmortem.json").read_text())
    assert (code, "proved dead" in json.dumps(told)) == (0, True)
    page = me.folder / "postmortem.html"
    before = page.read_bytes()
    page.write_bytes(before.replace(b"proved dead", b"never alive"))
    assert me.irkit("verify", me.folder)[0] == 1
    page.write_bytes(before)


def run_again_after_the_end(leak: Leak) -> None:
    """Nothing to do, and nothing done; nor where each step is made to run again."""
    me = leak.me
    kinds = (Kind.PLAN, Kind.APPROVAL, Kind.INTENT, Kind.OUTCOME)
    before = len(me.case.journal.records(*kinds))
    code, _, err = me.run()
    assert (code, err.count("done before")) == (0, 3), err
    code, _, err = me.irkit("run", *me.playbook, "--from", "exposure")
    assert code == 0, err
    assert len(me.case.journal.records(*kinds)) == before
    assert me.irkit("verify", me.folder)[0] == 0
