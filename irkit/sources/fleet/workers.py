"""Many searches at once: processes of this machine, or a Dask cluster, behind the one interface of concurrent.futures.

A worker that dies takes no result with it: what it was reading is read again. Results come in the order asked, whoever was first.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from irkit.errors import BadInput, NotAvailable
from irkit.model import Skipped
from irkit.sources.hunt import Found, Hunted, Progress
from irkit.sources.locate import locate
from irkit.sources.notes import Notes

Group = tuple[str, ...]
"""Paths that are read together: one, or several repositories that share one git directory."""

_ROUNDS = 3
"""How often what a dead worker left is tried again among others; after that, alone."""


def read_group(
    group: Group, hunted: Sequence[Hunted], progress: Progress | None = None, notes: Notes | None = None
) -> Found:
    """What stands in the first of them; where others share its git directory, its objects are read once and told for each."""
    found = locate([Path(path) for path in group], hunted, progress, notes)
    told = list(found.occurrences)
    for one in found.occurrences:
        if one.git and one.git.repository == group[0]:
            told += [replace(one, git=replace(one.git, repository=other)) for other in group[1:]]
    return Found(tuple(told), found.skipped)


def run(
    groups: Sequence[Group],
    hunted: Sequence[Hunted],
    workers: int,
    scheduler: str,
    done: Callable[[int, Found], None],
    progress: Progress | None = None,
    notes: Notes | None = None,
) -> None:
    """`read_group` for each; `done` is called with the number of the group and what was found, as it comes.

    With one worker and no scheduler all is done here: `progress` follows each object and `notes` keep what is finished.
    BadInput for a scheduler that the needles would reach unencrypted.
    """
    if workers <= 1 and not scheduler:
        for number, group in enumerate(groups):
            done(number, read_group(group, hunted, progress, notes))
        return
    cluster = _cluster(scheduler) if scheduler else None
    left = dict(enumerate(groups))
    for _ in range(_ROUNDS):
        with cluster() if cluster else _processes(min(workers, len(left) or 1)) as executor:
            _round(executor, left, hunted, done)
        if not left:
            return
    for number, group in list(left.items()):
        alone = {number: group}
        with _processes(1) as executor:
            _round(executor, alone, hunted, done)
        if alone:
            why = "the process that read it died each time; is there enough memory? Its content was not searched"
            done(number, Found(skipped=tuple(Skipped(path, why) for path in group)))


def _round(
    executor: Executor, left: dict[int, Group], hunted: Sequence[Hunted], done: Callable[[int, Found], None]
) -> None:
    """Takes from `left` what is finished; what a dead worker was reading stays in it."""
    waiting: dict[Future[Found], int] = {}
    try:
        for number, group in left.items():
            waiting[executor.submit(read_group, group, tuple(hunted))] = number
    except BrokenExecutor:
        return
    for future in as_completed(waiting):
        try:
            found = future.result()
        except BrokenExecutor:
            continue
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # distributed's word for the same
                continue
            raise
        del left[waiting[future]]
        done(waiting[future], found)


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Fresh processes: forking one that has threads is not safe. Ctrl-C reaches this process alone, which stops them."""
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _deaf_to_ctrl_c)
    try:
        yield executor
    except BaseException:
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _deaf_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _cluster(address: str) -> Callable[[], AbstractContextManager[Executor]]:
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme != "tls" and not _is_here(parts.hostname or ""):
        raise BadInput(
            "what is searched for would travel unencrypted", on=f"{parts.scheme}://{parts.hostname}",
            why="workers are sent the credential's forms", do="use a tls:// scheduler, or one on this machine",
        )  # fmt: skip
    try:
        from distributed import Client
    except ImportError:
        raise NotAvailable("Dask is not installed", do="pip install 'irkit[fleet]'") from None

    @contextmanager
    def opened() -> Iterator[Executor]:
        try:
            client = Client(address, timeout=20, set_as_default=False)
        except (OSError, TimeoutError) as error:
            raise NotAvailable(
                "the Dask scheduler does not answer", on=f"{parts.scheme}://{parts.netloc}", why=type(error).__name__,
                do="check its address and that it runs",
            ) from None  # fmt: skip
        try:
            yield client.get_executor(pure=False, retries=0)
        finally:
            client.close()

    return opened


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
