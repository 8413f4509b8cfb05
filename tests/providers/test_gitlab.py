"""GitLab: formats, how replies are read, and every kind of token's whole death at a server with a memory."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from irkit.errors import BadInput, IrkitError, NotAvailable
from irkit.model import Secret, SecretRef, State
from irkit.network import Door
from irkit.plan import Call, HumanTask
from irkit.providers import identify
from irkit.providers.gitlab import GITLAB, ask_revoke, ask_standing, read_revoke, read_standing
from irkit.providers.gitlab_formats import KINDS, crc_of, routing
from irkit.providers.gitlab_more import REPLACEMENT, SURVIVORS
from irkit.providers.interface import Need, Reading, Reply, Setting, Target
from irkit.redact import Redactor
from irkit.revoke import after_unknown, control_of, proof_of_death
from irkit.stores import resolve
from tests.providers.proofs import proves
from tests.servers.gitlab import ADMIN, GitLab, Token
from tests.servers.loopback import Server, serving

TOKEN, RESPONDER = SecretRef("env:TOKEN"), SecretRef("env:RESPONDER")
# From GitLab's own tests of its routable tokens: partition 1, group 8, organization "rz", runner type 2.
VECTOR = "glrtr" + "-W5m1cHR6skC98Bx7XkuYjmM6MQpnOjgKbzpyegp0OjIQ.01.18" + "1uebm4k"


@proves("gitlab", "identify", by="offline")
def test_a_routable_token_is_checked_and_decoded_as_gitlab_makes_it() -> None:
    assert crc_of(VECTOR[:-7]) == "1uebm4k"
    found = identify(VECTOR)
    assert [(one.provider, one.shape, one.checked) for one in found] == [("gitlab", "glrtr_routable", True)]
    assert routing(VECTOR) == {"cell": "1", "group": "8", "organization": str(int("rz", 36))}
    assert dict(found[0].facts)["group (as the token says)"] == "8"
    assert [one.checked for one in identify(VECTOR[:-1] + "j")] == [False]


@pytest.mark.parametrize("shape", [one.name for one in GITLAB.shapes if not one.opaque])
@proves("gitlab", "identify", by="offline")
def test_every_kind_says_what_it_is(shape: str) -> None:
    named = GITLAB.shape_named(shape)
    assert named is not None
    assert named.look_alike is not None
    found = identify(named.look_alike())
    assert (found[0].provider, found[0].shape) == ("gitlab", shape)
    assert dict(found[0].facts)["kind"] in {*KINDS.values(), "personal access token, by its id"}


@pytest.mark.parametrize(
    "text",
    ["glpat-tooShort", "glptt-" + "g" * 40, "GLPAT-" + "a" * 20, "glpat-" + "a" * 21, "projects/42/access_tokens/0"],
)
def test_a_near_miss_is_no_token(text: str) -> None:
    assert identify(text) == ()


@pytest.mark.parametrize(
    "text", ["glpat-" + "A" * 40 + ".01.189999999", "glpat-" + "_" * 27 + ".000000000", "glpat-.."]
)
def test_a_payload_that_is_none_decodes_to_nothing(text: str) -> None:
    assert routing(text) == {}


def said(status: int, about: str = "", /, **document: object) -> Reply:
    return Reply(status, {}, json.dumps(document), about=about)


HTML = Reply(403, {}, "<html>blocked</html>")
RUNNER, ADMINISTERED, PATH = (
    "a runner, by its token",
    "any token, asked about by an administrator",
    "projects/4/deploy_tokens/7",
)
READINGS = {
    "itself": (
        said(200, id=7, active=True, scopes=["api"], expires_at="2026-12-31"),
        State.ALIVE,
        "scopes: api; expires at",
    ),
    "itself, revoked": (said(200, id=7, active=False, revoked=True), State.DEAD, "revoked"),
    "itself, expired": (said(200, id=7, active=False, revoked=False), State.DEAD, "not active"),
    "unauthorized": (said(401, message="401 Unauthorized"), State.DEAD, "401"),
    "was revoked": (said(401, error="invalid_token", error_description="Token was revoked"), State.DEAD, "revoked"),
    "401 without a word": (said(401), State.UNKNOWN, "401"),
    "without the scope": (said(403, error="insufficient_scope"), State.ALIVE, "insufficient_scope"),
    "forbidden": (said(403, message="403 Forbidden"), State.UNKNOWN, "403"),
    "a firewall": (HTML, State.UNKNOWN, "not GitLab's API"),
    "a sign-in page that says 200": (Reply(200, {}, "<html>"), State.UNKNOWN, "not GitLab's API"),
    "somebody else's 200": (said(200, ok=True), State.UNKNOWN, "200"),
    "a limit": (said(429, message="Too many requests"), State.UNKNOWN, "429"),
    "an outage": (said(502, message="Bad gateway"), State.UNKNOWN, "502"),
    "nothing came": (Reply(None, failure="timeout"), State.UNKNOWN, "may have arrived"),
    "a runner": (said(200, RUNNER, id=3, token="[redacted]"), State.ALIVE, "id 3"),
    "no runner": (said(403, RUNNER, message="403 Forbidden"), State.DEAD, "403"),
    "a runner's firewall": (Reply(403, {}, "<html>", about=RUNNER), State.UNKNOWN, "not GitLab's API"),
    "an administrator's answer": (said(200, ADMINISTERED, id=7, revoked=False), State.ALIVE, "id 7"),
    "revoked, says an administrator": (said(200, ADMINISTERED, id=7, revoked=True), State.DEAD, "revoked"),
    "an agent's, revoked": (said(200, ADMINISTERED, id=1, status="revoked"), State.DEAD, "revoked"),
    "unknown to an administrator": (said(404, ADMINISTERED, message="404 Not found"), State.DEAD, "404"),
    "a server without the endpoint": (said(404, ADMINISTERED, error="404 Not Found"), State.UNKNOWN, "404"),
    "no administrator": (said(403, ADMINISTERED, message="403 Forbidden"), State.UNKNOWN, "403"),
    "a wrong responder": (said(401, ADMINISTERED, message="401 Unauthorized"), State.UNKNOWN, "401"),
    "a kind it does not support": (said(422, ADMINISTERED, message="422"), State.UNKNOWN, "422"),
    "listed": (Reply(200, {}, '[{"id": 7, "revoked": false}]', about=PATH), State.ALIVE, "id 7"),
    "listed as expired": (Reply(200, {}, '[{"id": 7, "expired": true}]', about=PATH), State.DEAD, "not active"),
    "not listed": (Reply(200, {}, '[{"id": 8}]', about=PATH), State.DEAD, "no longer"),
    "a list that goes on": (Reply(200, {"x-next-page": "2"}, "[]", about=PATH), State.UNKNOWN, "first hundred"),
    "a list nobody asked for": (Reply(200, {}, "[]"), State.UNKNOWN, "200"),
    "not the responder's to see": (Reply(403, {}, '{"message": "403 Forbidden"}', about=PATH), State.UNKNOWN, "403"),
}


@pytest.mark.parametrize("case", READINGS)
def test_a_standing_is_read(case: str) -> None:
    reply, state, why = READINGS[case]
    reading = read_standing(reply)
    assert reading.state is state
    assert why in reading.why


ACCEPTED = {
    "204": (Reply(204), True),
    "200 with the token": (said(200, id=7, revoked=True), True),
    "404": (said(404, message="404 Not found"), None),
    "401": (said(401, message="401 Unauthorized"), False),
    "403": (said(403, message="403 Forbidden"), False),
    "422": (said(422, message="unsupported"), False),
    "a firewall": (HTML, None),
    "500": (said(500, message="500"), None),
    "timeout": (Reply(None, sent=True, failure="timeout"), None),
    "refused": (Reply(None, sent=False, failure="refused"), False),
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_an_acceptance_is_read(case: str) -> None:
    reply, yes = ACCEPTED[case]
    assert read_revoke(reply).yes is yes


class World:
    """A token at a server with a memory, and the steps a case would take. `by_id` leaves its value unknown."""

    def __init__(
        self, gitlab: GitLab, server: Server, shape: str, place: str, options: dict[str, str], by_id: bool
    ) -> None:
        named = GITLAB.shape_named(shape)
        assert named is not None
        assert named.look_alike is not None
        self.token = Token(named.look_alike(), 17, place)
        gitlab.tokens.append(self.token)
        self.door = Door(self.resolve, Redactor(), 5)
        setting = Setting(server.url, RESPONDER if options or by_id else None, options)
        self.target = Target(None, "token-path", f"{place}/17") if by_id else Target(TOKEN, shape)
        assert GITLAB.look_up is not None
        call = GITLAB.look_up.ask(setting, self.target)
        self.setting = GITLAB.look_up.learned(setting, self.door.send(call)) if call else setting

    def resolve(self, ref: SecretRef) -> Secret:
        return (
            Secret({str(TOKEN): self.token.value, str(RESPONDER): ADMIN}[str(ref)])
            if ref.scheme == "env"
            else resolve(ref)
        )

    def standing(self, of: Target | None = None) -> Reading:
        return read_standing(self.door.send(ask_standing(self.setting, of or self.target)))

    def control(self) -> Reading:
        look_alike = control_of(GITLAB, self.target)
        assert look_alike is not None
        asked = ask_standing(self.setting, look_alike)
        assert asked.identity == "control"
        return read_standing(self.door.send(asked))

    def revoke(self) -> Reply:
        call = ask_revoke(self.setting, self.target)
        assert isinstance(call, Call)
        return self.door.send(call)


DEATHS: dict[str, tuple[str, str, dict[str, str], bool]] = {
    "a token by itself": ("glpat", "personal_access_tokens", {}, False),
    "a routable token by itself": ("glpat_routable", "personal_access_tokens", {}, False),
    "a token with a prefix of the server's own": ("custom", "personal_access_tokens", {}, False),
    "a project's token by a group's owner": ("glpat", "projects/4/access_tokens", {"group": "acme"}, False),
    "a runner by its token": ("glrt", "", {}, False),
    "a routable runner token": ("glrt_routable", "", {}, False),
    "a job": ("glcbt", "projects/4/jobs", {"id": "projects/4/jobs/17"}, False),
    "a deploy token, with its id": ("gldt", "projects/4/deploy_tokens", {"id": "projects/4/deploy_tokens/17"}, False),
    "a personal token by its id": ("glpat", "personal_access_tokens", {}, True),
    "a project's token by its id": ("glpat", "projects/4/access_tokens", {}, True),
    "a group's token by its id": ("glpat", "groups/acme%2Fops/access_tokens", {}, True),
    "a group's deploy token by its id": ("gldt", "groups/9/deploy_tokens", {}, True),
    "an agent's token by its id": ("glagent", "projects/4/cluster_agents/3/tokens", {}, True),
    "a runner by its id": ("glrt", "runners", {}, True),
    **{
        f"{shape} by an administrator": (shape, "", {"admin": "yes"}, False)
        for shape in ("glpat", "gldt", "glrt", "glptt", "glft", "glimt", "glagent", "gloas", "glffct")
    },
}


@pytest.mark.parametrize("case", DEATHS)
def test_a_token_lives_is_revoked_and_is_proved_dead(case: str) -> None:
    shape, place, options, by_id = DEATHS[case]
    gitlab = GitLab()
    with serving(gitlab) as server:
        world = World(gitlab, server, shape, place.replace("%2F", "/") if not by_id else place, options, by_id)
        world.token.place = place.replace("%2F", "/")
        before, control = world.standing(), world.control()
        reply = world.revoke()
        after = world.standing()
    assert (before.state, control.state, after.state) == (State.ALIVE, State.DEAD, State.DEAD)
    assert read_revoke(reply).yes is True
    assert proof_of_death(before, control, [after]).verdict == "dead"
    assert not any("rotate" in asked.path for asked in server.asked)
    mutations = [
        asked for asked in server.asked if asked.method == "DELETE" or asked.path.endswith(("/revoke", "/cancel"))
    ]
    assert len(mutations) == 1


def test_the_responders_credential_and_the_leaked_one_are_never_mixed() -> None:
    for shape, place, options, by_id in DEATHS.values():
        setting = Setting("", RESPONDER, options)
        target = Target(None, "token-path", f"{place}/17") if by_id else Target(TOKEN, shape)
        for call in (ask_standing(setting, target), ask_revoke(setting, target)):
            assert isinstance(call, Call)
            sent_as = call.auth.secret if call.auth else TOKEN
            assert (call.identity == "responder") == (sent_as == RESPONDER)


def test_accepted_but_alive_is_not_dead() -> None:
    gitlab = GitLab(fault="accepted but alive")
    with serving(gitlab) as server:
        world = World(gitlab, server, "glpat", "personal_access_tokens", {}, False)
        before, control, reply, after = world.standing(), world.control(), world.revoke(), world.standing()
    assert read_revoke(reply).yes is True
    assert proof_of_death(before, control, [after]).verdict == "not dead"


def test_a_server_that_hangs_up_is_asked_and_not_told_again() -> None:
    gitlab = GitLab(fault="hangs up")
    with serving(gitlab) as server:
        world = World(gitlab, server, "glpat", "personal_access_tokens", {}, False)
        accepted = read_revoke(world.revoke())
        ended, _ = after_unknown(world.standing())
    assert (accepted.yes, ended.value) == (None, "done")
    assert sum(asked.method == "DELETE" for asked in server.asked) == 1


@pytest.mark.parametrize("fault", ["firewall", "no such endpoint"])
def test_what_is_not_the_endpoints_answer_proves_nothing(fault: str) -> None:
    gitlab = GitLab()
    with serving(gitlab) as server:
        world = World(gitlab, server, "glptt", "", {"admin": "yes"}, False)
        before, control = world.standing(), world.control()
        gitlab.fault = fault
        after = world.standing()
    assert proof_of_death(before, control, [after]).verdict == "inconclusive"


@pytest.mark.parametrize(
    "shape", ["gldt", "glptt", "glft", "glimt", "glagent", "gloas", "glsoat", "glffct", "glwt", "GR1348941"]
)
def test_what_no_call_ends_is_a_task_on_a_page_of_its_own(shape: str) -> None:
    setting = Setting("https://gitlab.example.test")
    task = ask_revoke(setting, Target(TOKEN, shape))
    assert isinstance(task, HumanTask)
    assert task.page.startswith("https://gitlab.example.test/")
    assert "rotate" in " ".join(task.steps)
    with pytest.raises(NotAvailable, match="cannot be asked"):
        ask_standing(setting, Target(TOKEN, shape))


def test_a_triggers_list_would_show_other_tokens_and_is_not_asked_for() -> None:
    target = Target(None, "token-path", "projects/4/triggers/17")
    with pytest.raises(NotAvailable, match="other tokens' values"):
        ask_standing(Setting("", RESPONDER), target)
    call = ask_revoke(Setting("", RESPONDER), target)
    assert isinstance(call, Call)
    assert (call.method, call.url) == ("DELETE", "https://gitlab.com/api/v4/projects/4/triggers/17")


def test_the_id_of_one_token_is_never_used_for_another_kind() -> None:
    setting = Setting("", RESPONDER, {"id": "projects/4/deploy_tokens/17"})
    for shape in ("glpat", "glrt"):
        call = ask_revoke(setting, Target(TOKEN, shape))
        assert isinstance(call, Call)
        assert call.identity == "leaked"
    assert isinstance(ask_revoke(setting, Target(TOKEN, "glptt")), HumanTask)


@pytest.mark.parametrize(
    "path",
    [
        "../users/1",
        "projects/../deploy_tokens/1",
        "projects/%2e%2e/deploy_tokens/1",
        "projects/4/access_tokens/17/rotate",
        "projects/4",
        "users/1/block",
    ],
)
def test_an_id_that_is_no_place_of_a_token_is_not_used(path: str) -> None:
    assert isinstance(ask_revoke(Setting("", RESPONDER, {"id": path}), Target(TOKEN, "gldt")), HumanTask)
    with pytest.raises(IrkitError):
        ask_standing(Setting("", RESPONDER, {"id": path}), Target(TOKEN, "gldt"))


def test_what_was_made_since_is_found() -> None:
    old, new = {"id": 1, "created_at": "2025-01-01T00:00:00Z"}, {"id": 2, "created_at": "2026-02-02T00:00:00Z"}
    lists = {
        "projects/acme/app/access_tokens": [old, new],
        "projects/acme/app/hooks": [old],
        "projects/acme/app/jobs": [new],
    }
    options = {"project": "acme/app", "user_id": "5", "since": "2026-01-01T00:00:00Z"}
    states = {}
    with serving(GitLab([], lists)) as server:
        door = Door(lambda _ref: Secret(ADMIN), Redactor(), 5)
        for one in SURVIVORS:
            assert one.ask is not None
            assert one.read is not None
            assert isinstance(one.close(Setting(), Target(TOKEN, "glpat")), HumanTask)
            call = one.ask(Setting(server.url, RESPONDER, options), Target(TOKEN, "glpat"))
            states[one.what] = one.read(door.send(call)).state if call else None
    assert states == {
        "access tokens of the project": State.ALIVE,
        "access tokens of the group": None,
        "access tokens of the user": State.DEAD,
        "deploy tokens of the project": State.DEAD,
        "deploy keys of the project": State.DEAD,
        "webhooks of the project": State.DEAD,
        "running jobs of the project": State.ALIVE,
    }


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"project": "4"}, "projects/4/access_tokens"),
        ({"project": "acme/app", "fresh": "deploy_token"}, "projects/acme/app/deploy_tokens"),
        ({"owner_group": "acme"}, "groups/acme/access_tokens"),
        ({"user_id": "5"}, "users/5/personal_access_tokens"),
    ],
)
def test_a_fresh_token_is_made_with_least_scopes_and_an_end(options: dict[str, str], place: str) -> None:
    gitlab, need, began = GitLab(), Need("irkit-ci", ("read_repository",), timedelta(days=30)), datetime.now(UTC)
    with serving(gitlab) as server:
        setting = Setting(server.url, RESPONDER, options)
        door = Door(lambda _ref: Secret(ADMIN), Redactor(), 5)
        call = REPLACEMENT.ask(setting, Target(TOKEN, "glpat"), need)
        assert isinstance(call, Call)
        assert call.identity == "responder"
        reply, fresh = door.mint(call, REPLACEMENT.secret_of)
        made = REPLACEMENT.read(reply)
        assert gitlab.tokens[0].place == place
        assert fresh is not None
        assert fresh.text() == gitlab.tokens[0].value
        assert fresh.text() not in reply.body
        assert (made.yes, made.public_id) == (True, "1000")
        assert made.expires in {str((at + timedelta(days=30)).date()) for at in (began, datetime.now(UTC))}
        gitlab.tokens[0].place = place.replace("users/5/", "")
        assert REPLACEMENT.ask_named is not None
        assert REPLACEMENT.read_named is not None
        assert REPLACEMENT.ask_undo is not None
        named = REPLACEMENT.read_named(door.send(REPLACEMENT.ask_named(setting, need)), need)
        undo = REPLACEMENT.ask_undo(setting, named.public_id)
        assert isinstance(undo, Call)
        door.send(undo)
        again = REPLACEMENT.read_named(door.send(REPLACEMENT.ask_named(setting, need)), need)
    assert (named.yes, named.public_id, again.yes) == (True, "1000", False)
    assert gitlab.tokens[0].revoked


def test_a_fresh_token_is_never_made_without_scopes_or_place() -> None:
    setting = Setting("", RESPONDER, {"project": "4"})
    with pytest.raises(BadInput, match="scopes"):
        REPLACEMENT.ask(setting, Target(TOKEN, "glpat"), Need("ci"))
    task = REPLACEMENT.ask(Setting("", RESPONDER), Target(TOKEN, "glpat"), Need("ci", ("read_api",)))
    assert isinstance(task, HumanTask)
    assert "rotating the leaked one" in " ".join(task.steps)
    assert REPLACEMENT.read(said(400, message="expires_at is too far")).yes is False
    assert REPLACEMENT.read(Reply(201, {}, "")).yes is None
    assert REPLACEMENT.read(Reply(None, sent=True)).yes is None


def test_a_token_of_that_name_that_is_the_old_one_or_of_another_year_is_not_the_one_that_was_just_made() -> None:
    assert REPLACEMENT.read_named is not None
    now = datetime.now(UTC)
    listed = [
        {"id": 7, "name": "deploy-1", "created_at": "2020-01-01T00:00:00.000Z"},
        {"id": 8, "name": "deploy-1", "created_at": now.isoformat()},
    ]
    for shown, others, answer in (
        (listed, (), (True, "8")),
        (listed, ("8",), (False, "")),
        (listed[:1], (), (False, "")),
    ):
        need = Need("deploy-1", since=now, others=others)
        found = REPLACEMENT.read_named(Reply(200, body=json.dumps(shown)), need)
        assert (found.yes, found.public_id) == answer
