"""The snippets of docs/ci, their shell steps run as each runner runs them, for a contributor without any hook."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.guard.known import known_file
from tests.guard.repositories import Repo, cloned, repository
from tests.guard.test_unknown import never_issued, scans

SNIPPETS = Path(__file__).parents[2] / "docs" / "ci"
ZERO = "0" * 40
SOURCE = "git+https://git.example.org/security/irkit@" + "a" * 40


@dataclass(frozen=True)
class Build:
    """What a runner knows: the commit, the one before the push, its branch, the team's key."""

    before: str
    commit: str
    branch: str
    key: str
    irkit: str = SOURCE
    tag: str = ""


@dataclass(frozen=True)
class Step:
    """A script, what runs it, and its environment."""

    shell: tuple[str, ...]
    script: str
    environment: dict[str, str]


def github(build: Build) -> list[Step]:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell: `bash -e`."""
    event: dict[str, str] = {
        "github.event.before": build.before,
        "github.ref_name": build.tag or build.branch,
        "github.ref_type": "tag" if build.tag else "branch",
        "github.event.repository.default_branch": "main",
        "secrets.IRKIT_KNOWN_KEY": build.key,
        "vars.IRKIT": build.irkit,
    }

    def first(alternatives: re.Match[str]) -> str:
        named = (event.get(one.strip(), "") for one in alternatives[1].split("||"))
        return next(filter(None, named), "")

    def evaluated(text: str) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", first, text)

    (job,) = yaml.safe_load((SNIPPETS / "github-actions.yml").read_text())["jobs"].values()
    steps = [one for one in job["steps"] if "run" in one]
    return [
        Step(("bash", "-e", "-c"), one["run"], {name: evaluated(value) for name, value in one.get("env", {}).items()})
        for one in steps
    ]


def gitlab(build: Build) -> list[Step]:
    """https://docs.gitlab.com/runner/shells/: one shell for before_script and script, which ends at the first failure."""
    job: dict[str, Any] = yaml.safe_load((SNIPPETS / "gitlab-ci.yml").read_text())["secrets"]
    environment = {
        "CI_COMMIT_BEFORE_SHA": build.before,
        "CI_COMMIT_SHA": build.commit,
        "CI_COMMIT_REF_NAME": build.tag or build.branch,
        **({"CI_COMMIT_TAG": build.tag} if build.tag else {}),
        "CI_DEFAULT_BRANCH": "main",
        "IRKIT_KNOWN_KEY": build.key,
        "IRKIT": build.irkit,
    }
    return [Step(("sh", "-e", "-c"), "\n".join([*job["before_script"], *job["script"]]), environment)]


def jenkins(build: Build) -> list[Step]:
    """https://www.jenkins.io/doc/pipeline/steps/workflow-durable-task-step/: `sh -xe`, which shows each command."""
    scripts = re.findall(r"\bsh (?:'''(.*?)'''|'(.*?)')", (SNIPPETS / "Jenkinsfile").read_text(), re.DOTALL)
    environment = {"GIT_COMMIT": build.commit, "KNOWN_KEY": build.key, "IRKIT": build.irkit}
    if build.tag:
        environment["TAG_NAME"] = build.tag
    if build.before != ZERO:
        environment["GIT_PREVIOUS_SUCCESSFUL_COMMIT"] = build.before
    return [Step(("sh", "-xe", "-c"), long or short, environment) for long, short in scripts]


RUNNERS: dict[str, Callable[[Build], list[Step]]] = {"github": github, "gitlab": gitlab, "jenkins": jenkins}


@pytest.fixture
def bare(tmp_path: Path) -> Repo:
    return repository(tmp_path / "origin.git", "--bare")


@pytest.fixture
def work(bare: Repo, tmp_path: Path) -> Repo:
    made = cloned(bare.folder, tmp_path / "work")
    made.put("README", "harmless\n")
    return made


def built(bare: Repo, folder: Path, build: Build, steps: Callable[[Build], list[Step]]) -> tuple[int, str]:
    """A fresh checkout of the commit, and the steps in it: the exit code of the first that fails, and all that was said."""
    checkout = cloned(bare.folder, folder)
    checkout.git("checkout", "-q", "--detach", build.commit)
    programs = folder.parent / f"{folder.name}-programs"
    programs.mkdir()
    (programs / "pip").write_text(f'#!/bin/sh\ntest "$*" = "install irkit[scan] @ {SOURCE}"\n')  # it is installed
    (programs / "pip").chmod(0o700)
    (programs / "irkit").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m irkit "$@"\n')
    (programs / "irkit").chmod(0o700)
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    said = ""
    for step in steps(build):
        command, mine = [*step.shell, step.script], environment | step.environment
        done = subprocess.run(command, cwd=checkout.folder, env=mine, capture_output=True, text=True, check=False)
        said += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, said
    return 0, said


