"""Which commits went through the guard: real repositories, real pushes, and one repository that was left out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from irkit.guard.coverage import record
from irkit.guard.coverage.looking import look
from irkit.guard.coverage.report import Repository
from irkit.guard.hooks.installing import install, install_receiving
from tests.guard.repositories import Repo, cloned, repository
from tests.guard.test_unknown import never_issued, scans

pytestmark = scans


@dataclass(frozen=True)
class Team:
    """Four repositories that are pushed to, and a clone of the first. `commits` by what happened to them."""

    folder: Path
    commits: dict[str, str]

    def named(self, name: str) -> Repo:
        return Repo(self.folder / name)

    @property
    def paths(self) -> list[str]:
        return [str(self.folder / name) for name in ("guarded.git", "left-out.git", "late.git", "removed.git")]


def pushed(work: Repo, message: str, ref: str = "HEAD:refs/heads/main") -> str:
    work.put(f"{message}.txt", f"{message}\n")
    made = work.commit(message)
    work.git("push", "-q", "origin", ref)
    return made


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Team:
    folder = tmp_path_factory.mktemp("team")
    with pytest.MonkeyPatch.context() as patched:  # as for each test
        patched.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
        return _team(folder)


def _team(folder: Path) -> Team:
    commits: dict[str, str] = {}
    works = {}
    for name in ("guarded", "left-out", "late", "removed"):
        bare = repository(folder / f"{name}.git", "--bare")
        works[name] = cloned(bare.folder, folder / name)
        if name in ("guarded", "removed"):
            install_receiving(bare.folder)
        commits[f"{name} first"] = pushed(works[name], "first")
    install_receiving(folder / "late.git")
    commits["late second"] = pushed(works["late"], "second")
    hook = folder / "removed.git" / "hooks" / "pre-receive"
    hook.rename(aside := hook.with_name("aside"))
    commits["past the hook"] = pushed(works["removed"], "past")
    shutil.move(aside, hook)
    commits["removed third"] = pushed(works["removed"], "third")
    return Team(folder, commits)


def of(team: Team, name: str, **options: Any) -> Repository:
    (found,) = look([str(team.folder / name)], **options).repositories
    return found


def test_the_report_finds_the_one_repository_that_was_left_out(team: Team) -> None:
    found = {Path(one.name).name: one for one in look(team.paths).repositories}
    assert {name: one.covered for name, one in found.items()} == {
        "guarded.git": True,
        "left-out.git": False,
        "late.git": False,
        "removed.git": False,
    }
    (missed,) = found["left-out.git"].missed
    assert (missed.commit, missed.why) == (team.commits["left-out first"], "no push here was ever recorded")
    assert missed.arrived is None  # this repository keeps no reflog, and the commit's own date is no evidence
    assert found["left-out.git"].gaps[0].do.startswith("irkit guard install --pre-receive")


def test_the_command_prints_it_and_does_not_end_well(team: Team) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "irkit", "guard", "coverage", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    whole = run(*team.paths)
    assert whole.returncode == 1, whole.stderr
    assert "pushes are not searched now" in whole.stdout
    assert "left-out.git" in whole.stdout
    good = run(team.paths[0], "--format", "json")
    assert good.returncode == 0, good.stderr
    (one,) = json.loads(good.stdout)["repositories"]
    assert (one["covered"], one["push_protection"], one["branches"][0]["missed"]) == ("yes", "unknown", 0)


def test_what_was_there_before_the_hook_is_told_apart_and_can_be_made_up_for(team: Team) -> None:
    found = of(team, "late.git")
    (missed,) = found.missed
    assert missed.commit == team.commits["late first"]
    assert missed.why.startswith("it was there when the hook was installed")
    assert missed.arrived is not None
    assert not missed.arrived.exact
    assert found.branches[0].commits == 2
    copy = team.folder / "late-copy.git"
    shutil.copytree(team.folder / "late.git", copy)
    command = [sys.executable, "-m", "irkit", "guard", "receive", str(copy), "--history"]
    subprocess.run(command, capture_output=True, check=True)
    assert look([str(copy)]).covered is True


def test_a_hook_that_was_away_for_a_while_shows_in_the_chain(team: Team) -> None:
    found = of(team, "removed.git")
    assert [one.commit for one in found.missed] == [team.commits["past the hook"]]
    assert found.missed[0].why.startswith("it came past the guard")
    (moved,) = found.moved
    assert moved.ref == "refs/heads/main"
    assert moved.before is not None
    assert any("moved past the hook" in one.what for one in found.gaps)


def test_what_came_before_is_left_out_only_where_a_record_says_so(team: Team) -> None:
    installed = record.read(team.folder / "late.git").entries[0].at
    found = of(team, "late.git", since=installed.replace(year=installed.year + 1))
    assert (found.branches[0].commits, found.covered) == (0, None)
    without = of(team, "left-out.git", since=installed.replace(year=installed.year + 1))
    assert without.branches[0].missed == 1  # nothing says that it is old


def test_a_reflog_tells_when_a_commit_came_and_its_own_date_does_not(tmp_path: Path) -> None:
    bare = repository(tmp_path / "a.git", "--bare")
    bare.git("config", "core.logAllRefUpdates", "true")
    work = cloned(bare.folder, tmp_path / "work")
    work.put("a", "x")
    work.git("commit", "-q", "-m", "x", "--date=2001-01-01T00:00:00Z", GIT_COMMITTER_DATE="2001-01-01T00:00:00Z")
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    (missed,) = look([str(bare.folder)]).repositories[0].missed
    assert missed.arrived is not None
    assert missed.arrived.exact
    assert missed.arrived.at.year > 2001
    assert missed.author == "n <e@example.com>"


def test_a_record_that_was_changed_or_cut_is_a_finding(team: Team, tmp_path: Path) -> None:
    copy = tmp_path / "guarded.git"
    shutil.copytree(team.folder / "guarded.git", copy)
    log = copy / record.LOG
    report = tmp_path / "earlier.json"
    report.write_text(json.dumps(look([str(copy)]).document()))
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join([lines[0], lines[1].replace('"passed": true', '"passed": null')]))
    (changed,) = look([str(copy)]).repositories
    assert changed.covered is False
    assert "the guard's record was changed" in [one.what for one in changed.gaps]
    assert [one.covered for one in changed.missed] == [None]
    log.write_text(lines[0])
    (cut,) = look([str(copy)], earlier=report).repositories
    assert "the guard's record was cut or replaced" in [one.what for one in cut.gaps]
    assert "refs/heads/main moved past the hook" in [one.what for one in cut.gaps]


def test_a_record_that_anybody_may_write_is_a_finding(team: Team, tmp_path: Path) -> None:
    copy = tmp_path / "guarded.git"
    shutil.copytree(team.folder / "guarded.git", copy)
    (copy / record.LOG).chmod(0o666)
    (found,) = look([str(copy)]).repositories
    assert found.covered is False
    assert found.gaps[0].what == "contributors may write what is evidence here"


def test_a_hook_that_only_bears_the_name_is_a_finding(team: Team, tmp_path: Path) -> None:
    copy = tmp_path / "guarded.git"
    shutil.copytree(team.folder / "guarded.git", copy)
    hook = copy / "hooks" / "pre-receive"
    text = hook.read_text()
    for changed, why in (
        (text.replace("\nif", "\nexit 0\nif", 1), "not as this irkit"),
        ("#!/bin/sh\n", "not irkit's"),
    ):
        hook.write_text(changed)
        (found,) = look([str(copy)]).repositories
        assert found.covered is False
        assert why in found.gaps[0].why
    hook.write_text(text)
    hook.chmod(0o644)
    assert "not executable" in look([str(copy)]).repositories[0].gaps[0].why


def test_a_push_that_was_refused_covers_nothing_and_is_recorded(team: Team) -> None:
    work = cloned(team.folder / "guarded.git", team.folder / "refused")
    work.git("checkout", "-q", "-b", "side")
    work.put("a.env", f"TOKEN={never_issued()}\n")
    work.commit()
    assert work.git("push", "-q", "origin", "side", check=False).returncode != 0
    last = record.read(team.folder / "guarded.git").entries[-1]
    assert (last.passed, last.commits, last.changes[0].ref) == (False, 1, "refs/heads/side")
    assert dict(last.versions)["kingfisher"]
    assert of(team, "guarded.git").covered is True


def test_a_clone_tells_of_commits_that_its_hook_did_not_search(team: Team) -> None:
    work = cloned(team.folder / "guarded.git", team.folder / "contributor")
    install(work.folder)
    work.put("a", "x")
    work.commit("searched")
    work.put("b", "x")
    bypassed = work.commit("not searched", "--no-verify")
    (found,) = look([str(work.folder)]).repositories
    assert (found.kind, found.covered) == ("clone", False)
    assert [one.commit for one in found.missed] == [bypassed]
    assert "--no-verify" in found.missed[0].why
    assert found.branches[0].commits == 2
    work.git("config", "core.hooksPath", str(team.folder / "elsewhere"))
    again = look([str(work.folder)]).repositories[0]
    assert "core.hooksPath" in again.gaps[0].do
    work.git("config", "--unset", "core.hooksPath")
    work.git("push", "-q", "origin", "HEAD:refs/heads/feature")
    both = look([str(work.folder), str(team.folder / "guarded.git")])
    assert both.repositories[0].missed == ()  # the server's record has it, wherever it was made


def test_a_repository_without_commits_is_not_called_covered(tmp_path: Path) -> None:
    bare, clone = repository(tmp_path / "empty.git", "--bare"), repository(tmp_path / "clone")
    install_receiving(bare.folder)
    for place in (bare, clone):
        (found,) = look([str(place.folder)]).repositories
        assert found.branches == ()
        assert found.covered is not True
    assert "no branch is here" in [one.what for one in look([str(bare.folder)]).repositories[0].gaps]
