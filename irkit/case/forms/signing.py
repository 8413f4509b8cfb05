"""What forms that sign have in common: a gpg home, who of those in it may sign, a passphrase by reference."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from irkit.case.approvals import Approver
from irkit.case.desk import Desk
from irkit.case.forms import typed
from irkit.case.forms.widgets import Choice, Field
from irkit.errors import IrkitError
from irkit.openpgp.keyring import list_ring

Able = Callable[[], Iterable[Approver]]
"""Whose signature would count now."""


def fields(case: Desk, home: str, able: Able) -> tuple[Field | Choice, ...]:
    """Held as `home`, `signer` (a primary fingerprint, "" for nobody), `passphrase` and `digest`."""
    usual = os.environ.get("GNUPGHOME") or str(Path.home() / ".gnupg")
    return (
        plain(case, "home", "gpg home", start=home or usual),
        Choice(
            "signer",
            "Who signs",
            lambda held: in_home(able(), Path(held["home"]).expanduser()),
            "nobody: no secret key of who may sign is in this gpg home",
        ),
        Field(
            "passphrase",
            "Passphrase, by reference",
            lambda text: typed.reference(text, case.redactor),
            "env:NAME, file:PATH, keyring:SERVICE/USER; empty: gpg-agent",
        ),
        plain(case, "digest", "Digest you were told", "to compare; may be empty"),
    )


def in_home(able: Iterable[Approver], home: Path) -> Sequence[tuple[str, str]]:
    """Name and fingerprint of each whose secret key is in this home; none where it cannot be read."""
    try:
        held = {
            entry.primary.fingerprint
            for entry in list_ring(home, secret=True)
            if any(key.secret for key in (entry.primary, *entry.subkeys))
        }
    except IrkitError:
        return []
    return [(f"{one.who} {one.fingerprint[-16:]}", one.fingerprint) for one in able if one.fingerprint in held]


def plain(case: Desk, name: str, label: str, hint: str = "", start: str = "") -> Field:
    """A field of text that is not secret."""
    return Field(name, label, lambda text: typed.plain(label, text, case.redactor), hint, start)
