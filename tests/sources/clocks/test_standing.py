"""Signs become instants of a credential only where it is known to have stood by then. Real repositories."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from irkit.model import Clock, Instant, Trust
from irkit.sources import locate
from irkit.sources.clocks import Push, Record, Sign, instants, read_clocks
from tests.sources.git.conftest import HUNTED, TOKEN, Repo

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "acme/shop"


def push(
    minute: int, commit: str, record: str = "github-activity", *, ref: str = "refs/heads/main", before: str = ""
) -> Push:
    """The first minute makes the branch; later ones move it."""
    return Push(
        NOON + timedelta(minutes=minute), ref, commit, record, record=record,
        every_push=record == "github-activity", before=before or ("0" * 40 if minute == 1 else "1" * 40),
    )  # fmt: skip


def sign(minute: int, about: str, name: str, clock: Clock = Clock.PUBLIC) -> Sign:
    return Sign(Instant(NOON + timedelta(minutes=minute), clock, f"a {about}", Trust.INDEPENDENT), about, name)  # type: ignore[arg-type]


@pytest.fixture
def leaked(tmp_path: Path) -> tuple[Repo, str, str]:
    """A repository with a commit before the token came, and the one that brought it."""
    repo = Repo(tmp_path / "work")
    before = repo.commit("before", {"a.txt": "a"})
    holding = repo.commit("leak", {"key.env": TOKEN})
    repo.git("remote", "add", "origin", f"git@code.example:{NAME}.git")
    return repo, before, holding


def told(record: Record, path: Path, only_git: bool = True) -> list[tuple[str, int]]:
    stood = [one for one in locate([path], HUNTED).occurrences if one.git or not only_git]
    found, _ = instants(record, stood)
    return sorted((one.clock.value, round((one.at - NOON).total_seconds() / 60)) for one in found)


def test_a_complete_record_of_pushes_gives_both_bounds_and_a_run_or_an_event_only_the_later(
    leaked: tuple[Repo, str, str],
) -> None:
    repo, before, holding = leaked
    whole = (push(1, before), push(9, holding))
    assert told(Record(whole), repo.path) == [("arrived", 9), ("push", 9)]
    assert told(Record((push(9, holding),)), repo.path) == [("push", 9)]
    feed = (push(1, before, "github-events"), push(8, holding, "github-events"))
    assert told(Record((*feed, push(10, holding, "github-runs"))), repo.path) == [("push", 8), ("push", 10)]
    assert told(Record((*whole, *feed)), repo.path) == [("arrived", 9), ("push", 8), ("push", 9)]


def test_a_record_cut_off_at_its_old_end_does_not_say_that_it_was_not_out_before(leaked: tuple[Repo, str, str]) -> None:
    """The token may have stood on another branch, or in an earlier push, before the record begins."""
    repo, before, holding = leaked
    cut_off = (push(2, before), push(9, holding))
    assert told(Record(cut_off), repo.path) == [("push", 9)]
    repo.git("branch", "older", before)  # of which the record knows nothing
    assert told(Record((push(1, before), push(9, holding))), repo.path) == [("push", 9)]
    deleted = push(3, "0" * 40, ref="refs/heads/gone")
    repo.git("branch", "-D", "older")
    assert told(Record((push(1, before), deleted, push(9, holding))), repo.path) == [("push", 9)]
    assert told(Record((push(1, before), push(9, holding))), repo.path) == [("arrived", 9), ("push", 9)]


def test_a_record_that_names_a_commit_which_is_not_here_is_not_complete(leaked: tuple[Repo, str, str]) -> None:
    repo, before, holding = leaked
    assert told(Record((push(1, before), push(2, "f" * 40), push(9, holding))), repo.path) == [("push", 9)]


@pytest.mark.parametrize(
    ("kind", "clocks"), [("push", ["arrived", "push"]), ("pr_merge", ["push"]), ("merge_queue_merge", ["push"])]
)
def test_what_came_by_a_pull_request_was_out_before_it_was_merged(
    leaked: tuple[Repo, str, str], tmp_path: Path, kind: str, clocks: list[str]
) -> None:
    """Its branch may have stood in a fork, of which the host's record of this repository knows nothing."""
    repo, before, holding = leaked
    moved = [("push", "0" * 40, before, 1), (kind, before, holding, 9)]
    saved = tmp_path / "activity.json"
    saved.write_text(json.dumps([
        {"activity_type": what, "ref": "refs/heads/main", "before": old, "after": new, "timestamp": f"2026-03-01T12:0{minute}:00Z"}
        for what, old, new, minute in moved
    ]))  # fmt: skip
    assert [clock for clock, _ in told(read_clocks([saved]), repo.path)] == clocks


