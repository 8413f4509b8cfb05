"""An organisation as its API lists it: pages, rate limits, wikis, archived and empty repositories. Real git over HTTP on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from irkit.errors import StepFailed
from irkit.providers.interface import Setting
from irkit.sources.clocks.capture import Patience
from irkit.sources.fleet import Target
from irkit.sources.fleet.organisation import from_organisation
from tests.servers.loopback import Answer, Asked, serving
from tests.sources.fleet.test_fleet import REF, access, bare, cache, door, find, hosting, places
from tests.sources.git.conftest import TOKEN, Repo

__all__ = ["bare", "cache"]


class Host:
    """An API that refuses the second page `refusals` times, and the repositories below `folder` as plain files."""

    def __init__(self, folder: Path, rows: list[dict[str, object]], refusals: list[Answer]) -> None:
        self.folder, self.rows, self.refusals = folder, rows, refusals

    def __call__(self, asked: Asked) -> Answer:
        base, parts = f"http://{asked.headers['host']}", urlsplit(asked.path)
        if parts.path not in ("/orgs/acme/repos", "/groups/acme/projects"):
            file = self.folder / parts.path.lstrip("/")
            return Answer(200, file.read_bytes(), {"Content-Type": "text/plain"}) if file.is_file() else Answer(404)
        second = "page=2" in parts.query.split("&")
        if second and self.refusals:
            return self.refusals.pop(0)
        half = (len(self.rows) + 1) // 2
        rows = [row | {"clone_url": f"{base}/{row['full_name']}.git", "path_with_namespace": row["full_name"],
                       "http_url_to_repo": f"{base}/{row['full_name']}.git"}
                for row in (self.rows[half:] if second else self.rows[:half])]  # fmt: skip
        link = (
            {}
            if second
            else {"Link": f'<{base}{parts.path}?page=1>; rel="first", <{base}{parts.path}?page=2>; rel="next"'}
        )
        return Answer(200, json.dumps(rows).encode(), link)


ROWS: list[dict[str, object]] = [{"full_name": "acme/api"}, {"full_name": "acme/shop", "archived": True}]


def asked_for(
    host: Host, organisation: str = "github:acme", patience: float = 100
) -> tuple[list[Target], list[str], list[float]]:
    waits: list[float] = []
    with serving(host) as server:
        targets, missing = from_organisation(
            organisation, door(), Setting(server.url, REF), Patience(patience, waits.append)
        )
    return targets, [item.why for item in missing], waits


@pytest.mark.parametrize("status", [403, 429, 503])
@pytest.mark.parametrize("organisation", ["github:acme", "gitlab:acme"])
def test_a_rate_limit_is_waited_out_as_long_as_the_host_says(status: int, organisation: str, tmp_path: Path) -> None:
    refusals = [Answer(status, b"{}", {"Retry-After": "30"}), Answer(status, b"{}", {"Retry-After": "20"})]
    targets, missing, waits = asked_for(Host(tmp_path, ROWS, refusals), organisation)
    assert [target.name.rpartition("/")[2] for target in targets] == ["api.git", "shop.git"]
    assert (missing, waits) == ([], [30, 20])


@pytest.mark.parametrize(
    ("refusal", "waited", "says"),
    [
        (Answer(429, b"{}", {"Retry-After": "3600"}), [], "ask again in 3600 s"),
        (Answer(429, b"{}", {"Retry-After": "60"}), [60], "ask again in 60 s"),
        (Answer(403, b"{}", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700000000"}), [], "2023-11-14T22:13:20Z"),
        (Answer(403, b"{}"), [], "not allowed"),
        (Answer(500, b"{}", {"Retry-After": "1"}), [], "500"),
    ],
)  # fmt: skip
def test_what_is_not_waited_out_is_told_and_the_repositories_listed_so_far_are_searched(
    refusal: Answer, waited: list[float], says: str, tmp_path: Path
) -> None:
    targets, missing, waits = asked_for(Host(tmp_path, ROWS, [refusal] * 9))
    assert [target.name.rpartition("/")[2] for target in targets] == ["api.git"]
    assert waits == waited
    assert "not all repositories are listed" in missing[0]
    assert says in missing[0]


def test_a_host_that_says_zero_for_ever_is_given_up(tmp_path: Path) -> None:
    _, missing, waits = asked_for(Host(tmp_path, ROWS, [Answer(429, b"{}", {"Retry-After": "0"})] * 99), patience=5)
    assert (len(waits), len(missing)) == (5, 1)


def test_an_organisation_refused_from_the_start_is_a_sentence(tmp_path: Path) -> None:
    with (
        serving(lambda _: Answer(429, b"{}", {"Retry-After": "999"})) as server,
        pytest.raises(StepFailed, match="999 s"),
    ):
        from_organisation("github:acme", door(), Setting(server.url, REF), Patience(5, pytest.fail))


def test_archived_and_empty_repositories_and_wikis_are_searched_and_a_wiki_nobody_wrote_is_told_once(
    bare: list[Path], tmp_path: Path
) -> None:
    served = tmp_path / "served"
    wiki = Repo(tmp_path / "work" / "wiki")
    wiki.commit("page", {"Home.md": TOKEN})
    wiki.git("clone", "-q", "--bare", ".", str(served / "acme" / "api.wiki.git"))
    Repo.git(wiki, f"--git-dir={served / 'acme' / 'api.wiki.git'}", "update-server-info")
    empty = served / "acme" / "empty.git"
    wiki.git("init", "-q", "--bare", str(empty))
    Repo.git(wiki, f"--git-dir={empty}", "update-server-info")
    rows = [{"full_name": "acme/api", "has_wiki": True}, {"full_name": "acme/docs", "wiki_enabled": True},
            {"full_name": "acme/empty", "has_wiki": True, "size": 0}, {"full_name": "acme/shop", "archived": True}]  # fmt: skip
    with serving(Host(served, rows, [])) as server:
        targets, missing = from_organisation("github:acme", door(), Setting(server.url, REF), Patience(5, pytest.fail))
        found = find(targets, access=access(server), workers=2)
        expected = [
            (f"{server.url}/acme/{name}.git", live)
            for name, live in (("api", True), ("api.wiki", True), ("shop", False))
        ]
    assert missing == []
    assert places(found) == expected
    [skipped] = found.skipped
    assert skipped.what.startswith("2 wikis, ")
    assert "nobody wrote these wikis" in skipped.why


def test_a_repository_that_is_listed_and_not_there_is_told_by_its_name(bare: list[Path], tmp_path: Path) -> None:
    with hosting(tmp_path / "served") as server:
        found = find([Target("gone", url=f"{server.url}/acme/gone.git")], access=access(server))
    assert [item.what for item in found.skipped] == ["gone"]
