"""Clocks at the desk: captured through case.toml's settings, kept as evidence, and used by the window from then on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irkit.case import Case
from irkit.case.exposure.clocks import capture_into
from irkit.errors import BadInput
from irkit.model import Kind, SecretRef
from tests.servers.loopback import Answer, Asked, serving
from tests.sources.clocks.test_capture import GITHUB, answering
from tests.sources.clocks.test_read import ALERT
from tests.sources.git.conftest import Repo

FAKE = "ghp_" + "FAKE" * 9


@pytest.fixture
def leaked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Repo, str, str]:
    monkeypatch.setenv("FAKE_TOKEN", FAKE)
    monkeypatch.setenv("FAKE_RESPONDER", "FAKE-responder-0123456789")
    repo = Repo(tmp_path / "bare")
    before = repo.commit("before")
    holding = repo.commit("leak", {"key.env": FAKE})
    repo.git("remote", "add", "origin", "https://github.com/o/r.git")
    repo.git("clone", "-q", "--bare", ".", str(tmp_path / "shop.git"))
    return tmp_path, repo, before, holding


def opened(case: Case) -> dict[str, object]:
    body = case.journal.records(Kind.WINDOW)[-1].body
    found = body["window"]["opened"]
    return {side: found[side] and found[side]["at"] for side in ("earliest", "latest")}


def test_what_was_captured_is_evidence_and_bounds_the_window(leaked: tuple[Path, Repo, str, str]) -> None:
    folder, _, before, holding = leaked
    rows = [
        {"ref": "refs/heads/main", "before": old, "after": commit, "timestamp": at, "activity_type": "push"}
        for old, commit, at in (("0" * 40, before, "2026-03-01T10:00:00Z"), (before, holding, "2026-03-01T12:10:00Z"))
    ]
    known = GITHUB | {"/repos/o/r/activity": rows, "/repos/o/r/secret-scanning/alerts": [ALERT | {"secret": FAKE}]}
    with serving(answering(known)) as server:
        settings = {"providers": {"github": {"base": server.url, "responder": "env:FAKE_RESPONDER"}}}
        case = Case.create(folder / "case", [SecretRef.parse("env:FAKE_TOKEN")], settings=settings)
        case.locate(folder / "shop.git")
        shown = case.capture("o/r").text()
    assert "github-activity" in shown
    text = case.window().text()
    assert opened(case) == {"earliest": "2026-03-01T12:10:00Z", "latest": "2026-03-01T12:10:00Z"}
    assert "unverified" in text
    assert "whoever runs" in text
    kept = b"".join(path.read_bytes() for path in (folder / "case").rglob("*") if path.is_file())
    assert FAKE.encode() not in kept
    assert b"FAKE-responder" not in kept
    again = Case.open(folder / "case")
    again.window()
    assert opened(again) == opened(case)


def test_files_saved_by_capture_are_clocks(leaked: tuple[Path, Repo, str, str]) -> None:
    folder, _, _, holding = leaked
    row = {"ref": "refs/heads/main", "after": holding, "timestamp": "2026-03-01T12:10:00Z", "activity_type": "push"}

    def rule(asked: Asked) -> Answer:
        if "/forks" in asked.path:
            return Answer(404, b"{}")
        return answering(GITHUB | {"/repos/o/r/activity": [row]})(asked)

    with serving(rule) as server:
        view, missing = capture_into(folder / "saved", "o/r", server.url, "env:FAKE_RESPONDER")
    assert missing == 1
    assert "not to be seen" in view.text()
    files = sorted((folder / "saved").iterdir())
    assert [path.name for path in files] == sorted(
        f"github-{kind}.json" for kind in ("activity", "alerts", "audit", "clones", "events", "releases", "runs")
    )
    case = Case.create(folder / "case", [SecretRef.parse("env:FAKE_TOKEN")])
    case.locate(folder / "shop.git")
    case.window(clocks=files)
    assert opened(case) == {"earliest": None, "latest": "2026-03-01T12:10:00Z"}


def test_a_folder_in_use_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("[]")
    with pytest.raises(BadInput, match="never overwritten"):
        capture_into(tmp_path, "o/r", "http://127.0.0.1:1", "")


def test_a_servers_reflog_counts_only_when_it_is_said_to_be_ours(leaked: tuple[Path, Repo, str, str]) -> None:
    folder, _, _, holding = leaked
    log = folder / "reflog"
    log.write_text(f"{'0' * 40} {holding} Fake <fake@example.org> 1772366400 +0000\tpush\n")
    for number, (given, latest) in enumerate(((str(log), None), (f"ours:{log}", "2026-03-01T12:00:00Z"))):
        case = Case.create(folder / f"case-{number}", [SecretRef.parse("env:FAKE_TOKEN")])
        case.locate(folder / "shop.git")
        case.window(clocks=[given])
        assert opened(case) == {"earliest": None, "latest": latest}


def test_an_alert_file_is_kept_without_the_value_it_carries(leaked: tuple[Path, Repo, str, str]) -> None:
    folder = leaked[0]
    (folder / "alerts.json").write_text(json.dumps([ALERT]))
    (folder / "alerts.ndjson").write_text(json.dumps(ALERT) + "\n" + json.dumps(ALERT) + "\n")
    (folder / "reflog").write_text(f'{"0" * 40} {"a" * 40} Fake <fake@example.org> 1772366400 +0000\tof "secret"\n')
    case = Case.create(folder / "case", [SecretRef.parse("env:FAKE_TOKEN")])
    case.window(clocks=[folder / name for name in ("alerts.json", "alerts.ndjson", "reflog")])
    assert not [path for path in (folder / "case").rglob("*") if path.is_file() and b"aio_FAKE" in path.read_bytes()]
