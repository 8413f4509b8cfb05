"""Coverage at a code host: stand-ins after what the hosts publish; GitHub's calls are held against its API description."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from irkit.errors import BadInput
from irkit.guard.coverage.hosts import HOSTS
from irkit.guard.coverage.looking import Asking, look
from irkit.guard.coverage.report import Repository
from irkit.model import SecretRef, parse_instant
from irkit.plan import Call
from irkit.providers.interface import Setting
from tests.needs import needs
from tests.providers.contracts import operation
from tests.servers.github_coverage import OWNER, Records, Run, push
from tests.servers.loopback import Answer, Asked, serving

WELL = ("github-actions", "success")
AFTER = {number: f"{number:040x}" for number in range(1, 9)}


@pytest.fixture(autouse=True)
def responder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER", OWNER)


def at_github(records: Records, **options: Any) -> Repository:
    with serving(records) as server:
        asking = Asking(server.url, "env:RESPONDER")
        (found,) = look(["github:acme/app"], asking=asking, **options).repositories
    return found


def test_pushes_whose_required_job_ended_well_are_covered() -> None:
    records = Records(
        [push("main", 3), push("main", 2), push("main", 1)], dict.fromkeys(AFTER.values(), WELL), ["workflows"]
    )
    found = at_github(records)
    assert found.covered is True
    assert (found.branches[0].commits, found.push_protection, found.gaps) == (3, True, ())
    assert any("after=cursor" in path for path in records.asked)  # the second page was asked for


def test_a_job_that_whoever_pushes_may_change_is_no_proof() -> None:
    found = at_github(Records([push("main", 1)], {AFTER[1]: WELL}, ["pull_request"]))
    assert found.covered is None
    assert "may change what it runs" in found.branches[0].why


@pytest.mark.parametrize(
    ("check", "covered", "why"),
    [
        (("", None), False, "no job guard of GitHub Actions ran"),
        (("an-app-of-theirs", "success"), False, "no job guard of GitHub Actions ran"),
        (("github-actions", "failure"), False, "ended as failure"),
        (("github-actions", "skipped"), None, "ended as skipped"),
        (("github-actions", None), None, "ended as not yet known"),
    ],
)
def test_a_push_without_that_is_a_finding_with_who_and_when(
    check: tuple[str, str | None], covered: bool | None, why: str
) -> None:
    found = at_github(
        Records([push("main", 2, "mallory"), push("main", 1)], {AFTER[2]: check, AFTER[1]: WELL}, ["workflows"])
    )
    assert found.covered is covered
    (missed,) = found.missed
    assert missed.arrived is not None
    assert (missed.commit, missed.arrived.who, str(missed.arrived)) == (AFTER[2], "mallory", "2026-11-02T10:00:00Z")
    assert why in missed.why


SIDE = Run(AFTER[1], "side", "success")


@pytest.mark.parametrize(
    ("runs", "covered", "why"),
    [
        ([SIDE], None, "another branch or a pull request alone"),
        ([Run(AFTER[1], "main", "success", event="pull_request")], None, "another branch or a pull request alone"),
        ([SIDE, Run(AFTER[1], "main", "failure")], False, "ended as failure"),
        ([Run(AFTER[1], "main", "success"), Run(AFTER[1], "main", "failure")], False, "ended as failure"),
        ([Run(AFTER[1], "main", "failure"), Run(AFTER[1], "main", "success", suite=1)], True, "ended well"),
        ([Run(AFTER[1], "side", "failure"), Run(AFTER[1], "main", "success")], True, "ended well"),
        ([Run(AFTER[1], "main", "success", path=".github/workflows/own.yml")], None, "of another file"),
    ],
)
def test_only_the_runs_of_the_push_itself_count_and_each_of_them(
    runs: list[Run], covered: bool | None, why: str
) -> None:
    """A secret that came to a branch with one push is not in the range of its next; both may come to another branch at once."""
    found = at_github(Records([push("main", 1)], {}, ["workflows"], runs=runs))
    assert found.branches[0].covered is covered
    assert why in found.branches[0].why
    assert found.covered is covered


def test_a_required_workflow_of_the_same_repository_is_not_from_elsewhere() -> None:
    found = at_github(Records([push("main", 1)], {AFTER[1]: WELL}, ["workflows"], required_in=1))
    assert (found.covered, "may change what it runs" in found.branches[0].why) == (None, True)


@pytest.mark.parametrize(
    ("pushes", "tips", "why"),
    [
        ([push("main", 1)], {"main": AFTER[1], "imported": AFTER[8]}, "no push to it is listed"),
        ([push("main", 1)], {"main": AFTER[2]}, "its tip is not what the last push"),
        ([push("main", 3), push("main", 1)], None, "a push before the one of 2026-11-03 10:00:00 is not listed"),
        ([push("main", 3), push("main", 2)], None, "before the first push that is listed"),
    ],
)
def test_what_the_list_of_pushes_leaves_out_is_a_finding(
    pushes: list[dict[str, object]], tips: dict[str, str] | None, why: str
) -> None:
    found = at_github(Records(pushes, dict.fromkeys(AFTER.values(), WELL), ["workflows"], tips=tips))
    assert found.covered is None
    assert any(why in one.why for one in found.gaps)
    assert any(why in one.why for one in found.branches)


@pytest.mark.parametrize(
    ("refused", "what"),
    [
        ("/branches", "not all that the host has was read"),
        ("/actions/runs", "1 push without the job guard"),
        ("/secret-scanning/alerts", "who went past push protection is unknown"),
    ],
)
def test_one_answer_that_is_refused_leaves_it_unknown(refused: str, what: str) -> None:
    found = at_github(Records([push("main", 1)], {AFTER[1]: WELL}, ["workflows"], refused=(refused,)))
    assert (found.covered, [one.what for one in found.gaps]) == (None, [what])


def test_an_answer_of_another_shape_is_said_to_be_one() -> None:
    with pytest.raises(BadInput, match="none of this could be looked at"):
        at_github(Records([{"ref": "refs/heads/main"}]))


def test_since_and_branches_narrow_what_is_asked() -> None:
    records = Records([push("main", 3), push("side", 2), push("main", 1)], {AFTER[3]: WELL}, ["workflows"])
    found = at_github(records, since=parse_instant("2026-11-02T00:00:00Z"), branches=("main",))
    assert [(one.name, one.commits, one.covered) for one in found.branches] == [("main", 1, True)]


@pytest.mark.parametrize(("told", "is_on"), [("enabled", True), ("disabled", False), (None, None)])
def test_push_protection_is_on_off_or_not_told(told: str | None, is_on: bool | None) -> None:
    found = at_github(Records([push("main", 1)], {AFTER[1]: WELL}, ["workflows"], protection=told))
    assert found.push_protection is is_on
    assert found.covered is is_on


def test_who_went_past_push_protection_is_told_and_never_the_value() -> None:
    alert = {
        "number": 7, "secret_type": "fake_type", "push_protection_bypassed": True,
        "push_protection_bypassed_by": {"login": "mallory"}, "push_protection_bypassed_at": "2026-11-01T10:00:00Z",
    }  # fmt: skip
    records = Records([push("main", 1)], {AFTER[1]: WELL}, ["workflows"], [alert])
    found = at_github(records)
    assert [(one.who, one.at) for one in found.bypassed] == [("mallory", "2026-11-01T10:00:00Z")]
    assert found.covered is False
    assert "visibly-fake-secret" not in json.dumps(found.document())


def test_a_host_that_does_not_answer_is_skipped_and_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER", "another")
    with serving(Records()) as server, pytest.raises(BadInput, match="none of this could be looked at"):
        look(["github:acme/app"], asking=Asking(server.url, "env:RESPONDER"))
    with pytest.raises(BadInput, match="asked as you"):
        look(["github:acme/app"])


@pytest.mark.parametrize(
    ("statuses", "covered"),
    [
        (["success"], None),
        (["success", "failed"], False),
        (["success", "manual"], None),
        (["skipped"], False),
        ([], False),
    ],
)
def test_gitlab_is_asked_by_the_pipelines_of_the_branch(statuses: list[str], covered: bool | None) -> None:
    event = {
        "created_at": "2026-11-01T10:00:00.000Z", "author_username": "octocat",
        "push_data": {"ref_type": "branch", "ref": "main", "commit_from": None, "commit_to": AFTER[1]},
    }  # fmt: skip
    several = {**event, "push_data": {"ref_type": "branch", "ref": None, "ref_count": 9}}
    answers = {
        "/events": [event, several],
        "/pipelines": [{"id": 5, "ref": "main"}, {"id": 6, "ref": "side"}],
        "/repository/branches": [{"name": "main", "commit": {"id": AFTER[1]}}],
        "/pipelines/5/jobs": [{"name": "secrets", "status": ended} for ended in statuses],
        "/pipelines/6/jobs": [{"name": "secrets", "status": "success"}],
        "/security_settings": {"secret_push_protection_enabled": False},
    }

    def gitlab(asked: Asked) -> Answer:
        plain = answers.get(urlsplit(asked.path).path.removeprefix("/api/v4/projects/acme%2Fapp"))
        return Answer(404 if plain is None else 200, json.dumps(plain).encode())

    with serving(gitlab) as server:
        (found,) = look(["gitlab:acme/app"], asking=Asking(server.url, "env:RESPONDER")).repositories
    assert (found.branches[0].covered, found.push_protection, found.covered) == (covered, False, False)
    assert any("a push of several refs at once, by octocat" in one.why for one in found.gaps)
    assert dict(found.facts)["how far this was tested"].startswith("unverified")


@needs("npm:@octokit/openapi")
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/repos/acme/app", ()),
        ("/repos/acme/app/activity", (("after", "x"),)),
        ("/repos/acme/app/branches", ()),
        ("/repos/acme/app/commits/abc/check-runs", (("check_name", "guard"), ("filter", "all"))),
        ("/repos/acme/app/actions/runs", (("head_sha", "abc"),)),
        ("/repos/acme/app/rules/branches/main", ()),
        ("/repos/acme/app/secret-scanning/alerts", (("is_bypassed", "true"), ("hide_secret", "true"))),
    ],
)
def test_github_describes_what_it_is_asked(path: str, query: tuple[tuple[str, str], ...]) -> None:
    call = HOSTS["github"].ask(Setting("", SecretRef("env:RESPONDER")), path, (("per_page", "100"), *query))
    assert isinstance(call, Call)
    assert not call.mutates
    described = operation(call, "github:api.github.com", "https://api.github.com")
    known = json.dumps(described["parameters"]) + json.dumps(_parameters())
    assert [name for name, _ in query if f'"name": "{name}"' not in known] == []


def _parameters() -> Any:
    from tests.providers.contracts import openapi

    return openapi("github:api.github.com")["components"]["parameters"]
