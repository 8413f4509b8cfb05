"""Which branch tips, tags or only history hold it: the picture, its sentence and its table say the same."""

from __future__ import annotations

from irkit.exposure import held_by
from irkit.model import GitPresence, Occurrence
from irkit.show.svg import fault


def held(
    path: str, *refs: str, tags: tuple[str, ...] = (), reachable: bool = True, repository: str = "/srv/shop"
) -> Occurrence:
    git = GitPresence(repository, "b10b", reachable, 1, refs=refs, tags=tags)
    return Occurrence("fp:fake", "git", path, 1, 0, "raw", bool(refs), git)


PLACES = [
    held("a.env", "refs/heads/main", "refs/heads/dev", tags=("refs/tags/v1",)),
    held("a.env", "refs/heads/old"),
    held("b.env", tags=("refs/tags/v1",)),
    held("c.env"),
    held("d.env", reachable=False, repository="/srv/site"),
]


def test_each_place_is_told_by_what_holds_it() -> None:
    figure = held_by([*PLACES, Occurrence("fp:fake", "file", "/tmp/x", 1, 0, "raw", live=True)])
    assert figure is not None
    assert figure.data is not None
    assert fault(figure.svg) == ""
    rows = {row[1]: row[2:5] for row in figure.data.rows}
    assert rows == {
        "a.env": ("a tip now", "dev, main, old", "v1"),
        "b.env": ("a tag, no tip", "none", "v1"),
        "c.env": ("only the history", "none", "none"),
        "d.env": ("no ref: a loose or packed object", "none", "none"),
    }
    assert figure.alt.startswith("4 places in 2 repositories: 1 held by a tip now; 1 held by a tag, no tip;")
    assert "Tips that hold most: dev (1), main (1), old (1)." in figure.alt
    assert all(word in figure.svg for word in ("shop: 3 places, 1 held by a tip now", "main", "a.env", "d.env"))


def test_many_branches_share_a_column_and_many_places_are_counted() -> None:
    branches = [f"refs/heads/release/{number:02}" for number in range(10)]
    figure = held_by([held(f"{number:03}.env", *branches) for number in range(50)])
    assert figure is not None
    assert "4 more" in figure.svg
    assert "The first 40 of 50 places are drawn" in figure.caption
    assert figure.data is not None
    assert len(figure.data.rows) == 50
    assert figure == held_by([held(f"{number:03}.env", *branches) for number in range(50)])


def test_what_is_not_in_git_has_no_branches() -> None:
    assert held_by([]) is None
    assert held_by([Occurrence("fp:fake", "file", "/tmp/x", 1, 0, "raw", live=True)]) is None
