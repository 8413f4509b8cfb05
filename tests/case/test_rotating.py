"""A rotation while consumers are at work: not one of their requests fails. AWS keys at moto, an npm token at verdaccio."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from irkit.case import Case, signing_report
from irkit.case.rotating.moments import off_at, placed_at
from irkit.case.rotating.watching import observed
from irkit.errors import BadInput, Waiting
from irkit.model import Kind, SecretRef
from irkit.revoke import quiet, switched
from tests.needs import needs
from tests.servers.aws import moto
from tests.servers.consumer import Consumer, cloudtrail, write_logs

ANYONE = {"aws_access_key_id": "AKIAFAKEFAKEFAKEFAKE", "aws_secret_access_key": "fake", "region_name": "us-east-1"}
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
OBSERVE_H = 2 / 3600


@dataclass(frozen=True)
class Cloud:
    """moto with users that have a key each; `pairs` are KEYID:SECRETKEY by user."""

    url: str
    pairs: dict[str, str]

    def client(self, service: str, pair: str) -> Any:
        import boto3

        key, _, secret = pair.partition(":")
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret
        )

    def keys(self, user: str) -> dict[str, str]:
        """The user's keys and whether each is active."""
        listed = self.client("iam", self.pairs["responder"]).list_access_keys(UserName=user)["AccessKeyMetadata"]
        return {one["AccessKeyId"]: one["Status"] for one in listed}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    import boto3

    users = ("responder", "deploy", "batch", "late")
    with moto(3 * len(users)) as url:
        iam, pairs = boto3.client("iam", endpoint_url=url, **ANYONE), {}
        for user in users:
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ALLOW)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs[user] = f"{made['AccessKeyId']}:{made['SecretAccessKey']}"
        yield Cloud(url, pairs)


