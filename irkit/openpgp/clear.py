"""Clear-signed files: a text put in place with its signature, or the same text signed anew. Proven before anything is replaced."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from irkit.errors import BadInput, IrkitError, StepFailed
from irkit.openpgp import moving
from irkit.openpgp.armor import blocks
from irkit.openpgp.cleartext import hashed, text_of
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import GpgResult, parse_status
from irkit.openpgp.signatures import GpgRing, Sequoia, gpg_with
from irkit.openpgp.signer import Signer, must_be_good
from irkit.openpgp.verdicts import Verdict, against, read_verdicts


def sign_clear(by: Signer, text: bytes, out: Path, *, gpgv: bool = False) -> None:
    """Clear-sign a text and put it at `out`, once it is proven there beside. StepFailed, and nothing has changed.

    The text must end with a line end: what is read back is compared with it.
    """
    made = by.clear(text)
    if text_of(made) != text:
        raise StepFailed("clear-signing would change the text", on=out, do="see that its last line has an end")
    with moving.beside(out, made) as part:
        must_be_good(verify_clear(by.certificate, part, gpgv=gpgv), by.signing, out)
        part.chmod(0o644)
        moving.place(part, out)


def sign_again(by: Signer, path: Path, kept: Path) -> None:
    """Replace a clear-signed file by its text signed anew; the old file is kept at `kept`. StepFailed, and nothing has changed."""
    data = _read(path)
    with moving.beside(path, by.clear(text_of(data))) as part:
        must_be_good(verify_clear(by.certificate, part), by.signing, path)
        if _read(path) != data:
            raise StepFailed(
                "the artifact changed while it was signed", on=path, do="see who writes to it and try again"
            )
        part.chmod(path.stat().st_mode & 0o666)
        moving.keep_copy(path, kept)
        moving.place(part, path)


def stands_clear(by: Signer, path: Path, kept: Path) -> bool:
    """Whether the file is the text of `kept`, well signed by this key alone."""
    try:
        return text_of(_read(path)) == text_of(_read(kept)) and not wrong_clear(by.certificate, path, by.primary)
    except IrkitError:
        return False


def wrong_clear(certificate: str, path: Path, primary: str, *, gpgv: bool = False) -> str:
    """Why the file is not clear-signed well, by that key alone, for every program; "" when it is."""
    try:
        return against(verify_clear(certificate, path, gpgv=gpgv), primary, "gpg", "sequoia")
    except IrkitError as error:
        return str(error)


def verify_clear(certificate: str, path: Path, *, gpgv: bool = False) -> tuple[Verdict, ...]:
    """What gpg and Sequoia say of each signature of a clear-signed file, by this certificate alone.

    With `gpgv` that is asked as well, where it is here: apt goes by it. The text must be all there is in the file. BadInput when it is
    not, or the file cannot be read.
    """
    data = _read(path)
    text, signatures, sequoia = text_of(data), read_signatures(data), Sequoia([certificate])
    with gpg_with([certificate]) as ring:
        said = read_verdicts(ring.ask(["--verify", "--", str(path.absolute())]), signatures, ring.pinned)
        if gpgv and shutil.which("gpgv"):
            said += _by_gpgv(ring, certificate, path, signatures)
    if len(signatures) == 1:
        return (*said, sequoia.clear_verdict(signatures[0], data))
    # Of several it would take one good signature for all: each is given to it apart, with what is signed.
    return (*said, *(sequoia.verdict(one, hashed(text)) for one in signatures))


def _by_gpgv(ring: GpgRing, certificate: str, path: Path, signatures: tuple[SignatureInfo, ...]) -> tuple[Verdict, ...]:
    """gpgv's exit code is 0 for a revoked key, so its status lines are read; it prints nothing else to its output."""
    keys = ring.gpg.home / "gpgv.pgp"
    keys.write_bytes(b"".join(packets for _label, packets in blocks(certificate.encode())))
    command = [
        "gpgv",
        "--homedir",
        str(keys.parent),
        "--status-fd",
        "1",
        "--keyring",
        str(keys),
        "--",
        str(path.absolute()),
    ]
    ended = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    words = ended.stderr.decode("utf-8", "backslashreplace")
    result = GpgResult(ended.returncode, parse_status(ended.stdout), b"", words)
    return read_verdicts(result, signatures, ring.pinned, "gpgv")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput("a file cannot be read", on=path, why=error.strerror or "", do="check the path") from None
