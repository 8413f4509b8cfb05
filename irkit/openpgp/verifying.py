"""Many signatures verified, by Sequoia and by gpg. Nothing is held but what is being worked on.

Sequoia works in this process, from `MANY` on in helpers as well. gpg takes many small ones at once (`irkit.openpgp.streamed`), a large
one alone; a few gpgs run side by side.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.openpgp.keyblock import detached_signatures
from irkit.openpgp.signatures import Certificates, GpgRing, Sequoia, gpg_with
from irkit.openpgp.streamed import AT_ONCE, SMALL, Asked, told_at_once
from irkit.openpgp.verdicts import Verdict

WHOLE = 4 << 20
"""Bytes up to which a file is handed to Sequoia in memory."""
MANY = 2000
"""From so many on a process on every core is worth while. They are forks, so only where this process has one thread: fresh ones
would run the user's script again where it does not guard its main part."""
_PORTION = 250

Pair = tuple[Path, Path]
"""An artifact and its detached signature file."""
Question = Asked | Pair


def verify_many(certificates: Certificates, questions: Iterable[Question]) -> Iterator[tuple[Verdict, ...]]:
    """Sequoia's verdicts on each signature of each question, in order; the certificates are parsed once.

    What cannot be read is a verdict with the reason "error". BadInput when no certificate can be read.
    """
    sequoia, stream = Sequoia(certificates), iter(questions)
    first = tuple(itertools.islice(stream, MANY))
    if len(first) < MANY or _cores() < 2 or not _one_thread():
        for question in itertools.chain(first, stream):
            yield _by_sequoia(sequoia, question)
        return
    yield from _in_helpers(sequoia, tuple(certificates), itertools.chain(first, stream))


def verify_many_with_gpg(certificates: Certificates, questions: Iterable[Question]) -> Iterator[tuple[Verdict, ...]]:
    """gpg's verdicts, likewise. NotAvailable without gpg."""
    stream, hands = iter(questions), _cores() + 1
    with gpg_with(certificates) as ring, ThreadPoolExecutor(hands) as pool:
        while portion := tuple(itertools.islice(stream, 4 * hands * AT_ONCE)):
            batches = [portion[at : at + AT_ONCE] for at in range(0, len(portion), AT_ONCE)]
            for answers in pool.map(lambda batch: _by_gpg(ring, batch), batches):
                yield from answers


def _by_sequoia(sequoia: Sequoia, question: Question) -> tuple[Verdict, ...]:
    try:
        return tuple(sequoia.verdict(*asked) for asked in _read(question, WHOLE))
    except IrkitError as error:
        return _unreadable(error, "sequoia")


def _by_gpg(ring: GpgRing, questions: tuple[Question, ...]) -> list[tuple[Verdict, ...]]:
    """All of them through one gpg where that is possible; what that does not answer, one by one."""
    read: list[tuple[Asked, ...] | Verdict] = []
    for question in questions:
        try:
            read.append(_read(question, SMALL))
        except IrkitError as error:
            read += _unreadable(error, "gpg")
    asked = [one for found in read if isinstance(found, tuple) for one in found]
    told = (verdict or _alone(ring, one) for one, verdict in zip(asked, told_at_once(ring, asked), strict=True))
    return [tuple(itertools.islice(told, len(one))) if isinstance(one, tuple) else (one,) for one in read]


def _alone(ring: GpgRing, asked: Asked) -> Verdict:
    try:
        return ring.verdicts(asked.data, [asked.signature])[0]
    except IrkitError as error:
        return _unreadable(error, "gpg")[0]


def _read(question: Question, most: int) -> tuple[Asked, ...]:
    """One for each signature, with the bytes of an artifact that has no more than `most`. BadInput when a file cannot be read."""
    if isinstance(question, Asked):
        return (question,)
    artifact, signature = question
    try:
        with signature.open("rb") as stream:
            found = detached_signatures(stream.read())
        data: bytes | Path = artifact
        with artifact.open("rb") as stream:
            if os.fstat(stream.fileno()).st_size <= most:
                data = stream.read()
    except OSError as error:
        raise BadInput("a file cannot be read", on=error.filename or signature, why=error.strerror or "") from None
    return tuple(Asked(one, data) for one in found)


def _unreadable(error: IrkitError, program: str) -> tuple[Verdict, ...]:
    return (Verdict(False, "", "", "error", None, program, str(error)),)


def _in_helpers(
    sequoia: Sequoia, certificates: Certificates, questions: Iterator[Question]
) -> Iterator[tuple[Verdict, ...]]:
    """In a process on each core: Sequoia holds the interpreter while it works, so that threads would not help."""
    with ProcessPoolExecutor(_cores(), multiprocessing.get_context("fork"), _begin, (certificates,)) as pool:
        running: deque[tuple[tuple[Question, ...], Future[list[tuple[Verdict, ...]]]]] = deque()

        def oldest() -> list[tuple[Verdict, ...]]:
            portion, future = running.popleft()
            try:
                return future.result()
            except BrokenExecutor:  # a helper died: what it had is done here
                return [_by_sequoia(sequoia, question) for question in portion]

        while portion := tuple(itertools.islice(questions, _PORTION)):
            with contextlib.suppress(BrokenExecutor):
                running.append((portion, pool.submit(_portion, portion)))
                portion = ()
            if portion:
                yield from [one for _ in range(len(running)) for one in oldest()]
                yield from (_by_sequoia(sequoia, question) for question in portion)
            elif len(running) > 2 * _cores():
                yield from oldest()
        while running:
            yield from oldest()


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


def _begin(certificates: Certificates) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the first process to answer
    _SEQUOIA[:] = [Sequoia(certificates)]


def _portion(questions: tuple[Question, ...]) -> list[tuple[Verdict, ...]]:
    return [_by_sequoia(_SEQUOIA[0], question) for question in questions]
