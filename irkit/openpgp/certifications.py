"""What a key certified: its word for user ids of other keys, listed and taken back.

Whoever trusted the old key as an introducer trusts those keys through it. A certification by a key in other hands may be a
forgery, and its date proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from irkit.errors import BadInput, StepFailed
from irkit.model import Secret
from irkit.openpgp.bench import bench, whole_ring
from irkit.openpgp.keyblock import KEY_REVOCATION, shown
from irkit.openpgp.keys import checked_fingerprint
from irkit.openpgp.packets import SignatureInfo
from irkit.openpgp.revocations import CERTIFICATION_REVOCATION, certifications_in, when
from irkit.openpgp.revoking import must_have_primary, of_kind, take_in


@dataclass(frozen=True)
class Certification:
    """What one key said of a user id of another. `made` is UTC and was chosen by the signer; `verified` is gpg's answer.

    `revoked` says whether a revocation by the same key, no older than the certification, stands beside it.
    """

    of: str
    user_id: str
    made: datetime | None
    verified: bool | None
    revoked: bool


def certifications_by(home: Path, fingerprint: str) -> tuple[Certification, ...]:
    """Certifications that this key made on user ids of other keys in the ring, local ones included, in the ring's order."""
    fingerprint = checked_fingerprint(fingerprint)
    latest: dict[tuple[str, bytes], dict[bool, SignatureInfo]] = {}
    for key, user_id, one in certifications_in(whole_ring(home)):
        if key != fingerprint and one.made_by(fingerprint):
            both = latest.setdefault((key, user_id), {})
            gone = one.kind == CERTIFICATION_REVOCATION
            if gone not in both or when(one) >= when(both[gone]):
                both[gone] = one
    certified = {place: both for place, both in latest.items() if False in both}
    checked = _checked(home, fingerprint, {key for key, _ in certified})
    return tuple(
        Certification(
            key,
            shown(user_id),
            both[False].created,
            checked.get((key, int(when(both[False]).timestamp()))),
            True in both and when(both[True]) >= when(both[False]),
        )
        for (key, user_id), both in certified.items()
    )


def revoke_certifications(home: Path, fingerprint: str, of: str, *, passphrase: Secret | None = None) -> bool:
    """Revoke what this key certified on every user id of the key `of`; True when this did it, False when it was so already.

    It works after the key itself was revoked as well. BadInput when there is no such certification.
    """
    fingerprint, of = checked_fingerprint(fingerprint), checked_fingerprint(of)
    made = [one for one in certifications_by(home, fingerprint) if one.of == of]
    if not made:
        raise BadInput(
            "the key certified nothing of this one", on=of, why=f"by {fingerprint}", do="make the plan again"
        )
    if all(one.revoked for one in made):
        return False
    must_have_primary(home, fingerprint, "a certification")
    with bench(home, [fingerprint, of], of_kind(fingerprint, KEY_REVOCATION)) as table:
        said = table.run(["--quick-revoke-sig", "--", of, fingerprint], passphrase=passphrase)
        block = table.block(of)
    take_in(home, of, block, local=True)
    if not all(one.revoked for one in certifications_by(home, fingerprint) if one.of == of):
        raise StepFailed(
            "a certification could not be revoked", on=of, why=said.last_words(), do="check the passphrase's reference"
        )
    return True


def _checked(home: Path, fingerprint: str, keys: set[str]) -> dict[tuple[str, int], bool]:
    """What gpg says of the certifications by this key: by the key they stand on and their time. Empty when it cannot say."""
    answers: dict[tuple[str, int], bool] = {}
    if not keys:
        return answers
    with bench(home, [fingerprint, *sorted(keys)], of_kind(fingerprint, KEY_REVOCATION)) as table:
        listing = table.run(["--with-colons", "--fixed-list-mode", "--check-sigs", "--", *sorted(keys)]).stdout
    here = ""
    for fields in (line.split(b":") for line in listing.split(b"\n")):
        if fields[0] == b"pub":
            here = ""
        elif fields[0] == b"fpr" and not here:
            here = fields[9].decode()
        elif fields[0] == b"sig" and fields[1] in (b"!", b"-") and fingerprint.endswith(fields[4].decode()):
            answers[here, int(fields[5])] = fields[1] == b"!"
    return answers
