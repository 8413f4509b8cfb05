"""A clear-signed file signed anew: the same text, another signature. Checked by gpg and by Sequoia before it takes its place."""

from __future__ import annotations

import hashlib
from pathlib import Path
from time import time

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.model import Secret
from irkit.openpgp import moving
from irkit.openpgp.agent import Agent, AgentGone, keygrip
from irkit.openpgp.armor import armored
from irkit.openpgp.cleartext import clearsigned, hashed, text_of
from irkit.openpgp.detached import TEXT, Draft
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.runner import Gpg, throwaway_home
from irkit.openpgp.signatures import Sequoia
from irkit.openpgp.signer import Signer, must_be_good
from irkit.openpgp.verdicts import Verdict, read_verdicts

HASH = "sha512"


def sign_clear(home: Path, by: Signer, path: Path, kept: Path, passphrase: Secret | None = None) -> None:
    """Replace a clear-signed file by its text signed anew; the old file is kept at `kept`. StepFailed, and nothing has changed."""
    data = _read(path)
    agent = Agent(home, keygrip(home, by.fingerprint), passphrase)
    try:
        fresh = clearsigned(text_of(data), lambda text: armored(_packet(agent, by, text)), HASH.upper())
    except AgentGone as gone:
        raise StepFailed("gpg-agent ended while it signed", on=path, why=str(gone), do="run it again") from None
    finally:
        agent.close()
    with moving.beside(path, fresh) as part:
        must_be_good(verify_clear(by.certificate, part), by.fingerprint, path)
        if _read(path) != data:
            raise StepFailed(
                "the artifact changed while it was signed", on=path, do="see who writes to it and try again"
            )
        part.chmod(path.stat().st_mode & 0o666)
        moving.keep_copy(path, kept)
        part.replace(path)


def verify_clear(certificate: str, path: Path) -> tuple[Verdict, ...]:
    """What gpg and Sequoia say of each signature of a clear-signed file, by this certificate alone. BadInput when it is none."""
    data, sequoia = _read(path), Sequoia([certificate])
    signatures = read_signatures(data)
    with throwaway_home() as home:
        gpg = Gpg(home)
        gpg.run(["--import"], stdin=certificate.encode())
        said = gpg.run(["--verify", "--", str(path.absolute())])
    gpgs = read_verdicts(said, signatures, sequoia.pinned)
    if len(signatures) == 1:
        return (*gpgs, sequoia.clear_verdict(signatures[0], data))
    # Of several it would take one good signature for all: each is given to it apart, with what RFC 9580 says is signed.
    return (*gpgs, *(sequoia.verdict(one, hashed(text_of(data))) for one in signatures))


def stands_clear(by: Signer, path: Path, kept: Path) -> bool:
    """Whether the file is the text of `kept`, well signed by this key."""
    try:
        return text_of(_read(path)) == text_of(_read(kept)) and all(
            one.good for one in verify_clear(by.certificate, path)
        )
    except IrkitError:
        return False


def _packet(agent: Agent, by: Signer, text: bytes) -> bytes:
    draft = Draft(by.fingerprint, by.algorithm, HASH, int(time()), TEXT)
    digest = draft.digest(hashlib.sha512(text))
    agent.ask(HASH, digest)
    return draft.packet(digest, agent.answer())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput("a file cannot be read", on=path, why=error.strerror or "", do="check the path") from None
