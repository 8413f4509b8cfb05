"""Credentials of the drill, made at run time: shaped and check-summed like real ones, issued by nobody.

Shapes: GitHub's `ghp_` + 30 base62 + 6 base62 of the CRC-32 of those 30
(https://github.blog/engineering/behind-githubs-new-authentication-token-formats/); AWS's `AKIA`/`ASIA` + 16 base32,
in which the account number stands (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html).
"""

from __future__ import annotations

import base64
import secrets
import string
import zlib

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
AWS_SECRET = string.ascii_letters + string.digits + "+/"


def github_token() -> str:
    """A classic personal access token with a right checksum."""
    body = "".join(secrets.choice(BASE62) for _ in range(30))
    return f"ghp_{body}{_base62(zlib.crc32(body.encode()), 6)}"


def aws_key_id(account: str, *, prefix: str = "AKIA", tail: bytes = b"") -> str:
    """A key id in which `account` can be read. `tail` (5 bytes) makes it repeatable; without it, it is drawn at random."""
    tail = tail or secrets.token_bytes(5)
    head = (1 << 47) | (int(account) << 7) | (tail[0] & 0x7F)
    return prefix + base64.b32encode(head.to_bytes(6, "big") + tail[1:5]).decode()


def aws_pair(account: str) -> tuple[str, str]:
    """An access key id and its secret."""
    return aws_key_id(account), "".join(secrets.choice(AWS_SECRET) for _ in range(40))


def _base62(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(width, "0")
