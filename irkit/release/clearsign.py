"""Clear-signed files (RFC 9580, section 7), made and checked by two implementations."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from irkit.errors import IrkitError, StepFailed
from irkit.model import Secret
from irkit.openpgp import moving
from irkit.openpgp.armor import blocks
from irkit.openpgp.keyblock import read_signatures
from irkit.openpgp.keys import checked_fingerprint, export_public
from irkit.openpgp.runner import Gpg, parse_status
from irkit.openpgp.signatures import check_with_gpg, check_with_sequoia
from irkit.openpgp.verdicts import Verdict
from irkit.release import programs
from irkit.release.apt.index import clear_text

_TRAILING = re.compile(rb"[ \t\r]+$", re.MULTILINE)


def sign_clear(home: Path, signing: str, text: bytes, out: Path, passphrase: Secret | None = None) -> None:
    """Clear-sign a text (lines ended by `\\n`) and put it at `out`, once it is proven there beside. StepFailed otherwise."""
    signing = checked_fingerprint(signing)
    result = Gpg(home).run(
        ["--digest-algo", "SHA512", "--local-user", f"{signing}!", "--clear-sign"], stdin=text, passphrase=passphrase
    )
    made = result.first("SIG_CREATED")
    if result.returncode != 0 or made is None or made.fields[-1:] != (signing,):
        raise StepFailed(
            "the text could not be signed", on=out, why=result.last_words(), do="check the key, its home and its passphrase"
        )  # fmt: skip
    certificate = export_public(home, signing)
    if clear_text(result.stdout) != text:
        raise StepFailed("clear-signing changed the text", on=out, do="see that its lines end with a line feed alone")
    with moving.beside(out, result.stdout) as fresh:
        against = [one for one in verify_clear(certificate, fresh) if not one.good or one.issuer != signing]
        if against:
            why = "; ".join(f"{one.program}: {one.reason} {one.detail}".strip() for one in against)
            raise StepFailed(
                "the fresh signature does not verify", on=out, why=why, do="nothing was replaced; try again"
            )
        fresh.chmod(0o644)
        fresh.replace(out)


def verify_clear(certificate: str, path: Path) -> tuple[Verdict, ...]:
    """What gpg and Sequoia say of each signature, by the keys of `certificate` and no other; and gpgv, which apt asks, where it is here.

    The text must be all there is in the file. BadInput when it is not, or the file cannot be read.
    """
    data = path.read_bytes()
    signatures = read_signatures(data)
    with tempfile.TemporaryDirectory(prefix="irkit-clear-") as room:
        # Blanks at the end of a line and the last line end are not signed (7.2).
        signed = Path(room, "text")
        signed.write_bytes(_TRAILING.sub(b"", clear_text(data)).removesuffix(b"\n"))
        found = [
            *check_with_gpg([certificate], signed, signatures),
            *check_with_sequoia([certificate], signed, signatures),
        ]
        if shutil.which("gpgv"):
            found += _gpgv(certificate, path, Path(room), found)
    return tuple(found)


def signed_by(certificate: str, path: Path, primary: str) -> bool:
    """Whether every signature is good, by every program, and of that key."""
    try:
        found = verify_clear(certificate, path)
    except (OSError, IrkitError):
        return False
    return {"gpg", "sequoia"} <= {one.program for one in found} and all(
        one.good and one.primary == primary for one in found
    )


def _gpgv(certificate: str, path: Path, room: Path, known: list[Verdict]) -> list[Verdict]:
    """One verdict for the file as it stands: gpgv's exit code is 0 for a revoked key, so its status lines are read."""
    ring = room / "ring.pgp"
    ring.write_bytes(b"".join(packets for _label, packets in blocks(certificate.encode())))
    asked = programs.ask(
        ["gpgv", "--status-fd", "1", "--keyring", str(ring), "--", str(path.absolute())],
        what="gpgv did not answer",
        on=path,
    )
    status = parse_status(asked.stdout.encode("utf-8", "replace"))
    keywords = [one.keyword for one in status]
    good = (
        asked.returncode == 0
        and "GOODSIG" in keywords
        and not {"BADSIG", "REVKEYSIG", "EXPKEYSIG", "ERRSIG"} & {*keywords}
    )
    valid = next((one.fields for one in status if one.keyword == "VALIDSIG"), ())
    first = known[0]
    issuer, primary = (valid[0], valid[9]) if len(valid) > 9 else (first.issuer, "")
    return [
        Verdict(
            good,
            issuer,
            primary,
            "good" if good else "refused",
            first.signed_at,
            "gpgv",
            "" if good else programs.last_words(asked),
        )
    ]
