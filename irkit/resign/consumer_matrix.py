"""What the answers of the consumers mean: who still takes a forgery by the leaked key, and what must be removed where. Pure.

A revocation is obeyed by some programs only. For the others the one remedy is that the key leaves what they trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from irkit.model import Skipped
from irkit.model.matrix import MatrixRow, RingName, SampleName
from irkit.show import Figure
from irkit.show.grid import Cell, Row, Widths, svg


@dataclass(frozen=True)
class Standing:
    """One consumer after the revocation. Each answer is None where it is not known; `why` is what it said of the forgery.

    `control`: it took the forgery before the revocation, so that its refusal now means something.
    """

    consumer: str
    version: str
    new: bool | None
    old: bool | None
    forgery: bool | None
    control: bool | None
    why: str
    stand_in: bool


@dataclass(frozen=True)
class Remedy:
    """For a consumer that still takes the forgery: why, what must be removed where, and whether that was seen to work.

    `proven` is true when it then refused the forgery and still took the new key's signature, None when it was not run here.
    """

    consumer: str
    why: str
    remove: str
    proven: bool | None
    proof: str

    def document(self) -> dict[str, Any]:
        return {
            "consumer": self.consumer,
            "why": self.why,
            "remove": self.remove,
            "proven": self.proven,
            "proof": self.proof,
        }


@dataclass(frozen=True)
class OldKey:
    """What a remedy must name: the primary's fingerprint and when it was made (UTC), for rpm's name of it."""

    fingerprint: str = ""
    created: datetime | None = None


_COLUMNS = (
    "new key's\nsignature",
    "old key's,\nfrom before",
    "forgery by\nthe old key",
    "the forgery, before\nthe revocation",
)
_CAPTION = (
    "Blue circle: as it should be. Red cross: the new key's signature is refused, or a forgery is taken after the revocation. Hollow: "
    "neither good nor bad. Diamond: not known. Only who took the forgery before proves something by refusing it now."
)

_UNREAD = (
    ("go-crypto (Go programs)", "known to ignore a revocation of the signing key"),
    ("PGPy 0.6", "known to ignore revocations"),
)
"""Libraries that were found to accept such a forgery elsewhere (gosop for go-crypto), and are not run here."""


def standings(rows: Sequence[MatrixRow]) -> tuple[Standing, ...]:
    """One for each consumer, in the order of the rows."""
    found = []
    for name in dict.fromkeys(row.consumer for row in rows):
        own = [row for row in rows if row.consumer == name]
        told = _row(own, "after", "forgery")
        found.append(
            Standing(
                name,
                own[0].version,
                _accepts(own, "after", "new"),
                _accepts(own, "after", "old"),
                told.accepts if told else None,
                _accepts(own, "before", "forgery"),
                told.why if told else "it was not asked",
                any(row.stand_in for row in own),
            )
        )
    return tuple(found)


def remedies(rows: Sequence[MatrixRow], old: OldKey = OldKey()) -> tuple[Remedy, ...]:
    """One for each consumer that took the forgery after the revocation, with the proof; then those known and not run here."""
    found = [
        Remedy(one.consumer, one.why, remedy_for(one.consumer, old), *_proof(rows, one.consumer))
        for one in standings(rows)
        if one.forgery
    ]
    asked = {row.consumer for row in rows}
    unread = [
        Remedy(name, why, remedy_for(name, old), None, "unverified: not run here")
        for name, why in _UNREAD
        if name not in asked
    ]
    return (*found, *unread)


def remedy_for(consumer: str, old: OldKey = OldKey()) -> str:
    """What must be removed, and where, so that this consumer refuses what the old key signs."""
    key = old.fingerprint or "FINGERPRINT"
    if consumer == "rpm":
        return f"on every machine that imported the key: rpm -e {_rpm_name(old)}"
    if consumer.startswith("apt"):
        return (
            "the lists fetched before: rm -r /var/lib/apt/lists/*, and the key from /etc/apt/trusted.gpg.d, /etc/apt/keyrings and "
            "/usr/share/keyrings; where that cannot be, apt-get --error-on=any update makes the failure an error"
        )
    if consumer == "gpgv":
        return (
            "the key from the file that --keyring names (/usr/share/keyrings/*.gpg, /etc/apt/trusted.gpg.d/*.gpg, a project's own): "
            f"gpg --no-default-keyring --keyring FILE --delete-keys {key}"
        )
    if consumer.startswith("gpg"):
        return (
            f"the key from the ring of whoever verifies: gpg --delete-keys {key}; "
            "or let the status lines decide (REVKEYSIG), never the exit code"
        )
    return f"the key {key} from every file or constant that the program trusts; ship a release of it without"


def _proof(rows: Sequence[MatrixRow], consumer: str) -> tuple[bool | None, str]:
    own = [row for row in rows if row.consumer == consumer]
    forged, new = _row(own, "removed", "forgery"), _row(own, "removed", "new")
    if forged is None or forged.accepts is None:
        return None, f"not proven: {forged.why if forged else 'it was not asked'}"
    if forged.accepts:
        return False, f"it still takes the forgery: {forged.why}"
    if new is None or new.accepts is None:
        return None, "it refuses the forgery; whether it takes the new key's signature is not known"
    if not new.accepts:
        return False, f"it refuses the new key's signature as well: {new.why}"
    return True, "then it refuses the forgery and takes the new key's signature"


def _rpm_name(old: OldKey) -> str:
    """gpg-pubkey-ID-TIME: the last 8 digits of the primary's key id, and when it was made in hex (rpmkeys(8))."""
    key = old.fingerprint[-8:].lower() or "ID"
    return f"gpg-pubkey-{key}-{int(old.created.timestamp()):08x}" if old.created else f"gpg-pubkey-{key}-TIME"


