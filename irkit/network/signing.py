"""Assertions signed while they are sent: what a Google service account's key proves itself with.

A JWT by RFC 7519 and 7523, RS256 (RFC 7518, 3.3). https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING

from irkit.errors import BadInput
from irkit.plan import Signed
from irkit.providers.gcp_format import ServiceAccountKey, service_account_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_LIVES_S = 300


def assertion(value: str, wanted: Signed) -> str:
    """The signed assertion. BadInput when the value is no service account key, or its private key cannot be read."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    account = service_account_key(value)
    if account is None:
        raise BadInput("this is not the key file of a service account", on=wanted.signed_with, do="give the whole JSON")
    key = _private_key(account, wanted)
    now = int(time.time())
    claims = {"iss": account.email, "aud": wanted.audience, "iat": now, "exp": now + _LIVES_S, **dict(wanted.claims)}
    head = {"alg": "RS256", "typ": "JWT", "kid": account.key_id}
    signing = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claims).encode())}"
    return f"{signing}.{_part(key.sign(signing.encode(), PKCS1v15(), SHA256()))}"


def _private_key(account: ServiceAccountKey, wanted: Signed) -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key: object = None
    try:
        key = load_pem_private_key(account.private_key.encode(), password=None)
    except (ValueError, TypeError):  # its message may quote the key
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise BadInput(
            "the private key in this key file cannot be read", on=wanted.signed_with, do="give the whole JSON"
        )
    return key


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
