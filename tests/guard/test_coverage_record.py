"""The record's chain, and what is judged by it where a repository has forgotten what it tells of."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit.errors import StepFailed
from irkit.guard.coverage import record
from irkit.guard.coverage.judging import judged
from irkit.guard.coverage.looking import look
from irkit.guard.coverage.record import Change, Entry, Log
from tests.guard.repositories import repository

AT = datetime(2026, 11, 1, tzinfo=UTC)
MAIN = "refs/heads/main"
PARENTS = {"c": ("b",), "b": ("a",), "a": ()}


def push(
    old: str, new: str, *, hours: int = 0, named: tuple[str, ...] = (), bounds: tuple[str, ...] = (), commits: int = 0
) -> Entry:
    return Entry(
        "push",
        AT + timedelta(hours=hours),
        (Change(MAIN, old, new),),
        (new,),
        bounds,
        commits or len(named),
        named,
        passed=True,
    )


def test_lines_that_are_written_at_once_are_one_chain(tmp_path: Path) -> None:
    made = repository(tmp_path / "a.git", "--bare")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: record.append(made.folder, push("0", str(number))), range(24)))
    log = record.read(made.folder)
    assert (len(log.entries), log.broken) == (24, None)
    assert log.holds(log.entries[3].chain)
    assert not log.holds("f" * 64)


def test_a_line_that_was_cut_off_stays_visible_and_the_next_is_written_all_the_same(tmp_path: Path) -> None:
    made = repository(tmp_path / "a.git", "--bare")
    for number in range(3):
        record.append(made.folder, push("0", str(number)))
    file = made.folder / record.LOG
    file.write_bytes(file.read_bytes()[:-40] + b"\n")
    record.append(made.folder, push("0", "4"))
    log = record.read(made.folder)
    assert (len(log.entries), log.broken) == (2, 3)


def test_a_line_that_was_taken_out_breaks_the_chain(tmp_path: Path) -> None:
    made = repository(tmp_path / "a.git", "--bare")
    for number in range(4):
        record.append(made.folder, push("0", str(number)))
    file = made.folder / record.LOG
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert record.read(made.folder).broken == 2


def test_what_cannot_be_recorded_is_said_in_a_sentence(tmp_path: Path) -> None:
    made = repository(tmp_path / "a.git", "--bare")
    (made.folder / record.LOG).mkdir()
    with pytest.raises(StepFailed, match="what cannot be recorded is not taken"):
        record.append(made.folder, push("0", "1"))


def test_a_repository_without_commits_is_not_covered(tmp_path: Path) -> None:
    repository(tmp_path / "a.git", "--bare")
    (found,) = look([str(tmp_path / "a.git")]).repositories
    assert found.covered is False
    assert {one.what for one in found.gaps} == {"pushes are not searched now", "no branch is here"}


def log(*entries: Entry, broken: int | None = None) -> Log:
    return Log(entries, broken, True)


def test_a_commit_is_covered_by_the_search_that_had_it() -> None:
    found = judged(
        PARENTS, {MAIN: "c"}, log(push("0", "a", named=("a",)), push("a", "c", named=("b", "c"), bounds=("a",))), []
    )
    assert found.branches[0].covered is True
    without = judged(PARENTS, {MAIN: "c"}, log(push("b", "c", named=("c",), bounds=("b",))), [])
    assert {one.commit for one in without.missed} == {"a", "b"}
    assert all("before the first push" in one.why for one in without.missed)


def test_of_a_large_push_the_commits_are_found_from_tips_and_bounds() -> None:
    found = judged(PARENTS, {MAIN: "c"}, log(push("a", "c", bounds=("a",), commits=2)), [])
    assert [one.commit for one in found.missed] == ["a"]
    wrong = judged(PARENTS, {MAIN: "c"}, log(push("a", "c", bounds=("a",), commits=3)), [])
    assert (len(wrong.missed), wrong.mismatched) == (3, 1)
    gone = judged(PARENTS, {MAIN: "b"}, log(push("a", "x", bounds=("a",), commits=900)), [])
    assert {one.covered for one in gone.missed} == {None}


def test_a_ref_that_moved_without_a_record_is_found_once() -> None:
    moved = judged(
        PARENTS,
        {MAIN: "c"},
        log(push("0", "a", named=("a",)), push("b", "c", hours=2, named=("c",), bounds=("b",))),
        [],
    )
    assert [(one.after, one.before) for one in moved.moved] == [(AT, AT + timedelta(hours=2))]
    now = judged(PARENTS, {MAIN: "b"}, log(push("0", "a", named=("a",))), [])
    assert [one.before for one in now.moved] == [None]
    refused_later = judged(
        PARENTS, {MAIN: "a"}, log(push("0", "a", named=("a",)), push("a", "c", named=("b", "c"))), []
    )
    assert refused_later.moved == ()  # a hook after irkit's may refuse what it let pass


@pytest.mark.parametrize(
    ("changes", "now", "moved"),
    [
        (
            [("a", "b", True), ("a", "x", True)],
            "b",
            0,
        ),  # the second came while the first was searched, and git took one
        ([("a", "b", True), ("a", "x", True)], "x", 0),
        ([("a", "b", True), ("a", "x", False)], "b", 0),  # and was refused
        ([("a", "b", True), ("b", "c", True), ("a", "x", True)], "c", 0),  # a long search
        ([("a", "b", True), ("b", "c", True), ("a", "x", True), ("c", "d", True)], "d", 0),
        ([("a", "b", True), ("b", "c", True), ("a", "x", True)], "x", 1),  # it went back, and was pushed to
        ([("a", "b", True), ("b", "c", True), ("a", "x", True), ("x", "y", True)], "y", 1),
        ([("a", "b", True), ("b", "c", True), ("a", "x", False)], "a", 1),
        ([("a", "b", True), ("b", "c", True)], "a", 1),
        ([("a", "b", True), ("b", "c", True)], "", 1),
        ([("0", "b", True), ("b", "0", True), ("0", "b", True)], "b", 0),
        ([("0", "b", True), ("b", "0", True)], "b", 0),  # a hook after it may have refused to delete it
    ],
)
def test_pushes_that_are_searched_at_once_are_no_findings(
    changes: list[tuple[str, str, bool]], now: str, moved: int
) -> None:
    lines = [replace(push(old, new, hours=number), passed=ok) for number, (old, new, ok) in enumerate(changes)]
    found = judged(PARENTS, {MAIN: now} if now else {}, log(*lines), [])
    assert len(found.moved) == moved


def test_after_a_search_of_the_history_what_came_before_is_settled() -> None:
    history = Entry(
        "history", AT + timedelta(hours=3), (Change(MAIN, "c", "c"),), ("c",), (), 3, ("a", "b", "c"), passed=True
    )
    found = judged(PARENTS, {MAIN: "c"}, log(push("0", "a", named=("a",)), push("b", "c", named=("c",)), history), [])
    assert (found.missed, found.branches[0].covered) == ((), True)
    assert [one.settled for one in found.moved] == [True]
