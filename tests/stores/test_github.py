"""GitHub's secrets: held against its own description, and put into a server that really opens the sealed box."""

from __future__ import annotations

import pytest

from irkit.errors import BadInput
from irkit.model import State
from irkit.plan import Call
from irkit.providers.interface import Reply, Setting
from irkit.stores.catalogue import store_of
from irkit.stores.github import PUBLIC, read_back
from tests.needs import needs
from tests.providers.contracts import operation, statuses
from tests.providers.proofs import proves
from tests.servers.github_secrets import GitHubSecrets
from tests.servers.loopback import serving
from tests.stores.putting import ADMIN, ADMIN_REF, FRESH_REF, VALUE, Putting

PLACES = {
    "github-actions:octo/site/NPM_TOKEN": "/repos/octo/site/actions/secrets/NPM_TOKEN",
    "github-dependabot:octo/site/NPM_TOKEN": "/repos/octo/site/dependabot/secrets/NPM_TOKEN",
    "github-environment:octo/site/prod eu/NPM_TOKEN": "/repos/octo/site/environments/prod%20eu/secrets/NPM_TOKEN",
    "github-org:octo/NPM_TOKEN": "/orgs/octo/actions/secrets/NPM_TOKEN",
}
OPTIONS = {"visibility": "selected", "repository_ids": "1296269, 7"}


def described(place: str) -> None:
    store, fields = store_of(place)
    setting = Setting(responder=ADMIN_REF, options=OPTIONS)
    assert store.look_up is not None
    assert store.ask_back is not None
    (put,) = store.ask_put(setting, {**fields, "key": "a2V5", "key_id": "1"}, FRESH_REF)
    look_up, back = store.look_up(setting, fields), store.ask_back(setting, fields)
    assert isinstance(look_up, Call)
    assert isinstance(put, Call)
    assert isinstance(back, Call)
    for name in ("github:api.github.com", "github:ghes-3.19"):
        statuses(operation(look_up, name, PUBLIC), 200)
        statuses(operation(put, name, PUBLIC), 201, 204)
        statuses(operation(back, name, PUBLIC), 200)


@needs("npm:@octokit/openapi")
@proves("github-actions", "put", "read back", by="contract: @octokit/openapi")
def test_a_secret_of_a_repository_is_described() -> None:
    described("github-actions:octo/site/NPM_TOKEN")


@needs("npm:@octokit/openapi")
@proves("github-dependabot", "put", "read back", by="contract: @octokit/openapi")
def test_a_secret_of_dependabot_is_described() -> None:
    described("github-dependabot:octo/site/NPM_TOKEN")


@needs("npm:@octokit/openapi")
@proves("github-environment", "put", "read back", by="contract: @octokit/openapi")
def test_a_secret_of_an_environment_is_described() -> None:
    described("github-environment:octo/site/prod eu/NPM_TOKEN")


@needs("npm:@octokit/openapi")
@proves("github-org", "put", "read back", by="contract: @octokit/openapi")
def test_a_secret_of_an_organisation_is_described() -> None:
    described("github-org:octo/NPM_TOKEN")


@pytest.mark.parametrize("place", PLACES)
@needs("python:nacl")
def test_the_value_arrives_sealed_and_the_store_vouches_for_the_time(place: str) -> None:
    github = GitHubSecrets(ADMIN)
    with serving(github) as server:
        putting = Putting(Setting(server.url, ADMIN_REF, OPTIONS))
        first, _ = putting.put(place)
        again, _ = putting.put(place)
        back = putting.back(place)
    assert (first.yes, again.yes) == (True, True)
    assert github.held == {PLACES[place]: VALUE}
    assert VALUE not in repr([asked.body for asked in server.asked])
    assert back is not None
    assert back.state is State.ALIVE
    assert "never gives a value back" in back.why
    assert sum(asked.method == "PUT" for asked in server.asked) == 2
    kept = github.visibility.get(PLACES[place])
    assert kept == ({"visibility": "selected", "selected_repository_ids": [1296269, 7]} if "org" in place else None)


@needs("python:nacl")
def test_a_rotated_key_a_missing_right_and_a_wrong_credential_are_refusals() -> None:
    github = GitHubSecrets(ADMIN)
    place = "github-actions:octo/site/T"
    with serving(github) as server:
        putting = Putting(Setting(server.url, ADMIN_REF))
        store, fields = putting.looked_up(place)
        github.key_id = "another"
        (call,) = store.ask_put(putting.setting, fields, FRESH_REF)
        rotated = store.read_put(putting.send(call))
        github.fault = "denied"
        denied, _ = putting.put(place)
        github.responder = "somebody-else"
        _, nothing = putting.looked_up(place)
    assert (rotated.yes, denied.yes) == (False, False)
    assert "rotated" in rotated.why
    assert "not accessible" in denied.why
    assert "key" not in nothing
    assert github.held == {}


@needs("python:nacl")
def test_accepted_but_not_kept_is_seen_when_it_is_read_back() -> None:
    github = GitHubSecrets(ADMIN, fault="accepted but not kept")
    with serving(github) as server:
        putting = Putting(Setting(server.url, ADMIN_REF))
        accepted, _ = putting.put("github-actions:octo/site/T")
        back = putting.back("github-actions:octo/site/T")
    assert accepted.yes is True
    assert back is not None
    assert back.state is State.DEAD


@pytest.mark.parametrize("options", [{}, {"visibility": "everybody"}, {"visibility": "selected"}])
def test_an_organisations_secret_is_not_sent_without_saying_who_may_read_it(options: dict[str, str]) -> None:
    store, fields = store_of("github-org:octo/T")
    with pytest.raises(BadInput, match="which repositories may read"):
        store.ask_put(Setting(responder=ADMIN_REF, options=options), {**fields, "key": "k", "key_id": "1"}, FRESH_REF)


DATE = "Tue, 24 Nov 2026 12:00:00 GMT"
BACK = {
    "just now": (Reply(200, {"date": DATE}, '{"updated_at": "2026-11-24T11:59:58Z"}'), State.ALIVE),
    "long ago": (Reply(200, {"date": DATE}, '{"updated_at": "2025-01-01T00:00:00Z"}'), State.DEAD),
    "without a clock": (Reply(200, {}, '{"updated_at": "2026-11-24T11:59:58Z"}'), State.UNKNOWN),
    "without a time": (Reply(200, {"date": DATE}, "{}"), State.UNKNOWN),
    "not there": (Reply(404, {"date": DATE}, '{"message": "Not Found"}'), State.UNKNOWN),
    "a page": (Reply(200, {"date": DATE}, "<html>"), State.UNKNOWN),
    "nothing": (Reply(None, failure="timeout"), State.UNKNOWN),
}


@pytest.mark.parametrize("case", BACK)
def test_what_github_says_of_the_time_is_read(case: str) -> None:
    reply, state = BACK[case]
    assert read_back(reply, "minted:x").state is state