def _row(rows: Sequence[MatrixRow], state: RingName, sample: SampleName) -> MatrixRow | None:
    return next((row for row in rows if row.state == state and row.sample == sample), None)


def _accepts(rows: Sequence[MatrixRow], state: RingName, sample: SampleName) -> bool | None:
    found = _row(rows, state, sample)
    return found.accepts if found else None


def figure(rows: Sequence[MatrixRow], skipped: Sequence[Skipped] = ()) -> Figure | None:
    """Each consumer against each signature as a picture, with its sentence and table; None when nobody was asked."""
    after = standings(rows)
    if not after and not skipped:
        return None
    drawn = [_drawn(one) for one in after]
    drawn += [Row(one.what, (Cell("diamond", "unknown"),) * 4, f"not here: {one.why}") for one in skipped]
    return Figure(
        svg(_COLUMNS, drawn, Widths(0.2, 0.13), "what it said of the forgery"), _sentence(after, skipped), _CAPTION
    )


def _drawn(one: Standing) -> Row:
    cells = (
        _cell(one.new, good=True),
        _cell(one.old, good=None),
        _cell(one.forgery, good=False),
        _cell(one.control, good=None),
    )
    return Row(one.consumer, cells, f"{one.why} (on a stand-in)" if one.stand_in else one.why)


def _cell(accepts: bool | None, *, good: bool | None) -> Cell:
    """`good`: the answer that is as it should be; None where either may be."""
    if accepts is None:
        return Cell("diamond", "unknown")
    word = "accepts" if accepts else "rejects"
    return Cell("hollow", word) if good is None else Cell("filled" if accepts is good else "cross", word)


def _sentence(after: Sequence[Standing], skipped: Sequence[Skipped]) -> str:
    parts = []
    for told, names in (
        ("still take a forgery by the revoked key", [one.consumer for one in after if one.forgery]),
        ("refuse it", [one.consumer for one in after if one.forgery is False]),
        ("refuse the new key's signature", [one.consumer for one in after if one.new is False]),
        ("are not known", [*(one.consumer for one in after if one.forgery is None), *(one.what for one in skipped)]),
    ):
        if names:
            parts.append(f"{len(names)} {told} ({', '.join(names)})")
    return f"Of {len(after) + len(skipped)} consumers {'; '.join(parts)}."
