"""How GitHub's tokens look, and what stands in them.

https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/ and, for the long
installation tokens, the changelog of 2026-05-15.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib

from irkit.providers.interface import Shape

_FORMATS = "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(entropy: str) -> str:
    """CRC-32 of the random part, in base 62 and six digits: the tail of the short tokens."""
    rest, digits = zlib.crc32(entropy.encode()), ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(6, "0")


def _checks(value: str) -> bool:
    entropy = value.split("_", 1)[1]
    return checksum(entropy[:-6]) == entropy[-6:]


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _short(name: str) -> Shape:
    def look_alike() -> str:
        entropy = _random(30)
        return f"{name}_{entropy}{checksum(entropy)}"

    return Shape(name, rf"{name}_[A-Za-z0-9]{{36}}", _FORMATS, _checks, look_alike)


def _installation_look_alike() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    return f"ghs_{secrets.randbelow(9_000_000) + 1_000_000}_{header}.{_random(280)}.{_random(172)}"


SHAPES = (
    *(_short(name) for name in ("ghp", "gho", "ghu", "ghr", "ghs")),
    Shape(
        "github_pat",
        r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        _FORMATS,
        look_alike=lambda: f"github_pat_{_random(22)}_{_random(59)}",
    ),
    Shape(
        "ghs_long",
        r"ghs_[0-9]+_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+",
        "https://github.blog/changelog/ (2026-05-15, installation tokens)",
        look_alike=_installation_look_alike,
    ),
)


# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
_LIVES = {
    "ghs": "one hour",
    "ghu": "eight hours, unless its App lets user tokens live on",
    "ghr": "six months, or until it is used",
}


def describe(value: str) -> tuple[tuple[str, str], ...]:
    kinds = {
        "ghp": "personal access token (classic)",
        "gho": "OAuth access token",
        "ghu": "GitHub App user token",
        "ghr": "GitHub App refresh token",
        "ghs": "GitHub App installation token",
    }
    prefix = value.split("_", 1)[0]
    facts = [("kind", kinds.get(prefix, "fine-grained personal access token"))]
    app, _, rest = value.removeprefix("ghs_").partition("_")
    if prefix in _LIVES:
        facts.append(("lives at most (as documented)", _LIVES[prefix]))
    if prefix == "ghs" and rest and app.isdigit():
        facts.append(("app id (as the token says)", app))
    return tuple(facts)


def log_keys(value: str) -> tuple[str, ...]:
    """`hashed_token` of GitHub's audit log: base64 of the SHA-256 of the token."""
    return (base64.b64encode(hashlib.sha256(value.encode()).digest()).decode(),)
