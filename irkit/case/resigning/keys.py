"""What of an OpenPGP key leaked, shown."""

from __future__ import annotations

from irkit.model import OpenPgpKey
from irkit.show import Facts, Notice, Table, View


def key_view(key: OpenPgpKey) -> View:
    """What of a key leaked, and so what must be revoked."""
    rows = [
        (
            sub.fingerprint,
            "primary" if sub.primary else "subkey",
            sub.algorithm,
            sub.created,
            _usage(sub.usage),
            sub.secret,
        )
        for sub in key.keys
    ]
    scope = {
        True: Notice("bad", "The primary's secret part leaked: the whole key must be revoked."),
        False: Notice("warn", "Only subkeys leaked: the primary's secret part is not in what leaked."),
        None: Notice("info", "Only the fingerprint is known: what of the secret key leaked cannot be told."),
    }[key.primary_leaked]
    facts = Facts((("Fingerprint", key.openpgp), ("User ids", ", ".join(key.user_ids) or None)))
    columns = ("Fingerprint", "Packet", "Algorithm", "Created (UTC)", "May", "Secret part")
    return View("The leaked OpenPGP key", (facts, scope, Table.of(columns, rows, "Key packets")))


def _usage(usage: tuple[str, ...] | None) -> str | None:
    return None if usage is None else ", ".join(usage) or "nothing"
