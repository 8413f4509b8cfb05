"""The occurrence map says in its picture, its sentence and its table the same, and draws no bound that nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from irkit.exposure import occurrence_map
from irkit.model import CommitMark, GitPresence, Occurrence
from irkit.show.svg import fault

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def mark(days: int) -> CommitMark:
    at = NOW - timedelta(days=days)
    return CommitMark("c0ffee" * 6 + "c0ff", at, at)


def in_git(path: str, added: int, removed: int | None = None, *, live: bool = False, form: str = "raw") -> Occurrence:
    gone = (mark(removed),) if removed is not None else ()
    presence = GitPresence("/srv/shop", "b10b", True, 1, added=(mark(added),), removed=gone)
    return Occurrence("fp:fake", "git", path, 1, 0, form, live, presence)


ON_DISK = Occurrence("fp:fake", "archive", "/backup/box.zip!home.tar!.env", 3, 0, "raw", live=True)


def test_a_place_is_held_by_a_branch_until_it_was_removed_and_by_the_history_until_now() -> None:
    figure = occurrence_map([in_git("gone.env", 9, 4), in_git("here.env", 7, live=True), ON_DISK], NOW)
    assert figure is not None
    assert fault(figure.svg) == ""
    assert figure.data is not None
    rows = {row[0]: row[1:4] for row in figure.data.rows}
    assert rows == {
        "here.env": ("a branch, or the disk", NOW - timedelta(days=7), NOW),
        "/backup/box.zip": ("a branch, or the disk", None, NOW),
        "gone.env": ("the history", NOW - timedelta(days=9), NOW - timedelta(days=4)),
    }
    assert "3 places: 2 hold it now, 1 only in their history" in figure.alt
    assert all(name in figure.svg for name in rows)


def test_several_versions_of_one_file_are_one_place() -> None:
    figure = occurrence_map([in_git("a.env", 9, 8), in_git("a.env", 8, 2)], NOW)
    assert figure is not None
    assert figure.data is not None
    [row] = figure.data.rows
    assert row[2:4] == (NOW - timedelta(days=9), NOW - timedelta(days=2))


def test_what_only_names_the_credential_is_no_place_of_the_map() -> None:
    assert occurrence_map([in_git("docs.md", 3, live=True, form="id")], NOW) is None
    assert occurrence_map([], NOW) is None


def test_more_places_than_fit_are_counted_and_the_same_input_gives_the_same_picture() -> None:
    places = [in_git(f"deep/folder/{number:03}.env", 30 - number % 20, live=True) for number in range(40)]
    first, second = occurrence_map(places, NOW), occurrence_map(places, NOW)
    assert first is not None
    assert first == second
    assert "16 more places" in first.caption
    assert first.data is not None
    assert len(first.data.rows) == 40


def test_a_commit_from_the_future_is_drawn_no_later_than_now() -> None:
    figure = occurrence_map([in_git("a.env", -400, live=True)], NOW)
    assert figure is not None
    assert fault(figure.svg) == ""
