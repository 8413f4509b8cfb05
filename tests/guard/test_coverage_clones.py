"""What a clone's own records say of its commits: amended, committed upon, in another work tree, whatever their messages say. Real git."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from irkit.guard.coverage import record
from irkit.guard.coverage.looking import look
from irkit.guard.coverage.report import Repository
from irkit.guard.hooks.framework import configured
from irkit.guard.hooks.installing import COMMITTING, RECEIVING, install, install_receiving, standing
from tests.guard.repositories import Repo, repository
from tests.guard.test_unknown import scans


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    made = repository(tmp_path / "work")
    install(made.folder)
    return made


def seen(work: Repo, *more: str) -> Repository:
    (found,) = look([str(work.folder), *more]).repositories
    return found


def missed(work: Repo) -> dict[str, str]:
    return {one.commit: one.why for one in seen(work).missed}


@scans
def test_what_was_committed_past_the_hook_is_not_covered_by_an_amended_message(work: Repo) -> None:
    work.put("a", "x\n")
    work.commit("searched")
    work.put("b", "x\n")
    work.commit("past", "--no-verify")
    made = work.commit("only the message", "--amend")
    assert made in missed(work)
    assert "only what changed after it" in missed(work)[made]
    work.git("reset", "-q", "--soft", "HEAD~1")
    work.commit("all of it, searched")
    assert missed(work) == {}
    assert seen(work).covered is True


@scans
def test_nor_by_a_commit_that_comes_after_it(work: Repo) -> None:
    work.put("a", "x\n")
    first = work.commit("past", "--no-verify")
    work.commit("nothing new")
    assert list(missed(work)) == [first]
    assert [one.bounds for one in record.read(work.folder / ".git").entries[1:]] == [
        (work.git("rev-parse", f"{first}^{{tree}}").stdout.strip(),)
    ]


def test_a_note_of_an_older_irkit_leaves_it_unknown(tmp_path: Path) -> None:
    work = repository(tmp_path / "work")
    work.put("a", "x\n")
    work.commit("noted")
    tree = work.git("rev-parse", "HEAD^{tree}").stdout.strip()
    record.append(work.folder / ".git", replace(record.searched("commit", None), tree=tree))
    (found,) = seen(work).missed
    assert (found.covered, "an older irkit" in found.why) == (None, True)


@scans
def test_an_amended_commit_whose_both_halves_were_searched_is_covered(work: Repo) -> None:
    work.put("a", "x\n")
    work.commit("one half")
    work.put("b", "x\n")
    work.commit("both", "--amend")
    assert seen(work).covered is True


@scans
def test_no_message_hides_a_commit_that_no_hook_searched(work: Repo) -> None:
    work.put("a", "x\n")
    work.commit("searched")
    for number, message in enumerate(("the checkout page", "Fast-forward", "returning to (start)")):
        work.git("checkout", "-q", "-b", f"side{number}", "main~0")
        work.put(f"b{number}", "x\n")
        made = work.commit(message)
        work.git("checkout", "-q", "main")
        work.put(f"c{number}", "x\n")
        work.commit("between")
        work.git("cherry-pick", made)
    assert len(missed(work)) == 3
    assert all("cherry-pick" in why for why in missed(work).values())


@scans
def test_commits_of_another_work_tree_are_asked_about_also_when_it_is_gone(work: Repo) -> None:
    work.put("a", "x\n")
    work.commit("searched")
    work.git("worktree", "add", "-q", "../linked")
    linked = Repo(work.folder.parent / "linked")
    linked.put("b", "x\n")
    made = linked.commit("past", "--no-verify")
    assert list(missed(work)) == [made]
    assert list(missed(linked)) == [made]
    work.git("worktree", "remove", "../linked")
    assert list(missed(work)) == [made]


@pytest.mark.parametrize(
    "added", ["--help", "--history", "..", "--known", "--no-such", "--baseline --help", "'", "--warm"]
)
def test_a_hook_that_says_more_to_irkit_than_is_installed_is_none(tmp_path: Path, added: str) -> None:
    """With these the command ends well, or reads something else, and nothing of a push is searched."""
    bare = repository(tmp_path / "a.git", "--bare")
    hook, _ = install_receiving(bare.folder, ("--baseline", str(tmp_path / "list")))
    assert standing(bare.folder, RECEIVING).works is True
    text = hook.read_text()
    hook.write_text(text.replace(" || exit $?", f" {added} || exit $?"))
    assert standing(bare.folder, RECEIVING).works is False


def test_a_hook_that_runs_another_program_in_the_place_of_python_is_none(tmp_path: Path) -> None:
    bare = repository(tmp_path / "a.git", "--bare")
    hook, _ = install_receiving(bare.folder)
    python = next(word for word in hook.read_text().split() if "python" in word)
    hook.write_text(hook.read_text().replace(python, "/bin/true"))
    found = standing(bare.folder, RECEIVING)
    assert (found.works, "not as this irkit writes it" in found.why) == (False, True)


def test_a_hook_of_the_framework_that_git_passes_over_is_none(tmp_path: Path) -> None:
    work = repository(tmp_path / "work")
    hook = work.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n# File generated by pre-commit\nexec python -mpre_commit hook-impl\n")
    hook.chmod(0o755)
    assert standing(work.folder, COMMITTING).works is None
    hook.chmod(0o644)
    assert standing(work.folder, COMMITTING).works is False


@pytest.mark.parametrize(
    ("hook", "runs"),
    [
        ("{id: irkit-guard}", True),
        ("{id: irkit-guard-installed, stages: [pre-commit], verbose: true}", True),
        ("{id: irkit-guard, stages: [manual]}", False),
        ("{id: irkit-guard, args: [--no-rules]}", None),
        ("{id: irkit-guard, entry: 'true'}", None),
        ("{id: other}  # irkit-guard", False),
    ],
)
def test_the_framework_is_told_to_run_it_or_not(tmp_path: Path, hook: str, runs: bool | None) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"repos:\n  - repo: https://example.test/irkit\n    hooks:\n      - {hook}\n")
    assert configured(file)[0] is runs
