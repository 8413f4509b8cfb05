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

    Of something in a git repository, `repository` is its folder, `ref` the full name of its tag (or the commit's id) and `path` the
    same as `ref`. `content` are (name, digest) pairs of what signing again leaves as it is: `rpm-header` and `rpm-payload` (SHA-256),
    `git-tag` and `git-target` (object ids of the tag and of what it names; of a tag of a tag also `git-peeled`, what that leads to in the
    end), `apt-release` (SHA-256 of the signed text).
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
    repository: str | None = None
    ref: str | None = None
    content: tuple[tuple[str, str], ...] = ()

    def document(self) -> dict[str, str | None]:
        """As `irkit keys inventory --format json` prints it."""
        return {
            "kind": self.kind,
            "path": self.path,
            "repository": self.repository,
            "ref": self.ref,
            "sha256": self.sha256,
            "signature": self.signature_path,
            "issuer": self.issuer,
            "primary": self.primary,
            "signed_at": iso(self.signed_at) if self.signed_at else None,
            "digest_algorithm": self.digest_algorithm,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class TrustedIn:
    """A place that embeds a key or names it, and so goes on trusting it until somebody changes that.

    `how` is "armored key", "binary keyring", "fingerprint", "long key id", "short key id" or "address of the key"; `key` is what stands
    there; `line` is 1-based, None for binary. `repository` is None for a file outside git; `live` is true when a branch tip or the disk
    holds it now; `releases` are the tags that hold it.
    """

    path: str
    how: str
    key: str
    line: int | None = None
    repository: str | None = None
    live: bool | None = None
    releases: tuple[str, ...] = ()

    def document(self) -> dict[str, object]:
        """As `irkit keys inventory --format json` prints it."""
        return {
            "path": self.path,
            "how": self.how,
            "key": self.key,
            "line": self.line,
            "repository": self.repository,
            "live": self.live,
            "releases": list(self.releases),
        }
