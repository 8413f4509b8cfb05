"""playbooks/rotate.yaml by `irkit run`, beginning to end, while consumers work: AWS keys at moto, an npm token at verdaccio.

The consumers are processes of their own. The log that opens the gates is written before the provider by a gateway, and not by them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from irkit.case import Case
from irkit.case.exposure.log_keys import sha256_name
from irkit.case.rotating.moments import off_at, opened_at, placed_at
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef
from irkit.revoke import QUIET, SEEN
from tests.needs import NODE_MODULES, needs
from tests.servers import verdaccio as registry
from tests.servers.at_work import Report, _client, at_work
from tests.servers.aws import moto
from tests.servers.gateway import Gateway, cloudtrail, gateway, registry_log

pytestmark = pytest.mark.slow

OBSERVE_H = 0.0006  # two seconds
ANYONE = "AKIAFAKEFAKEFAKEFAKE:fake"
ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass
class Rotation:
    """A case under rotation, the log before its provider, and the consumers that must notice nothing."""

    case: Case
    log: Gateway
    old: str
    trail: Path
    alice: tuple[Path, str]
    env: dict[str, str]
    fresh_of: Callable[[], str]
    works: Callable[[str], bool]
    consumers: dict[str, Report] = field(default_factory=dict)

    def irkit(self, *arguments: object) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "irkit", *map(str, arguments)]
        ran = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=300)
        return ran.returncode, ran.stdout, ran.stderr

    def run(self) -> tuple[int, str, str]:
        """The playbook as a person runs it, with the logs that there are by now."""
        trail = self.log.write(self.trail)
        return self.irkit("run", "rotate", self.case.folder, "-p", f"logs={trail}", "-p", f"observe_h={OBSERVE_H}")

    def kill_at(self, operation: str) -> None:
        """What is waited for is read, the plan carried out, and irkit killed once the provider has done this, before it hears so."""
        self.case.watch(self.log.write(self.trail))
        command = [sys.executable, "-m", "irkit", "carry-out", str(self.case.folder), "revoke"]
        process = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.log.when_done[operation] = process.kill
        assert process.wait(60) == -signal.SIGKILL

    def sent(self, operation: str) -> int:
        """How often irkit asked for it, whatever came of it."""
        return sum(line.event.get("eventName") == operation for line in self.log.lines)

    def approve(self) -> None:
        home, key = self.alice
        code, _, err = self.irkit("approve", self.case.folder, "revoke", "--key", key, "--home", home)
        assert code == 0, err

    def all_use(self, key: str, since: datetime) -> None:
        assert [self.log.used(name, key, since) for name in self.consumers] == [True] * len(self.consumers)


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir(mode=0o700)
    return folder / "credential"


def settled(case: Case) -> dict[str, str]:
    """How each action of the plan that was begun ended, by its verb."""
    ended = case.ledger.outcomes
    return {one.verb: ended[one.id].ended.value for one in case.plan("revoke").actions if one.id in ended}


def environment(**secrets: str) -> dict[str, str]:
    return os.environ | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"} | secrets


@contextmanager
def at_aws(tmp_path: Path, place: Path, alice, monkeypatch) -> Iterator[Rotation]:
    with ExitStack() as stack:
        url = stack.enter_context(moto(6))
        pairs = {}
        for user in ("responder", "deploy"):
            iam = _client("iam", url, ANYONE, "setup")
            iam.create_user(UserName=user)
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=ALLOW)
            made = iam.create_access_key(UserName=user)["AccessKey"]
            pairs[user] = f"{made['AccessKeyId']}:{made['SecretAccessKey']}"
        secrets = _client("secretsmanager", url, pairs["responder"], "setup")
        secrets.create_secret(Name="deploy/key", SecretString=pairs["deploy"])
        place.write_text(pairs["deploy"])
        log = stack.enter_context(gateway(url, cloudtrail))
        env = environment(OLD_KEY=pairs["deploy"], RESPONDER=pairs["responder"], READER=pairs["responder"])
        monkeypatch.setenv("OLD_KEY", pairs["deploy"])
        own = {"base": log.url, "responder": "env:RESPONDER"}
        settings = {
            "providers": {"aws": own | {"propagation_s": 1}},
            "stores": {"aws-secret": own},
            "replacements": [{"into": ["aws-secret:deploy/key", f"file:{place}"]}],
        }
        case = Case.create(
            tmp_path / "case", [SecretRef("env:OLD_KEY")], settings=settings, approvers=[tmp_path / "alice.asc"],
            purpose="rotation",
        )  # fmt: skip

        def works(pair: str) -> bool:
            try:
                _client("sts", url, pair, "afterwards").get_caller_identity()
            except Exception:
                return False
            return True

        def fresh() -> str:
            return str(case.journal.records(Kind.REPLACED)[-1].body["public_id"])

        old = case.credentials[0].name
        made = Rotation(case, log, old, tmp_path / "trail.jsonl", alice, env, fresh, works)
        for name, where in {"deployer": str(place), "reporter": f"secret:{url} deploy/key"}.items():
            made.consumers[name] = stack.enter_context(at_work("aws", name, log.url, where, env))
        yield made


@contextmanager
def at_a_registry(tmp_path: Path, place: Path, alice, monkeypatch) -> Iterator[Rotation]:
    with ExitStack() as stack:
        made_there = stack.enter_context(registry.verdaccio())
        place.write_text(made_there.leaked)
        log = stack.enter_context(gateway(made_there.url, registry_log))
        env = environment(OLD_KEY=made_there.leaked, MINE=registry.PASSWORD)
        monkeypatch.setenv("OLD_KEY", made_there.leaked)
        options = {"user": "alice", "id": made_there.leaked_key}
        npm = {"base": log.url, "responder": "env:MINE", "propagation_s": 1, "options": options}
        case = Case.create(
            tmp_path / "case", [SecretRef("env:OLD_KEY")], approvers=[tmp_path / "alice.asc"], purpose="rotation",
            settings={"providers": {"npm": npm}, "replacements": [{"into": [f"file:{place}"]}]},
            issuers={"env:OLD_KEY": "npm"},
        )  # fmt: skip

        def works(token: str) -> bool:
            answer = requests.get(
                f"{made_there.url}/-/whoami", headers={"Authorization": f"Bearer {token}"}, timeout=20
            )
            return bool(answer.ok and answer.json().get("username"))

        def fresh() -> str:
            return sha256_name(place.read_bytes())

        old = sha256_name(made_there.leaked.encode())
        made = Rotation(case, log, old, tmp_path / "registry.jsonl", alice, env, fresh, works)
        for name in ("publisher", "mirror"):
            made.consumers[name] = stack.enter_context(at_work("npm", name, log.url, str(place), env))
        yield made


def rotated(rotation: Rotation, *, has_a_way_back: bool) -> None:
    """The whole of it, each stage seen to wait for the one before."""
    case, name = rotation.case, rotation.case.credentials[0].name
    rotation.all_use(rotation.old, datetime.now(UTC).replace(microsecond=0))
    code, _, err = rotation.run()
    assert (code, "approv" in err) == (3, True), err
    assert not case.journal.records(Kind.INTENT)
    rotation.approve()

    code, _, err = rotation.run()  # made and distributed; nobody is seen with it yet
    assert code == 3, err
    placed = placed_at(case.ledger, name)
    assert placed is not None
    assert settled(case) == {"replace": "done", "seen": "waiting"}

    rotation.all_use(rotation.fresh_of(), placed + timedelta(seconds=1))
    code, _, err = rotation.run()
    assert code == 3, err
    assert "it is observed until" in err
    plan = case.plan("revoke")
    off = off_at(case.ledger, plan, name)
    assert (off is not None) is has_a_way_back
    since = off or opened_at(case.ledger, plan, name, SEEN)
    assert since is not None

    rotation.all_use(rotation.fresh_of(), since + timedelta(hours=OBSERVE_H, seconds=1))
    code, _, err = rotation.run()
    assert code == 0, err
    assert opened_at(case.ledger, plan, name, QUIET) is not None
    rotation.all_use(rotation.fresh_of(), datetime.now(UTC).replace(microsecond=0))


def same_evidence(case: Case) -> None:
    """What a revocation leaves: plan, approval of its digest, what was made and where it went, what was seen, and the proof of death."""
    plans = case.journal.records(Kind.PLAN)
    assert [one.body["digest"] for one in plans] == [case.plan("revoke").digest]
    assert [one.body["plan"] for one in case.journal.records(Kind.APPROVAL)] == [case.plan("revoke").digest]
    fresh = case.journal.records(Kind.REPLACED)[-1].body
    assert fresh["puts"]
    assert {one["ended"] for one in fresh["puts"]} == {"done"}
    assert set(settled(case).values()) == {"done"}
    assert len(case.journal.records(Kind.OBSERVED)) >= 3
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    moments = {one.body["moment"] for one in case.journal.records(Kind.STANDING)}
    assert moments >= {"before", "control", "after"}
    case.verify()


@needs("python:moto", "chromium", "npm:playwright-core", "npm:axe-core")
def test_an_aws_key_is_rotated_by_the_playbook_and_no_request_fails(tmp_path, place, alice, monkeypatch) -> None:
    before = ""
    with at_aws(tmp_path, place, alice, monkeypatch) as rotation:
        before = place.read_text()
        rotated(rotation, has_a_way_back=True)
        after = place.read_text()
        assert (rotation.works(before), rotation.works(after)) == (False, True)
    _nothing_failed(rotation)
    same_evidence(rotation.case)
    assert list(settled(rotation.case)) == ["replace", "seen", "deactivate", "quiet", "delete"]
    assert rotation.case.journal.records(Kind.CONTAINED)[-1].body["contained"] is True
    the_report(rotation.case, tmp_path)
    looked_at(rotation.case, tmp_path)
    _kept_secret(rotation.case, before, after)


@needs("python:moto")
def test_killed_where_it_hurts_nothing_is_sent_twice_and_no_request_fails(tmp_path, place, alice, monkeypatch) -> None:
    with at_aws(tmp_path, place, alice, monkeypatch) as rotation:
        case, old = rotation.case, rotation.case.credentials[0].name
        before = place.read_text()
        rotation.all_use(rotation.old, datetime.now(UTC).replace(microsecond=0))
        assert rotation.run()[0] == 3
        rotation.approve()
        rotation.kill_at("CreateAccessKey")  # a key that nobody has the value of
        assert place.read_text() == before
        code, _, err = rotation.run()
        assert (code, "its value is lost" in err) == (1, True), err
        code, _, err = rotation.run()  # another plan: what is of no use goes first
        assert (code, "approv" in err) == (3, True), err
        rotation.approve()
        assert rotation.run()[0] == 3
        placed = placed_at(case.ledger, old)
        assert placed is not None

        rotation.all_use(rotation.fresh_of(), placed + timedelta(seconds=1))
        rotation.kill_at("UpdateAccessKey")
        code, _, err = rotation.run()
        assert (code, "it is observed until" in err) == (3, True), err
        off = off_at(case.ledger, case.plan("revoke"), old)
        assert off is not None

        rotation.all_use(rotation.fresh_of(), off + timedelta(hours=OBSERVE_H, seconds=1))
        rotation.kill_at("DeleteAccessKey")
        code, _, err = rotation.run()
        assert code == 0, err
        after = place.read_text()
        assert (rotation.works(before), rotation.works(after)) == (False, True)
    _nothing_failed(rotation)
    assert [rotation.sent(one) for one in ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey")] == [2, 1, 2]
    assert case.journal.records(Kind.VERDICT)[-1].body["verdict"] == "dead"
    case.verify()
    _kept_secret(case, before, after)


@needs("npm:verdaccio")
def test_an_npm_token_is_rotated_by_the_playbook_and_no_request_fails(tmp_path, place, alice, monkeypatch) -> None:
    with at_a_registry(tmp_path, place, alice, monkeypatch) as rotation:
        before = place.read_text()
        rotated(rotation, has_a_way_back=False)
        after = place.read_text()
        assert (rotation.works(before), rotation.works(after)) == (False, True)
    _nothing_failed(rotation)
    same_evidence(rotation.case)
    assert list(settled(rotation.case)) == ["replace", "seen", "quiet", "revoke"]
    the_report(rotation.case, tmp_path)
    _kept_secret(rotation.case, before, after)


def the_report(case: Case, tmp_path: Path) -> None:
    """What the playbook wrote at the end: no postmortem, every stage reached, both ends of each stretch, both consumers seen."""
    page = (case.folder / "rotation.html").read_text()
    assert not (case.folder / "postmortem.html").exists()
    shown = page.replace("nothing leaked", "").lower()
    assert [word for word in ("leak", "expos", "root cause", "gdpr", "stranger", "severity") if word in shown] == []
    plain = json.loads(case.export("json", tmp_path / "rotation.json").read_text())
    sections = {one["key"]: one["blocks"] for one in plain["sections"]}
    stages = {row[0].partition(":")[0]: row[1] for row in sections["stages"][-1]["rows"]}
    assert set(stages.values()) <= {"yes", "left out"}
    matrix = sections["consumers"][0]
    assert [row[-1] for row in matrix["rows"]] == [True, True]
    spans = {one["name"]: one for one in plain["metrics"]}
    for name in (
        "Both worked",
        "Until every consumer was seen on the fresh one",
        "Observed without a use of the old one",
    ):
        assert (bool(spans[name]["start"]["at"]), bool(spans[name]["end"]["at"])) == (True, True)
    assert spans["Calls refused with the fresh one"]["value"] == 0
    assert "# Rotation: " in case.export("md", tmp_path / "rotation.md").read_text()
    for form in ("stix", "ics", "csv"):
        with pytest.raises(BadInput, match="a rotation has no document of this format"):
            case.export(form, tmp_path / "no")
    with pytest.raises(BadInput, match="a rotation has one edition"):
        case.export("html", tmp_path / "no", "customer")


def looked_at(case: Case, tmp_path: Path) -> None:
    """In Chromium, in light and dark, wide and narrow and on paper: no request, no message, and axe finds nothing."""
    page = {"file": str(case.folder / "rotation.html"), "axe": True}
    looks = [page | {"width": 1280}, page | {"width": 1280, "dark": True, "open": True}, page | {"width": 360}]
    looks.append(page | {"print": True, "width": 680})
    env = os.environ | {"IRKIT_NODE_MODULES": str(NODE_MODULES)}
    script = Path(__file__).parent.parent / "browser" / "page.mjs"
    ran = subprocess.run(
        ["node", script, json.dumps({"looks": looks})], env=env, capture_output=True, text=True, check=True
    )
    for seen in json.loads(ran.stdout):
        told = [seen[name] for name in ("requests", "console", "violations", "scripts", "broken", "h1", "wide")]
        assert told == [[], [], [], 0, 0, 1, 0]
        assert [(one["id"], one["nodes"][:2]) for one in seen["axe"]] == []
        assert seen["passed"] > 20


def _nothing_failed(rotation: Rotation) -> None:
    for name, did in rotation.consumers.items():
        assert (name, did.failures) == (name, ())
        assert did.requests > 20
    assert [line.agent for line in rotation.log.lines if not line.let_in and "irkit/" not in line.agent] == []


def _kept_secret(case: Case, *values: str) -> None:
    kept = b"".join(path.read_bytes() for path in sorted(case.folder.rglob("*")) if path.is_file())
    assert not [number for number, value in enumerate(values) if value.rpartition(":")[2].encode() in kept]
