"""What a key signed: files of a release with the signatures beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from irkit.model.clock import iso


@dataclass(frozen=True)
class Artifact:
    """One signed thing, or one signature, or a file that lacks its signature.

    `path` and `signature_path` are relative to the release folder, with `/`; `sha256` is None when there is no such
    file, or it could not be read; `issuer` is the fingerprint or long key id that the signature names, None when there is
    no signature or it names nobody; `signed_at` is UTC and was chosen by whoever signed: no evidence. `verdict`
    says in words how the signature stands ("not verified", "good", "revoked key", "no signature", ...).
    """

    path: str
    sha256: str | None
    signature_path: str | None
    issuer: str | None
    signed_at: datetime | None
    verdict: str
    kind: str = "detached"
    primary: str | None = None
    digest_algorithm: str | None = None

    def document(self) -> dict[str, str | None]:
        """As `irkit keys inventory --format json` prints it."""
        return {
            "kind": self.kind,
            "path": self.path,
            "repository": None,
            "sha256": self.sha256,
            "signature": self.signature_path,
            "issuer": self.issuer,
            "primary": self.primary,
            "signed_at": iso(self.signed_at) if self.signed_at else None,
            "digest_algorithm": self.digest_algorithm,
            "verdict": self.verdict,
        }
