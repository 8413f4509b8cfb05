"""Signatures beside files, and in them.

sign-detached  key ("" for the one that generate-key made), user_id, other_than, folder, artifact, sha256, signature,
               signature_name ("same": it replaces the old one, which is kept beside as NAME.KEYID.asc; "new": it
               stands beside the old one as NAME.KEYID.asc with the new key's id)
sign-clear     key, user_id, other_than, folder, artifact, sha256: the same text, clear-signed anew in its place; the old file is
               kept beside as NAME.KEYID
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.bulk import Failed, Signed, ToSign, gpg_too, sign_many
from irkit.openpgp.clear import sign_clear, stands_clear
from irkit.openpgp.keyring import RingEntry
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.operations.keys import signer
from irkit.openpgp.signer import Signer
from irkit.plan import GpgCommand


def same_signer(one: GpgCommand, other: GpgCommand) -> bool:
    """Whether two commands sign with one key, so that they can be carried out together."""

    def who(command: GpgCommand) -> tuple[object, ...]:
        names = (command.argument("user_id"), command.argument("other_than"))
        return command.operation, command.home, command.key, command.passphrase, *names

    return who(one) == who(other)


def sign_detached_many(
    first: GpgCommand, commands: Iterable[GpgCommand], hands: Hands, *, agents: int = 1, few: bool = False
) -> Iterator[Done | Failed]:
    """Carry out sign-detached commands of one signer, that of `first`; one answer for each, in order.

    With `few` gpg verifies each too before it takes its place. `commands` is read as the work goes on. StepFailed or BadInput at
    once, and `commands` has not been begun, when the key cannot sign.
    """
    entry, signing = _signer(first)
    home, passphrase = Path(first.home), hands.passphrase(first)
    asked: deque[tuple[GpgCommand, Failed | None]] = deque()

    def items() -> Iterator[ToSign]:
        for command in commands:
            wanted = _wanted(command, entry)
            asked.append((command, wanted if isinstance(wanted, Failed) else None))
            if isinstance(wanted, ToSign):
                yield wanted

    def refused() -> Iterator[Failed]:
        while asked and asked[0][1] is not None:
            fault = asked.popleft()[1]
            if fault is not None:
                yield fault

    with contextlib.ExitStack() as stack:
        witness = stack.enter_context(gpg_too(Signer.of(home, signing).certificate)) if few else None
        for answer in sign_many(home, signing, items(), passphrase, agents=agents, witness=witness):
            yield from refused()
            command, _ = asked.popleft()
            yield answer if isinstance(answer, Failed) else _told(command, entry, signing, answer)
        yield from refused()


def _sign(command: GpgCommand, hands: Hands) -> Done:
    [answer] = sign_detached_many(command, [command], hands, few=True)
    if isinstance(answer, Failed):
        raise answer.error
    return answer


def _signer(command: GpgCommand) -> tuple[RingEntry, str]:
    entry = signer(command)
    signing = entry.signing()
    if signing is None:
        raise StepFailed(
            "the new key cannot sign",
            on=entry.primary.fingerprint,
            why="no signing subkey in force",
            do="make one, or a new key",
        )
    return entry, signing.fingerprint


def _wanted(command: GpgCommand, entry: RingEntry) -> ToSign | Failed:
    folder, name = Path(command.argument("folder")), command.argument("artifact")
    try:
        artifact = moving.inside(folder, name)
        out = moving.inside(folder, command.argument("signature"))
        how = command.argument("signature_name", "same")
        if how not in ("same", "new"):
            raise BadInput("no such way to name a signature", on=how, do='give "same" or "new"')
        if not command.argument("sha256"):
            raise BadInput("the digest that was judged is missing", on=name, do="make the plan again")
    except IrkitError as error:
        return Failed(folder / name, error, mendable=False)
    if how == "new":
        armored = _armored(out)
        out = out.with_name(f"{artifact.name}.{entry.primary.fingerprint[-16:]}{out.suffix}")
        return ToSign(artifact, out, command.argument("sha256"), armored=armored)
    keep = out.with_name(f"{artifact.name}.{_old_id(command)}{out.suffix}")
    return ToSign(artifact, out, command.argument("sha256"), keep)


def _told(command: GpgCommand, entry: RingEntry, signing: str, answer: Signed) -> Done:
    name, key = command.argument("artifact"), entry.primary.fingerprint
    facts = [
        ("path", name), ("artifact", str(Path(command.argument("folder")) / name)), ("sha256", answer.sha256),
        ("signature", str(answer.signature)), ("key", key), ("signing", signing),
        ("proven_by", ", ".join(dict.fromkeys(one.program for one in answer.verdicts))),
    ]  # fmt: skip
    if answer.kept is not None:
        facts.append(("old_signature", str(answer.kept)))
    what = f"{name} was signed with {key}" if answer.fresh else f"{name} was signed already"
    return Done(what, tuple(facts))


def _clear(command: GpgCommand, hands: Hands) -> Done:
    entry, signing = _signer(command)
    home, name = Path(command.home), command.argument("artifact")
    path = moving.inside(Path(command.argument("folder")), name)
    key, planned = entry.primary.fingerprint, command.argument("sha256")
    kept = path.with_name(f"{path.name}.{_old_id(command)}")
    facts = [("path", name), ("artifact", str(path)), ("signature", str(path)), ("key", key), ("signing", signing)]
    by = Signer.of(home, signing)
    # What was judged is the old file: once replaced, it is the one kept beside that has the digest.
    if moving.sha256_of(path) != planned:
        if moving.sha256_of(kept) != planned or not stands_clear(by, path, kept):
            raise StepFailed(
                "the artifact is not the one that was judged", on=path, why=f"SHA-256 planned {planned}",
                do="do not sign it; judge the release again",
            )  # fmt: skip
        what = f"{name} was signed already"
    else:
        sign_clear(home, by, path, kept, hands.passphrase(command))
        what = f"{name} was signed with {key}"
    facts += [("sha256", moving.sha256_of(path) or ""), ("old_signature", str(kept)), ("proven_by", "gpg, sequoia")]
    return Done(what, tuple(facts))


def _armored(old: Path) -> bool:
    try:
        return old.read_bytes()[:1].isascii()
    except OSError:
        return True


def _old_id(command: GpgCommand) -> str:
    old = command.argument("other_than").split()
    return (old[0] if old else "old")[-16:]


OPERATIONS: dict[str, Operation] = {"sign-detached": _sign, "sign-clear": _clear}
