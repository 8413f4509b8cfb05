"""playbooks/cloud-key.yaml by `irkit run`, beginning to end, at moto: a key that leaked is used by its job and by a stranger.

moto ignores conditions of policies and lets an inactive key in, so that these tests ask it what stands, and use what must be refused
by moto as well: a key that was deleted, a role that a policy denies everything.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from irkit import openpgp
from irkit.case import Case
from irkit.case.containment.consumers import known_consumers
from irkit.case.exposure.kept_usage import begotten, kept
from irkit.errors import Waiting
from irkit.exposure.consumers import NEW_SINCE
from irkit.model import Kind, iso
from irkit.plan import Approval, AwsCall, HumanTask, document
from tests.e2e.cloud_incident import ABROAD, BACKDOOR, HOME, JOB, STRANGER, CloudIncident, Loot, cloud_incident, lets_in
from tests.needs import needs

pytestmark = [pytest.mark.slow, needs("python:moto")]


@pytest.fixture
def cloud(tmp_path, alice, monkeypatch) -> Iterator[CloudIncident]:
    """Two weeks of ordinary use, the leak, and a case; the secrets stand in this process's environment too."""
    with cloud_incident(tmp_path, alice) as made:
        for name in ("LEAKED", "RESPONDER", "NO_PROXY", "no_proxy"):
            monkeypatch.setenv(name, made.env[name])
        made.two_weeks_of_ordinary_use()
        made.leak()
        made.open_case()
        yield made


def waits_for(told: str) -> str:
    """The hand step of the playbook that it stopped at."""
    (step,) = re.findall(r"irkit done CASE (abuse-[0-9a-f]{10})", told)
    return str(step)


def actions(case: Case) -> list[tuple[str, str, str]]:
    """Of the latest plan: verb, the call or "by hand", and what in words up to whose it is."""
    return [
        (one.verb, one.do.operation if isinstance(one.do, AwsCall) else "by hand", re.split(", made with|: AKIA", one.what)[0])
        for one in case.plan("revoke").actions
    ]  # fmt: skip


def by_hand(cloud: CloudIncident, text: str) -> None:
    for one in cloud.case.plan("revoke").actions:
        if isinstance(one.do, HumanTask) and one.id not in cloud.case.ledger.hand_done:
            cloud.done(one.id, text)


def contained(case: Case) -> bool | None:
    found = case.journal.records(Kind.CONTAINED)
    return bool(found[-1].body["contained"]) if found else None


def who_used_it(cloud: CloudIncident, loot: Loot) -> None:
    """The stranger apart from the job, and all that the key begot."""
    case, name = cloud.case, cloud.leaked.id
    usage = kept(case, name)
    assert usage is not None
    assert [(one["address"], one["near"]) for one in usage["strangers"]] == [(STRANGER, False)]
    assert usage["regions_read"] == [ABROAD, HOME, "us-east-1"]
    notes = {one.where: one.note for one in known_consumers(case, name) or () if one.sure == "used"}
    assert notes.keys() == {JOB, STRANGER}
    assert (notes[STRANGER], notes[JOB]) == (NEW_SINCE, "used it before it was exposed: ours, as far as that shows")
    assert [(one.kind, one.id, one.alive) for one in begotten(case, name) or ()] == [
        ("user", BACKDOOR, None),
        ("access-key", loot.back.id, None),
        ("session", loot.token.id, True),
        ("session", loot.role.id, True),
        ("instance", loot.instance, None),
    ]


def each_has_an_action(cloud: CloudIncident, loot: Loot) -> None:
    case = cloud.case
    assert actions(case) == [
        ("deactivate", "UpdateAccessKey", "Deactivate the access key"),
        ("delete", "DeleteAccessKey", "Delete the access key"),
        ("close", "PutUserPolicy", "End sessions made with the key before"),
        ("replace", "by hand", "Make a fresh credential and put it where its consumers read it"),
        ("switch", "by hand", actions(case)[4][2]),
        ("contain", "UpdateAccessKey", f"Deactivate the access-key {loot.back.id}"),
        ("contain", "PutUserPolicy", f"End the session {loot.token.id}"),
        ("contain", "PutRolePolicy", f"End the session {loot.role.id}"),
        ("contain", "by hand", f"Remove the IAM user {BACKDOOR}"),
        ("contain", "by hand", f"Remove the EC2 instance {loot.instance}"),
    ]
    plan = case.plan("revoke")
    assert (plan.approvals_required, plan.approvals_valid_h) == (1, 4.0)
    (switch,) = [one.do.steps for one in plan.actions if one.verb == "switch" and isinstance(one.do, HumanTask)]
    assert any(JOB in step for step in switch)
    assert not any(STRANGER in step for step in switch)
    assert any("taken for the intruder" in one and STRANGER in one for one in plan.reasons)


