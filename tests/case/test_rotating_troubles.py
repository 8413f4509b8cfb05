"""A rotation in which something goes wrong: nobody is left without a credential, and nothing of somebody else's is removed."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from irkit.case import Case
from irkit.case.rotating.moments import off_at, placed_at
from irkit.case.rotating.watching import observed
from irkit.errors import OutcomeUnknown, StepFailed, Waiting
from irkit.model import Kind, SecretRef
from irkit.plan import HumanTask
from irkit.providers.devpi import public_id
from irkit.revoke import switched
from tests.case.test_rotating import ALLOW, ANYONE, OBSERVE_H, Cloud, approve, stopped
from tests.needs import needs
from tests.servers import devpi as index
from tests.servers import verdaccio as registry
from tests.servers.aws import moto
from tests.servers.consumer import cloudtrail
from tests.servers.gateway import Gateway, gateway, registry_log
from tests.servers.gateway import cloudtrail as of_aws


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    import boto3

    users = ("responder", "half", "switched-on", "unseen", "colleague")
    with moto(3 * len(users)) as url:
        iam, pairs = boto3.client("iam", endpoint_url=url, **ANYONE), {}
        for user in users:
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ALLOW)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs[user] = f"{made['AccessKeyId']}:{made['SecretAccessKey']}"
        yield Cloud(url, pairs)


def at_aws(tmp_path: Path, cloud: Cloud, user: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, Path, Path]:
    """A rotation of a user's key, whose consumers read it in two files."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OLD_KEY", cloud.pairs[user])
    monkeypatch.setenv("RESPONDER", cloud.pairs["responder"])
    places = (tmp_path / "one" / "key", tmp_path / "two" / "key")
    for place in places:
        place.parent.mkdir(mode=0o700)
        place.write_text(cloud.pairs[user])
    settings = {
        "providers": {"aws": {"base": cloud.url, "responder": "env:RESPONDER", "propagation_s": 1}},
        "replacements": [{"into": [f"file:{place}" for place in places]}],
    }
    case = Case.create(
        tmp_path / "case", [SecretRef("env:OLD_KEY")], settings=settings, approvers=[tmp_path / "alice.asc"],
        purpose="rotation",
    )  # fmt: skip
    return case, *places


def trail(path: Path, *uses: tuple[str, datetime]) -> Path:
    path.write_text("".join(json.dumps(cloudtrail("app", "10.0.0.7", key, at)) + "\n" for key, at in uses))
    return path


@needs("python:moto")
def test_a_fresh_one_that_somebody_reads_is_not_taken_away_before_the_old_one_is_back(
    tmp_path, monkeypatch, cloud, alice
):
    case, one, two = at_aws(tmp_path, cloud, "half", monkeypatch)
    old, begun = case.credentials[0].name, datetime.now(UTC)
    case.plan_rotation(1, 24.0, OBSERVE_H)
    approve(case, alice)
    shutil.rmtree(two.parent)
    with pytest.raises(StepFailed, match="its value is gone"):
        case.carry_out("revoke")
    lost = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
    assert one.read_text().startswith(lost)

    two.parent.mkdir(mode=0o700)
    case.plan_rotation(1, 24.0, OBSERVE_H)
    assert [each.verb for each in case.plan("revoke").actions][:4] == ["put-back", "undo", "replace", "seen"]
    approve(case, alice)
    with pytest.raises(Waiting, match="Put the old one back"):
        case.carry_out("revoke")
    assert cloud.keys("half") == {old: "Active", lost: "Active"}
    one.write_text(cloud.pairs["half"])
    case.hand_done(case.plan("revoke").actions[0].id, "it is back, and its consumers read it")
    with pytest.raises(Waiting, match="no log has been read"):
        case.carry_out("revoke")
    fresh = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
    assert cloud.keys("half") == {old: "Active", fresh: "Active"}
    assert fresh != lost

    # Whoever has the lost one in memory has not gone over.
    placed = placed_at(case.ledger, old)
    assert placed is not None
    later = placed + timedelta(seconds=1)
    case.watch(trail(tmp_path / "trail.jsonl", (old, begun), (lost, later)))
    seen = observed(case, old)
    assert seen is not None
    assert switched(seen, placed).yes is None
    case.watch(trail(tmp_path / "trail.jsonl", (old, begun), (lost, later), (fresh, later)))
    seen = observed(case, old)
    assert seen is not None
    assert switched(seen, placed).yes is True


