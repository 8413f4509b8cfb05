"""Fetching a host's records from a server on this machine that answers as the hosts document it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import Secret, SecretRef, Skipped
from irkit.network import Door
from irkit.providers.interface import Setting
from irkit.redact import Redactor
from irkit.sources.clocks import recognise
from irkit.sources.clocks.capture import Answer as Captured
from irkit.sources.clocks.capture import Place, capture, place_of
from tests.servers.loopback import Answer, Asked, serving
from tests.sources.clocks.test_read import ALERT, AUDIT, DEVPI, EVENT, GITLAB_PUSH, NPM, RELEASE

A = "a" * 40
ACTIVITY = {"ref": "refs/heads/main", "after": A, "timestamp": "2011-01-26T19:06:43Z", "activity_type": "push"}
RUNS = {
    "total_count": 2,
    "workflow_runs": [{"head_sha": A, "head_branch": "main", "created_at": "2020-01-22T19:33:08Z"}],
}
GITHUB: dict[str, Any] = {
    "/repos/o/r/activity": [ACTIVITY], "/repos/o/r/events": [EVENT], "/repos/o/r/actions/runs": RUNS,
    "/repos/o/r/releases": [RELEASE], "/repos/o/r/forks": [{"full_name": "x/r", "fork": True, "forks_count": 0}],
    "/repos/o/r/traffic/clones": {"count": 1, "uniques": 1, "clones": []}, "/repos/o/r/secret-scanning/alerts": [ALERT],
    "/orgs/o/audit-log": [{"@timestamp": 1605719148837, "action": "repo.access", "repo": "o/r", "visibility": "public"}],
}  # fmt: skip
GITLAB: dict[str, Any] = {
    "/projects/g%2Fs%2Fp/events": [GITLAB_PUSH],
    "/projects/g%2Fs%2Fp/forks": [{"path_with_namespace": "x/p", "forks_count": 0, "created_at": "2016-08-16T10:23:19.007Z"}],
    "/projects/g%2Fs%2Fp/audit_events": [AUDIT],
    "/projects/g%2Fs%2Fp/pipelines": [{"status": "ok", "ref": "main", "sha": A, "created_at": "2016-08-16T10:23:19.007Z"}],
}  # fmt: skip
NPM_ANSWERS: dict[str, Any] = {"/@acme%2Fx": NPM | {"readme": "long"}}
TOKEN = "FAKE-responder-token-0123456789"


def door() -> Door:
    return Door(lambda _ref: Secret(TOKEN), Redactor(()), timeout_s=5)


def answering(known: dict[str, Any]) -> Callable[[Asked], Answer]:
    def rule(asked: Asked) -> Answer:
        found = known.get(urlsplit(asked.path).path)
        return Answer(404, b'{"message": "Not Found"}') if found is None else Answer(200, json.dumps(found).encode())

    return rule


def run(rule: Callable[[Asked], Answer | None], place: str = "o/r", pages: int = 5) -> tuple[list[Any], list[Asked]]:
    with serving(rule) as server:
        setting = Setting(server.url, SecretRef("env:RESPONDER"))
        return list(capture(place_of(place), door(), setting, pages)), server.asked


@pytest.mark.parametrize(("place", "known"), [("o/r", GITHUB), ("gitlab:g/s/p", GITLAB), ("npm:@acme/x", NPM_ANSWERS)])
def test_every_record_is_asked_for_and_is_known_by_its_reader(place: str, known: dict[str, Any]) -> None:
    answers, asked = run(answering(known), place)
    assert all(isinstance(one, Captured) and not one.missing for one in answers)
    assert [recognise(one.document["answer"]).name for one in answers] == [one.kind for one in answers]
    assert len(asked) == len(known)
    assert {one.method for one in asked} == {"GET"}
    assert {one.headers["authorization"] for one in asked} == {f"Bearer {TOKEN}"}


def test_neither_the_responders_credential_nor_what_a_scanner_found_is_in_an_answer() -> None:
    answers, asked = run(answering(GITHUB))
    text = json.dumps([one.document for one in answers])
    assert TOKEN not in text
    assert "aio_FAKE" not in text
    [alerts] = [one for one in asked if "secret-scanning" in one.path]
    assert parse_qs(urlsplit(alerts.path).query)["hide_secret"] == ["true"]


def an_npm(folder: Path, answers: str) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f'#!/bin/sh\n[ "$1 $2" = "config get" ] || exit 1\n{answers}\n')
    (folder / "npm").chmod(0o700)


@pytest.mark.parametrize("package", ["x", "@acme/x"])
def test_an_npm_package_is_asked_of_the_registry_that_the_users_own_npm_names(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answering({"/x": NPM})) as general, serving(answering(NPM_ANSWERS)) as scoped:
        names = f'case "$3" in registry) echo {general.url}/;; @acme:registry) echo {scoped.url}/;; *) echo undefined;; esac'
        an_npm(tmp_path / "bin", names)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        [answer] = capture(place_of(f"npm:{package}"), door(), Setting())
        other = general if package.startswith("@") else scoped
    assert isinstance(answer, Captured)
    assert (answer.kind, answer.entries, answer.missing) == ("npm-uploads", 1, "")
    assert "readme" not in answer.document["answer"]
    assert other.asked == []


@pytest.mark.parametrize("answers", ["exit 1", "echo undefined", None])
def test_without_a_registry_it_is_said_what_to_do(
    answers: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    if answers:
        an_npm(tmp_path / "bin", answers)
    monkeypatch.setenv("PATH", str(tmp_path / ("bin" if answers else "empty")))
    with pytest.raises(NotAvailable, match="--base"):
        list(capture(place_of("npm:x"), door(), Setting()))


def paged(last: int, where: str = "") -> Callable[[Asked], Answer]:
    def rule(asked: Asked) -> Answer:
        parts = urlsplit(asked.path)
        if not parts.path.endswith("/activity"):
            return answering(GITHUB)(asked)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        base = where or f"http://{asked.headers['host']}"
        link = {"Link": f'<{base}/repos/o/r/activity?page={page + 1}>; rel="next"'} if page < last else {}
        return Answer(200, json.dumps([ACTIVITY | {"id": page}]).encode(), link)

    return rule


def activity_of(answers: list[Any]) -> Captured:
    return next(one for one in answers if isinstance(one, Captured) and one.kind == "github-activity")


@pytest.mark.parametrize(
    ("rule", "entries", "missing"),
    [
        (paged(1), 1, ""),
        (paged(3), 3, ""),
        (paged(9), 5, "only the first 5 pages"),
        (paged(3, "http://127.0.0.1:1"), 1, "another address"),
        (paged(3, "https://evil.example"), 1, "another address"),
    ],
)
def test_pages_are_joined_up_to_a_bound_and_never_fetched_from_elsewhere(
    rule: Callable[[Asked], Answer], entries: int, missing: str
) -> None:
    found = activity_of(run(rule)[0])
    assert found.entries == entries
    assert missing in found.missing
    assert found.document["missing"] == found.missing


def limited(status: int, headers: dict[str, str]) -> Callable[[Asked], Answer]:
    def rule(asked: Asked) -> Answer:
        if "/activity" in asked.path:
            return Answer(status, b'{"message": "API rate limit exceeded"}', headers)
        return answering(GITHUB)(asked)

    return rule


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"}, "ask again at 2023-11-14T22:13:20Z"),
        (429, {"Retry-After": "60"}, "ask again in 60 s"),
        (429, {}, "ask again later"),
    ],
)
def test_after_a_rate_limit_nothing_more_is_asked_and_that_is_told(
    status: int, headers: dict[str, str], said: str
) -> None:
    answers, asked = run(limited(status, headers))
    assert [one.kind for one in answers if isinstance(one, Captured)] == ["github-clones"]
    skipped = [one for one in answers if isinstance(one, Skipped)]
    assert len(skipped) == len(GITHUB) - 1
    assert all(said in one.why for one in skipped)
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(404, b"{}"), "not to be seen"),
        (Answer(401, b"{}"), "refused"),
        (Answer(403, b"{}"), "not allowed"),
        (Answer(200, b"<!doctype html>"), "without JSON"),
        (Answer(301, b"", {"Location": "https://evil.example/"}), "redirects are not followed"),
        (None, "no answer"),
    ],
)
def test_what_does_not_come_is_told_with_its_reason_and_the_rest_is_fetched(answer: Answer | None, said: str) -> None:
    answers, _ = run(lambda one: answer if "/events" in one.path else answering(GITHUB)(one))
    [missing] = [one for one in answers if isinstance(one, Skipped)]
    assert missing.what == "github-events"
    assert said in missing.why
    assert len(answers) == len(GITHUB)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("acme/shop", Place("github", "acme/shop")),
        ("github:acme/shop", Place("github", "acme/shop")),
        ("https://github.com/acme/shop.git", Place("github", "acme/shop")),
        ("git@github.com:acme/shop.git", Place("github", "acme/shop")),
        ("ssh://git@gitlab.example.com:22/a/b/c.git", Place("gitlab", "a/b/c")),
        ("gitlab:a/b/c", Place("gitlab", "a/b/c")),
        ("https://gitlab.com/a/b", Place("gitlab", "a/b")),
    ],
)
def test_a_repository_may_be_named_in_any_usual_way(text: str, place: Place) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "shop",
        "",
        "a/../b",
        "acme/shop?x=1",
        "https://code.example/a/b",
        "gitlab:shop",
        "a/b/c",
        "github:a/..",
        "npm:",
        "npm:../x",
        "npm:a/b",
        "devpi:x",
        "devpi:a/dev",
        "devpi:a/../x",
        "npm:@a",
    ],
)
def test_what_names_no_repository_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        place_of(text)


def test_an_index_of_devpi_is_asked_with_the_responders_password_and_without_descriptions() -> None:
    long = DEVPI | {"result": {"1": DEVPI["result"]["1"] | {"description": "long"}}}
    [answer], [asked] = run(answering({"/a/dev/x": long}), "devpi:a/dev/x")
    assert recognise(answer.document["answer"]).name == answer.kind == "devpi-uploads"
    assert "description" not in json.dumps(answer.document)
    assert asked.headers["authorization"].startswith("Basic ")
    with pytest.raises(BadInput, match="devpi server is not known"):
        list(capture(place_of("devpi:a/dev/x"), door(), Setting()))


def test_when_a_registry_was_asked_and_by_whose_clock_is_noted() -> None:
    headers = {"Date": "Thu, 01 Jan 2099 00:00:00 GMT", "Age": "60"}
    [answer], _ = run(lambda _asked: Answer(200, json.dumps(NPM).encode(), headers), "npm:x")
    assert answer.document["age_s"] == 60
    assert answer.document["registry"].startswith("127.0.0.1:")


def test_of_a_record_that_is_too_long_it_is_said_how_npm_prints_what_is_needed() -> None:
    long = json.dumps(NPM | {"readme": "x" * 1024 * 1024}).encode()
    [missing], _ = run(lambda _asked: Answer(200, long), "npm:@acme/x")
    assert "npm view @acme/x name time versions --json" in missing.why
