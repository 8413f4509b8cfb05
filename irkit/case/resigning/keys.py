"""What of an OpenPGP key leaked, shown and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from irkit.model import OpenPgpKey, OpenPgpSubkey, SecretRef, iso
from irkit.openpgp.leaked import Leaked, LeakedKey
from irkit.openpgp.revocations import Revocation
from irkit.resign.scope import scope_of
from irkit.resign.strength import Strength, grade, worst
from irkit.show import Block, Cell, Facts, Notice, Table, View

_COLUMNS = ("Fingerprint", "Packet", "Algorithm", "Created (UTC)", "May", "Secret part", "Locked by", "Grade")
_MOST_STRANGERS = 50


def key_view(key: OpenPgpKey) -> View:
    """What of a key leaked, and so what must be revoked."""
    return View("The leaked OpenPGP key", tuple(_key_blocks(key)))


@dataclass(frozen=True)
class Inspected:
    """What stands behind one reference: keys and their secret parts, for people and for programs."""

    ref: SecretRef
    leaked: Leaked

    @property
    def skipped(self) -> int:
        return len(self.leaked.unread)

    def view(self) -> View:
        found = self.leaked
        blocks: list[Block] = [Facts((("Read from", str(self.ref)), ("As", "; ".join(found.forms))))]
        if found.public_only and (found.keys or found.loose):
            blocks.append(
                Notice("info", "Public keys only: no secret part is in this, so nothing of these keys leaked by it.")
            )
        for one in found.with_secrets:
            blocks += _key_blocks(one.key)
            blocks += _beside(one)
        if found.loose:
            blocks += _loose_blocks(found)
        blocks += _public_blocks(found)
        blocks += [Notice("warn", f"not read, or damaged: {one.what}: {one.why}") for one in found.unread]
        return View("What leaked", tuple(blocks))

    def document(self) -> dict[str, Any]:
        """Stable, for programs; times are ISO 8601 with Z, null is unknown, text of strangers is escaped.

        `ref`, `forms` (what it was wrapped in), `public_only`;
        `keys`: `fingerprint`, `user_ids`, `primary_leaked` (true, false, null), `grade` and `why` of the weakest part, `places`,
        `packets`, `scope` (`whole`, `subkeys`, `why`; null where no secret part is here), `revocations`, `revocation_certificates`
        (places of ready-made ones, which leaked as well);
        `packets`: `fingerprint`, `primary`, `algorithm`, `created`, `usage` (null: unknown), `secret` ("absent", "stub", "protected",
        "cleartext"), `protection`, `grade` ("compromised-now", "compromised-on-a-clock", "not-in-it", "unknown"), `why`;
        `revocations`, all unverified: `what` ("key", "subkey", "user id", "certification"), `of`, `reason` (the number on the wire,
        null for none), `word`, `hard`, `created`, `text`, `issuer`, `by_itself`;
        `loose`, agent's key files without a public key: `keygrip`, `algorithm`, `secret`, `protection`, `grade`, `why`, `place`;
        `skipped`: `what`, `why`.
        """
        found = self.leaked
        return {
            "ref": str(self.ref),
            "forms": list(found.forms),
            "public_only": found.public_only,
            "keys": [_key_document(one) for one in found.keys],
            "loose": [
                {
                    "keygrip": one.keygrip or None,
                    "algorithm": one.algorithm,
                    "secret": one.secret,
                    "protection": one.protection,
                    **_grade_document(one.secret, one.protection),
                    "place": one.place,
                }
                for one in found.loose
            ],
            "skipped": [{"what": one.what, "why": one.why} for one in found.unread],
        }


def _key_blocks(key: OpenPgpKey) -> Iterator[Block]:
    yield Facts((("Fingerprint", key.openpgp), ("User ids", ", ".join(key.user_ids) or None)))
    yield {
        True: Notice("bad", "The primary's secret part leaked: the whole key must be revoked."),
        False: Notice("warn", "Only subkeys leaked: the primary's secret part is not in what leaked."),
        None: Notice("info", "Only the fingerprint is known: what of the secret key leaked cannot be told."),
    }[None if not any(_held(one) for one in key.keys) else key.primary_leaked]
    if any(_held(one) for one in key.keys):
        decisive = worst(key.keys)
        said = f"{decisive.strength.words.capitalize()}: {decisive.why}."
        yield Notice("bad" if decisive.strength is Strength.NOW else "warn", said)
    yield Table.of(_COLUMNS, [_packet_row(one) for one in key.keys], "Key packets")


def _held(packet: OpenPgpSubkey) -> bool:
    return packet.secret in ("cleartext", "protected")


def _packet_row(packet: OpenPgpSubkey) -> tuple[Cell, ...]:
    return (
        packet.fingerprint,
        "primary" if packet.primary else "subkey",
        packet.algorithm,
        packet.created,
        _usage(packet.usage),
        packet.secret,
        packet.protection or "nothing",
        grade(packet.secret, packet.protection).strength.words,
    )


def _beside(one: LeakedKey) -> Iterator[Block]:
    """What else of the key is there: revocations that stand on it, certificates that leaked with it."""
    if one.revocations:
        yield _revocation_table(one.revocations)
    if one.certificates:
        yield Notice(
            "warn",
            f"A ready-made revocation certificate leaked as well ({', '.join(one.certificates)}): anybody can revoke the key.",
        )


def _loose_blocks(found: Leaked) -> Iterator[Block]:
    rows = [
        (
            one.keygrip or None,
            one.algorithm,
            one.secret,
            one.protection or "nothing",
            grade(one.secret, one.protection).strength.words,
            one.place,
        )
        for one in found.loose
    ]
    yield Table.of(
        ("Keygrip", "Algorithm", "Secret part", "Locked by", "Grade", "Place"),
        rows,
        "Key files of gpg-agent to which no public key is here: which OpenPGP key they belong to is unknown",
    )
    yield Notice("info", "Find their keys with: gpg --list-keys --with-keygrip")


def _public_blocks(found: Leaked) -> Iterator[Block]:
    public = [one for one in found.keys if not one.secrets]
    if not public:
        return
    rows: list[tuple[Cell, ...]] = [
        (
            one.key.openpgp,
            ", ".join(one.key.user_ids) or None,
            ", ".join(dict.fromkeys(packet.secret for packet in one.key.keys)),
        )
        for one in public
    ]
    table = Table.of(
        ("Fingerprint", "User ids", "Secret part"), rows[:_MOST_STRANGERS], "Keys of which no secret part is here"
    )
    left = len(rows) - _MOST_STRANGERS
    yield Table(
        table.columns, table.rows, table.caption, f"{left} more: see them with --format json" if left > 0 else ""
    )
    standing = tuple(revocation for one in public for revocation in one.revocations)
    if standing:
        yield _revocation_table(standing)


def _revocation_table(revocations: Sequence[Revocation]) -> Table:
    rows = [
        (
            one.what,
            one.of,
            f"{one.word} ({one.on_the_wire})",
            "hard" if one.hard else "soft",
            iso(one.created) if one.created else None,
            one.text or "none",
            "itself" if one.by_itself else one.issuer or None,
        )
        for one in revocations
    ]
    columns = ("Revoked", "Which", "Reason (on the wire)", "Kind", "Date it gives (UTC)", "Text", "By")
    return Table.of(columns, rows, "Revocations in it, as they claim themselves: none was verified")


def _key_document(one: LeakedKey) -> dict[str, Any]:
    key, decisive, scope = one.key, worst(one.key.keys), scope_of(one.key)
    return {
        "fingerprint": key.openpgp,
        "user_ids": list(key.user_ids),
        "primary_leaked": key.primary_leaked,
        "grade": decisive.strength.value,
        "why": decisive.why,
        "places": list(one.places),
        "packets": [
            {
                "fingerprint": packet.fingerprint,
                "primary": packet.primary,
                "algorithm": packet.algorithm,
                "created": packet.created,
                "usage": None if packet.usage is None else list(packet.usage),
                "secret": packet.secret,
                "protection": packet.protection,
                **_grade_document(packet.secret, packet.protection),
            }
            for packet in key.keys
        ],
        "scope": {"whole": scope.whole, "subkeys": list(scope.subkeys), "why": list(scope.why)}
        if one.secrets
        else None,
        "revocations": [_revocation_document(revocation) for revocation in one.revocations],
        "revocation_certificates": list(one.certificates),
    }


def _revocation_document(one: Revocation) -> dict[str, Any]:
    return {
        "what": one.what,
        "of": one.of,
        "reason": one.reason,
        "word": one.word,
        "hard": one.hard,
        "created": iso(one.created) if one.created else None,
        "text": one.text,
        "issuer": one.issuer or None,
        "by_itself": one.by_itself,
    }


def _grade_document(secret: str, protection: str) -> dict[str, str]:
    graded = grade(secret, protection)
    return {"grade": graded.strength.value, "why": graded.why}


def _usage(usage: tuple[str, ...] | None) -> str | None:
    return None if usage is None else ", ".join(usage) or "nothing"
