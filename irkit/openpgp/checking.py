"""Whether signatures are good, many at a time: by Sequoia, and by gpg for whatever that does not hold for good.

Sequoia refuses signatures by algorithms that are weak today, and certificates that are bound by them, as old keys are; and it accepts a
signature dated before its key was retired or ran out. gpg has a word for each of these. So what Sequoia refuses, and whatever a
revoked or expired certificate signed, is told as gpg tells it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from irkit.errors import BadInput, NotAvailable
from irkit.openpgp.signatures import Certificates, Sequoia, as_bytes
from irkit.openpgp.streamed import Asked
from irkit.openpgp.trees import key_trees
from irkit.openpgp.verdicts import Verdict
from irkit.openpgp.verifying import verify_many, verify_many_with_gpg

_NO_ANSWER = ("unknown key", "another key", "error")


def check(asked: Sequence[Asked], certificates: Certificates) -> list[Verdict]:
    """One verdict for each signature, by these certificates and no other; "error" where it could not be checked.

    `issuer` and `primary` are fingerprints where a certificate knows the key. "good by gpg, refused by Sequoia" is what weak
    algorithms get. BadInput when a certificate cannot be read.
    """
    if fault := Sequoia(certificates).fault:
        raise BadInput("a certificate cannot be read", why=fault, do="export it again: gpg --export FINGERPRINT")
    answers = [answer for [answer] in verify_many(certificates, asked)]
    dated = set(_dated(certificates))
    unclear = [
        at for at, one in enumerate(answers) if one.issuer in dated or not (one.good or one.reason == "unknown key")
    ]
    if unclear:
        try:
            by_gpg = [answer for [answer] in verify_many_with_gpg(certificates, [asked[at] for at in unclear])]
        except NotAvailable:
            return answers
        for at, verdict in zip(unclear, by_gpg, strict=True):
            answers[at] = _settled(answers[at], verdict)
    return answers


def _settled(sequoia: Verdict, gpg: Verdict) -> Verdict:
    if gpg.good and not sequoia.good:
        return replace(sequoia, reason="good by gpg, refused by Sequoia", program="gpg")
    if gpg.reason in _NO_ANSWER:
        return sequoia
    return replace(sequoia, good=gpg.good, reason=gpg.reason, program="gpg")


def _dated(certificates: Certificates) -> Iterator[str]:
    """Every key of a certificate in which something is revoked or has run out: there Sequoia's word is not enough."""
    now = datetime.now(UTC)
    for certificate in certificates:
        for tree in key_trees(as_bytes(certificate)):
            keys = (tree.primary, *tree.subkeys)
            if any(key.revoked or (key.expires is not None and key.expires < now) for key in keys):
                yield from (key.fingerprint for key in keys)
