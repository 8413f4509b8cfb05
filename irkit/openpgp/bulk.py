"""Many files signed in one go: the agent signs digests, Sequoia checks each signature, then what stood there is replaced.

For each artifact, in one pass over its bytes: SHA-256, which is compared with the digest that was judged, and the hash that is
signed. Up to `signer.WHOLE` bytes Sequoia verifies the very bytes that were hashed, up to `signer.LARGE` it reads the file
again. A larger file is read once: OpenSSL then verifies the signature over the digest of what was read, and Sequoia
reads the packet alone. A file that changed meanwhile keeps the signature it had.

Fresh signatures are written beside their places, forced to disk many at once (the file system commits them together), and
moved into place one by one: at any moment each artifact has its old signature or its new one, whole.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Secret
from irkit.openpgp import moving
from irkit.openpgp.agent import Agent, AgentGone, Refused, keygrip
from irkit.openpgp.armor import armored
from irkit.openpgp.detached import Draft
from irkit.openpgp.signatures import gpg_with, signatures_of
from irkit.openpgp.signer import Content, NotJudged, Signer, must_be_good, read_content
from irkit.openpgp.verdicts import Verdict

GROUP = 64
"""So many signatures are put in place together, while the next are made."""
_EACH = 4


@dataclass(frozen=True)
class ToSign:
    """One artifact, where its signature goes, the digest it must have, and where a signature that is replaced is kept.

    `armored` None: as the one that is replaced, armored when there is none.
    """

    artifact: Path
    out: Path
    sha256: str = ""
    keep: Path | None = None
    armored: bool | None = None


@dataclass(frozen=True)
class Signed:
    """A good signature: digest of the bytes that were signed, where it stands, and who verified it.

    `fresh` is False when it stood there already. `kept` is where the one before it is.
    """

    sha256: str
    signature: Path
    verdicts: tuple[Verdict, ...]
    fresh: bool = True
    kept: Path | None = None


@dataclass(frozen=True)
class Failed:
    """Nothing was replaced, and why. `mendable`: not for what the artifact is, but for the disk, the agent or the passphrase."""

    artifact: Path
    error: IrkitError
    mendable: bool


Witness = Callable[[ToSign, Path], tuple[Verdict, ...]]
"""One more who looks at an artifact and its fresh signature before that takes its place."""


def sign_many(
    home: Path,
    signing: str,
    items: Iterable[ToSign],
    passphrase: Secret | None = None,
    *,
    agents: int = 1,
    witness: Witness | None = None,
) -> Iterator[Signed | Failed]:
    """Sign each artifact; one answer for each, in order. One that fails does not stop the others.

    What bears good signatures of this key alone is left as it is. `items` is read as the work goes on, so that memory does not
    grow with their number. StepFailed at once when the key cannot sign.
    """
    signer, grip = Signer.of(home, signing), keygrip(home, signing)
    hands = [_Hand(Agent(home, grip, passphrase, own=number > 0)) for number in range(max(1, agents))]
    with contextlib.ExitStack() as ended:
        for hand in hands:
            ended.callback(hand.agent.close)
        work = _Work(signer, hands, witness, ended.enter_context(ThreadPoolExecutor(GROUP // _EACH)))
        yield from work.answers(items)


def sign_detached(
    home: Path,
    signing: str,
    artifact: Path,
    out: Path,
    passphrase: Secret | None = None,
    *,
    sha256: str = "",
    armored: bool = True,
) -> Signed:
    """Sign one artifact and put the signature at `out`, once gpg and Sequoia have both verified it there beside.

    With `sha256` only those very bytes are signed. StepFailed otherwise, and then nothing has changed at `out`.
    """
    item = ToSign(artifact, out, sha256, armored=armored)
    with gpg_too(Signer.of(home, signing).certificate) as witness:
        answer = next(iter(sign_many(home, signing, [item], passphrase, witness=witness)))
    if isinstance(answer, Failed):
        raise answer.error
    return answer


@contextlib.contextmanager
def gpg_too(certificate: str) -> Iterator[Witness]:
    """gpg as a witness, which takes some ten times as long as all else."""
    with gpg_with([certificate]) as ring:
        yield lambda item, fresh: ring.verdicts(item.artifact, signatures_of(fresh))


@dataclass
class _Slot:
    """One artifact on its way. `answer` is None until its end; `stream` is its open file once that is written beside its place."""

    item: ToSign
    content: Content | None = None
    draft: Draft | None = None
    digest: bytes = b""
    verdicts: tuple[Verdict, ...] = ()
    answer: Signed | Failed | None = None
    stream: int = -1
    forced: Future[list[OSError | None]] | None = None
    turn: int = 0

    @property
    def part(self) -> Path:
        return self.item.out.with_name(f".{self.item.out.name}.irkit-part")

    def drop(self) -> None:
        """Close it, and take away what did not come to its place."""
        if self.stream >= 0:
            self.close()
            self.part.unlink(missing_ok=True)

    def close(self) -> None:
        os.close(self.stream)
        self.stream = -1


class _Hand:
    """An agent and what it is asked for. When it ends it is started once more and asked again."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.slot: _Slot | None = None

    def give(self, slot: _Slot) -> None:
        self.slot = slot
        with contextlib.suppress(AgentGone):  # `take` asks again
            self._ask(slot)

    def take(self, slot: _Slot) -> bytes:
        """The agent's signature. Refused, or StepFailed when it does not stay."""
        self.slot = None
        try:
            return self.agent.answer()
        except AgentGone:
            self.agent.close()
        try:
            self._ask(slot)
            return self.agent.answer()
        except AgentGone as gone:
            self.agent.close()
            raise StepFailed(
                "gpg-agent ended while it signed", on=slot.item.artifact, why=str(gone),
                do="see why it does not stay (gpgconf --launch gpg-agent), then run it again",
            ) from None  # fmt: skip

    def _ask(self, slot: _Slot) -> None:
        assert slot.draft
        self.agent.ask(slot.draft.hash_name, slot.digest)


