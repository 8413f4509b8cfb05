"""What the responder decides before a re-signing plan is made. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.resign.judging import Judged


@dataclass(frozen=True)
class Release:
    """What was judged in one folder or repository. `tool` is what makes its apt index ("direct", "reprepro" or "aptly"), `config` that
    tool's own folder or file; `name` tells it from others in one plan, "" when it is the only one."""

    folder: str
    judged: tuple[Judged, ...]
    name: str = ""
    tool: str = "direct"
    config: str = ""

    def called(self, path: str) -> str:
        return f"{self.name}/{path}" if self.name else path


@dataclass(frozen=True)
class Place:
    """Where the keys are published: a folder, the project's own keyring file, a WKD site's folder, an HKP or a VKS server.

    `address` is the mail address of a WKD entry; of a keyring file "revoked" when the old key stays in it, revoked, instead of leaving it.
    """

    kind: Literal["folder", "keyring", "wkd", "hkp", "vks"]
    where: str
    address: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}" + (f"#{self.address}" if self.address else "")


def read_place(text: str) -> Place:
    """`folder:PATH`, `keyring:FILE` (`#revoked` leaves the old key in it),
    `wkd:FOLDER#ADDRESS`, `hkp://HOST`, `hkps://HOST`, `vks:https://HOST`. BadInput otherwise."""
    if text.startswith(("hkp://", "hkps://")):
        return Place("hkp", text)
    kind, _, rest = text.partition(":")
    where, _, address = rest.partition("#")
    if kind == "wkd" and where and "@" in address:
        return Place("wkd", where, address)
    if kind == "folder" and where:
        return Place("folder", where)
    if kind == "keyring" and where and address in ("", "remove", "revoked"):
        return Place("keyring", where, address)
    if kind == "vks" and where:
        return Place("vks", where)
    raise BadInput(
        "this is no place to publish a key", on=text[:80],
        do="give folder:PATH, keyring:FILE, wkd:FOLDER#ADDRESS, hkp://HOST or vks:https://HOST",
    )  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """Homes are gpg homes. `signing_home` holds the signing subkey alone, apart from its primary in `new_home`; `apart` is the folder for
    the revocation certificates made with the new key; `ci_bundle` the store that receives the signing subkey for CI, alone.

    `revoke_user_ids` are user ids of the old key that are taken back where it stays. `signature_name` "new" puts new signatures under
    a name that bears the new key's id, beside the old ones; "same" replaces these and keeps them under the old key's.
    """

    old_home: str
    new_home: str
    user_id: str
    quarantine: str
    algorithm: str = "ed25519"
    primary_expires: str = "2y"
    signing_expires: str = "90d"
    old_passphrase: SecretRef | None = None
    new_passphrase: SecretRef | None = None
    revocation_certificate: str = ""
    revoker: str = ""
    revoker_home: str = ""
    signing_home: str = ""
    apart: str = ""
    signature_name: Literal["same", "new"] = "same"
    whole_key: bool = False
    publish: tuple[Place, ...] = ()
    certified: tuple[str, ...] = field(default=())
    ci_bundle: str = ""
    revoke_user_ids: tuple[str, ...] = ()
    approvals_required: int = 1
    approvals_valid_h: float = 24.0
    author_key: str = ""
    attempt: int = 1
