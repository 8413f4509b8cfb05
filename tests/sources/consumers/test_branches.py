"""Real repositories: the tips of all branches are read, not the work tree alone; owners, remotes, what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from irkit.errors import BadInput
from irkit.model import Sure
from irkit.sources.consumers import consumers_in
from tests.sources.git.conftest import Repo

WORKFLOW = "jobs: {publish: {steps: [{run: npm publish, env: {NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}'}}]}}\n"
PATH = ".github/workflows/release.yml"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "web")
    made.commit("first", {"README.md": "x"})
    return made


def found(path: Path, name: str = "NPM_TOKEN"):
    return consumers_in([path], [name])


def test_a_consumer_on_a_branch_that_is_not_checked_out_is_found(repo):
    repo.git("checkout", "-q", "-b", "next")
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("checkout", "-q", "main")
    (one,) = found(repo.path).consumers
    assert one.branches == ("next",)
    assert one.where == f"{repo.path}/{PATH}:1"
    assert (one.platform, one.sure) == ("github-actions", Sure.NAMED)


def test_branches_that_a_clone_has_only_as_remote_ones_are_read(repo, tmp_path):
    repo.git("checkout", "-q", "-b", "next")
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("checkout", "-q", "main")
    repo.git("clone", "-q", str(repo.path), str(tmp_path / "clone"))
    (one,) = found(tmp_path / "clone").consumers
    assert one.branches == ("origin/next",)


def test_one_that_several_branches_hold_is_told_once_though_its_line_moved(repo):
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("checkout", "-q", "-b", "next")
    repo.commit("moved", {PATH: "# a line more\n" + WORKFLOW})
    repo.git("checkout", "-q", "main")
    (one,) = found(repo.path).consumers
    assert one.branches == ("main", "next")


def test_one_that_only_an_old_commit_held_is_none(repo):
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.commit("gone", {PATH: None})
    assert found(repo.path).consumers == ()


def test_a_bare_repository_is_read(repo, tmp_path):
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    (one,) = found(tmp_path / "bare.git").consumers
    assert one.branches == ("main",)


def test_a_file_that_git_ignores_is_read_from_disk(repo):
    repo.commit("ignore", {".gitignore": ".env\n", "compose.yaml": "services: {web: {env_file: .env}}\n"})
    repo.write(".env", "NPM_TOKEN=value-of-it\n")
    by_how = {one.how: one for one in found(repo.path).consumers}
    assert by_how["sets NPM_TOKEN"].branches == ()
    assert by_how["env_file .env"].sure is Sure.PASSED_ON
    assert "value-of-it" not in str(found(repo.path))


def test_the_way_of_the_value_is_followed_from_name_to_name(repo):
    repo.commit("all", {PATH: WORKFLOW, ".npmrc": "//registry.example.org/:_authToken=${NODE_AUTH_TOKEN}\n"})
    (last,) = [one for one in found(repo.path).consumers if one.platform == "packages"]
    assert last.sure is Sure.PASSED_ON
    assert "as NODE_AUTH_TOKEN, which NPM_TOKEN goes by here" in last.note


def test_a_name_that_everything_has_is_followed_within_its_file_alone(repo):
    common = WORKFLOW.replace("NODE_AUTH_TOKEN", "TOKEN")
    repo.commit("all", {PATH: common, "deploy.sh": 'curl -H "$TOKEN"\n'})
    assert [one.platform for one in found(repo.path).consumers] == ["github-actions"]


@pytest.mark.parametrize(
    ("url", "store"),
    [
        ("https://github.com/acme/web.git", "github-actions:acme/web/NPM_TOKEN"),
        ("git@github.com:acme/web.git", "github-actions:acme/web/NPM_TOKEN"),
        ("ssh://git@ghe.example.org:2222/acme/web", "github-actions:acme/web/NPM_TOKEN"),
        ("https://user:fake-password@github.com/acme/web", "github-actions:acme/web/NPM_TOKEN"),
        ("https://gitlab.com/acme/web.git", ""),
        ("/srv/git/web.git", ""),
        ("../web", ""),
        ("", ""),
    ],
)
def test_where_it_is_set_is_told_when_the_remote_tells_it(repo, url, store):
    repo.commit("workflow", {PATH: WORKFLOW})
    if url:
        repo.git("remote", "add", "origin", url)
    (one,) = found(repo.path).consumers
    assert one.store == store
    assert "fake-password" not in str(one)


def test_who_owns_it_is_taken_from_codeowners_of_that_branch_else_from_the_last_commit(repo):
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("checkout", "-q", "-b", "owned")
    repo.commit(
        "owners", {".github/CODEOWNERS": "* @acme/all\n/.github/ @acme/release\n", "deploy.sh": "echo $NPM_TOKEN\n"}
    )
    repo.git("checkout", "-q", "main")
    workflow, script = sorted(found(repo.path).consumers, key=lambda one: one.platform, reverse=True)
    assert (workflow.owner, workflow.owner_by) == ("Fake <fake@example.org>", "last commit, as it states: no proof")
    assert (script.owner, script.owner_by) == ("@acme/all", "CODEOWNERS")


def test_a_broken_file_is_listed_and_the_others_are_read(repo):
    repo.commit("both", {PATH: WORKFLOW, ".github/workflows/broken.yml": "a: [secrets.NPM_TOKEN\n"})
    told = found(repo.path)
    assert len(told.consumers) == 1
    assert any("broken.yml" in one.what and "not YAML" in one.why for one in told.skipped)


def test_a_huge_file_is_listed_and_not_read(repo):
    repo.commit("huge", {"huge.py": "os.environ['NPM_TOKEN']\n" + "#" * (2 << 20)})
    told = found(repo.path)
    assert told.consumers == ()
    assert any("larger than 1 MiB" in one.why for one in told.skipped)


def test_a_link_out_of_the_folder_is_not_followed(repo, tmp_path):
    (tmp_path / "outside.py").write_text("os.environ['NPM_TOKEN']\n")
    (repo.path / "link.py").symlink_to(tmp_path / "outside.py")
    repo.commit("link", {})
    told = found(repo.path)
    assert told.consumers == ()
    assert any("link.py" in one.what and "not followed" in one.why for one in told.skipped)


def test_a_damaged_repository_still_gives_what_can_be_read(repo):
    repo.commit("workflow", {PATH: WORKFLOW})
    repo.git("checkout", "-q", "--detach")
    oid = repo.git("rev-parse", f"HEAD:{PATH}")
    repo.loose(oid).chmod(0o600)
    repo.loose(oid).write_bytes(b"damage")
    told = found(repo.path)
    assert [one.branches for one in told.consumers] == [()]  # from disk
    assert any(oid in one.what for one in told.skipped)


def test_a_repository_below_a_folder_is_read_as_one(tmp_path):
    below = Repo(tmp_path / "all" / "web")
    below.git("checkout", "-q", "-b", "next")
    below.commit("workflow", {PATH: WORKFLOW})
    (tmp_path / "all" / "deploy.sh").write_text("echo $NPM_TOKEN\n")
    told = found(tmp_path / "all")
    assert {one.platform: one.branches for one in told.consumers} == {"github-actions": ("next",), "code": ()}


def test_a_file_that_is_named_itself_is_known_by_its_whole_path(repo):
    repo.write(PATH, WORKFLOW)
    assert len(found(repo.path / PATH).consumers) == 1


def test_a_public_id_is_found_where_it_stands(repo):
    repo.commit("tf", {"main.tf": 'provider "aws" {\n  access_key = "AKIAFAKEFAKEFAKE0001"\n}\n'})
    (one, *_) = [
        c for c in consumers_in([repo.path], [], ["AKIAFAKEFAKEFAKE0001"]).consumers if c.what == "file main.tf"
    ]
    assert one.where.endswith("main.tf:2")
    assert one.platform == "terraform"


def test_nothing_at_a_path_is_said(tmp_path):
    with pytest.raises(BadInput, match="nothing at this path"):
        found(tmp_path / "nowhere")
