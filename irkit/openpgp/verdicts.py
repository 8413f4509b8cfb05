"""What a program says of a signature, and gpg's status lines read into that. Pure.

The rule for gpg: exactly one status block for each signature, each with GOODSIG and VALIDSIG (GnuPG's doc/DETAILS), by a pinned primary
key, and nothing said of a revoked or expired key. Its return code is not asked: it is 0 for a good signature by a revoked key.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.runner import GpgResult, Status

Reason = Literal[
    "good", "bad", "revoked key", "expired key", "expired signature", "unknown key", "another key", "refused", "error",
    "good by gpg, refused by Sequoia",
]  # fmt: skip
"""Why a verdict is what it is. "refused": Sequoia holds it for invalid and does not say why; "error": it could not be checked."""

_AGAINST: dict[str, Reason] = {
    "BADSIG": "bad",
    "REVKEYSIG": "revoked key",
    "KEYREVOKED": "revoked key",
    "EXPKEYSIG": "expired key",
    "EXPSIG": "expired signature",
}
_NO_PUBLIC_KEY = "9"
_NOBODY = SignatureInfo("", None, "", 0)


@dataclass(frozen=True)
class Verdict:
    """What one program says of one signature. `signed_at` is UTC and was chosen by the signer; it is no evidence."""

    good: bool
    issuer: str
    primary: str
    reason: Reason
    signed_at: datetime | None
    program: str  # "gpg", "gpgv", "sequoia", or "openssl" (the mathematics over a known digest)
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.program}: {self.reason} {self.detail}".strip()


def against(verdicts: Iterable[Verdict], by: str, *programs: str) -> str:
    """What speaks against signatures that are to be of the (sub)key or primary key `by` alone; "" when all are good and its own.

    With `programs` each of these must have been asked.
    """
    said = tuple(verdicts)
    odd = [str(one) for one in said if not (one.good and by in (one.issuer, one.primary))]
    odd += [f"{name}: no verdict" for name in programs if name not in {one.program for one in said}]
    return "; ".join(odd) or ("" if said else "there is no signature")


def signature_blocks(status: Sequence[Status]) -> list[list[Status]]:
    """Status lines by the signature they are about."""
    blocks: list[list[Status]] = []
    for one in status:
        if one.keyword == "NEWSIG":
            blocks.append([])
        elif blocks:
            blocks[-1].append(one)
    return blocks


def read_block(
    block: Sequence[Status], pinned: Container[str], signature: SignatureInfo = _NOBODY, program: str = "gpg"
) -> Verdict:
    """The lines about one signature as a verdict; `pinned` are primary fingerprints."""
    keywords = [one.keyword for one in block]
    valid = [one.fields for one in block if one.keyword == "VALIDSIG" and len(one.fields) >= 10]
    issuer, primary = (valid[0][0], valid[0][9]) if valid else (signature.issuer, "")
    at = datetime.fromtimestamp(int(valid[0][2]), UTC) if valid and valid[0][2].isdigit() else signature.created
    bad = next((reason for keyword, reason in _AGAINST.items() if keyword in keywords), None)
    failed = next((one.fields for one in block if one.keyword == "ERRSIG"), None)
    reason: Reason = "error"
    if bad:
        reason = bad
    elif failed is not None:
        reason = "unknown key" if failed[5:6] == (_NO_PUBLIC_KEY,) else "error"
    elif keywords.count("GOODSIG") == 1 and len(valid) == 1:
        reason = "good" if primary in pinned else "another key"
    return Verdict(reason == "good", issuer, primary, reason, at, program)


def read_verdicts(
    result: GpgResult, signatures: Sequence[SignatureInfo], pinned: Container[str], program: str = "gpg"
) -> tuple[Verdict, ...]:
    """The answer of gpg or gpgv to `--verify` as one verdict for each signature."""
    blocks = signature_blocks(result.status)
    if len(blocks) != len(signatures):
        why = f"{len(signatures)} signatures, {len(blocks)} answers: {result.last_words()}"
        return tuple(Verdict(False, one.issuer, "", "error", one.created, program, why) for one in signatures)
    return tuple(read_block(block, pinned, one, program) for block, one in zip(blocks, signatures, strict=True))
