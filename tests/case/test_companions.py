"""What else leaked there: found by a real scanner, proposed, never shown, never acted on; and "unknown" where it cannot look."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.errors import StepFailed
from irkit.model import Kind, SecretRef
from irkit.providers.aws import AWS
from irkit.providers.github import GITHUB
from irkit.sources import private, scanner
from tests.needs import needs

scans = needs("python:kingfisher")


def never_issued(provider, shape: str) -> str:
    """Of the shape of real ones: the scanner passes over what is visibly fake."""
    made = provider.shape_named(shape).look_alike
    assert made is not None
    return made()


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scanner compiles its rules once for all of these."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(private, "MEMORY", tmp_path / "tmp")
    monkeypatch.setenv("XDG_CACHE_HOME", str(rules))


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{what}": "a@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], cwd=folder, env=os.environ | who, check=True, capture_output=True)


@pytest.fixture
def incident(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, list[str]]:
    """The token stands in an old version of one file, beside an AWS key; another token stands where it never was."""
    token, beside, elsewhere = (
        never_issued(GITHUB, "ghp"),
        never_issued(AWS, "access-key"),
        never_issued(GITHUB, "gho"),
    )
    key_id, secret = beside.split(":")
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", ".")
    settings = f"TOKEN={token}\naws_access_key_id={key_id}\naws_secret_access_key={secret}\n"
    (work / "elsewhere.sh").write_text(f"export T={elsewhere}\n")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "before")
    (work / "-settings of us.env").write_text(settings)
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "all")
    (work / "-settings of us.env").write_text("\n")
    git(work, "commit", "-q", "-a", "-m", "removed")
    monkeypatch.setenv("LEAKED", token)
    case = Case.create(tmp_path / "case", [SecretRef("env:LEAKED")])
    case.locate(work)
    return case, [token, beside, secret, elsewhere]


@scans
def test_what_stood_beside_it_is_proposed_and_its_value_is_nowhere(incident, tmp_path):
    case, values = incident
    shown = case.companions()
    (record,) = case.journal.records(Kind.COMPANIONS)
    (proposed,) = record.body["proposed"]
    assert (proposed["provider"], record.body["scanned"]) == ("aws", 2)  # the blob, and the message of its commit
    assert proposed["fingerprint"].startswith("fp:")
    assert "-settings of us.env (object " in proposed["places"][0]
    assert "line 2" in proposed["places"][0]
    kept = b"".join(path.read_bytes() for path in case.folder.rglob("*") if path.is_file())
    said = shown.text() + case.status().text() + case.postmortem().text()
    assert not any(value in said or value.encode() in kept for value in values)
    assert "aws" in shown.text()
    assert "1 proposed" in case.postmortem().text()
    assert not case.journal.records(Kind.PLAN, Kind.INTENT)
    case.verify()


@scans
def test_what_came_with_its_commit_and_what_lies_beside_it_on_disk_is_proposed_and_nothing_further_away(
    tmp_path, monkeypatch
):
    token, *others = (never_issued(GITHUB, shape) for shape in ("ghp", "gho", "ghp", "gho", "ghp"))
    with_it, in_message, beside, deeper = others
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q", ".")
    (work / "key.env").write_text(f"TOKEN={token}\n")
    (work / "with it.sh").write_text(f"export T={with_it}\n")
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", f"T={in_message}")
    host = tmp_path / "host" / "home"
    (host / "deeper").mkdir(parents=True)
    (host / "notes.txt").write_text(f"{token}\n")
    (host / "other.txt").write_text(f"{beside}\n")
    (host / "deeper" / "far.txt").write_text(f"{deeper}\n")
    git(work, "rm", "-q", "-r", ".")
    git(work, "commit", "-q", "-m", "gone")
    monkeypatch.setenv("LEAKED", token)
    case = Case.create(tmp_path / "case", [SecretRef("env:LEAKED")])
    case.locate(work, host)
    case.companions()
    proposed = case.journal.records(Kind.COMPANIONS)[-1].body["proposed"]
    told = " | ".join(place for one in proposed for place in one["places"])
    assert len(proposed) == 3, told
    assert "with it.sh (object " in told
    assert "came with it in commit " in told
    assert "message of the commit" in told
    assert "other.txt (beside it)" in told
    assert "far.txt" not in told
    kept = b"".join(path.read_bytes() for path in case.folder.rglob("*") if path.is_file())
    assert not [value for value in (token, *others) if value.encode() in kept]


@scans
def test_nothing_is_left_behind_and_asking_again_journals_nothing_new(incident, tmp_path):
    case, _ = incident
    case.companions()
    case.companions()
    assert len(case.journal.records(Kind.COMPANIONS)) == 1
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (Path.home() / ".kingfisher").exists()


@scans
def test_what_is_gone_by_now_is_said(incident, tmp_path):
    case, _ = incident
    (tmp_path / "work").rename(tmp_path / "moved")
    assert "not there any more" in case.companions().text()
    assert case.journal.records(Kind.COMPANIONS)[-1].body["skipped"]


def test_before_a_search_it_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAKED", never_issued(GITHUB, "ghp"))
    assert "unknown" in Case.create(tmp_path / "case", [SecretRef("env:LEAKED")]).companions().text()


def test_without_the_scanner_it_is_unknown_and_the_extra_is_named(incident, monkeypatch):
    case, _ = incident
    monkeypatch.setattr(scanner.sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    said = case.companions().text()
    assert "unknown" in said
    assert "kingfisher-bin" in said
    assert not case.journal.records(Kind.COMPANIONS)


@pytest.mark.parametrize(("body", "says"), [("exit 3", "exit code 3"), ("exit 200", "cannot be read")])
def test_a_scanner_that_fails_is_a_sentence_and_the_copies_are_gone(incident, tmp_path, monkeypatch, body, says):
    case, _ = incident
    fake = tmp_path / "bin" / "kingfisher"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{body}\n")
    fake.chmod(0o700)
    monkeypatch.setattr(scanner.sys, "executable", str(tmp_path / "bin" / "python"))
    with pytest.raises(StepFailed, match=says):
        case.companions()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_scanner_is_told_to_ask_nobody(incident, tmp_path, monkeypatch):
    case, values = incident
    fake = tmp_path / "bin" / "kingfisher"
    fake.parent.mkdir()
    log = tmp_path / "log.json"
    fake.write_text(
        "#!/usr/bin/env python3\nimport json, os, sys, stat\n"
        f"json.dump([sys.argv, dict(os.environ), oct(os.stat('.').st_mode)], open({str(log)!r}, 'w'))\n"
    )
    fake.chmod(0o700)
    monkeypatch.setattr(scanner.sys, "executable", str(tmp_path / "bin" / "python"))
    case.companions()
    argv, environ, mode = json.loads(log.read_text())
    assert {"--no-validate", "--no-update-check", "--no-ignore"} <= set(argv)
    assert environ["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert "LEAKED" not in environ
    assert mode.endswith(("700", "755"))  # in a folder nobody else can enter
    assert not any(value in " ".join(argv) for value in values)