@needs("python:moto")
def test_what_somebody_let_in_again_at_its_provider_is_not_deleted(tmp_path, monkeypatch, cloud, alice):
    case, _, _ = at_aws(tmp_path, cloud, "switched-on", monkeypatch)
    old, logs, begun = case.credentials[0].name, tmp_path / "trail.jsonl", datetime.now(UTC)
    case.plan_rotation(1, 24.0, OBSERVE_H)
    approve(case, alice)
    stopped(case, trail(logs, (old, begun)))
    placed, fresh = placed_at(case.ledger, old), str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
    assert placed is not None
    used = placed + timedelta(seconds=1)
    assert "it is observed until" in stopped(case, trail(logs, (old, begun), (fresh, used)))
    off = off_at(case.ledger, case.plan("revoke"), old)
    assert off is not None
    iam = cloud.client("iam", cloud.pairs["responder"])
    iam.update_access_key(UserName="switched-on", AccessKeyId=old, Status="Active")

    due = off + timedelta(hours=OBSERVE_H, seconds=1)
    while datetime.now(UTC) < due:
        stopped(case, trail(logs, (old, begun), (fresh, used)))
    why = stopped(case, trail(logs, (old, begun), (fresh, used), (fresh, due)))
    assert "somebody let the old one in again at its provider" in why
    assert cloud.keys("switched-on") == {old: "Active", fresh: "Active"}
    iam.update_access_key(UserName="switched-on", AccessKeyId=old, Status="Inactive")
    assert stopped(case, logs) == ""
    assert cloud.keys("switched-on") == {fresh: "Active"}
    case.confirm()
    case.verify()


@needs("python:moto")
def test_a_use_that_only_its_provider_knows_of_holds_it_up(tmp_path, monkeypatch, cloud, alice):
    case, _, _ = at_aws(tmp_path, cloud, "unseen", monkeypatch)
    old, logs, before = case.credentials[0].name, tmp_path / "trail.jsonl", datetime.now(UTC) - timedelta(hours=1)
    case.plan_rotation(1, 24.0, OBSERVE_H)
    approve(case, alice)
    stopped(case, trail(logs, (old, before)))
    placed, fresh = placed_at(case.ledger, old), str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
    assert placed is not None
    while datetime.now(UTC) < placed + timedelta(seconds=1):  # told to the second
        time.sleep(0.05)
    cloud.client("sts", cloud.pairs["unseen"]).get_caller_identity()
    switched_over = trail(logs, (old, before), (fresh, placed + timedelta(seconds=1)))
    why = stopped(case, switched_over)
    assert "AWS says that it was last used on" in why
    assert cloud.keys("unseen") == {old: "Active", fresh: "Active"}
    gate = next(one for one in case.plan("revoke").actions if one.verb == "seen")
    case.hand_done(gate.id, "that was me, looking whether it still works")
    assert "it is observed until" in stopped(case, switched_over)
    assert cloud.keys("unseen") == {old: "Inactive", fresh: "Active"}
    assert case.ledger.outcomes[gate.id].why.startswith("on the word of ")


@needs("python:moto")
def test_a_key_that_a_colleague_made_in_the_same_minutes_is_not_taken_for_the_lost_one(
    tmp_path, monkeypatch, cloud, alice
):
    iam, theirs = cloud.client("iam", cloud.pairs["responder"]), []

    def another_one() -> None:
        """The one that irkit asked for is gone, and a colleague has made one and uses it; irkit hears of neither."""
        (made,) = set(cloud.keys("colleague")) - {cloud.pairs["colleague"].partition(":")[0]}
        iam.delete_access_key(UserName="colleague", AccessKeyId=made)
        key = iam.create_access_key(UserName="colleague")["AccessKey"]
        cloud.client("sts", f"{key['AccessKeyId']}:{key['SecretAccessKey']}").get_caller_identity()
        theirs.append(key["AccessKeyId"])
        raise ConnectionResetError("cut by the test")

    with gateway(cloud.url, of_aws) as log:
        case, _, _ = at_aws(tmp_path, replace(cloud, url=log.url), "colleague", monkeypatch)
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        log.when_done["CreateAccessKey"] = another_one
        with pytest.raises(StepFailed, match="its value is lost"):
            case.carry_out("revoke")
        case.plan_rotation(1, 24.0, OBSERVE_H)
        first = case.plan("revoke").actions[0]
        assert (first.verb, isinstance(first.do, HumanTask)) == ("undo", True)
        assert theirs[0] in first.what
        assert "somebody else's" in str(first.do)


# What was made, and nobody heard of it


@contextmanager
def at_a_registry(tmp_path: Path, alice, monkeypatch) -> Iterator[tuple[Case, Gateway, registry.Registry]]:
    with registry.verdaccio() as made, gateway(made.url, registry_log) as log:
        place = tmp_path / "place" / "token"
        place.parent.mkdir(mode=0o700)
        place.write_text(made.leaked)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("OLD_KEY", made.leaked)
        monkeypatch.setenv("MINE", registry.PASSWORD)
        options = {"user": "alice", "id": made.leaked_key}
        npm = {"base": log.url, "responder": "env:MINE", "propagation_s": 1, "options": options}
        case = Case.create(
            tmp_path / "case", [SecretRef("env:OLD_KEY")], approvers=[tmp_path / "alice.asc"], purpose="rotation",
            settings={"providers": {"npm": npm}, "replacements": [{"into": [f"file:{place}"]}]},
            issuers={"env:OLD_KEY": "npm"},
        )  # fmt: skip
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        yield case, log, made