@scans
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_push_with_a_secret_fails_and_says_what_to_do(
    bare: Repo, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    file, ours = known_file(tmp_path, monkeypatch)
    key = os.environ["TEAM_KEY"]
    monkeypatch.delenv("TEAM_KEY")
    work.put(".irkit-known.toml", file.read_text())
    first = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    token = never_issued()
    work.put("deep/a.env", f"TOKEN={token}\n")
    work.commit()
    work.git("rm", "-q", "-r", "deep", ".irkit-known.toml")
    work.put("b.env", f"\nTOKEN={ours}\n")
    last = work.commit()
    assert [one.name for one in (work.folder / ".git" / "hooks").iterdir() if one.suffix != ".sample"] == []
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    code, said = built(bare, tmp_path / "build", Build(first, last, "main", key), RUNNERS[runner])
    assert code == 4
    assert "deep/a.env, line 1" in said
    assert "b.env, line 2" in said
    assert "our own deploy token" in said
    assert "Revoke it" in said
    shown = [form for secret in (token, ours, key) for form in (secret, secret[8:24], secret.encode().hex())]
    assert [form for form in shown if form in said] == []


@scans
@pytest.mark.parametrize("runner", RUNNERS)
def test_a_harmless_push_passes_and_a_new_branch_is_searched_from_the_default_one(
    bare: Repo, work: Repo, tmp_path: Path, runner: str
) -> None:
    work.put("old.env", f"TOKEN={never_issued()}\n")  # of the past, and for `irkit locate` to find
    first = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    work.put("new", "harmless\n")
    last = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/side")
    before = first if runner == "jenkins" else ZERO  # which tells no new branch from a first build
    code, said = built(bare, tmp_path / "build", Build(before, last, "side", ""), RUNNERS[runner])
    assert code == 0, said
    assert "No rule matched" in said


@scans
@pytest.mark.parametrize("runner", RUNNERS)
def test_the_message_of_a_tag_is_searched(bare: Repo, work: Repo, tmp_path: Path, runner: str) -> None:
    last, token = work.commit(), never_issued()
    work.git("tag", "-a", "-m", f"release with {token}", "v1")
    work.git("push", "-q", "origin", "HEAD:refs/heads/main", "v1")
    code, said = built(bare, tmp_path / "build", Build(ZERO, last, "", "", tag="v1"), RUNNERS[runner])
    assert (code, "(message of tag" in said, token in said) == (4, True, False), said


@scans
@pytest.mark.parametrize("before", [ZERO, "b" * 40], ids=["a new branch", "a forced push"])
@pytest.mark.parametrize("runner", RUNNERS)
def test_where_there_is_no_commit_before_our_own_are_looked_for_all_the_same(
    bare: Repo, work: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runner: str, before: str
) -> None:
    file, ours = known_file(tmp_path, monkeypatch)
    key = os.environ["TEAM_KEY"]
    monkeypatch.delenv("TEAM_KEY")
    work.put(".irkit-known.toml", file.read_text())
    work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    work.put("b.env", f"TOKEN={ours}\n")
    last = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/side")
    code, said = built(bare, tmp_path / "build", Build(before, last, "side", key), RUNNERS[runner])
    assert (code, "our own deploy token" in said) == (4, True), said


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_key_without_what_it_is_for_is_no_clean_build(bare: Repo, work: Repo, tmp_path: Path, runner: str) -> None:
    last = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    code, said = built(bare, tmp_path / "build", Build(ZERO, last, "main", "visibly-fake-key"), RUNNERS[runner])
    assert (code, "is nowhere: commit it" in said) == (1, True)


@pytest.mark.parametrize("runner", RUNNERS)
def test_irkit_is_never_installed_by_its_name_alone(bare: Repo, work: Repo, tmp_path: Path, runner: str) -> None:
    """An index of packages may have another project of that name, which would then run with the team's key."""
    last = work.commit()
    work.git("push", "-q", "origin", "HEAD:refs/heads/main")
    code, said = built(bare, tmp_path / "build", Build(last, last, "main", "", irkit=""), RUNNERS[runner])
    assert code != 0
    assert "name where the team keeps irkit" in said
