"""The public key of a private one, as SSH sends and names it (RFC 4253, 6.6; RFC 4716; OpenSSH's PROTOCOL.key)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

_MAGIC = b"openssh-key-v1\0"


def ssh_public(block: bytes) -> bytes:
    """The public key that a PEM or OpenSSH block of a private one holds, as SSH sends it; b"" when it cannot be told.

    OpenSSH's own format has it in clear, so that a passphrase does not hide it.
    """
    lines = [line.strip() for line in block.strip().splitlines()]
    if b"OPENSSH PRIVATE KEY" in lines[0]:
        return _string(body, _after_header(body)) if (body := _body(lines)).startswith(_MAGIC) else b""
    return _pem_public(lines)


def ssh_fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -lf` and sshd's log say it: `SHA256:` and unpadded base64."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def under_passphrase(block: bytes) -> bool:
    lines = [line.strip() for line in block.strip().splitlines()]
    if b"OPENSSH PRIVATE KEY" in lines[0]:
        return _string(_body(lines), len(_MAGIC)) != b"none"
    return b"ENCRYPTED" in block[:200]


def _body(lines: list[bytes]) -> bytes:
    try:
        return base64.b64decode(b"".join(lines[1:-1]))
    except (binascii.Error, ValueError):
        return b""


def _after_header(body: bytes) -> int:
    at = len(_MAGIC)
    for _ in range(3):  # cipher, key derivation, its options
        at += 4 + int.from_bytes(body[at : at + 4], "big")
    return at + 4  # how many keys


def _string(body: bytes, at: int) -> bytes:
    size = int.from_bytes(body[at : at + 4], "big")
    return body[at + 4 : at + 4 + size] if 0 < size <= len(body) - at - 4 else b""


def _pem_public(lines: list[bytes]) -> bytes:
    from cryptography.hazmat.primitives import serialization

    try:
        public: Any = serialization.load_pem_private_key(b"\n".join(lines) + b"\n", None).public_key()
        line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        return base64.b64decode(line.split()[1])
    except Exception:  # a passphrase, damage, a kind that SSH does not know: the library has no common error
        return b""
