"""Many files signed in one go: the agent signs digests, Sequoia checks each signature, then what stood there is replaced.

For each artifact, in one pass over its bytes: SHA-256, which is compared with the digest that was judged, and the hash that is
signed. Up to `content.WHOLE` bytes Sequoia verifies the very bytes that were hashed, up to `content.LARGE` it reads the file
again. A larger file is read once: OpenSSL then verifies the signature over the digest of what was read, and Sequoia
reads the packet alone. A file that changed meanwhile keeps the signature it had.

Fresh signatures are written beside their places, forced to disk many at once (the file system commits them together), and
moved into place one by one: at any moment each artifact has its old signature or its new one, whole.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Secret
from irkit.openpgp.agent import Agent, AgentGone, Refused, does_not_stay
from irkit.openpgp.armor import armored, is_armored
from irkit.openpgp.content import Content, NotJudged, read_content
from irkit.openpgp.detached import Draft
from irkit.openpgp.moving import force_folders
from irkit.openpgp.placing import Disk, Fresh
from irkit.openpgp.signatures import gpg_with, signatures_of
from irkit.openpgp.signer import Signer, must_be_good
from irkit.openpgp.verdicts import Verdict

_MOST_SIGNATURE_BYTES = 1 << 20
GROUP = 64
"""So many signatures are put in place together, while the next are made."""


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
    yield from sign_all(Signer.of(home, signing, passphrase), items, agents=agents, witness=witness)


def sign_all(
    signer: Signer, items: Iterable[ToSign], *, agents: int = 1, witness: Witness | None = None
) -> Iterator[Signed | Failed]:
    """`sign_many`, by a signer that is known already."""
    signer.can_sign()
    hands = [_Hand(signer.agent(own=number > 0)) for number in range(max(1, agents))]
    with contextlib.ExitStack() as ended:
        for hand in hands:
            ended.callback(hand.agent.close)
        disk = ended.enter_context(contextlib.closing(Disk()))
        work = _Work(signer, hands, witness, disk)
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
    return sign_one(Signer.of(home, signing, passphrase), ToSign(artifact, out, sha256, armored=armored))


def sign_one(signer: Signer, item: ToSign) -> Signed:
    """`sign_detached`, by a signer that is known already."""
    with gpg_too(signer.certificate) as witness:
        [answer] = sign_all(signer, [item], witness=witness)
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
    """One artifact on its way: read, asked for, verified, forced to disk, in place. `answer` is None until its end."""

    item: ToSign
    content: Content | None = None
    draft: Draft | None = None
    digest: bytes = b""
    armored: bool = True
    verdicts: tuple[Verdict, ...] = ()
    fresh: Fresh | None = None
    forced: Future[None] | None = None
    answer: Signed | Failed | None = None


class _Hand:
    """An agent and what it is asked for, the oldest first. When it ends it is started once more and asked again."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.slots: deque[_Slot] = deque()

    @property
    def full(self) -> bool:
        return len(self.slots) >= self.agent.ahead

    def give(self, slot: _Slot) -> None:
        self.slots.append(slot)
        with contextlib.suppress(AgentGone):  # `take` asks again
            self._ask(slot)

    def take(self) -> tuple[_Slot, bytes]:
        """The agent's signature for the oldest. Refused, or StepFailed when it does not stay."""
        try:
            answer = self._answer()
        finally:
            slot = self.slots.popleft()
        return slot, answer

    def _answer(self) -> bytes:
        with contextlib.suppress(AgentGone):
            return self.agent.answer()
        self.agent.close()
        try:
            for slot in self.slots:
                self._ask(slot)
            return self.agent.answer()
        except AgentGone as gone:
            self.agent.close()
            raise does_not_stay(gone, self.slots[0].item.artifact) from None

    def _ask(self, slot: _Slot) -> None:
        assert slot.draft
        self.agent.ask(slot.draft.hash_name, slot.digest)


