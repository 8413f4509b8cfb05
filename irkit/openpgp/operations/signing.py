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
from irkit.openpgp.armor import is_armored
from irkit.openpgp.bulk import Failed, Signed, ToSign, gpg_too, sign_all, standing
from irkit.openpgp.clear import sign_again, stands_clear
from irkit.openpgp.operations.interface import Done, Hands, Operation
from irkit.openpgp.operations.signing_key import signer_of
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
    signer = signer_of(first, hands)
    asked: deque[tuple[GpgCommand, Failed | None]] = deque()

    def items() -> Iterator[ToSign]:
        for command in commands:
            wanted = _wanted(command, signer)
            asked.append((command, wanted if isinstance(wanted, Failed) else None))
            if isinstance(wanted, ToSign):
                yield wanted

    def refused() -> Iterator[Failed]:
        while asked and asked[0][1] is not None:
            fault = asked.popleft()[1]
            if fault is not None:
                yield fault

    with contextlib.ExitStack() as stack:
        witness = stack.enter_context(gpg_too(signer.certificate)) if few else None
        for answer in sign_all(signer, items(), agents=agents, witness=witness):
            yield from refused()
            command, _ = asked.popleft()
            yield answer if isinstance(answer, Failed) else _told(command, signer, answer)
        yield from refused()


def _sign(command: GpgCommand, hands: Hands) -> Done:
    [answer] = sign_detached_many(command, [command], hands, few=True)
    if isinstance(answer, Failed):
        raise answer.error
    return answer


def _wanted(command: GpgCommand, signer: Signer) -> ToSign | Failed:
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
        beside = out.with_name(moving.kept_as(artifact, signer.primary, out.suffix).name)
        return ToSign(artifact, beside, command.argument("sha256"), armored=is_armored(standing(out)))
    keep = out.with_name(moving.kept_as(artifact, signer.former_id, out.suffix).name)
    return ToSign(artifact, out, command.argument("sha256"), keep)


def _told(command: GpgCommand, signer: Signer, answer: Signed) -> Done:
    name = command.argument("artifact")
    facts = [
        ("path", name), ("artifact", str(Path(command.argument("folder")) / name)), ("sha256", answer.sha256),
        ("signature", str(answer.signature)), *signer.facts(),
        ("proven_by", ", ".join(dict.fromkeys(one.program for one in answer.verdicts))),
    ]  # fmt: skip
    if answer.kept is not None:
        facts.append(("old_signature", str(answer.kept)))
    what = f"{name} was signed with {signer.primary}" if answer.fresh else f"{name} was signed already"
    return Done(what, tuple(facts))


def _clear(command: GpgCommand, hands: Hands) -> Done:
    by, name, planned = signer_of(command, hands), command.argument("artifact"), command.argument("sha256")
    path = moving.inside(Path(command.argument("folder")), name)
    kept = moving.kept_as(path, by.former_id)
    facts = [("path", name), ("artifact", str(path)), ("signature", str(path)), *by.facts()]
    # What was judged is the old file: once replaced, it is the one kept beside that has the digest.
    if moving.sha256_of(path) != planned:
        if moving.sha256_of(kept) != planned or not stands_clear(by, path, kept):
            raise StepFailed(
                "the artifact is not the one that was judged", on=path, why=f"SHA-256 planned {planned}",
                do="do not sign it; judge the release again",
            )  # fmt: skip
        what = f"{name} was signed already"
    else:
        sign_again(by, path, kept)
        what = f"{name} was signed with {by.primary}"
    facts += [("sha256", moving.sha256_of(path) or ""), ("old_signature", str(kept)), ("proven_by", "gpg, sequoia")]
    return Done(what, tuple(facts))


OPERATIONS: dict[str, Operation] = {"sign-detached": _sign, "sign-clear": _clear}
