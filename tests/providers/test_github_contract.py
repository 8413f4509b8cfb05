"""GitHub: every call that its files can make is in GitHub's published descriptions, and so is every status they rely on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irkit.errors import BadInput
from irkit.model import ApiToken, SecretRef, State
from irkit.plan import Call, HumanTask
from irkit.providers import github_wider
from irkit.providers.github import GITHUB, ask_revoke, ask_standing, ask_wider, read_standing
from irkit.providers.github_formats import SHAPES
from irkit.providers.github_survivors import SURVIVORS
from irkit.providers.interface import Need, Reply, Setting, Target
from irkit.revoke import plan_revocation, target_of
from tests.needs import needs
from tests.providers.contracts import operation, statuses
from tests.providers.proofs import proves

pytestmark = needs("npm:@octokit/openapi")

TOKEN, RESPONDER = SecretRef("env:TOKEN"), SecretRef("env:RESPONDER")
DOTCOM, CLOUD, SERVER = "github:api.github.com", "github:ghec", "github:ghes-3.19"
BASES = {DOTCOM: "", CLOUD: "", SERVER: "https://github.example.test/api/v3"}
APP = {"client_id": "Iv1.0123456789abcdef"}


def setting(document: str, **options: str) -> Setting:
    return Setting(BASES[document], RESPONDER, options)


def described(call: Call | HumanTask | None, document: str, *expected: int) -> Call:
    assert isinstance(call, Call)
    found = operation(call, document, BASES[document] or "https://api.github.com")
    statuses(found, *expected)
    return call


@pytest.mark.parametrize("document", BASES)
@proves("github", "verify", "confirm", by="contract: @octokit/openapi")
def test_the_probe_is_described(document: str) -> None:
    for shape in ("ghp", "gho", "ghu", "github_pat"):
        described(ask_standing(setting(document), Target(TOKEN, shape)), document, 200, 401, 403)
    for shape in ("ghs", "ghs_long"):
        described(ask_standing(setting(document), Target(TOKEN, shape)), document, 200, 401, 403)
    by_app = setting(document, verify="app", **APP)
    for shape in ("gho", "ghu"):
        call = described(ask_standing(by_app, Target(TOKEN, shape)), document, 200, 404, 422)
        assert call.identity == "responder"
        assert not call.mutates


@proves("github", "revoke", by="contract: @octokit/openapi")
@pytest.mark.parametrize("document", [DOTCOM, CLOUD])
def test_the_revocation_by_the_value_alone_is_described(document: str) -> None:
    for shape in ("ghp", "github_pat", "gho", "ghu", "ghr"):
        call = described(ask_revoke(setting(document), Target(TOKEN, shape)), document, 202, 422, 500)
        assert (call.identity, call.auth) == ("nobody", None)


def test_an_enterprise_server_does_not_describe_the_revocation_by_value() -> None:
    call = ask_revoke(setting(SERVER), Target(TOKEN, "ghp"))
    assert isinstance(call, Call)
    assert call.identity == "responder"
    with pytest.raises(AssertionError, match="describes no POST"):
        operation(call, SERVER, BASES[SERVER])


@pytest.mark.parametrize("document", BASES)
@proves("github", "revoke", by="contract: @octokit/openapi")
def test_what_an_app_and_an_installation_revoke_is_described(document: str) -> None:
    described(ask_revoke(setting(document), Target(TOKEN, "ghs_long")), document, 204)
    for grant in ("", "yes"):
        call = described(ask_revoke(setting(document, grant=grant, **APP), Target(TOKEN, "ghu")), document, 204, 422)
        assert call.url.endswith("/grant" if grant else "/token")
        assert call.auth is not None
        assert (call.identity, call.auth.kind, call.auth.user) == ("responder", "basic", APP["client_id"])


WIDER = {
    "organization": ({"org": "acme", "pat_id": "42"}, BASES, (204, 403, 404, 422, 500)),
    "suspend": ({"installation_id": "7"}, BASES, (204, 404)),
    "all of an organization": ({"bulk": "all", "org": "acme"}, [CLOUD], (202, 403, 404)),
    "a member of it": ({"bulk": "member", "org": "acme", "login": "octocat"}, [CLOUD], (202, 403, 404)),
    "a type": ({"bulk": "type", "org": "acme", "credential_type": "classic_pat"}, [CLOUD], (202, 403, 404, 422)),
    "a member's type": (
        {"bulk": "member-type", "org": "acme", "login": "octocat", "credential_type": "ssh_key"},
        [CLOUD],
        (202, 403, 404, 422),
    ),
    "all of an enterprise, destroyed": (
        {"bulk": "all", "enterprise": "acme-inc", "destroy": "yes"},
        [CLOUD],
        (202, 403, 404, 422),
    ),
    "a type in an enterprise": (
        {"bulk": "type", "enterprise": "acme-inc", "credential_type": "oauth_app_token", "destroy": "yes"},
        [CLOUD],
        (202, 403, 404, 422),
    ),
    "a member of an enterprise": (
        {"bulk": "member", "enterprise": "acme-inc", "login": "octocat"},
        [CLOUD],
        (202, 403, 404, 422),
    ),
}


@pytest.mark.parametrize("case", WIDER)
@proves("github", "revoke", by="contract: @octokit/openapi")
def test_a_wider_measure_and_the_question_about_it_are_described(case: str) -> None:
    options, documents, expected = WIDER[case]
    for document in documents:
        chosen = setting(document, lockout="accepted", **options)
        call = described(ask_wider(chosen, Target(TOKEN, "github_pat")), document, *expected)
        assert call.mutates
        assert call.identity == "responder"
        asked = described(github_wider.ask_settled(chosen, Target(TOKEN, "github_pat")), document, 200)
        assert not asked.mutates


@pytest.mark.parametrize(
    "options",
    [
        {"bulk": "all", "org": "acme"},
        {"bulk": "all", "lockout": "accepted"},
        {"bulk": "type", "org": "acme", "credential_type": "everything", "lockout": "accepted"},
        {"bulk": "member", "org": "acme", "lockout": "accepted"},
        {"bulk": "whatever", "org": "acme", "lockout": "accepted"},
        {"bulk": "all", "org": "acme", "lockout": "accepted", **APP},
    ],
)
def test_bulk_is_a_persons_decision_until_the_lockout_is_accepted(options: dict[str, str]) -> None:
    task = ask_wider(setting(CLOUD, **options), Target(TOKEN, "ghp"))
    assert isinstance(task, HumanTask)
    assert "locked out" in " ".join(task.steps)


def test_a_plan_holds_the_wider_measure_only_when_one_was_chosen() -> None:
    token = ApiToken(TOKEN, "github", "ghp", None, "the token")
    plain = plan_revocation("case", "author", token, GITHUB, setting(CLOUD))
    wider = plan_revocation("case", "author", token, GITHUB, setting(CLOUD, org="acme", pat_id="42"))
    assert [action.verb for action in plain.actions] == ["revoke", "close"]
    assert [action.verb for action in wider.actions] == ["revoke", "deactivate", "close"]
    assert target_of(token).secret == TOKEN


SETTLED = {
    "suspended": ("the App's installation", 200, '{"suspended_at": "2026-01-01T00:00:00Z"}', {}, True),
    "not suspended": ("the App's installation", 200, '{"suspended_at": null}', {}, False),
    "not for us": ("the App's installation", 404, '{"message": "Not Found"}', {}, None),
    "listed": ("the organization's fine-grained tokens#42", 200, '[{"id": 42}]', {}, False),
    "not listed": ("the organization's fine-grained tokens#42", 200, '[{"id": 41}]', {}, True),
    "not on this page": (
        "the organization's fine-grained tokens#42",
        200,
        '[{"id": 41}]',
        {"link": '<x>; rel="next"'},
        None,
    ),
    "none left": ("credentials in bulk", 200, "[]", {}, True),
    "some left": ("credentials in bulk", 200, '[{"login": "octocat"}]', {}, None),
    "nobody to ask": ("nothing that GitHub can be asked", 200, '{"rate": {}}', {}, None),
}


@pytest.mark.parametrize("case", SETTLED)
def test_whether_a_wider_measure_took_effect_is_read(case: str) -> None:
    about, status, body, headers, yes = SETTLED[case]
    assert github_wider.read_settled(Reply(status, headers, body, about=about)).yes is yes


@pytest.mark.parametrize("document", BASES)
@proves("github", "survivors", by="contract: @octokit/openapi")
def test_the_questions_about_what_survives_are_described(document: str) -> None:
    chosen = setting(document, repository="acme/app", login="octocat", since="2026-01-01T00:00:00Z")
    for survivors in SURVIVORS:
        assert survivors.ask is not None
        described(survivors.ask(chosen, Target(TOKEN, "ghp")), document, 200)
        assert survivors.ask(setting(document), Target(TOKEN, "ghp")) is None


@pytest.mark.parametrize("document", BASES)
@proves("github", "replace", by="contract: @octokit/openapi")
def test_the_making_of_an_installation_token_is_described(document: str) -> None:
    assert GITHUB.replacement is not None
    need = Need("ci", ("contents:read", "issues:write"))
    chosen = setting(document, installation_id="7", repository="acme/app")
    call = described(GITHUB.replacement.ask(chosen, Target(TOKEN, "ghs_long"), need), document, 201, 401, 403, 404, 422)
    assert call.body == {"permissions": {"contents": "read", "issues": "write"}, "repositories": ("app",)}
    assert isinstance(GITHUB.replacement.ask(chosen, Target(TOKEN, "ghp"), need), HumanTask)
    made = GITHUB.replacement.read(Reply(201, {}, '{"token": "[redacted]", "expires_at": "2026-01-01T01:00:00Z"}'))
    assert (made.yes, made.expires) == (True, "2026-01-01T01:00:00Z")
    assert GITHUB.replacement.secret_of({"token": "visibly-fake"}) == "visibly-fake"
    assert GITHUB.replacement.secret_of({"token": None}) is None


APP_READINGS = {
    "valid": (Reply(200, {}, '{"app": {}, "scopes": ["repo"], "token": "[redacted]"}'), State.ALIVE),
    "not its own": (Reply(404, {}, '{"message": "Not Found"}'), State.DEAD),
    "wrong client secret": (Reply(401, {}, '{"message": "Bad credentials"}'), State.UNKNOWN),
    "malformed": (Reply(422, {}, '{"message": "Validation Failed"}'), State.UNKNOWN),
    "somebody else's 200": (Reply(200, {}, '{"login": "octocat"}'), State.UNKNOWN),
    "a page": (Reply(404, {}, "<html>"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", APP_READINGS)
def test_what_an_app_is_told_of_a_token_is_read(case: str) -> None:
    reply, state = APP_READINGS[case]
    assert read_standing(replace(reply, about="the app's own tokens")).state is state


@proves("github", "identify", by="offline")
def test_look_alikes_bear_githubs_checksum() -> None:
    for shape in SHAPES:
        assert shape.look_alike is not None
        assert shape.matches(shape.look_alike())


def test_an_option_cannot_lead_to_another_path() -> None:
    call = ask_wider(setting(DOTCOM, org="../user", pat_id="1/../2"), Target(TOKEN, "github_pat"))
    assert isinstance(call, Call)
    assert call.url == "https://api.github.com/orgs/..%2Fuser/personal-access-tokens/1%2F..%2F2"
    with pytest.raises(BadInput, match="no name"):
        ask_wider(setting(DOTCOM, org="..", pat_id="1"), Target(TOKEN, "github_pat"))
