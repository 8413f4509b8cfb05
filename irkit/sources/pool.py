"""Work in portions at once: processes of this machine, or a Dask cluster, behind the one interface of concurrent.futures.

A worker that dies takes no result with it: its portion is done again.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from irkit.errors import BadInput, NotAvailable
from irkit.extras import how_to_get

T = TypeVar("T")
R = TypeVar("R")

ROUNDS = 3
"""How often what a dead worker left is tried again among others; after that, alone."""
_PATIENCE_MS = 20


def in_order(
    read: Callable[[T], R],
    portions: Iterator[T],
    workers: int,
    scheduler: str,
    died: Callable[[T], R],
    ahead: int,
) -> Iterator[R]:
    """`read` of each portion, in their order, whoever does it. What kills its worker each time becomes `died` of it.

    A portion is drawn when all but `ahead` of those before it have been answered and the answers taken. BadInput for a
    scheduler that the portions would reach unencrypted; NotAvailable when it does not answer.
    """
    opened = cluster(scheduler) if scheduler else lambda: processes(workers, quickly=True)
    drawn: deque[T] = deque()
    deaths = 0
    while True:
        with opened() as executor:
            try:
                for result in _flow(executor, read, drawn, portions, ahead):
                    yield result
                    deaths = 0
            except BrokenExecutor:
                deaths += 1
            else:
                return
        if deaths >= ROUNDS:
            deaths = ROUNDS - 1  # the next death is blamed on one portion at once
            portion = drawn.popleft()
            yield _alone(read, portion, died)


def _flow(
    executor: Executor, read: Callable[[T], R], drawn: deque[T], portions: Iterator[T], ahead: int
) -> Iterator[R]:
    """The answers to what is `drawn` and not answered, and to what is drawn then."""
    waiting = deque(executor.submit(read, portion) for portion in drawn)
    while True:
        while len(drawn) < ahead and (portion := next(portions, None)) is not None:
            drawn.append(portion)
            waiting.append(executor.submit(read, portion))
        if not waiting:
            return
        result = result_of(waiting.popleft())
        drawn.popleft()
        yield result


def result_of(future: Future[R]) -> R:
    """The result; BrokenExecutor when its worker died, of whatever kind the executor is."""
    try:
        return future.result()
    except Exception as error:
        if type(error).__name__ == "KilledWorker" or isinstance(error, CancelledError):  # distributed's words for it
            raise BrokenExecutor(str(error)) from None
        raise


def _alone(read: Callable[[T], R], portion: T, died: Callable[[T], R]) -> R:
    with processes(1) as executor:
        try:
            return executor.submit(read, portion).result()
        except BrokenExecutor:
            return died(portion)


@contextmanager
def processes(workers: int, *, quickly: bool = False) -> Iterator[Executor]:
    """Processes of this machine. Ctrl-C reaches this process alone, which stops them.

    Fresh ones, since forking a process that has threads is not safe; with `quickly`, forks where this one has none.
    """
    way = "fork" if quickly and can_fork() else "spawn"
    executor = ProcessPoolExecutor(workers, multiprocessing.get_context(way), _deaf_to_ctrl_c)
    try:
        yield executor
    except BaseException:
        for process in list((executor._processes or {}).values()):
            process.terminate()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def can_fork() -> bool:
    """True when this process has one thread, those of libraries counted, so that a fork of it is sound."""
    for _ in range(_PATIENCE_MS):
        try:
            if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208
                return True
        except OSError:
            return False
        if threading.active_count() > 1:
            return False
        time.sleep(0.001)  # a thread that was joined is listed a moment longer
    return False


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _deaf_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def cluster(address: str) -> Callable[[], AbstractContextManager[Executor]]:
    """Opens an executor on a Dask cluster. BadInput when what is sought would travel unencrypted."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme != "tls" and not _is_here(parts.hostname or ""):
        raise BadInput(
            "what is searched for would travel unencrypted", on=f"{parts.scheme}://{parts.hostname}",
            why="workers are sent the credential's forms", do="use a tls:// scheduler, or one on this machine",
        )  # fmt: skip
    try:
        from distributed import Client
    except ImportError:
        raise NotAvailable("Dask is not installed", do=how_to_get("fleet")) from None

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
