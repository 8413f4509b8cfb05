"""The key file of a Google service account, read offline.

https://cloud.google.com/iam/docs/keys-create-delete#creating (what the JSON holds).
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass, field

EMAIL = r"[a-z0-9.:-]+@[a-z0-9.:-]+\.gserviceaccount\.com"
KEY_ID = r"[0-9a-f]{40}"
NAME = rf"projects/[a-z0-9.:-]{{4,63}}/serviceAccounts/{EMAIL}/keys/{KEY_ID}"


@dataclass(frozen=True)
class ServiceAccountKey:
    """What a key file says. The private key stays out of its repr."""

    project: str
    email: str
    key_id: str
    private_key: str = field(repr=False)

    @property
    def account(self) -> str:
        """The resource name of the account, as Google's IAM API has it."""
        return f"projects/{self.project}/serviceAccounts/{self.email}"

    @property
    def name(self) -> str:
        """The resource name of the key: its public identifier."""
        return f"{self.account}/keys/{self.key_id}"


def service_account_key(text: str) -> ServiceAccountKey | None:
    """The key in a key file; None when it is none, or lacks a part that is needed to name or to use it."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("type") != "service_account":
        return None
    parts = [document.get(name) for name in ("project_id", "client_email", "private_key_id", "private_key")]
    project, email, key_id, private_key = (part if isinstance(part, str) else "" for part in parts)
    named = re.fullmatch(r"[a-z0-9.:-]{4,63}", project) and re.fullmatch(EMAIL, email) and re.fullmatch(KEY_ID, key_id)
    if not named or "PRIVATE KEY-----" not in private_key:
        return None
    return ServiceAccountKey(project, email, key_id, private_key)


def never_issued() -> str:
    """A key file with a key pair of its own that no account of Google's has."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    project = f"never-issued-{secrets.token_hex(4)}"
    return json.dumps(
        {
            "type": "service_account",
            "project_id": project,
            "private_key_id": secrets.token_hex(20),
            "private_key": pem,
            "client_email": f"nobody@{project}.iam.gserviceaccount.com",
            "client_id": str(10**20 + secrets.randbelow(10**20)),
            "token_uri": "https://oauth2.googleapis.com/token",
        }
    )
