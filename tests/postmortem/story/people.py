"""Who and what it is about: the hours, the fingerprints of the keys, the two credentials. Nothing here is real."""

from __future__ import annotations

from datetime import UTC, datetime

from irkit.model import ApiToken, Fingerprint, OpenPgpKey, OpenPgpSubkey, SecretRef

START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 5, 5, 8, 0, tzinfo=UTC)
OLD, NEW, ALICE, BOB = "AB12" * 10, "CD34" * 10, "A11C" * 10, "B0B0" * 10
HOSTILE = "<script>alert(1)</script> \x1b[31m [x](https://evil.example) @everyone \u202e | `"

TOKEN = ApiToken(
    SecretRef("env:LEAKED_TOKEN"), "github", "github_pat", Fingerprint("1f" * 32), facts=(("Checksum", "valid"),)
)
KEY = OpenPgpKey(
    SecretRef("file:leaked-key.asc"),
    OLD,
    Fingerprint("2e" * 32),
    ("Example Releases <releases@example.org>",),
    (
        OpenPgpSubkey(OLD, "ed25519", "2023-01-10T00:00:00Z", "stub", True, ("certify",)),
        OpenPgpSubkey("EF56" * 10, "ed25519", "2023-01-10T00:00:00Z", "cleartext", False, ("sign",)),
    ),
)