def test_found_on_disk_beside_git_no_record_of_pushes_says_when_it_arrived(leaked: tuple[Repo, str, str]) -> None:
    repo, before, holding = leaked
    assert told(Record((push(1, before), push(9, holding))), repo.path, only_git=False) == [("push", 9)]


@pytest.mark.parametrize(
    ("name", "minute", "counts", "because"),
    [
        (NAME, 30, True, ""),
        (NAME.upper(), 30, True, ""),
        (NAME, 5, False, "the push is what opened it"),
        ("acme/other", 30, False, "no searched repository has a remote of that name"),
    ],
)
def test_made_public_counts_once_the_credential_had_come_to_that_repository(
    leaked: tuple[Repo, str, str], name: str, minute: int, counts: bool, because: str
) -> None:
    repo, before, holding = leaked
    record = Record((push(1, before), push(9, holding)), (sign(minute, "repository", name),))
    stood = [one for one in locate([repo.path], HUNTED).occurrences if one.git]
    found, untied = instants(record, stood)
    assert (Clock.PUBLIC in {one.clock for one in found}) is counts
    assert because in " ".join(untied)


def test_made_public_with_no_record_of_the_push_bounds_nothing(leaked: tuple[Repo, str, str]) -> None:
    assert told(Record(signs=(sign(30, "repository", NAME),)), leaked[0].path) == []


def test_a_settable_push_does_not_tie_a_publication(leaked: tuple[Repo, str, str]) -> None:
    repo, _, holding = leaked
    reflog = Push(NOON, "main", holding, "reflog", Trust.SETTABLE, record="reflog", every_push=False)
    assert told(Record((reflog,), (sign(30, "repository", NAME),)), repo.path) == [("push", 0)]


def test_an_alert_counts_for_the_blob_it_was_raised_on_alone(leaked: tuple[Repo, str, str]) -> None:
    repo = leaked[0]
    blob = repo.git("rev-parse", "HEAD:key.env")
    signs = (sign(3, "blob", blob, Clock.ALERT), sign(2, "blob", "e" * 40, Clock.ALERT))
    assert told(Record(signs=signs), repo.path) == [("alert", 3)]


def test_a_published_file_counts_when_it_is_that_file_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "app.cfg").write_bytes(b"token=" + TOKEN)
    digest = hashlib.sha256(b"token=" + TOKEN).hexdigest()
    signs = (sign(7, "file", digest), sign(1, "file", "0" * 64))
    assert told(Record(signs=signs), tmp_path, only_git=False) == [("made public", 7)]


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_a_published_file_counts_by_whichever_digest_its_registry_keeps(algorithm: str, tmp_path: Path) -> None:
    (tmp_path / "x-1.0.0.tgz").write_bytes(gzip.compress(b"token=" + TOKEN))
    digest = hashlib.new(algorithm, (tmp_path / "x-1.0.0.tgz").read_bytes()).hexdigest()
    assert told(Record(signs=(sign(7, "file", digest),)), tmp_path, only_git=False) == [("made public", 7)]


def test_published_files_none_of_which_was_searched_are_told(leaked: tuple[Repo, str, str]) -> None:
    stood = locate([leaked[0].path], HUNTED).occurrences
    found, untied = instants(Record(signs=(sign(7, "file", "0" * 128),)), stood)
    assert found == ()
    assert "npm pack" in untied[0]


@pytest.mark.parametrize("address", ["git@gitlab.example:Group/sub/shop.git", "https://gitlab.example/group/sub/shop"])
def test_a_project_in_groups_of_groups_is_known_by_the_address_of_its_clone(
    leaked: tuple[Repo, str, str], address: str
) -> None:
    repo, before, holding = leaked
    repo.git("remote", "set-url", "origin", address)
    record = Record((push(1, before), push(9, holding)), (sign(30, "repository", "group/sub/shop"),))
    assert ("made public", 30) in told(record, repo.path)
    other = Record((push(1, before), push(9, holding)), (sign(30, "repository", "up/shop"),))
    assert ("made public", 30) not in told(other, repo.path)


def test_without_clocks_or_occurrences_there_are_no_instants() -> None:
    assert instants(Record(), ()) == ((), ())


def test_the_record_of_another_repository_does_not_make_this_one_complete(
    leaked: tuple[Repo, str, str], tmp_path: Path
) -> None:
    """A fork's record may begin earlier, with commits that are here too."""
    repo, before, holding = leaked
    for name, commit, at in (
        ("fork.json", before, "2026-03-01T12:01:00Z"),
        ("ours.json", holding, "2026-03-01T12:09:00Z"),
    ):
        row = {"ref": "refs/heads/main", "after": commit, "timestamp": at, "activity_type": "push"}
        (tmp_path / name).write_text(json.dumps([row]))
    assert told(read_clocks([tmp_path / "fork.json", tmp_path / "ours.json"]), repo.path) == [("push", 9)]