class _Work:
    """While an agent works on one artifact, the one before it is verified, those before that are forced to disk, the next is read."""

    def __init__(self, signer: Signer, hands: list[_Hand], witness: Witness | None, disk: Disk) -> None:
        self._signer, self._hands, self._witness, self._disk = signer, hands, witness, disk
        self._locked: Refused | None = None
        self._turn = itertools.cycle(hands)
        self._window: deque[_Slot] = deque()
        self._outs: set[Path] = set()
        self._made: list[_Slot] = []

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
                if slot.fresh is not None:
                    slot.fresh.drop()

    def _begin(self, slot: _Slot) -> None:
        item = slot.item
        try:
            if item.out in self._outs:
                raise BadInput("two artifacts have one signature file", on=item.out, do="make the plan again")
            self._outs.add(item.out)
            slot.content = read_content(item.artifact, item.sha256)
            old = standing(item.out)
            slot.armored = item.armored if item.armored is not None else is_armored(old)
            stands = self._signer.stands(old, slot.content)
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
        earlier = self._taken(hand) if hand.full else None
        hand.give(slot)
        if earlier:
            self._finish(*earlier)

    def _taken(self, hand: _Hand) -> tuple[_Slot, bytes | IrkitError]:
        slot = hand.slots[0]
        try:
            return hand.take()
        except Refused as error:
            if error.for_all:
                self._locked = error
            return slot, _not_signed(error, slot.item.artifact)
        except IrkitError as error:
            return slot, error

    def _finish(self, slot: _Slot, answer: bytes | IrkitError) -> None:
        assert slot.draft
        assert slot.content
        try:
            if isinstance(answer, IrkitError):
                raise answer
            packet = slot.draft.packet(slot.digest, answer)
            slot.verdicts = self._signer.verdicts(packet, slot.content)
        except IrkitError as error:
            slot.answer = _failed(slot.item, error)
            return
        slot.content.forget()
        data = armored(packet) if slot.armored else packet
        slot.fresh = Fresh(slot.item.out, slot.item.keep, data, slot.content.mode)
        self._made.append(slot)
        if len(self._made) >= GROUP:
            self._force()

    def _force(self) -> None:
        forced = self._disk.force([slot.fresh for slot in self._made if slot.fresh])
        for slot in self._made:
            slot.forced = forced
        self._made = []

    def _settled(self, left: int) -> list[Signed | Failed]:
        """The front of the window put in place, all but the last `left`."""
        done: list[Signed | Failed] = []
        folders = set()
        while len(self._window) > left:
            slot = self._window[0]
            while slot.answer is None and slot.fresh is None:
                for hand in self._hands:
                    if hand.slots:
                        self._finish(*self._taken(hand))
            if slot.fresh is not None:
                folders.add(slot.item.out.parent)
                slot.answer = self._placed(slot, slot.fresh)
                slot.fresh.drop()
            assert slot.answer
            done.append(slot.answer)
            self._window.popleft()
            self._outs.discard(slot.item.out)
        force_folders(folders)
        return done

    def _placed(self, slot: _Slot, fresh: Fresh) -> Signed | Failed:
        if slot.forced is None:
            self._force()
        assert slot.forced
        assert slot.content
        try:
            slot.forced.result()
            verdicts = (*self._seen(slot, fresh), *slot.verdicts)
            slot.content.unchanged()
            kept = fresh.place()
        except IrkitError as error:
            return _failed(slot.item, error)
        return Signed(slot.content.sha256, slot.item.out, verdicts, kept=kept)

    def _seen(self, slot: _Slot, fresh: Fresh) -> tuple[Verdict, ...]:
        if self._witness is None or fresh.fault is not None:
            return ()
        return must_be_good(self._witness(slot.item, fresh.part), self._signer.signing, slot.item.artifact)


def _not_signed(refused: Refused, artifact: Path) -> Refused:
    return Refused("the artifact could not be signed", on=artifact, why=refused.why, do=refused.do)


def _failed(item: ToSign, error: IrkitError) -> Failed:
    return Failed(item.artifact, error, mendable=not isinstance(error, NotJudged | BadInput))


def standing(out: Path) -> bytes:
    """What is there now, nothing when there is none; whatever is too large for a signature is cut off."""
    try:
        with out.open("rb") as stream:
            return stream.read(_MOST_SIGNATURE_BYTES)
    except OSError:
        return b""