def keys_of(made: registry.Registry) -> set[str]:
    answer = requests.get(f"{made.url}/-/npm/v1/tokens", auth=("alice", registry.PASSWORD), timeout=60)
    return {str(one["key"]) for one in answer.json()["objects"]}


def gone() -> None:
    """The connection ends after the registry has answered, and before irkit hears of it."""
    raise ConnectionResetError("cut by the test")


@needs("npm:verdaccio")
def test_of_a_token_whose_making_nobody_heard_of_a_person_says_what_became(tmp_path, monkeypatch, alice):
    with at_a_registry(tmp_path, alice, monkeypatch) as (case, log, made):
        before = keys_of(made)
        log.when_done["POST /-/npm/v1/tokens"] = gone
        with pytest.raises(OutcomeUnknown) as told:
            case.carry_out("revoke")
        since = keys_of(made) - before
        assert len(since) == 1
        # The tokens of the test's own registry are as young: nobody can tell which is which, and nothing is removed.
        assert "tokens have no names" in str(told.value)
        action = case.plan("revoke").actions[0]
        assert f"irkit done CASE {action.id}" in str(told.value)
        case.plan_rotation(1, 24.0, OBSERVE_H)
        assert not [one for one in case.plan("revoke").actions if one.verb == "undo"]
        requests.delete(
            f"{made.url}/-/npm/v1/tokens/token/{min(since)}", auth=("alice", registry.PASSWORD), timeout=60
        ).raise_for_status()
        case.hand_done(action.id, "one was there, and is removed")
        with pytest.raises(StepFailed, match="on the word of"):
            case.carry_out("revoke")
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        with pytest.raises(Waiting, match="no log has been read"):
            case.carry_out("revoke")
        assert len(keys_of(made) - before) == 1
        assert before <= keys_of(made)
        case.verify()


@needs("python:devpi_server")
def test_a_fresh_one_that_somebody_reads_goes_when_all_use_the_next_one_where_there_is_room(
    tmp_path, monkeypatch, alice
):
    with index.devpi() as made:
        monkeypatch.setenv("OLD_KEY", made.leaked)
        monkeypatch.setenv("MINE", index.PASSWORD)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        one, two = (tmp_path / name / "token" for name in ("one", "two"))
        one.parent.mkdir(mode=0o700)
        two.parent.mkdir(mode=0o700)
        options = {"user": "alice", "owner": "alice"}
        own = {"base": made.url, "responder": "env:MINE", "propagation_s": 1, "options": options}
        wanted = {"into": [f"file:{one}", f"file:{two}"], "scopes": ["upload", "index:alice/dev"]}
        case = Case.create(
            tmp_path / "case", [SecretRef("env:OLD_KEY")], approvers=[tmp_path / "alice.asc"], purpose="rotation",
            settings={"providers": {"devpi": own}, "replacements": [wanted]},
        )  # fmt: skip
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        shutil.rmtree(two.parent)
        with pytest.raises(StepFailed, match="its value is gone"):
            case.carry_out("revoke")
        lost = case.journal.records(Kind.REPLACED)[-1].body["public_id"]
        assert lost == public_id(one.read_text().strip())
        two.parent.mkdir(mode=0o700)
        case.plan_rotation(1, 24.0, OBSERVE_H)
        plan = case.plan("revoke")
        assert [each.verb for each in plan.actions] == ["replace", "seen", "undo", "quiet", "revoke"]
        assert lost.replace("/", "/+tokens/") in plan.actions[2].do.summary()
        approve(case, alice)
        with pytest.raises(Waiting, match="no log has been read"):
            case.carry_out("revoke")
        answer = requests.get(f"{made.url}/alice/+tokens", auth=("alice", index.PASSWORD), timeout=120)
        held = set(answer.json()["result"]["tokens"])
        assert {lost.partition("/")[2], public_id(made.leaked).partition("/")[2]} <= held


@needs("npm:verdaccio")
def test_a_fresh_one_of_which_nobody_knows_whether_it_is_let_in_is_put_nowhere(tmp_path, monkeypatch, alice):
    with at_a_registry(tmp_path, alice, monkeypatch) as (case, log, made):
        before = keys_of(made)

        def again() -> None:
            log.when_done["GET /-/whoami"] = again
            gone()

        log.when_done["GET /-/whoami"] = again
        with pytest.raises(StepFailed, match="whether it is let in is not known"):
            case.carry_out("revoke")
        assert (tmp_path / "place" / "token").read_text() == made.leaked
        log.when_done.clear()
        case.plan_rotation(1, 24.0, OBSERVE_H)
        assert [one.verb for one in case.plan("revoke").actions][:3] == ["undo", "replace", "seen"]
        approve(case, alice)
        with pytest.raises(Waiting, match="no log has been read"):
            case.carry_out("revoke")
        assert len(keys_of(made) - before) == 1
        assert (tmp_path / "place" / "token").read_text() != made.leaked
