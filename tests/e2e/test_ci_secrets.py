"""playbooks/ci-secrets.yaml by `irkit run`, from a scanner's report to the postmortem: six kinds of stolen secrets at real servers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from irkit import playbook as books
from irkit.drill.run import parameters
from irkit.errors import Waiting
from irkit.model import Kind
from irkit.plan import Ended
from tests.e2e.incident import incident
from tests.e2e.responder import Responder, scanned
from tests.needs import needs
from tests.servers.ci import BACKUP, DEPLOY, GITHUB_TOKEN, NPM, REDIS, UNKNOWN, Ci, ci, let_in_at_aws
from tests.servers.redis import redis_server

pytestmark = [
    pytest.mark.slow,
    needs("python:kingfisher", "python:moto", "npm:verdaccio", "python:redis", "redis-server"),
]

PROVABLE = (DEPLOY, BACKUP, NPM, GITHUB_TOKEN, REDIS)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Ci]:
    with ci(tmp_path) as made:
        yield made


@pytest.fixture
def responder(tmp_path: Path, world: Ci, make_gpg_home: Callable[[], Path], monkeypatch) -> Responder:
    """The case is opened on all of the report and on the npm token, which no rule knows; case.toml says how to reach the providers."""
    me = Responder.at(tmp_path, make_gpg_home, world.own, "Alice", "Bob", "Carol")
    monkeypatch.setenv("XDG_STATE_HOME", me.env["XDG_STATE_HOME"])
    report, token = scanned(world.repository, tmp_path / "report.json"), tmp_path / "npm-token"
    token.touch(mode=0o600)
    token.write_text(world.values[NPM])
    more = ("--credential", f"file:{token}", "--provider", f"file:{token}=npm")
    code, _, err = me.new("--from", report, "--pick", "all", *more)
    assert code == 0, err
    report.unlink()
    room = tmp_path / "room"
    room.mkdir(mode=0o700)
    (room / "deploy").write_text(world.values[DEPLOY])
    me.tell(
        responder_key=me.people["Carol"][1],
        replacements=[{"credential": name(me, world, DEPLOY), "into": [f"file:{room / 'deploy'}"]}],
        providers={
            "aws": {"base": world.aws.url, "responder": "env:AWS_ADMIN", "propagation_s": 1},
            "github": {"base": world.github_server.url, "propagation_s": 1},
            "npm": {
                "base": world.npm.url, "responder": "env:NPM_PASSWORD", "propagation_s": 1,
                "options": {"user": "alice", "id": world.npm_key},
            },
            "redis_acl": {
                "base": world.cache.at, "responder": "env:REDIS_ADMIN", "propagation_s": 1,
                "options": {"responder_user": "admin"},
            },
        },
    )  # fmt: skip
    names = f"{name(me, world, DEPLOY)}=DEPLOY_KEY_SECRET,{name(me, world, NPM)}=SHOP_NPM_TOKEN,{name(me, world, REDIS)}=CACHE_URL"
    given = {"paths": world.repository, "names": names, "logs": world.trail, "clocks": world.pushes}
    parameters = (part for pair in given.items() for part in ("-p", "{}={}".format(*pair)))
    me.playbook = ("ci-secrets", str(me.folder), *parameters)
    return me


def name(me: Responder, world: Ci, what: str) -> str:
    """What the case calls it."""
    case = me.case
    return next(one.name for one in case.credentials if case.resolve(one.ref).text().strip() == world.values[what])


def to_the_gate(me: Responder, world: Ci) -> None:
    """The pipeline is stopped, and the one plan waits for people: until then no server has been asked to change anything."""
    code, _, err = me.run()
    assert (code, "step stop is done by people" in err) == (3, True), err
    assert not me.case.journal.records(Kind.PLAN)
    assert not me.case.journal.records(Kind.INTENT)
    me.done(err)
    code, _, err = me.run()
    assert (code, "0 of 2 approvals" in err) == (3, True), err
    assert sum(world.sent().values()) == 0
    (kept,) = me.case.journal.records(Kind.PLAN)
    assert kept.body["digest"] == me.case.plan("revoke").digest
    assert {one.target for one in me.case.plan("revoke").actions} == {one.name for one in me.case.credentials}


def the_order(me: Responder, world: Ci) -> None:
    """Replaced first only where a log of its issuer shows who uses it, and nobody else; what the logs cannot know is no exception."""
    verbs: dict[str, list[str]] = {}
    for one in me.case.plan("revoke").actions:
        verbs.setdefault(one.target, []).append(one.verb)
    assert verbs[name(me, world, DEPLOY)] == ["replace", "switch", "deactivate", "observe", "delete", "close"]
    assert verbs[name(me, world, BACKUP)] == ["deactivate", "delete", "close"]
    assert verbs[name(me, world, NPM)] == ["revoke", "replace", "switch"]
    assert verbs[name(me, world, GITHUB_TOKEN)] == ["revoke", "close"]
    assert verbs[name(me, world, REDIS)] == ["deactivate", "revoke", "close", "replace", "switch"]
    assert verbs[name(me, world, UNKNOWN)] == ["by-hand"]
    assert "no log of its use was read" in str(me.case.plan("revoke").reasons)


def approved_by_two_and_never_by_the_author(me: Responder, world: Ci) -> None:
    code, _, err = me.approve("Carol")
    assert (code, "whoever made the plan cannot approve it" in err) == (2, True), err
    assert me.approve("Alice")[0] == 0
    code, _, err = me.run()
    assert (code, "1 of 2 approvals" in err) == (3, True), err
    assert sum(world.sent().values()) == 0
    assert me.approve("Bob")[0] == 0


def to_the_end(me: Responder, world: Ci, most: int = 12) -> None:
    """Run again and do what people have to, until it says that it is done; a plan that failed is made anew, and approved."""
    for _ in range(most):
        code, _, err = me.run()
        if code == 0:
            return
        if "approvals" in err:
            for who in ("Alice", "Bob"):
                me.approve(who)
        elif code == 3 and not me.do_by_hand():
            me.done(err)
    raise AssertionError(f"it does not come to its end: {err}")


def all_is_done(me: Responder, world: Ci) -> None:
    """Asked at each server; proved of each that can be asked about; of the other one it is said that nobody knows, and why."""
    assert {what: world.lives(what) for what in PROVABLE} == dict.fromkeys(PROVABLE, False)
    said = me.verdicts()
    assert {what: said[name(me, world, what)][0] for what in PROVABLE} == dict.fromkeys(PROVABLE, "dead")
    assert said[name(me, world, UNKNOWN)] == (
        "inconclusive",
        "the last answer cannot be read: no probe is known for this kind of credential",
    )
    assert {one.ended for one in me.case.ledger.outcomes.values()} <= {Ended.DONE, Ended.FAILED}
    fresh = (me.folder.parent / "room" / "deploy").read_text()
    assert fresh != world.values[DEPLOY]
    assert let_in_at_aws(world.aws.url, fresh)
    assert (me.folder / "postmortem.html").is_file()
    code, out, err = me.irkit("verify", me.folder)
    assert (code, "2 of 2 approvals verify" in out) == (0, True), err
    assert me.written_where(*world.secrets, fresh.rpartition(":")[2]) == []


def test_all_are_planned_as_one_and_a_server_that_is_away_holds_up_no_other(world: Ci, responder: Responder) -> None:
    me = responder
    to_the_gate(me, world)
    the_order(me, world)
    approved_by_two_and_never_by_the_author(me, world)

    code, _, err = me.run()  # Redis is not there
    assert (code, "nothing of it was done" in err, "the plan stays" in err) == (1, True, True), err
    said = me.verdicts()
    assert {what: said[name(me, world, what)][0] for what in (BACKUP, NPM, GITHUB_TOKEN, REDIS)} == {
        BACKUP: "dead", NPM: "dead", GITHUB_TOKEN: "dead", REDIS: "inconclusive",
    }  # fmt: skip
    assert "nothing was done to it: no answer (refused)" in said[name(me, world, REDIS)][1]
    assert [world.lives(what) for what in (BACKUP, NPM, GITHUB_TOKEN, DEPLOY)] == [False, False, False, True]
    by_hand = {one.target for one in me.case.plan("revoke").actions if one.verb == "by-hand"}
    assert by_hand == {name(me, world, UNKNOWN)}
    sent = world.sent()

    with redis_server(world.cache):
        assert world.lives(REDIS)
        code, _, err = me.run()
        assert (code, "a person must do this by hand" in err) == (3, True), err
        verdict, why = me.verdicts()[name(me, world, REDIS)]
        assert (verdict, "alive before" in why) == ("dead", True), why
        assert world.users_changed() == 2  # its password taken, the user switched off
        assert world.sent() == sent
        to_the_end(me, world)
        all_is_done(me, world)
        steps = [one.body["step"] for one in me.case.journal.records(Kind.STEP_ENDED) if one.body["ended"] == "done"]
        assert list(dict.fromkeys(steps)) == ["stop", "exposure", "revoke", "rebuild", "postmortem"]

        told = len(me.case.journal.records(Kind.OUTCOME, Kind.INTENT))
        assert me.run()[0] == 0  # again, after the end
        assert len(me.case.journal.records(Kind.OUTCOME, Kind.INTENT)) == told
        assert world.users_changed() == 2
    assert (me.case.plan("revoke").digest,) == tuple(one.body["digest"] for one in me.case.journal.records(Kind.PLAN))
    assert sorted(world.sent().values()) == [
        1,
        1,
        1,
        2,
        2,
        2,
    ]  # GitHub, npm, a fresh key; of each AWS key: off, gone, sessions


def test_killed_while_it_carries_out_nothing_is_sent_twice(world: Ci, responder: Responder) -> None:
    me = responder
    with redis_server(world.cache):
        to_the_gate(me, world)
        for who in ("Alice", "Bob"):
            assert me.approve(who)[0] == 0
        me.run_and_be_killed(world.aws, "CreateAccessKey")  # a key that nobody has the value of
        assert (me.folder.parent / "room" / "deploy").read_text() == world.values[DEPLOY]
        assert me.case.journal.broken_link() is None
        code, _, err = me.run()
        assert (code, "its value is lost" in err) == (1, True), err
        code, _, err = me.run()  # another plan: what is of no use goes before another one is made
        assert (code, "0 of 2 approvals" in err) == (3, True), err
        verbs = [one.verb for one in me.case.plan("revoke").actions if one.target == name(me, world, DEPLOY)]
        assert verbs[:2] == ["undo", "replace"]
        for who in ("Alice", "Bob"):
            assert me.approve(who)[0] == 0
        me.run_and_be_killed(world.aws, "DeleteAccessKey")
        to_the_end(me, world)
        all_is_done(me, world)
    sent = world.sent()
    assert sent["CreateAccessKey"] == 2
    assert sent["DeleteAccessKey"] == 3  # the two stolen ones, and the one whose value was lost
    assert {count for what, count in sent.items() if what.startswith(("POST ", "DELETE "))} == {1}


def test_a_signing_key_among_them_is_replaced_before_the_ci_is_brought_back(tmp_path: Path) -> None:
    with incident(tmp_path) as whole:
        case, people = whole.case, whole.world.truth.approvers
        given = parameters(whole.world) | {"names": "DEPLOY_TOKEN"}
        for _ in range(20):
            book, ready = books.prepare(books.find_playbook("ci-secrets"), case, given)
            try:
                books.run(book, ready, case)
                break
            except Waiting as stopped:
                if step := re.search(r"irkit done CASE (stop|rebuild)(-[0-9a-f]{10})\b", str(stopped)):
                    assert bool(case.journal.records(Kind.RESIGNED)) is (step[1] == "rebuild")
                    case.hand_done(step[1] + step[2], "done, and seen")
                elif "irkit vouch" in str(stopped):
                    for who in ("alice", "bob"):
                        case.vouch(people[who], home=getattr(whole.world.homes, who))
                elif by_hand := re.search(r"irkit done CASE (\S+)", str(stopped)):
                    whole.case.hand_done(by_hand[1], "done, and seen")
                elif not whole.approve():
                    raise
        else:
            raise AssertionError("more gates than expected")
        assert {one.body["verdict"] for one in case.journal.records(Kind.VERDICT)} == {"dead"}
        assert len(case.journal.records(Kind.KEY_REVOKED)) == 1
        resigned = {one.body["path"] for one in case.journal.records(Kind.RESIGNED)}
        assert resigned == set(whole.world.truth.artifacts_that_are("good"))
        assert max(Counter((one.what, one.whom) for one in whole.provider.requests if one.carried_out).values()) == 1
        case.verify()
