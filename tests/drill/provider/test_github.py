"""GitHub's part: the answers of its documentation, and every way in which a revocation can go wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests

from irkit.drill.credentials import github_token
from irkit.drill.provider import FakeProvider
from tests.drill.provider.conftest import Issued

Serve = Callable[..., FakeProvider]


def probe(provider: FakeProvider, token: str) -> int:
    return requests.get(f"{provider.url}/user", headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code


def revoke(provider: FakeProvider, *tokens: str, timeout: float = 5) -> int:
    body = {"credentials": list(tokens)}
    return requests.post(f"{provider.url}/credentials/revoke", json=body, timeout=timeout).status_code


def test_a_living_token_says_who_it_is_and_what_it_may(serve: Serve, issued: Issued) -> None:
    reply = requests.get(f"{serve().url}/user", headers={"Authorization": f"token {issued.token}"}, timeout=5)
    assert (reply.status_code, reply.json()["login"], reply.headers["x-oauth-scopes"]) == (
        200,
        "robot",
        "repo, workflow",
    )


def test_a_token_never_issued_answers_like_a_dead_one(serve: Serve, issued: Issued) -> None:
    provider = serve()
    headers = {"Authorization": f"Bearer {github_token()}"}
    before = requests.get(f"{provider.url}/user", headers=headers, timeout=5)
    assert (before.status_code, before.json()["message"]) == (401, "Bad credentials")
    revoke(provider, issued.token)
    headers = {"Authorization": f"Bearer {issued.token}"}
    assert requests.get(f"{provider.url}/user", headers=headers, timeout=5).json() == before.json()


@pytest.mark.parametrize("path", ["/user", "/rate_limit", "/api/v3/user"])
def test_a_token_is_taken_as_bearer_and_as_basic(serve: Serve, issued: Issued, path: str) -> None:
    url = serve().url + path
    basic = base64.b64encode(f"x:{issued.token}".encode()).decode()
    for value in (f"Bearer {issued.token}", f"Basic {basic}"):
        assert requests.get(url, headers={"Authorization": value}, timeout=5).status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"credentials": ["ghp_fake"]}, {}, 202),
        ({"credentials": ["x"] * 1000}, {}, 202),
        ({"credentials": ["x"] * 1001}, {}, 422),
        ({"credentials": []}, {}, 422),
        ({"credentials": [1]}, {}, 422),
        ({"credentials": "ghp_fake"}, {}, 422),
        ({}, {}, 422),
        ([], {}, 422),
        ({"credentials": ["ghp_fake"]}, {"Authorization": "Bearer fake"}, 403),
    ],
)
def test_revocation_takes_what_the_documentation_says(
    serve: Serve, body: Any, headers: dict[str, str], status: int
) -> None:
    provider = serve()
    assert (
        requests.post(f"{provider.url}/credentials/revoke", json=body, headers=headers, timeout=5).status_code == status
    )
    assert provider.mutations() == (status == 202)


def test_what_is_not_there_is_not_found(serve: Serve) -> None:
    assert requests.get(f"{serve().url}/orgs/larkspur", timeout=5).status_code == 404


@pytest.mark.parametrize(
    ("fault", "accepted", "probes"),
    [
        ((), 202, [401, 401, 401, 401]),
        (("accepted-but-alive",), 202, [200, 200, 200, 200]),
        (("delayed-death=3",), 202, [200, 200, 200, 401]),
        (("500-then-done",), 500, [401, 401, 401, 401]),
        (("429",), 429, [200, 200, 200, 200]),
        (("waf-403=2",), 403, [403, 200, 200, 200]),
        (("html",), 200, [200, 200, 200, 200]),
    ],
)
def test_each_fault_shows_after_the_revocation(
    serve: Serve, issued: Issued, fault: tuple[str, ...], accepted: int, probes: list[int]
) -> None:
    provider = serve(*fault)
    assert revoke(provider, issued.token) == accepted
    assert [probe(provider, issued.token) for _ in probes] == probes


@pytest.mark.parametrize("fault", ["waf-403", "html"])
def test_a_page_of_html_is_no_answer_of_github(serve: Serve, fault: str) -> None:
    reply = requests.get(f"{serve(fault).url}/user", timeout=5)
    assert reply.headers["Content-Type"].startswith("text/html")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_too_many_requests_say_when_to_come_back(serve: Serve) -> None:
    assert requests.get(f"{serve('429').url}/user", timeout=5).headers["Retry-After"] == "1"


def test_a_revocation_may_be_carried_out_and_never_answered(serve: Serve, issued: Issued) -> None:
    provider = serve("timeout-after-mutation")
    with pytest.raises(requests.exceptions.RequestException):
        revoke(provider, issued.token, timeout=0.3)
    assert probe(provider, issued.token) == 401
    assert [(one.what, one.status, one.carried_out) for one in provider.requests] == [
        ("/credentials/revoke", 0, True),
        ("/user", 401, False),
    ]
