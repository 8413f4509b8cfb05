"""The same answer from any number of processes or from a cluster, in the same order, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from irkit.errors import BadInput, NotAvailable
from irkit.model import Skipped, UsageEvent
from irkit.sources import pool
from irkit.sources.logs import Wanted, events, listing, portion
from irkit.sources.logs.portion import Answer, Portion
from tests.needs import needs
from tests.sources.logs.test_read import KEY
from tests.sources.logs.test_read_passes import world

# The package gives its function `read` no name of its own beside the module's.
READER = "irkit.sources.logs.read.read"


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Some files, a batch each, and beside them some that cannot be read."""
    monkeypatch.setattr(listing, "BATCH_FILES", 2)
    monkeypatch.setenv("MARK", str(tmp_path / "mark"))
    folder = tmp_path / "logs"
    world(folder, 7)
    (folder / "05x").write_bytes(b"no log")
    (folder / "17x").write_bytes((folder / "02").read_bytes()[:-30])
    return folder


def answered(folder: Path, workers: int = 1, scheduler: str = "") -> tuple[list[UsageEvent], list[Skipped], int]:
    reading = events([folder], Wanted.of("fake", [KEY]), workers=workers, scheduler=scheduler)
    return list(reading), reading.skipped, reading.texts


def test_any_number_of_workers_gives_the_same_answer_in_the_same_order(logs: Path) -> None:
    alone = answered(logs)
    assert len(alone[0]) > 200
    assert len(alone[1]) > 1
    for workers in (2, 3):
        assert answered(logs, workers) == alone


def dying(which: Portion) -> Answer:
    """The first to come to the fifth batch dies, wherever it runs."""
    mark = Path(os.environ["MARK"])
    if which.batch.first == 10 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return portion.read(which)


def killing(which: Portion) -> Answer:
    """Whoever comes to the fifth batch dies."""
    if which.batch.first == 10:
        os.kill(os.getpid(), signal.SIGKILL)
    return portion.read(which)


def test_a_worker_killed_in_the_middle_changes_nothing(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = answered(logs)
    monkeypatch.setattr(READER, dying)
    assert answered(logs, 2) == alone
    assert Path(os.environ["MARK"]).exists()


def test_what_kills_every_worker_is_said_and_the_rest_is_read(logs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = answered(logs)
    monkeypatch.setattr(READER, killing)
    found, skipped, _ = answered(logs, 2)
    lost = {one.what for one in skipped if "died each time" in one.why}
    names = sorted(path.name for path in logs.iterdir())
    assert {Path(one).name for one in lost} == set(names[10:12])
    assert {event.event_id for event in found} < {event.event_id for event in alone[0]}
    own = [event for event in alone[0] if event.key == KEY and event.file not in lost]
    assert [event for event in found if event.key == KEY] == own


@needs("python:distributed")
def test_on_a_cluster_the_answer_is_the_same_even_when_a_worker_dies(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    alone = answered(logs)
    monkeypatch.chdir(logs.parent)
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as cluster:
        assert answered(logs, scheduler=cluster.scheduler_address) == alone
        found, _, _ = answered(Path("logs"), scheduler=cluster.scheduler_address)
        assert [replace(event, file=str(logs.parent / event.file)) for event in found] == alone[0]
        monkeypatch.setattr(READER, dying)
        assert answered(logs, scheduler=cluster.scheduler_address) == alone
    assert Path(os.environ["MARK"]).exists()


@pytest.mark.parametrize("address", ["tcp://scheduler.example:8786", "10.1.2.3:8786"])
def test_a_cluster_that_the_identifiers_would_reach_unencrypted_is_refused(address: str, logs: Path) -> None:
    with pytest.raises(BadInput, match="unencrypted"):
        answered(logs, scheduler=address)


@needs("python:distributed")
def test_a_scheduler_that_does_not_answer_is_a_sentence(logs: Path) -> None:
    with pytest.raises(NotAvailable, match="does not answer"):
        answered(logs, scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize(("threads", "expected"), [(False, "fork"), (True, "spawn")])
def test_a_process_is_forked_only_where_that_is_sound(
    threads: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "can_fork", lambda: not threads)
    ways: list[str] = []
    real: Callable[[str], object] = pool.multiprocessing.get_context
    monkeypatch.setattr(pool.multiprocessing, "get_context", lambda way: ways.append(way) or real(way))
    with pool.processes(1, quickly=True) as executor:
        assert executor.submit(abs, -3).result() == 3
    assert ways == [expected]


def test_a_process_with_threads_is_never_forked() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert not pool.can_fork()
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(("size", "several"), [(1000, False), (1 << 40, True)])
def test_without_a_number_it_depends_on_how_much_there_is(
    size: int, several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from irkit.sources.logs.read import workers_for

    monkeypatch.setattr(pool, "cores", lambda: 5)
    assert workers_for(size) == (5 if several else 1)
