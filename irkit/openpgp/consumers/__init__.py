"""The programs that check signatures, asked what they accept after a revocation. One short file each; the table is `CONSUMERS`.

To add one: a file with `CONSUMERS`, whose `asks` runs the program in a throw-away place and judges it as its ordinary user would.
"""

from __future__ import annotations

from irkit.openpgp.consumers import apt, git, gpg, gpgv, openpgpjs, rpm, sequoia, sqv
from irkit.openpgp.consumers.interface import Answer, Consumer, KeyringState, Sample
from irkit.openpgp.consumers.matrix import matrix
from irkit.openpgp.consumers.signers import TestedKey

CONSUMERS: tuple[Consumer, ...] = (
    *gpg.CONSUMERS,
    *gpgv.CONSUMERS,
    *sqv.CONSUMERS,
    *sequoia.CONSUMERS,
    *git.CONSUMERS,
    *apt.CONSUMERS,
    *rpm.CONSUMERS,
    *openpgpjs.CONSUMERS,
)

__all__ = ["CONSUMERS", "Answer", "Consumer", "KeyringState", "Sample", "TestedKey", "matrix"]
