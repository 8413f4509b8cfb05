"""Who needs it, at the desk: learned names, holders, users, the journal, the command; and never the value."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.containment.consumers import known_consumers
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef, Sure
from tests.case import trail
from tests.sources.git.conftest import Repo

TOKEN = "ghp_" + "FAKE" * 9
WORKFLOW = "jobs: {publish: {steps: [{run: npm publish, env: {NODE_AUTH_TOKEN: '${{ secrets.NPM_TOKEN }}'}}]}}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = Repo(tmp_path / "web")
    made.commit("leak", {"old.env": f"NPM_TOKEN={TOKEN}\n", ".github/workflows/release.yml": WORKFLOW})
    made.commit("gone", {"old.env": None})
    return made


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    return Case.create(tmp_path / "case", [SecretRef.parse("env:FAKE_TOKEN")])


def name_of(case: Case) -> str:
    return case.credentials[0].name


def test_nobody_looked_is_not_the_same_as_none(case, repo):
    assert known_consumers(case, name_of(case)) is None
    case.consumers(repo.path, names=["NOBODY_TAKES_THIS"])
    assert known_consumers(case, name_of(case)) == ()


def test_the_name_is_learned_from_where_the_value_stood_in_history(case, repo):
    case.locate(repo.path)
    text = case.consumers(repo.path).text()
    (one,) = known_consumers(case, name_of(case))
    assert one.where.endswith("/.github/workflows/release.yml:1")
    assert one.name == "NPM_TOKEN"
    assert "NPM_TOKEN" in text
    assert TOKEN not in text


def test_without_any_name_the_answer_is_unknown_and_nothing_is_journalled(case, repo):
    text = case.consumers(repo.path).text()
    assert "no name is known" in text
    assert not case.journal.records(Kind.CONSUMERS)
    assert known_consumers(case, name_of(case)) is None


def test_what_holds_the_value_now_is_a_consumer(case, repo):
    repo.commit("again", {"deploy.sh": f"curl -H 'Authorization: Bearer {TOKEN}'\n"})
    case.locate(repo.path)
    case.consumers(repo.path)
    first = known_consumers(case, name_of(case))[0]
    assert (first.sure, first.branches) == (Sure.HOLDS, ("main",))
    assert first.where.endswith("/deploy.sh:1")


def test_a_name_that_says_nothing_is_told_and_not_looked_for(case, tmp_path):
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "a.env").write_text(f"TOKEN={TOKEN}\n")
    (tmp_path / "some" / "b.sh").write_text("echo $TOKEN\n")
    case.locate(tmp_path / "some")
    assert "too common" in case.consumers(tmp_path / "some").text()
    case.consumers(tmp_path / "some", names=["TOKEN"])
    assert "code" in {one.platform for one in known_consumers(case, name_of(case))}


def test_the_same_look_is_journalled_once_and_another_one_again(case, repo):
    for names in (["NPM_TOKEN"], ["NPM_TOKEN"], ["OTHER_TOKEN"]):
        case.consumers(repo.path, names=names)
    assert len(case.journal.records(Kind.CONSUMERS)) == 2
    assert case.verify()


def test_the_value_is_neither_shown_nor_kept_wherever_it_stands(case, repo):
    workflow = f"name: {TOKEN}\n{WORKFLOW}"
    repo.commit("odd", {f"{TOKEN}/.github/workflows/x.yml": workflow, ".env.example": f"NPM_TOKEN={TOKEN}\n"})
    case.locate(repo.path)
    view = case.consumers(repo.path)
    assert TOKEN not in view.text() + view.html() + view.markdown()
    assert all(TOKEN.encode() not in one.read_bytes() for one in case.folder.rglob("*") if one.is_file())


def test_a_value_given_as_a_name_is_refused_and_not_repeated(case, repo):
    with pytest.raises(BadInput) as refused:
        case.consumers(repo.path, names=[TOKEN])
    assert TOKEN not in str(refused.value)


def test_a_name_for_one_credential_of_several(tmp_path, repo, monkeypatch):
    monkeypatch.setenv("FAKE_TOKEN", TOKEN)
    refs = [SecretRef.parse("env:FAKE_TOKEN"), SecretRef.parse("id:AKIAFAKEFAKEFAKE0001")]
    case = Case.create(tmp_path / "two", refs)
    case.consumers(repo.path, names=[f"{name_of(case)}=NPM_TOKEN"])
    assert len(known_consumers(case, name_of(case))) == 1
    assert known_consumers(case, "AKIAFAKEFAKEFAKE0001") == ()
    with pytest.raises(BadInput, match="no such credential"):
        case.consumers(repo.path, names=["nobody=NPM_TOKEN"])


def test_without_paths_nobody_has_looked_and_that_is_said(case):
    assert "Nobody has looked" in case.consumers().text()
    assert known_consumers(case, name_of(case)) is None


def _log(path: Path, events: list) -> Path:
    path.write_text(json.dumps({"Records": events}))
    return path


def test_logs_show_who_used_it_and_who_switched_over(tmp_path):
    new = "AKIAFAKEFAKEFAKE0009"
    old_uses = [trail.event(-1440, "ListBuckets"), trail.event(-1000, "ListUsers", userAgent="cron/2", sourceIPAddress="192.0.2.7"),
                trail.event(200, "ListRoles", userAgent="cron/2", sourceIPAddress="192.0.2.7")]  # fmt: skip
    case = Case.create(tmp_path / "case", [SecretRef.parse(f"id:{trail.KEY}")])
    case.usage(_log(tmp_path / "old.json", old_uses))
    (tmp_path / "empty").mkdir()
    fresh = _log(tmp_path / "new.json", [trail.event(120, "ListBuckets", key=new)])
    at = trail.OPENED
    case.consumers(tmp_path / "empty", replacement=new, replaced_at=at, logs=[fresh])
    told = {one.what: one for one in known_consumers(case, trail.KEY)}
    assert told["fake/1"].switched == "yes"
    assert told["cron/2"].switched == "no"
    with pytest.raises(BadInput, match="both the replacement and the time"):
        case.consumers(tmp_path / "empty", replacement=new)


def test_the_command(case, repo):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, "-m", "irkit", "consumers", str(case.folder), str(repo.path), *arguments]
        return subprocess.run(asked, env=os.environ, capture_output=True, text=True, check=False, timeout=120)

    shown = run("--name", "NPM_TOKEN")
    assert shown.returncode == 0, shown.stderr
    assert "release.yml:1" in "".join(shown.stdout.split())  # a long path is broken over lines
    plain = json.loads(run("--name", "NPM_TOKEN", "--format", "json").stdout)
    (one,) = plain["credentials"]
    assert one["consumers"][0]["platform"] == "github-actions"
    assert run("--replaced-at", "yesterday").returncode == 2
