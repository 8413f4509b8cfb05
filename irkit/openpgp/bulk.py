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
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Secret
from irkit.openpgp import moving
from irkit.openpgp.agent import Agent, AgentGone, Refused, keygrip
from irkit.openpgp.detached import Draft, armored
from irkit.openpgp.signatures import Verdict, gpg_with, signatures_of
from irkit.openpgp.signer import Content, NotJudged, Signer, must_be_good, read_content

GROUP = 64
"""So many signatures are forced to disk together."""
_AT_ONCE = 16


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
        work = _Work(signer, hands, witness, ended.enter_context(ThreadPoolExecutor(_AT_ONCE)))
        stream = iter(items)
        while group := tuple(itertools.islice(stream, GROUP)):
            yield from work.through(group)


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
    with gpg_with([certificate]) as check:
        yield lambda item, fresh: check(item.artifact, signatures_of(fresh))


@dataclass
class _Asked:
    """An artifact whose digest is with an agent."""

    place: int
    item: ToSign
    content: Content
    draft: Draft
    digest: bytes


@dataclass
class _Ready:
    """A signature that was verified and lies beside its place, not yet forced to disk."""

    item: ToSign
    content: Content
    part: Path
    stream: int
    verdicts: tuple[Verdict, ...]


_Answer = Signed | Failed | _Ready


class _Hand:
    """An agent and what it is asked for. When it ends it is started once more and asked again."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.asked: _Asked | None = None

    def give(self, asked: _Asked) -> None:
        self.asked = asked
        with contextlib.suppress(AgentGone):  # `take` asks again
            self.agent.ask(asked.draft.hash_name, asked.digest)

    def take(self) -> tuple[_Asked, bytes]:
        asked = self.asked
        assert asked
        self.asked = None
        try:
            return asked, self.agent.answer()
        except AgentGone:
            self.agent.close()
        try:
            self.agent.ask(asked.draft.hash_name, asked.digest)
            return asked, self.agent.answer()
        except AgentGone as gone:
            self.agent.close()
            raise StepFailed(
                "gpg-agent ended while it signed", on=asked.item.artifact, why=str(gone),
                do="see why it does not stay (gpgconf --launch gpg-agent), then run it again",
            ) from None  # fmt: skip


class _Work:
    """Groups of artifacts, one after the other."""

    def __init__(self, signer: Signer, hands: list[_Hand], witness: Witness | None, pool: ThreadPoolExecutor) -> None:
        self._signer, self._hands, self._witness, self._pool = signer, hands, witness, pool
        self._locked: Refused | None = None
        self._turn = itertools.cycle(hands)

    def through(self, group: tuple[ToSign, ...]) -> list[Signed | Failed]:
        answers: list[_Answer | None] = [None] * len(group)
        try:
            self._sign(group, answers)
            ready = [one for one in answers if isinstance(one, _Ready)]
            faults = dict(zip(map(id, ready), self._pool.map(_forced, ready), strict=True))
            done = [
                self._placed(one, faults[id(one)]) if isinstance(one, _Ready) else one
                for one in answers
                if one is not None
            ]
            for folder in {one.item.out.parent for one in ready}:
                _force_folder(folder)
        finally:
            for one in answers:
                if isinstance(one, _Ready):
                    _drop(one)
        return done

    def _sign(self, group: tuple[ToSign, ...], answers: list[_Answer | None]) -> None:
        """While an agent works on one artifact, the one before it is verified and the one after it is read."""
        outs: set[Path] = set()
        for place, item in enumerate(group):
            found = self._begun(place, item, outs)
            if not isinstance(found, _Asked):
                answers[place] = found
                continue
            hand = next(self._turn)
            earlier = self._taken(hand) if hand.asked else None
            hand.give(found)
            self._finish(earlier, answers)
        for _ in self._hands:
            hand = next(self._turn)
            self._finish(self._taken(hand) if hand.asked else None, answers)

    def _begun(self, place: int, item: ToSign, outs: set[Path]) -> _Asked | Signed | Failed:
        try:
            if item.out in outs:
                raise BadInput("two artifacts have one signature file", on=item.out, do="make the plan again")
            outs.add(item.out)
            content = read_content(item.artifact, item.sha256)
            stands = self._signer.stands(item.out, content)
            if stands:
                kept = item.keep if item.keep and item.keep.exists() else None
                return Signed(content.sha256, item.out, stands, fresh=False, kept=kept)
            if self._locked is not None:
                raise self._locked
        except IrkitError as error:
            return _failed(item, error)
        draft = self._signer.draft(content)
        return _Asked(place, item, content, draft, draft.digest(content.taken))

    def _taken(self, hand: _Hand) -> tuple[_Asked, bytes | IrkitError]:
        asked = hand.asked
        assert asked
        try:
            return hand.take()
        except Refused as error:
            error = Refused("the artifact could not be signed", on=asked.item.artifact, why=error.why, do=error.do)
            return asked, error
        except IrkitError as error:
            return asked, error

    def _finish(self, taken: tuple[_Asked, bytes | IrkitError] | None, answers: list[_Answer | None]) -> None:
        if taken is None:
            return
        asked, answer = taken
        try:
            if isinstance(answer, IrkitError):
                raise answer
            answers[asked.place] = self._written(asked, asked.draft.packet(asked.digest, answer))
        except IrkitError as error:
            answers[asked.place] = _failed(asked.item, error)

    def _written(self, asked: _Asked, packet: bytes) -> _Ready:
        verdicts = self._signer.verdicts(packet, asked.content)
        item = asked.item
        data = armored(packet) if _wants_armor(item) else packet
        part = item.out.with_name(f".{item.out.name}.irkit-part")
        with moving.disk(item.out):
            stream = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            ready = _Ready(item, asked.content, part, stream, verdicts)
            try:
                if os.write(stream, data) != len(data):
                    raise OSError(0, "no room for the whole of it")
                os.fchmod(stream, asked.content.mode)
            except BaseException:
                _drop(ready)
                raise
        if self._witness:
            try:
                said = must_be_good(self._witness(item, part), self._signer.fingerprint, item.artifact)
            except BaseException:
                _drop(ready)
                raise
            ready.verdicts = (*said, *verdicts)
        return ready

    def _placed(self, ready: _Ready, fault: OSError | None) -> Signed | Failed:
        item = ready.item
        try:
            with moving.disk(item.out):
                if fault is not None:
                    raise fault
                ready.content.unchanged()
                kept = _kept(item)
                ready.part.replace(item.out)
        except IrkitError as error:
            return _failed(item, error)
        return Signed(ready.content.sha256, item.out, ready.verdicts, kept=kept)


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


def _forced(ready: _Ready) -> OSError | None:
    try:
        os.fsync(ready.stream)
    except OSError as error:
        return error
    return None


def _force_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # some file systems refuse it; the files themselves are on disk
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _drop(ready: _Ready) -> None:
    """Close it, and take away what did not come to its place."""
    with contextlib.suppress(OSError):
        os.close(ready.stream)
    ready.part.unlink(missing_ok=True)
