"""Before a commit: the real hook, real git, the real scanner."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable, WouldLeak
from irkit.guard.hooks.installing import install, uninstall
from irkit.guard.scanning.objects import NAMES, staged
from irkit.guard.scanning.search import Wanted, scan_staged
from irkit.guard.unknown import ALLOW_FILE, fingerprint
from irkit.sources import scanner
from tests.guard.canary import make_canary, redactor_of
from tests.guard.test_unknown import never_issued, scans

Git = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def git(folder: Path) -> Git:
    who = ["-c", "user.name=n", "-c", "user.email=e@example.com"]

    def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=check)

    run("init", "-q")
    return run


def add(folder: Path, git: Git, text: str, name: str = "a.env") -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    git("add", name)


@scans
def test_a_commit_with_a_secret_is_stopped_and_the_secret_not_shown(folder: Path, git: Git) -> None:
    install(folder)
    token = never_issued()
    add(folder, git, f"TOKEN={token}\n", "deep/er/a.env")
    ended = git("commit", "-m", "x", check=False)
    assert ended.returncode != 0
    assert "deep/er/a.env, line 1" in ended.stderr
    assert token not in ended.stdout + ended.stderr
    assert git("rev-parse", "--verify", "HEAD", check=False).returncode != 0


@scans
def test_only_what_is_staged_counts(folder: Path, git: Git) -> None:
    add(folder, git, "harmless\n")
    (folder / "a.env").write_text(f"TOKEN={never_issued()}\n")
    scan_staged(folder, Wanted()).refuse()
    add(folder, git, f"TOKEN={never_issued()}\n")
    (folder / "a.env").write_text("harmless\n")
    with pytest.raises(WouldLeak, match=r"a\.env"):
        scan_staged(folder, Wanted()).refuse()


@scans
def test_what_the_team_allowed_passes(folder: Path, git: Git) -> None:
    token = never_issued()
    add(folder, git, f"TOKEN={token}\n")
    (folder / ALLOW_FILE).write_text(f"{fingerprint(token.encode())}  # a test value\n")
    found = scan_staged(folder / ".git" / "..", Wanted())
    found.refuse()
    assert "1 accepted" in found.sentence()


@scans
def test_the_secrets_of_a_case_are_found_in_any_form(folder: Path, git: Git) -> None:
    canary = make_canary()
    add(folder, git, canary.encode().hex())
    with pytest.raises(WouldLeak, match=r"a\.env \(content\)"):
        scan_staged(folder, Wanted(redactor=redactor_of(canary))).refuse()


def test_content_is_taken_from_the_index_past_every_filter(folder: Path, git: Git, tmp_path: Path) -> None:
    add(folder, git, "as it was staged\n")
    (folder / "a.env").write_text("as it is now\n")
    git("config", "filter.x.smudge", f"touch {tmp_path / 'ran'}")
    (folder / ".gitattributes").write_text("* filter=x\n")
    looked = {piece.place.file: b"".join(piece.chunks) for piece in staged(folder, [])}
    assert looked == {"a.env": b"as it was staged\n", NAMES: b"a.env\n"}
    assert not (tmp_path / "ran").exists()


def test_a_hook_that_was_there_runs_after_it_and_twice_changes_nothing(folder: Path, git: Git) -> None:
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho mine >&2\nexit 3\n")
    hook.chmod(0o755)
    assert install(folder) == (hook, True)
    first = hook.read_text()
    assert install(folder) == (hook, True)
    assert hook.read_text() == first
    ended = git("commit", "--allow-empty", "-m", "x", check=False)
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, "mine")


def test_what_was_installed_goes_again_and_what_was_there_comes_back(folder: Path, git: Git) -> None:
    hook = folder / ".git" / "hooks" / "pre-commit"
    install(folder)
    assert uninstall(folder) == (hook, False)
    assert not hook.exists()
    hook.write_text("#!/bin/sh\n# mine\n")
    install(folder)
    assert uninstall(folder) == (hook, True)
    assert hook.read_text() == "#!/bin/sh\n# mine\n"
    with pytest.raises(BadInput, match="no hook here"):
        uninstall(folder)


def test_nothing_of_the_repository_is_imported(folder: Path, git: Git) -> None:
    install(folder)
    (folder / "typing.py").write_text("open('ran', 'w')\n")
    git("commit", "--allow-empty", "-m", "x", check=False)
    assert not (folder / "ran").exists()


def test_the_folder_that_git_is_told_to_look_in_is_used(folder: Path, git: Git) -> None:
    git("config", "core.hooksPath", "team hooks")
    hook, chained = install(folder)
    assert (hook, chained) == (folder / "team hooks" / "pre-commit", False)
    assert os.access(hook, os.X_OK)


def test_without_the_scanner_it_says_how_to_get_it(folder: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner.shutil, "which", lambda _name: None)
    monkeypatch.setattr(scanner.sys, "executable", "/nowhere/python")
    add(folder, git, "x\n")
    with pytest.raises(NotAvailable, match=r"ip install 'kingfisher.*the extra scan"):
        scan_staged(folder, Wanted())


def test_outside_a_repository_nothing_is_installed(folder: Path) -> None:
    with pytest.raises(BadInput, match="not a git repository"):
        install(folder)
