"""A file encrypted with age (https://age-encryption.org/v1): `write` (value, recipients), `look` (recipients) and `compare` (value).

`compare` needs an identity that can open the file, as the call's secret; it says whether the file holds the value, never what it holds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path
from typing import Any

import pyrage

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.network.hand import Hand
from irkit.network.native.file import _STATUS, Refused, answer, content, look, replace_file
from irkit.plan import NativeCall
from irkit.providers.interface import Reply


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:  # noqa: ARG001  (a file answers at once)
    path = Path(call.address).expanduser()
    try:
        if call.operation == "compare":
            return _compare(content(path), str(hand.tree(call.params["value"])).encode(), hand, call.secret)
        told = call.params["recipients"]
        recipients = [_recipient(str(one)) for one in told] if isinstance(told, tuple | list) else []
        if call.operation == "look":
            look(path, private=False)
            return answer(200, ready=True)
        data = pyrage.encrypt(str(hand.tree(call.params["value"])).encode(), recipients)
        replace_file(path, data, private=False)
        return answer(200, written=True, version=_version(data))
    except Refused as refused:
        return answer(refused.status, message=str(refused))
    except OSError as error:
        return answer(_STATUS.get(type(error), 403), message=error.strerror or type(error).__name__)


def _compare(data: bytes, value: bytes, hand: Hand, secret: SecretRef | None) -> Reply:
    identities = _identities(hand.text(secret)) if secret is not None else []
    try:
        found = pyrage.decrypt(data, identities)
    except pyrage.DecryptError:
        return answer(401, message="this identity does not open it")
    return answer(200, equal=hmac.compare_digest(found, value), version=_version(data))


def _version(data: bytes) -> str:
    """Of what is encrypted: it says nothing of the value."""
    return f"sha256:{hashlib.sha256(data).hexdigest()[:16]}"


def _recipient(text: str) -> Any:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except pyrage.RecipientError:
        problem = BadInput("this is no age recipient", on=text[:80], do="write age1... or an SSH public key")
    raise problem


def _identities(text: str) -> list[Any]:
    found = re.findall(r"AGE-SECRET-KEY-1[A-Z0-9]+", text)
    try:
        if found:
            return [pyrage.x25519.Identity.from_str(one) for one in found]
        return [pyrage.ssh.Identity.from_buffer(text.encode())]
    except pyrage.IdentityError:
        problem = BadInput(
            "this is no age identity", do="let the responder be AGE-SECRET-KEY-1... or an SSH private key"
        )
    raise problem
