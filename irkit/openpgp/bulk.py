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
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

from irkit.errors import BadInput, IrkitError
from irkit.model import Secret
from irkit.openpgp.agent import Agent, AgentGone, Refused, keygrip
from irkit.openpgp.armor import armored
from irkit.openpgp.content import read_content
from irkit.openpgp.placing import Failed, Signed, Slot, ToSign, Witness, force, force_folder
from irkit.openpgp.signatures import gpg_with, signatures_of
from irkit.openpgp.signer import Signer, must_be_good

GROUP = 64
"""So many signatures are put in place together, while the next are made."""
_EACH = 4


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
    grip = keygrip(signer.home, signer.signing)
    hands = [_Hand(Agent(signer.home, grip, signer.passphrase, own=number > 0)) for number in range(max(1, agents))]
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


class _Hand:
    """An agent and what it is asked for. When it ends it is started once more and asked again."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.slot: Slot | None = None

    def give(self, slot: Slot) -> None:
        self.slot = slot
        with contextlib.suppress(AgentGone):  # `take` asks again
            assert slot.draft
            self.agent.ask(slot.draft.hash_name, slot.digest)

    def take(self, slot: Slot) -> bytes:
        """The agent's signature. Refused, or StepFailed when it does not stay."""
        self.slot = None
        try:
            return self.agent.answer()
        except AgentGone:
            self.agent.close()
        assert slot.draft
        return self.agent.sign(slot.draft.hash_name, slot.digest, on=slot.item.artifact)


class _Work:
    """While an agent works on one artifact, the one before it is verified, those before that are forced to disk, the next is read."""

    def __init__(self, signer: Signer, hands: list[_Hand], witness: Witness | None, pool: ThreadPoolExecutor) -> None:
        self._signer, self._hands, self._witness, self._pool = signer, hands, witness, pool
        self._locked: Refused | None = None
        self._turn = itertools.cycle(hands)
        self._window: deque[Slot] = deque()
        self._outs: set[Path] = set()
        self._written: list[Slot] = []

    def answers(self, items: Iterable[ToSign]) -> Iterator[Signed | Failed]:
        try:
            for item in items:
                self._window.append(Slot(item))
                self._begin(self._window[-1])
                if len(self._window) >= 2 * GROUP:
                    yield from self._settled(GROUP)
            yield from self._settled(0)
        finally:
            for slot in self._window:
                if slot.forced is not None:
                    wait([slot.forced])
                slot.drop()

    def _begin(self, slot: Slot) -> None:
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
            slot.answer = Failed.of(item, error)
            return
        slot.draft = self._signer.draft(slot.content)
        slot.digest = slot.draft.digest(slot.content.taken)
        hand = next(self._turn)
        earlier, answer = self._taken(hand)
        hand.give(slot)
        self._finish(earlier, answer)

    def _taken(self, hand: _Hand) -> tuple[Slot | None, bytes | IrkitError]:
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

    def _finish(self, slot: Slot | None, answer: bytes | IrkitError) -> None:
        if slot is None:
            return
        assert slot.draft
        assert slot.content
        try:
            if isinstance(answer, IrkitError):
                raise answer
            packet = slot.draft.packet(slot.digest, answer)
            slot.verdicts = self._signer.verdicts(packet, slot.content)
            slot.write(armored(packet) if slot.item.wants_armor() else packet)
            self._have_seen(slot)
        except IrkitError as error:
            slot.drop()
            slot.answer = Failed.of(slot.item, error)
            return
        self._written.append(slot)
        if len(self._written) >= GROUP:
            self._force()

    def _have_seen(self, slot: Slot) -> None:
        if self._witness is not None:
            said = self._witness(slot.item, slot.part)
            slot.verdicts = (*must_be_good(said, self._signer.signing, slot.item.artifact), *slot.verdicts)

    def _force(self) -> None:
        """To disk, several at once: the file system then commits them together."""
        for start in range(0, len(self._written), _EACH):
            some = self._written[start : start + _EACH]
            forced = self._pool.submit(force, [slot.stream for slot in some])
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
                if slot.forced is None:
                    self._force()
                slot.answer = slot.place()
                slot.drop()
            done.append(slot.answer)
            self._window.popleft()
            self._outs.discard(slot.item.out)
        for folder in folders:
            force_folder(folder)
        return done


def _not_signed(refused: Refused, artifact: Path) -> Refused:
    return Refused("the artifact could not be signed", on=artifact, why=refused.why, do=refused.do)
