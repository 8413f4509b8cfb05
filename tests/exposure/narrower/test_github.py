"""The least scopes of a GitHub token for what it did, by the table that GitHub's API description gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from irkit.exposure.narrower.github import least, narrowed, table, things
from irkit.exposure.narrower.seen import Seen
from irkit.model import MatchKind, UsageEvent
from tests.needs import needs


def request(method: str, path: str, outcome: str = "ok", target: str = "acme/app", **more: Any) -> UsageEvent:
    raw = {"request_method": method, "url_path": path, **more}
    return UsageEvent("github-audit", f"{method} {path} {more}", None, "k", MatchKind.HASH, "api.request", "github", outcome=outcome,
                      target=target, raw=raw)  # fmt: skip


def audit(action: str, **more: Any) -> UsageEvent:
    return UsageEvent(
        "github-audit", action, None, "k", MatchKind.HASH, action, "github", outcome="ok", target="acme/app", raw=more
    )


def seen(*events: UsageEvent) -> Seen:
    made = Seen(things)
    for one in events:
        made.take(one)
    return made


@needs("npm:@octokit/openapi")
def test_the_table_is_what_the_description_says() -> None:
    from tests.providers import github_scopes

    assert json.loads(github_scopes.TABLE.read_text()) == github_scopes.table(), (
        "python -m tests.providers.github_scopes"
    )


def test_an_endpoint_is_found_by_the_path_of_a_request() -> None:
    assert (
        table().named("GET", "/repos/acme/app/actions/artifacts/7")
        == "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}"
    )
    assert table().named("GET", "/nowhere") == ""


def test_only_what_was_done_asks_for_a_scope() -> None:
    proposal = narrowed(
        seen(
            request("GET", "/repos/acme/app/actions/artifacts"),
            request("DELETE", "/repos/acme/app", "denied"),
            audit("git.clone"),
        ),
        ["repo", "delete_repo", "admin:org"],
    )
    assert proposal.text is not None
    assert proposal.text["classic_scopes"] == ["repo"]
    assert proposal.text["fine_grained"] == {
        "repositories": ["acme/app"], "permissions": {"metadata": "read", "actions": "read", "contents": "read"},
    }  # fmt: skip
    assert [line.action for line in proposal.lines if "never succeeded" in line.why] == ["DELETE /repos/acme/app"]
    assert any("unverified" in note for note in proposal.notes)


def test_of_a_public_repository_reading_needs_no_scope() -> None:
    proposal = narrowed(
        seen(
            request("GET", "/repos/acme/app/actions/artifacts", public_repo=True), audit("git.clone", public_repo=True)
        )
    )
    assert proposal.text is not None
    assert proposal.text["classic_scopes"] == []
    both = narrowed(seen(audit("git.push", public_repo=True)))
    assert both.text is not None
    assert both.text["classic_scopes"] == ["public_repo"]


def test_what_nobody_describes_is_said_and_asks_for_nothing() -> None:
    proposal = narrowed(seen(request("GET", "/internal/thing"), audit("copilot.something")))
    assert proposal.text is not None
    assert proposal.text["classic_scopes"] == []
    assert any("GET /internal/thing, copilot.something" in note for note in proposal.notes)


def test_a_scope_that_the_token_has_not_is_no_answer() -> None:
    proposal = narrowed(seen(request("GET", "/repos/acme/app/actions/artifacts/7")), ["read:user"])
    assert proposal.faults[0].startswith("it was done without")


@pytest.mark.parametrize(
    ("wants", "chosen"),
    [
        ([["repo"], ["public_repo", "repo"]], ["repo"]),
        ([["public_repo", "repo"]], ["public_repo"]),
        ([["admin:org", "read:org"]], ["read:org"]),
        ([["read:org"], ["admin:org"]], ["admin:org"]),
        ([], []),
    ],
)
def test_the_fewest_and_narrowest_scopes_are_chosen(wants: list[list[str]], chosen: list[str]) -> None:
    assert least(wants) == chosen


def scopes(*events: UsageEvent, held: tuple[str, ...] = ()) -> Any:
    proposal = narrowed(seen(*events), held)
    assert proposal.text is not None
    return proposal.text["classic_scopes"]


def test_an_event_of_which_no_list_says_what_it_took_is_given_what_surely_allows_it() -> None:
    assert scopes(audit("workflows.rerun_workflow_run")) == ["repo"]
    assert scopes(audit("pull_request.create")) == ["repo"]
    assert scopes(audit("pull_request.create", public_repo=True)) == ["public_repo"]
    assert scopes(audit("hook.create"), held=("write:repo_hook", "gist")) == ["write:repo_hook"]
    assert scopes(audit("org.remove_member")) == ["admin:org"]
    assert scopes(audit("org.register_self_hosted_runner"), held=("repo", "manage_runners:org")) == [
        "manage_runners:org"
    ]
    assert scopes(audit("repo.register_self_hosted_runner")) == ["repo"]


def test_of_several_scopes_one_that_the_token_has_is_chosen() -> None:
    assert least([["admin:org", "repo"]], ("repo",)) == ["repo"]
    assert least([["admin:org", "repo"]]) == ["admin:org"]


FINE = {
    "a merge": (request("PUT", "/repos/acme/app/pulls/7/merge"), {"contents": "write", "pull_requests": "write"}),
    "a workflow": (
        request("PUT", "/repos/acme/app/contents/.github/workflows/ci.yml"),
        {"contents": "write", "workflows": "write"},
    ),
    "settings": (request("PATCH", "/repos/acme/app"), {"administration": "write"}),
    "reading settings": (request("GET", "/repos/acme/app"), {}),
    "topics": (request("PUT", "/repos/acme/app/topics"), {"administration": "write"}),
    "a status": (request("GET", "/repos/acme/app/commits/main/status"), {"statuses": "read"}),
    "variables": (request("GET", "/repos/acme/app/actions/variables"), {"variables": "read"}),
    "protection": (request("PUT", "/repos/acme/app/branches/main/protection"), {"administration": "write"}),
    "whose it is": (request("GET", "/user"), {}),
}


@pytest.mark.parametrize(("event", "permissions"), FINE.values(), ids=FINE)
def test_permissions_by_the_part_of_the_api(event: UsageEvent, permissions: dict[str, str]) -> None:
    proposal = narrowed(seen(event))
    assert proposal.text is not None
    assert proposal.text["fine_grained"]["permissions"] == {"metadata": "read", **permissions}
    assert not any("not proposed" in note for note in proposal.notes)


def test_what_has_no_known_permission_is_said_and_not_left_out_in_silence() -> None:
    proposal = narrowed(
        seen(request("GET", "/orgs/acme/members"), request("POST", "/repos/acme/app/strange"), audit("team.create"))
    )
    (note,) = [one for one in proposal.notes if "not known here, and not proposed" in one]
    assert all(one in note for one in ("GET /orgs/acme/members", "POST /repos/acme/app/strange", "team.create"))


def test_a_repository_is_named_by_the_path_and_several_owners_are_said() -> None:
    events = (
        request("GET", "/repos/acme/app/issues", target=""),
        request("GET", "/repos/other/lib/issues", target="other/lib"),
    )
    proposal = narrowed(seen(*events))
    assert proposal.text is not None
    assert proposal.text["fine_grained"]["repositories"] == ["acme/app", "other/lib"]
    assert any("one for each" in note for note in proposal.notes)


def test_a_push_may_have_needed_more_than_it_tells() -> None:
    assert any("the scope workflow" in note for note in narrowed(seen(audit("git.push"))).notes)


def test_every_scope_that_is_proposed_is_one_that_there_is() -> None:
    from irkit.exposure.usage.abilities import SCOPES

    for name in table().endpoints:
        method, _, path = name.partition(" ")
        assert set(scopes(request(method, path.replace("{", "").replace("}", "")))) <= SCOPES, name
