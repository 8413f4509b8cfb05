"""Stands in where nothing was recognised, so that the plan still has a step for a person."""

from __future__ import annotations

from irkit.plan import HumanTask
from irkit.providers.interface import Provider

UNKNOWN = Provider(
    name="unknown",
    title="an issuer irkit does not know",
    docs="docs/providers/README.md",
    shapes=(),
    by_hand=HumanTask(
        "Find out who issued the credential, and revoke it there",
        "the issuer's own console",
        (
            "Ask the owner of the place where it was found; look at the code that uses it",
            "Revoke it at the issuer, not only where it is used, and note how that was confirmed",
        ),
    ),
    tested="unverified",
    survives=("whatever was made or opened with the credential: the issuer's documentation says what",),
)