class _Work:
    """While an agent works on one artifact, the one before it is verified, those before that are forced to disk, the next is read."""

    def __init__(self, signer: Signer, hands: list[_Hand], witness: Witness | None, pool: ThreadPoolExecutor) -> None:
        self._signer, self._hands, self._witness, self._pool = signer, hands, witness, pool
        self._locked: Refused | None = None
        self._turn = itertools.cycle(hands)
        self._window: deque[_Slot] = deque()
        self._outs: set[Path] = set()
        self._written: list[_Slot] = []

    def answers(self, items: Iterable[ToSign]) -> Iterator[Signed | Failed]:
        try:
            for item in items:
                self._window.append(_Slot(item))
                self._begin(self._window[-1])
                if len(self._window) >= 2 * GROUP:
                    yield from self._settled(GROUP)
            yield from self._settled(0)
        finally:
            for slot in self._window:
                if slot.forced is not None:
                    wait([slot.forced])
                slot.drop()

    def _begin(self, slot: _Slot) -> None:
        item = slot.item
        try:
            if item.out in self._outs:
                raise BadInput("two artifacts have one signature file", on=item.out, do="make the plan again")
            self._outs.add(item.out)
            slot.content = read_content(item.artifact, item.sha256)
            stands = self._signer.stands(item.out, slot.content)
            if stands:
                kept = item.keep if item.keep and item.keep.exists() else None
                slot.answer = Signed(slot.content.sha256, item.out, stands, fresh=False, kept=kept)
                return
            if self._locked is not None:
                raise _not_signed(self._locked, item.artifact)
        except IrkitError as error:
            slot.answer = _failed(item, error)
            return
        slot.draft = self._signer.draft(slot.content)
        slot.digest = slot.draft.digest(slot.content.taken)
        hand = next(self._turn)
        earlier, answer = self._taken(hand)
        hand.give(slot)
        self._finish(earlier, answer)

    def _taken(self, hand: _Hand) -> tuple[_Slot | None, bytes | IrkitError]:
        slot = hand.slot
        if slot is None:
            return None, b""
        try:
            return slot, hand.take(slot)
        except Refused as error:
            if error.for_all:
                self._locked = error
            return slot, _not_signed(error, slot.item.artifact)
        except IrkitError as error:
            return slot, error

    def _finish(self, slot: _Slot | None, answer: bytes | IrkitError) -> None:
        if slot is None:
            return
        assert slot.draft
        assert slot.content
        try:
            if isinstance(answer, IrkitError):
                raise answer
            packet = slot.draft.packet(slot.digest, answer)
            slot.verdicts = self._signer.verdicts(packet, slot.content)
            self._write(slot, armored(packet) if _wants_armor(slot.item) else packet)
        except IrkitError as error:
            slot.drop()
            slot.answer = _failed(slot.item, error)
            return
        self._written.append(slot)
        if len(self._written) >= GROUP:
            self._force()

    def _write(self, slot: _Slot, data: bytes) -> None:
        """Beside its place, not yet on disk for good. The witness sees it there."""
        assert slot.content
        with moving.disk(slot.item.out):
            slot.stream = os.open(slot.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            if os.write(slot.stream, data) != len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fchmod(slot.stream, slot.content.mode)
        if self._witness is not None:
            said = self._witness(slot.item, slot.part)
            slot.verdicts = (*must_be_good(said, self._signer.fingerprint, slot.item.artifact), *slot.verdicts)

    def _force(self) -> None:
        """To disk, several at once: the file system then commits them together."""
        for start in range(0, len(self._written), _EACH):
            some = self._written[start : start + _EACH]
            forced = self._pool.submit(_forced, [slot.stream for slot in some])
            for turn, slot in enumerate(some):
                slot.forced, slot.turn = forced, turn
        self._written = []

    def _settled(self, left: int) -> list[Signed | Failed]:
        """The front of the window put in place, all but the last `left`."""
        done: list[Signed | Failed] = []
        folders = set()
        while len(self._window) > left:
            slot = self._window[0]
            if slot.answer is None and slot.stream < 0:
                for _ in self._hands:
                    self._finish(*self._taken(next(self._turn)))
            if slot.answer is None:
                folders.add(slot.item.out.parent)
                slot.answer = self._placed(slot)
                slot.drop()
            done.append(slot.answer)
            self._window.popleft()
            self._outs.discard(slot.item.out)
        for folder in folders:
            _force_folder(folder)
        return done

    def _placed(self, slot: _Slot) -> Signed | Failed:
        item, content = slot.item, slot.content
        if slot.forced is None:
            self._force()
        assert slot.forced
        assert content
        try:
            content.unchanged()
            with moving.disk(item.out):
                fault = slot.forced.result()[slot.turn]
                if fault is not None:
                    raise fault
                kept = _kept(item)
                slot.part.replace(item.out)
                slot.close()
        except IrkitError as error:
            return _failed(item, error)
        return Signed(content.sha256, item.out, slot.verdicts, kept=kept)


def _forced(streams: list[int]) -> list[OSError | None]:
    faults: list[OSError | None] = []
    for stream in streams:
        try:
            os.fsync(stream)
            faults.append(None)
        except OSError as error:
            faults.append(error)
    return faults


def _not_signed(refused: Refused, artifact: Path) -> Refused:
    return Refused("the artifact could not be signed", on=artifact, why=refused.why, do=refused.do)


def _failed(item: ToSign, error: IrkitError) -> Failed:
    return Failed(item.artifact, error, mendable=not isinstance(error, NotJudged | BadInput))


def _wants_armor(item: ToSign) -> bool:
    if item.armored is not None:
        return item.armored
    try:
        with item.out.open("rb") as stream:
            return stream.read(1).isascii()
    except OSError:
        return True


def _kept(item: ToSign) -> Path | None:
    """A second name for the signature that is about to be replaced: the same file, so that it costs nothing."""
    if item.keep is None or not item.out.exists():
        return None
    try:
        os.link(item.out, item.keep)
    except OSError:  # it is there already, or this file system has no links
        moving.keep_copy(item.out, item.keep)
    return item.keep


def _force_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems refuse it; the files themselves are on disk
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
