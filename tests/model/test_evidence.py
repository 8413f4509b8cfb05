"""An occurrence survives being written down."""

from datetime import UTC, datetime

import pytest

from irkit.model import CommitMark, GitPresence, Occurrence

MARK = CommitMark("a" * 40, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    "occurrence",
    [
        Occurrence("fp:1", "file", "a.txt", 3, 40, "raw", True),
        Occurrence(
            "fp:1", "git", "b.txt", None, 0, "base64", False,
            GitPresence("/r", "b" * 40, True, 7, (MARK,), (MARK, MARK), ("refs/heads/x",), ("v1",)),
        ),
    ],
)  # fmt: skip
def test_round_trip(occurrence):
    assert Occurrence.from_document("fp:1", occurrence.document()) == occurrence
