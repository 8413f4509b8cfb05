"""Many detached signatures verified: by Sequoia in this process and its helpers, by gpg with one process for each."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from irkit.errors import IrkitError
from irkit.openpgp.keyblock import detached_signatures
from irkit.openpgp.signatures import Sequoia, Verdict, gpg_with, readable, signatures_of

WHOLE = 4 << 20
"""Bytes up to which a file is handed over in memory."""
MANY = 2000
"""From so many on a process on every core is worth while. They are forks, so only where this process has one thread: fresh ones
would run the user's script again where it does not guard its main part."""
_PORTION = 250

Pair = tuple[Path, Path]
"""An artifact and its detached signature."""


def verify_many(certificates: Sequence[str], pairs: Iterable[Pair]) -> Iterator[tuple[Verdict, ...]]:
    """Sequoia's verdicts on each signature of each pair, in order; the certificates are parsed once.

    What cannot be read is a verdict with the reason "error". BadInput when no certificate can be read.
    """
    sequoia, stream = Sequoia(certificates), iter(pairs)
    first = tuple(itertools.islice(stream, MANY))
    if len(first) < MANY or _cores() < 2 or not _one_thread():
        for pair in itertools.chain(first, stream):
            yield _by_sequoia(sequoia, pair)
        return
    yield from _at_once(sequoia, tuple(certificates), itertools.chain(first, stream))


def _at_once(sequoia: Sequoia, certificates: tuple[str, ...], pairs: Iterator[Pair]) -> Iterator[tuple[Verdict, ...]]:
    """In a process on each core: Sequoia holds the interpreter while it works, so that threads would not help."""
    with ProcessPoolExecutor(_cores(), multiprocessing.get_context("fork"), _begin, (certificates,)) as pool:
        running: deque[tuple[tuple[Pair, ...], Future[list[tuple[Verdict, ...]]]]] = deque()

        def oldest() -> list[tuple[Verdict, ...]]:
            portion, future = running.popleft()
            try:
                return future.result()
            except BrokenExecutor:  # a helper died: what it had is done here
                return [_by_sequoia(sequoia, pair) for pair in portion]

        while portion := tuple(itertools.islice(pairs, _PORTION)):
            with contextlib.suppress(BrokenExecutor):
                running.append((portion, pool.submit(_portion, portion)))
                portion = ()
            if portion:
                yield from [one for _ in range(len(running)) for one in oldest()]
                yield from (_by_sequoia(sequoia, pair) for pair in portion)
            elif len(running) > 2 * _cores():
                yield from oldest()
        while running:
            yield from oldest()


def verify_many_with_gpg(certificates: Sequence[str], pairs: Iterable[Pair]) -> Iterator[tuple[Verdict, ...]]:
    """gpg's verdicts, likewise. It takes one detached signature a process; a few run side by side."""
    stream = iter(pairs)
    with gpg_with(certificates) as check, ThreadPoolExecutor(_cores() + 1) as pool:

        def one(pair: Pair) -> tuple[Verdict, ...]:
            try:
                return check(readable(pair[0]), signatures_of(pair[1]))
            except IrkitError as error:
                return _unreadable(error, "gpg")

        while portion := tuple(itertools.islice(stream, _PORTION)):
            yield from pool.map(one, portion)


def _by_sequoia(sequoia: Sequoia, pair: Pair) -> tuple[Verdict, ...]:
    artifact, signature = pair
    try:
        with signature.open("rb") as stream:
            found = detached_signatures(stream.read())
        data: bytes | Path = artifact
        with artifact.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size <= WHOLE:
                data = stream.read()
    except OSError as error:
        why = f"{error.filename or signature} cannot be read: {error.strerror}"
        return (Verdict(False, "", "", "error", None, "sequoia", why),)
    except IrkitError as error:
        return _unreadable(error, "sequoia")
    return tuple(sequoia.verdict(one, data) for one in found)


def _unreadable(error: IrkitError, program: str) -> tuple[Verdict, ...]:
    return (Verdict(False, "", "", "error", None, program, str(error)),)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_SEQUOIA: list[Sequoia] = []
"""The one of a helper process."""


def _one_thread() -> bool:
    """Whether a fork of this process is sound: it has one thread, those of libraries counted."""
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208
    except OSError:
        return False


def _begin(certificates: tuple[str, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process to answer
    _SEQUOIA[:] = [Sequoia(certificates)]


def _portion(pairs: tuple[Pair, ...]) -> list[tuple[Verdict, ...]]:
    return [_by_sequoia(_SEQUOIA[0], pair) for pair in pairs]