def nothing_of_it_acts(cloud: CloudIncident, loot: Loot) -> None:
    iam = cloud.office.client("iam", cloud.admin)
    for policy in (
        iam.get_user_policy(UserName="ci", PolicyName="AWSRevokeOlderSessions"),
        iam.get_role_policy(RoleName="Deploy", PolicyName="AWSRevokeOlderSessions"),
    ):
        (statement,) = policy["PolicyDocument"]["Statement"]
        until = datetime.fromisoformat(statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"])
        assert statement["Effect"] == "Deny"
        # Sessions tell their beginning in whole seconds: none of the second in which it was denied is let in.
        assert cloud.opened + timedelta(hours=2) < until <= datetime.now(UTC) + timedelta(seconds=1)
    assert [lets_in(cloud.stranger, one) for one in (cloud.leaked, loot.role)] == [False, False]


def the_postmortem(cloud: CloudIncident) -> None:
    case = cloud.case
    plain = json.loads(case.export("json", cloud.folder / "postmortem.json").read_text())
    spans = {one["name"]: one for one in plain["metrics"]}
    for name in ("Time to contain", "Time to revoke"):
        assert (bool(spans[name]["start"]["at"]), bool(spans[name]["end"]["at"])) == (True, True), name
    sections = {one["key"]: json.dumps(one["blocks"]) for one in plain["sections"]}
    for technique in ("T1552.001", "T1078.004", "T1098.001", "T1136.003", "T1496", "T1535"):
        assert technique in sections["attack"], technique
    assert f"CloudTrail was read of {ABROAD}, {HOME} and us-east-1" in sections["open"]
    assert STRANGER in sections["usage"]
    assert "proved dead" in sections["summary"]
    assert "look-alike never issued" in sections["response"]


def _kept_secret(case: Case, *values: str) -> None:
    """Last of all: who reads an open journal as a file gives up its lock."""
    kept = b"".join(path.read_bytes() for path in sorted(case.folder.rglob("*")) if path.is_file())
    assert [number for number, value in enumerate(values) if value.encode() in kept] == []


def test_a_key_in_use_is_contained_with_all_that_it_begot_and_later_logs_show_what_lived(cloud: CloudIncident) -> None:
    loot = cloud.break_in()
    late = cloud.make_another(loot, "late-user")
    cloud.works_as_ever()
    unread = [
        one["eventID"] for one in cloud.trail.records if (one["requestParameters"] or {}).get("userName") == "late-user"
    ]  # of the last minutes, which CloudTrail has not delivered yet
    logs = cloud.trail.deliver(cloud.folder / "logs", but=unread)

    code, told = cloud.run(logs)
    assert (code, "the plan waits for approval" in told) == (3, True), told
    assert not cloud.case.journal.records(Kind.INTENT)
    who_used_it(cloud, loot)
    each_has_an_action(cloud, loot)

    cloud.approve()
    code, told = cloud.run(logs)
    assert (code, "a person must do this by hand" in told) == (3, True), told
    assert cloud.status_of(cloud.leaked, "ci") == ""
    assert cloud.status_of(loot.back, BACKDOOR) == "Inactive"
    nothing_of_it_acts(cloud, loot)
    assert cloud.case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"  # the proof waits for no hand task
    assert contained(cloud.case) is False

    cloud.clear_away(loot)
    by_hand(cloud, "done as the plan says")
    code, told = cloud.run(logs)
    assert code == 3, told
    step = waits_for(told)
    assert contained(cloud.case) is True

    cloud.done(step, "looked into every region")
    code, told = cloud.run(logs)
    assert code == 0, told
    the_postmortem(cloud)
    moments = {one.body["moment"]: one.body["standing"]["state"] for one in cloud.case.journal.records(Kind.STANDING)}
    assert {name: moments[name] for name in ("before", "control", "after")} == {
        "before": "alive", "control": "dead", "after": "dead",
    }  # fmt: skip
    assert [lets_in(cloud.stranger, one) for one in (loot.back, loot.role, cloud.leaked)] == [False, False, False]

    assert lets_in(cloud.stranger, late)
    logs = cloud.trail.deliver(cloud.folder / "later")
    code, told = cloud.run(logs, "--from", "exposure")
    assert (code, "the plan waits for approval" in told) == (3, True), told
    assert "late-user" in cloud.case.journal.records(Kind.CONTAINED)[-1].body["why"][0]
    assert contained(cloud.case) is False
    tree = {one.id: (one.alive, one.ok_last) for one in begotten(cloud.case, cloud.leaked.id) or ()}
    alive, used = tree[late.id]
    assert alive is None
    assert used is not None
    assert used > datetime.now(UTC) - timedelta(minutes=30)
    assert [tree[one][0] for one in (BACKDOOR, loot.back.id, loot.instance)] == [False, False, False]

    cloud.approve()
    code, told = cloud.run(logs)
    assert code == 3, told
    assert cloud.status_of(late, "late-user") == "Inactive"
    by_hand(cloud, "removed as well")
    code, told = cloud.run(logs)
    assert code == 0, told
    assert contained(cloud.case) is True
    cloud.case.verify()

    code, told = cloud.run(logs, "--from", "exposure")  # nothing new in them: nobody is asked for anything
    assert code == 0, told
    assert contained(cloud.case) is True
    _kept_secret(cloud.case, cloud.leaked.secret, cloud.admin.secret)


def test_what_works_again_after_it_was_ended_is_no_longer_contained_and_is_ended_once_more(
    cloud: CloudIncident,
) -> None:
    loot = cloud.break_in()
    logs = cloud.trail.deliver(cloud.folder / "logs")
    case = cloud.read(logs)
    case.plan_revocation(contain_first=True)
    cloud.approve()
    with pytest.raises(Waiting):
        case.carry_out("revoke")
    by_hand(cloud, "said, and not done")
    case.carry_out("revoke")
    case.confirm()
    assert contained(case) is True

    iam = cloud.stranger.client("iam", cloud.admin)  # by another way in that nobody knows of
    iam.update_access_key(UserName=BACKDOOR, AccessKeyId=loot.back.id, Status="Active")
    ended = max(one.at for one in case.journal.records(Kind.OUTCOME))
    cloud.trail.at = ended + timedelta(minutes=5)
    assert lets_in(cloud.stranger, loot.back)
    told = cloud.case.usage(cloud.trail.deliver(cloud.folder / "later")).text()
    assert "is NOT contained" in told
    assert contained(cloud.case) is False

    case = cloud.case
    case.plan_revocation(contain_first=True)
    again = {one.what.split(", made")[0]: one.attempt for one in case.plan("revoke").actions if one.verb == "contain"}
    assert again[f"Deactivate the access-key {loot.back.id}"] == 2
    assert again[f"End the session {loot.role.id}"] == 1
    cloud.approve()
    with pytest.raises(Waiting, match=BACKDOOR):  # who says that the user is gone is asked again as well
        case.carry_out("revoke")
    assert cloud.status_of(loot.back, BACKDOOR) == "Inactive"
    case.verify()


def test_logs_of_one_region_are_said_to_say_nothing_of_the_others(cloud: CloudIncident) -> None:
    loot = cloud.break_in()
    case = cloud.read(cloud.trail.deliver(cloud.folder / "home", regions=[HOME]))
    tree = {one.kind for one in begotten(case, cloud.leaked.id) or ()}
    assert tree == {"session"}  # neither the user nor the machine stands in them
    code, told = cloud.irkit("usage", f"id:{cloud.leaked.id}", cloud.folder / "home")
    assert code == 0, told
    said = " ".join(told.split())
    assert f"CloudTrail was read of {HOME}," in said
    assert "what was done in any other is unknown; users, keys and roles that it made stand in us-east-1" in said
    page = json.loads(case.export("json", cloud.folder / "draft.json").read_text())
    (open_,) = [json.dumps(one["blocks"]) for one in page["sections"] if one["key"] == "open"]
    assert "in any other is unknown" in open_
    assert loot.instance not in json.dumps(page)


def test_a_key_whose_user_somebody_deleted_meanwhile_holds_nothing_up(cloud: CloudIncident) -> None:
    loot = cloud.break_in()
    logs = cloud.trail.deliver(cloud.folder / "logs")
    case = cloud.read(logs)
    case.plan_revocation()
    cloud.clear_away(loot)  # by a colleague, while the plan is being approved
    cloud.approve()
    with pytest.raises(Waiting):
        case.carry_out("revoke")
    by_hand(cloud, "is gone already")
    case.carry_out("revoke")
    case.confirm()
    ended = {one.body["what"]: one.body["outcome"] for one in case.journal.records(Kind.OUTCOME)}
    (key,) = [outcome for what, outcome in ended.items() if loot.back.id in what]
    assert (key["ended"], "knows no such user" in key["why"]) == ("done", True)
    assert contained(case) is True


@pytest.mark.parametrize(("minutes", "counts"), [(241, False), (235, True)])
def test_an_approval_counts_for_four_hours(cloud: CloudIncident, minutes: int, counts: bool) -> None:
    cloud.break_in()
    logs = cloud.trail.deliver(cloud.folder / "logs")
    code, told = cloud.run(logs)
    assert code == 3, told
    plan, at, (home, key) = cloud.case.plan("revoke"), datetime.now(UTC) - timedelta(minutes=minutes), cloud.approver
    said = openpgp.approvals.statement(plan.name, plan.digest, plan.case_id, "Alice", at)
    signature = openpgp.approvals.sign(home, key, said)
    cloud.case.write(Kind.APPROVAL, document(Approval(plan.digest, key, "Alice", at, said, signature)))
    code, told = cloud.run(logs)
    assert code == 3, told
    assert ("it expired 4 hours after it was signed" in told) is not counts, (iso(at), told)
    assert bool(cloud.sent("UpdateAccessKey")) is counts
    assert (cloud.status_of(cloud.leaked, "ci") == "") is counts


CHANGES = ("UpdateAccessKey", "DeleteAccessKey", "PutUserPolicy", "PutRolePolicy")


def killed_once_aws_has_changed_something(cloud: CloudIncident) -> int:
    """Carried out, and killed when AWS has done the next thing and irkit has not heard so. The exit code."""
    command = [sys.executable, "-m", "irkit", "carry-out", "case", "revoke"]
    process = subprocess.Popen(
        command, env=cloud.env, cwd=cloud.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    cloud.office.door.when_done.update(dict.fromkeys(CHANGES, process.kill))
    return process.wait(120)


def test_killed_after_each_request_and_run_again_nothing_is_sent_twice(cloud: CloudIncident) -> None:
    loot = cloud.break_in()
    case = cloud.read(cloud.trail.deliver(cloud.folder / "logs"))
    case.plan_revocation(contain_first=True)
    planned = Counter(one.do.operation for one in case.plan("revoke").actions if isinstance(one.do, AwsCall))
    cloud.approve()
    kills = 0
    while (code := killed_once_aws_has_changed_something(cloud)) != 3:
        kills += code == -signal.SIGKILL
        if code == 1:  # one that was announced beside it and never sent: another attempt, which people approve
            cloud.case.plan_revocation(contain_first=True)
            cloud.approve()
    assert kills >= 4  # each of the key's own three, and one at least of what it begot, where several are under way
    by_hand(cloud, "done")
    code, told = cloud.irkit("carry-out", "case", "revoke")
    assert code == 0, told
    cloud.case.confirm()

    sent = Counter((name, json.dumps(one, sort_keys=True)) for name in CHANGES for one in cloud.sent(name))
    by_name = Counter(name for name, _ in sent.elements())
    assert by_name.keys() == set(CHANGES)
    assert by_name <= planned
    assert {name for (name, _), times in sent.items() if times > 1} <= {"PutUserPolicy"}  # planned for two reasons
    intents = Counter(one.body["action"] for one in cloud.case.journal.records(Kind.INTENT))
    assert set(intents.values()) == {1}
    assert cloud.status_of(cloud.leaked, "ci") == ""
    assert cloud.status_of(loot.back, BACKDOOR) == "Inactive"
    assert contained(cloud.case) is True
    cloud.case.verify()
