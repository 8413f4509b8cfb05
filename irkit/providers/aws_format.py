"""AWS access keys as text: the forms they come in, and what they say offline.

The account number stands in the key id: https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
"""

from __future__ import annotations

import base64
import re
import secrets
import string
from dataclasses import dataclass, field

from irkit.providers.shape import Format, Shape

_ID = r"(?:AKIA|ASIA)[A-Z0-9]{16}"
_LONG = r"AKIA[A-Z0-9]{16}"
_SECRET = r"[A-Za-z0-9/+]{40}"  # noqa: S105  (a pattern)
_IDS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids"


@dataclass(frozen=True)
class KeyPair:
    """An access key as its three parts; `session` is "" for a long-term key. The secrets stay out of its repr."""

    key_id: str
    secret: str = field(repr=False)
    session: str = field(default="", repr=False)


def key_pair(text: str) -> KeyPair | None:
    """The access key in `KEYID:SECRET`, `KEYID SECRET`, the console's CSV, or an ini or shell snippet; None when there is none."""
    pair = re.fullmatch(
        rf"(?s)\s*(?:[A-Za-z ]+,[A-Za-z ]+\s+)?({_ID})[\s:,]+({_SECRET})(?:[\s:,]+(\S{{16,}}))?\s*", text
    )
    if pair:
        return KeyPair(pair[1], pair[2], pair[3] or "")
    named = {
        name.lower(): value for name, value in re.findall(r"""(?i)\b(aws_\w+)["']?\s*[=:]\s*["']?([^\s"',;]+)""", text)
    }
    key_id, secret = named.get("aws_access_key_id", ""), named.get("aws_secret_access_key", "")
    if re.fullmatch(_ID, key_id) and re.fullmatch(_SECRET, secret):
        return KeyPair(key_id, secret, named.get("aws_session_token", ""))
    return None


def account_of(key_id: str) -> str:
    """The twelve digits of the account that owns the key id, "" for ids of before 2019, which do not hold it."""
    if not re.match(r"....[Q-Z2-7]", key_id):
        return ""
    try:
        number = int.from_bytes(base64.b32decode(key_id[4:20])[:6], "big")
    except ValueError:
        return ""
    return f"{(number & 0x7FFFFFFFFF80) >> 7:012d}"


def _random_id() -> str:
    base32 = string.ascii_uppercase + "234567"
    return "AKIAQ" + "".join(secrets.choice(base32) for _ in range(15))


def _random_secret() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits + "+/") for _ in range(40))


def _random_pair() -> str:
    return f"{_random_id()}:{_random_secret()}"


_SNIPPET = r"(?is)(?=.*aws_access_key_id\W{1,8}%s)(?=.*aws_secret_access_key\W{1,8}[A-Za-z0-9/+]{40}\b).*"
SHAPES = (
    Shape("access-key", rf"(?s)\s*(?:[A-Za-z ]+,[A-Za-z ]+\s+)?{_LONG}[\s:,]+{_SECRET}\s*", _IDS, None, _random_pair),
    Shape("access-key-snippet", _SNIPPET % "AKIA", _IDS, None, _random_pair),
    Shape(
        "temporary-key", rf"(?s)\s*ASIA[A-Z0-9]{{16}}[\s:,]+{_SECRET}(?:[\s:,]+\S{{16,}})?\s*", _IDS, None, _random_pair
    ),
    Shape("temporary-key-snippet", _SNIPPET % "ASIA", _IDS, None, _random_pair),
    Shape("access-key-id", _LONG, _IDS, None, _random_id),
    Shape("temporary-key-id", r"ASIA[A-Z0-9]{16}", _IDS, None, None),
)


def public_id(value: str) -> str:
    pair = key_pair(value)
    return pair.key_id if pair else value if re.fullmatch(_ID, value) else ""


def describe(value: str) -> tuple[tuple[str, str], ...]:
    key_id = public_id(value)
    account = account_of(key_id)
    kind = "temporary key of a session" if key_id.startswith("ASIA") else "long-term key of an IAM user or root"
    return (("kind", kind), *((("account (read from the key id)", account),) if account else ()))


FORMAT = Format(SHAPES, public_id, describe)