def opened(tmp_path: Path, cloud: Cloud, user: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, Path]:
    """A rotation of a user's key, whose consumers read it in a file and in Secrets Manager."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OLD_KEY", cloud.pairs[user])
    monkeypatch.setenv("RESPONDER", cloud.pairs["responder"])
    place = tmp_path / "place"
    place.mkdir(mode=0o700)
    (place / "key").write_text(cloud.pairs[user])
    cloud.client("secretsmanager", cloud.pairs["responder"]).create_secret(
        Name=f"{user}/key", SecretString=cloud.pairs[user]
    )
    own = {"base": cloud.url, "responder": "env:RESPONDER"}
    settings = {
        "providers": {"aws": own | {"propagation_s": 1}},
        "stores": {"aws-secret": own},
        "replacements": [{"into": ["aws-secret:" + f"{user}/key", f"file:{place / 'key'}"]}],
    }
    case = Case.create(
        tmp_path / "case", [SecretRef("env:OLD_KEY")], settings=settings, approvers=[tmp_path / "alice.asc"],
        purpose="rotation",
    )  # fmt: skip
    return case, place / "key"


def consumers(cloud: Cloud, user: str, file: Path) -> tuple[Consumer, Consumer]:
    """One reads the file before every request, one asks Secrets Manager, as a role of its machine would let it."""
    secrets = cloud.client("secretsmanager", cloud.pairs["responder"])

    def ask(pair: str) -> None:
        cloud.client("sts", pair).get_caller_identity()

    def from_secrets() -> str:
        return str(secrets.get_secret_value(SecretId=f"{user}/key")["SecretString"])

    def made(name: str, address: str, take: Any) -> Consumer:
        return Consumer(
            name, address, take, ask, lambda pair: pair.partition(":")[0],
            lambda one, key_id, at: cloudtrail(one.name, one.address, key_id, at),
        )  # fmt: skip

    return made("deployer", "10.0.0.7", file.read_text), made("reporter", "10.0.0.8", from_secrets)


def approve(case: Case, alice: tuple[Path, str]) -> None:
    home, key = alice
    case.approve("revoke", key, home)


def stopped(case: Case, logs: Path, observe_h: float = OBSERVE_H) -> str:
    """One run as the notebook does it. Why it stopped; "" when it is over."""
    case.watch(logs)
    case.plan_rotation(1, 24.0, observe_h)
    try:
        case.carry_out("revoke")
    except Waiting as error:
        return str(error)
    return ""


@needs("python:moto")
def test_no_request_fails_while_an_aws_key_is_rotated_and_each_stage_waits_for_what_logs_show(
    tmp_path, monkeypatch, cloud, alice
):
    case, file = opened(tmp_path, cloud, "deploy", monkeypatch)
    old = case.credentials[0].name
    logs = tmp_path / "trail.jsonl"
    with ExitStack() as stack:
        at_work = [stack.enter_context(one) for one in consumers(cloud, "deploy", file)]
        begun = datetime.now(UTC).replace(microsecond=0)
        assert all(one.used(old, begun) for one in at_work)
        case.watch(write_logs(logs, at_work))
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        plan = case.plan("revoke")
        verbs = [action.verb for action in plan.actions]
        assert verbs == ["replace", "seen", "deactivate", "quiet", "delete"]

        why = stopped(case, logs)
        assert "no log has been read since" in why
        placed = placed_at(case.ledger, old)
        assert placed is not None
        fresh = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
        assert cloud.keys("deploy") == {old: "Active", fresh: "Active"}

        assert all(one.used(fresh, placed) for one in at_work)
        why = stopped(case, write_logs(logs, at_work))
        assert "it is observed until" in why
        assert "Run it again from" in why
        assert cloud.keys("deploy") == {old: "Inactive", fresh: "Active"}
        off = off_at(case.ledger, plan, old)
        assert off is not None

        due = off + timedelta(hours=OBSERVE_H, seconds=1)
        assert all(one.used(fresh, due) for one in at_work)
        assert stopped(case, write_logs(logs, at_work)) == ""
        assert cloud.keys("deploy") == {fresh: "Active"}
        case.confirm()
        after = datetime.now(UTC)
        assert all(one.used(fresh, after) for one in at_work)
        assert [one.failures for one in at_work] == [[], []]
    assert case.plan("revoke").digest == plan.digest
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    assert case.journal.records(Kind.CONTAINED)[-1].body["contained"] is True
    assert sum(1 for one in case.journal.records(Kind.PLAN)) == 1
    case.verify()


def stuck(cloud: Cloud, pair: str) -> Consumer:
    """One that has a copy of its own, and was forgotten."""
    return Consumer(
        "forgotten", "10.0.0.9", lambda: pair, lambda own: cloud.client("sts", own).get_caller_identity(),
        lambda own: own.partition(":")[0], lambda one, key_id, at: cloudtrail(one.name, one.address, key_id, at),
    )  # fmt: skip


@needs("python:moto")
def test_a_consumer_that_was_forgotten_holds_it_up_and_no_word_opens_what_logs_deny(
    tmp_path, monkeypatch, cloud, alice
):
    case, file = opened(tmp_path, cloud, "batch", monkeypatch)
    old, logs = case.credentials[0].name, tmp_path / "trail.jsonl"
    with ExitStack() as stack:
        at_work = [stack.enter_context(one) for one in consumers(cloud, "batch", file)]
        forgotten = stack.enter_context(stuck(cloud, cloud.pairs["batch"]))
        assert all(one.used(old, datetime.now(UTC).replace(microsecond=0)) for one in (*at_work, forgotten))
        case.watch(write_logs(logs, [*at_work, forgotten]))
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        stopped(case, logs)
        placed = placed_at(case.ledger, old)
        fresh = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
        assert placed is not None
        assert all(one.used(fresh, placed) for one in at_work)
        assert forgotten.used(old, placed + timedelta(seconds=1))
        write_logs(logs, [*at_work, forgotten])
        for said in (False, True):
            if said:
                gate = next(one for one in case.plan("revoke").actions if one.verb == "seen")
                case.hand_done(gate.id, "all of them, I am sure")
            why = stopped(case, logs)
            assert "the old one is still used: forgotten at 10.0.0.9" in why
            assert cloud.keys("batch") == {old: "Active", fresh: "Active"}
        assert [one.failures for one in (*at_work, forgotten)] == [[], [], []]
    report = case.export("md").read_text()
    assert "whether forgotten at 10.0.0.9 uses the fresh one" in report
    assert "still works" in report


@needs("python:moto")
def test_a_late_use_is_named_the_old_one_is_let_in_again_and_the_fresh_one_stays(tmp_path, monkeypatch, cloud, alice):
    case, file = opened(tmp_path, cloud, "late", monkeypatch)
    old, logs = case.credentials[0].name, tmp_path / "trail.jsonl"
    with ExitStack() as stack:
        at_work = [stack.enter_context(one) for one in consumers(cloud, "late", file)]
        assert all(one.used(old, datetime.now(UTC).replace(microsecond=0)) for one in at_work)
        case.watch(write_logs(logs, at_work))
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        stopped(case, logs)
        fresh = str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])
        placed = placed_at(case.ledger, old)
        assert placed is not None
        assert all(one.used(fresh, placed) for one in at_work)
        stopped(case, write_logs(logs, at_work))
        first = case.plan("revoke")
        off = off_at(case.ledger, first, old)
        assert off is not None
        late = cloudtrail("quarterly", "10.0.0.9", old, off + timedelta(seconds=1), "InvalidClientTokenId")
        why = stopped(case, write_logs(logs, at_work, late))
        assert "used after it was deactivated: quarterly at 10.0.0.9" in why
        assert "--reactivate" in why
        assert "Late users of the old one | 1 |" in case.export("md").read_text()

        case.plan_reactivation()
        approve(case, alice)
        case.carry_out("revoke")
        assert cloud.keys("late") == {old: "Active", fresh: "Active"}
        told = case.export("md").read_text()
        assert ("is out of use, and can be let in again" in told, "The old one still works" in told) == (False, True)
        with pytest.raises(BadInput, match="nothing to let in again"):
            case.plan_reactivation()
        with pytest.raises(Waiting, match="the stage before it is not over"):
            case.carry_out(first.name)  # the first attempt, whose approvals still count
        assert cloud.keys("late") == {old: "Active", fresh: "Active"}
        # In whole seconds, as logs are: in the same one as the late use nobody could tell which came first.
        again = cloudtrail("quarterly", "10.0.0.9", fresh, off + timedelta(seconds=2))
        now = datetime.now(UTC) + timedelta(seconds=2)
        assert all(one.used(fresh, now) for one in at_work)
        case.watch(write_logs(logs, at_work, late, again))
        case.plan_rotation(1, 24.0, OBSERVE_H)
        approve(case, alice)
        assert "it is observed until" in stopped(case, logs)
        second = case.plan("revoke")
        assert second.digest != first.digest
        off = off_at(case.ledger, second, old)
        assert off is not None
        due = off + timedelta(hours=OBSERVE_H, seconds=1)
        assert all(one.used(fresh, due) for one in at_work)
        quarterly = cloudtrail("quarterly", "10.0.0.9", fresh, due)
        assert stopped(case, write_logs(logs, at_work, late, again, quarterly)) == ""
        case.confirm()
        assert [one.failures for one in at_work] == [[], []]
        assert cloud.keys("late") == {fresh: "Active"}
    made = {str(one.body["public_id"]) for one in case.journal.records(Kind.REPLACED)}
    assert made == {fresh}
    assert "the old one was let in again 1 times in between" in case.export("md").read_text()
    case.verify()


# What cannot be


def test_a_key_that_signs_is_not_rotated_so(tmp_path):
    with pytest.raises(BadInput, match="an OpenPGP key is not rotated so"):
        Case.create(tmp_path / "case", [SecretRef("gpg:" + "AB12" * 10)], purpose="rotation")
    assert not (tmp_path / "case").exists()


def test_what_is_no_log_and_what_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("OLD_KEY", "AKIAQVISIBLYFAKE0000:" + "visiblyFakeSecretKey" * 2)
    case = Case.create(tmp_path / "case", [SecretRef("env:OLD_KEY")], purpose="rotation")
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.log").write_text("this is a letter\n")
    for place in ("gone", "empty", "a.log"):
        with pytest.raises(BadInput, match=f"(?s){place}"):
            case.watch(tmp_path / place)
    assert case.journal.records(Kind.OBSERVED) == ()
    for hours in (-1.0, float("nan"), 1e9):
        with pytest.raises(BadInput, match="no time to observe"):
            case.plan_rotation(1, 24.0, hours)
    with pytest.raises(BadInput, match="nothing to let in again"):
        case.plan_reactivation()
    report = case.export("md").read_text()
    assert "who uses AKIAQVISIBLYFAKE0000, and what took its place" in report


# What logs do not say


OLD, FRESH = "AKIAQVISIBLYFAKE0000", "AKIAQVISIBLYFAKE1111"


@pytest.fixture
def offline(tmp_path, monkeypatch) -> Case:
    """A rotation that reads logs, and reaches nobody."""
    monkeypatch.setenv("OLD_KEY", f"{OLD}:" + "visiblyFakeSecretKey" * 2)
    return Case.create(tmp_path / "case", [SecretRef("env:OLD_KEY")], purpose="rotation")


def written(path: Path, *events: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def test_a_fresh_one_whose_use_the_log_does_not_call_let_in_is_not_seen_in_use(offline, tmp_path):
    now = datetime.now(UTC) - timedelta(minutes=5)
    said = [{"status": "Success"}, {"status": "Failure"}, {}]
    event = {
        "class_uid": 6003,
        "time": int(now.timestamp()) * 1000,
        "activity_id": 2,
        "src_endpoint": {"ip": "10.0.0.7"},
    }
    event |= {"metadata": {"version": "1.1.0"}, "api": {"operation": "GetObject"}}
    event |= {"actor": {"user": {"credential_uid": FRESH}}}
    uses = []
    for number, outcome in enumerate(said):
        log = written(tmp_path / f"{number}.jsonl", event | outcome)
        case = offline
        case.watch(log, fresh=[FRESH])
        record = case.journal.records(Kind.OBSERVED)[-1].body
        uses.append([row["uses"] for row in case.evidence.document(record["evidence"])["users"]])
    assert uses == [[1], [0], [0]]


def test_a_refusal_is_over_when_another_log_shows_the_call_let_in_and_only_then(offline, tmp_path):
    start = datetime.now(UTC) - timedelta(hours=1)

    def use(action: str, minute: int, error: str = "") -> dict[str, Any]:
        return cloudtrail("app", "10.0.0.7", FRESH, start + timedelta(minutes=minute), error) | {"eventName": action}

    readings = {
        "monday": ([cloudtrail("app", "10.0.0.7", OLD, start), use("PutObject", 5, "AccessDenied")], 1),
        "tuesday": ([use("GetObject", 10)], 1),
        "wednesday": ([use("GetObject", 20), use("PutObject", 21)], 0),
    }
    for name, (events, left) in readings.items():
        offline.watch(written(tmp_path / f"{name}.jsonl", *events), fresh=[FRESH])
        seen = observed(offline, OLD)
        assert seen is not None
        assert [len(one.failed) for one in seen.users] == [left]
    kept = offline.evidence.document(offline.journal.records(Kind.OBSERVED)[-1].body["evidence"])
    assert [action for action, _ in kept["users"][0]["let_in"]] == ["PutObject"]


def test_the_old_one_is_not_taken_for_the_fresh_one(offline, tmp_path):
    log = written(tmp_path / "a.jsonl", cloudtrail("app", "10.0.0.7", OLD, datetime.now(UTC)))
    with pytest.raises(BadInput, match="does not say which credential"):
        offline.watch(log, fresh=[OLD])


def test_logs_of_another_clock_open_nothing_and_do_not_reach_into_the_time_to_come(offline, tmp_path):
    now = datetime.now(UTC)
    ahead = written(
        tmp_path / "a.jsonl",
        cloudtrail("app", "10.0.0.7", OLD, now - timedelta(hours=9)),
        cloudtrail("app", "10.0.0.7", FRESH, now + timedelta(hours=9)),
    )
    shown = offline.watch(ahead, fresh=[FRESH]).text()
    assert "the clock of the logs is another one: 1 events are dated later than they were read" in shown
    seen = observed(offline, OLD)
    assert seen is not None
    assert seen.reaches is not None
    assert seen.reaches < now
    assert switched(seen, now - timedelta(hours=8)).yes is None


def test_each_log_is_known_by_how_far_it_goes(offline, tmp_path):
    start = datetime.now(UTC) - timedelta(hours=3)

    def of(name: str, *uses: tuple[str, float]) -> Path:
        events = (cloudtrail(name, "10.0.0.7", key, start + timedelta(minutes=at)) for key, at in uses)
        return written(tmp_path / f"{name}.jsonl", *events)

    east = of("deployer", (OLD, 0), (FRESH, 20), (FRESH, 65))
    west = of("reporter", (OLD, 1), (FRESH, 21), (FRESH, 150))
    offline.watch(east, west, fresh=[FRESH])
    seen = observed(offline, OLD)
    assert seen is not None
    assert {one.what: one.logs for one in seen.users} == {"deployer": (str(east),), "reporter": (str(west),)}
    since, now = start + timedelta(minutes=60), start + timedelta(hours=3)
    assert switched(seen, start + timedelta(minutes=10)).yes is True
    found = quiet(seen, since, 1.0, now)
    assert (found.yes, f"{east}, which shows deployer at 10.0.0.7" in found.why) == (None, True)
    offline.watch(east, west, fresh=[FRESH], until=(start + timedelta(minutes=140)).isoformat())
    seen = observed(offline, OLD)
    assert seen is not None
    found = quiet(seen, since, 1.0, now)
    assert (found.yes, "is a person's word" in found.why) == (True, True)
    assert "on a person's word" in offline.export("md").read_text()


def test_before_its_end_there_is_no_death_to_prove(offline):
    with pytest.raises(Waiting, match="the old one is meant to live"):
        offline.confirm()
    assert offline.journal.records(Kind.VERDICT) == ()


def test_a_password_that_would_end_the_old_one_at_once_is_not_planned(tmp_path, monkeypatch):
    monkeypatch.setenv("OLD_KEY", "postgresql://app:visibly-fake-password@127.0.0.1:1/app")
    monkeypatch.setenv("MINE", "visibly-fake-admin")
    own = {"base": "127.0.0.1:1", "responder": "env:MINE", "options": {"responder_user": "admin"}}
    case = Case.create(
        tmp_path / "case", [SecretRef("env:OLD_KEY")], purpose="rotation",
        settings={
            "providers": {"postgresql": own},
            "replacements": [{"into": [f"file:{tmp_path / 'key'}"], "name": "app"}],
        },
    )  # fmt: skip
    with pytest.raises(BadInput, match="cannot stand beside the old one"):
        case.plan_rotation(1, 24.0, 1.0)
    assert case.journal.records(Kind.PLAN) == ()


# What people write, and sign


def test_people_are_asked_little_and_sign_the_report_by_its_own_name(tmp_path, monkeypatch, alice):
    monkeypatch.setenv("OLD_KEY", "AKIAQVISIBLYFAKE0000:" + "visiblyFakeSecretKey" * 2)
    case = Case.create(
        tmp_path / "case", [SecretRef("env:OLD_KEY")], approvers=[tmp_path / "alice.asc"], purpose="rotation"
    )
    asked = case.draft().text()
    folder = case.folder / "postmortem"
    assert {path.name for path in folder.iterdir()} == {"front.toml", "summary.md", "why.md", "open.md"}
    assert "Still needed" in asked
    assert "legal hold" not in asked
    (folder / "why.md").write_text("It is older than rule max-age of the policy allows.\n")
    assert "older than rule max-age" in case.export("md").read_text()
    assert "report: notebook 5" not in case.status().text()
    case.export()
    home, key = alice
    signing_report.sign(case, key, home=home)
    assert (case.folder / "rotation.html.asc").is_file()
    (folder / "why.md").write_text("Its age, and who left.\n")
    assert "Its age, and who left." in case.changes().text()
    case.verify()
