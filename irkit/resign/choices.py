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

    `address` is the mail address of a WKD entry, or one that a VKS is to have confirmed; of a keyring file "revoked" when the old key
    stays in it, revoked, instead of leaving it. `url` is where a WKD folder is served, so that it can be read back.
    """

    kind: Literal["folder", "keyring", "wkd", "wkd-direct", "hkp", "vks"]
    where: str
    address: str = ""
    url: str = ""

    def __str__(self) -> str:
        if self.kind == "hkp":
            return self.where
        return (
            f"{self.kind}:{self.where}"
            + (f"#{self.address}" if self.address else "")
            + (f"|{self.url}" if self.url else "")
        )

    @property
    def public(self) -> str:
        """Where others reach it; "" for a file or a folder of ours."""
        if self.kind in ("hkp", "vks"):
            return self.where
        return f"Web Key Directory, {self.address}" if self.kind.startswith("wkd") and self.url else ""


def read_place(text: str) -> Place:
    """One place, as it is typed; BadInput for anything else.

    folder:PATH                    both keys as files                 hkp://HOST, hkps://HOST       a key server
    keyring:FILE                   the old key leaves it              vks:https://HOST              keys.openpgp.org and its like
    keyring:FILE#revoked           the old key stays in it            vks:https://HOST#ADDRESS      have that address confirmed by mail
    wkd:FOLDER#ADDRESS             a site's folder, to be deployed    wkd:FOLDER#ADDRESS|URL        and read back from where it is served
    wkd-direct:FOLDER#ADDRESS      the same by the direct method
    """
    if text.startswith(("hkp://", "hkps://")):
        return Place("hkp", text)
    kind, _, rest = text.partition(":")
    where, _, more = rest.partition("#")
    address, _, url = more.partition("|")
    fits = {
        "folder": not more,
        "keyring": more in ("", "remove", "revoked"),
        "wkd": "@" in address,
        "wkd-direct": "@" in address,
        "vks": where.startswith(("http://", "https://")) and not url,
    }
    if where and fits.get(kind):
        return Place(kind, where, address, url)  # type: ignore[arg-type]
    raise BadInput(
        "this is no place to publish a key", on=text[:80],
        do="give folder:PATH, keyring:FILE, wkd:FOLDER#ADDRESS, hkp://HOST or vks:https://HOST",
    )  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """Homes are gpg homes. `signing_home` holds the signing subkey alone, apart from its primary in `new_home`; `apart` is the folder for
    the revocation certificates made with the new key; `ci_bundle` the store that receives the signing subkey for CI, alone.

    `revoke_user_ids` are user ids of the old key that are taken back where it stays. `signature_name` "new" puts new signatures under
    a name that bears the new key's id, beside the old ones; "same" replaces these and keeps them under the old key's. `revoke_as`
    "superseded" is for a key that is out of use and did not leak: what it signed before still counts, so nothing is set aside.
    `cannot_revoke` is why nobody of ours can revoke the old key, in words; "" where it can be. It is then replaced, and not revoked.
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
    revoke_as: Literal["compromised", "superseded"] = "compromised"
    cannot_revoke: str = ""
    approvals_required: int = 1
    approvals_valid_h: float = 24.0
    author_key: str = ""
    attempt: int = 1
