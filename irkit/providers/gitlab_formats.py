"""How GitLab's tokens look, and what stands in the routable ones.

Prefixes: https://docs.gitlab.com/security/tokens/#token-prefixes. Routable tokens (random bytes, routing fields and a CRC):
https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/
"""

from __future__ import annotations

import base64
import re
import secrets
import string
import zlib
from dataclasses import dataclass

from irkit.providers.interface import Shape

_PREFIXES = "https://docs.gitlab.com/security/tokens/#token-prefixes"
_ROUTING = "https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/"
_BASE36 = string.digits + string.ascii_lowercase
_URL_SAFE = string.ascii_letters + string.digits + "_-"

_ROUTABLE = r"[A-Za-z0-9_-]{27,300}\.(?:[0-9a-z]{2}\.)?[0-9a-z]{9}"
_FIELDS = {"c": "cell", "g": "group", "o": "organization", "p": "project", "u": "user"}
KINDS = {
    "glpat": "personal, project, group or impersonation access token",
    "gldt": "deploy token",
    "glrt": "runner authentication token",
    "glcbt": "CI/CD job token",
    "glptt": "pipeline trigger token",
    "glft": "feed token",
    "glimt": "incoming mail token",
    "glagent": "agent for Kubernetes token",
    "gloas": "OAuth application secret",
    "glsoat": "SCIM token",
    "glffct": "feature flags client token",
    "glwt": "workspace token",
    "GR1348941": "runner registration token (legacy)",
}


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
    return digits


def crc_of(text: str) -> str:
    """CRC-32 of all that stands before it, prefix and dots included, in base 36 and seven digits."""
    return _base36(zlib.crc32(text.encode())).rjust(7, "0")


def _crc_fits(value: str) -> bool:
    return value[-7:] == crc_of(value[:-7])


def _random(length: int, alphabet: str = _URL_SAFE) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _routable(prefix: str) -> str:
    """A never-issued routable token: of a user and an organization that GitLab has not reached."""
    routing = f"o:1\nu:{_base36(36**7 + secrets.randbelow(36**7))}".encode()
    payload = base64.urlsafe_b64encode(secrets.token_bytes(16) + routing + bytes([len(routing)])).decode().rstrip("=")
    head = f"{prefix}-{payload}.01.{_base36(len(payload)).rjust(2, '0')}"
    return head + crc_of(head)


@dataclass(frozen=True)
class _Body:
    """What follows a prefix: its pattern, and how to make one."""

    pattern: str
    length: int
    alphabet: str = _URL_SAFE


_BODIES = {
    "glpat-": _Body(r"[A-Za-z0-9_-]{20}", 20),
    "gldt-": _Body(r"[A-Za-z0-9_-]{20}", 20),
    "glrt-": _Body(r"(?:t[0-9]_)?[A-Za-z0-9_-]{20}", 20),
    "glrtr-": _Body(r"(?:t[0-9]_)?[A-Za-z0-9_-]{20}", 20),
    "glcbt-": _Body(r"(?:[0-9a-f]{1,5}_[A-Za-z0-9_-]{20}|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", 0),
    "glptt-": _Body(r"[0-9a-f]{40}", 40, "0123456789abcdef"),
    "glft-": _Body(r"[A-Za-z0-9_-]{20}", 20),
    "glimt-": _Body(r"[A-Za-z0-9_-]{25}", 25),
    "glagent-": _Body(r"[A-Za-z0-9_-]{50}", 50),
    "gloas-": _Body(r"[A-Za-z0-9_-]{64}", 64),
    "glsoat-": _Body(r"[A-Za-z0-9_-]{20}", 20),
    "glffct-": _Body(r"[A-Za-z0-9_-]{20}", 20),
    "glwt-": _Body(r"[A-Za-z0-9_-]{20,}", 20),
    "GR1348941": _Body(r"[A-Za-z0-9_-]{20}", 20),
}


def _classic(prefix: str, body: _Body) -> Shape:
    def look_alike() -> str:
        # A job token names its partition before the underscore.
        return f"{prefix}64_{_random(20)}" if prefix == "glcbt-" else prefix + _random(body.length, body.alphabet)

    return Shape(prefix.rstrip("-"), re.escape(prefix) + body.pattern, _PREFIXES, None, look_alike)


def _routed(prefix: str) -> Shape:
    return Shape(f"{prefix}_routable", rf"{prefix}-{_ROUTABLE}", _ROUTING, _crc_fits, lambda: _routable(prefix))


_NAME = r"(?!\.\.?/)(?:[A-Za-z0-9._-]|%2[Ff]){1,255}"  # a number, or a path with its slashes encoded
_CONTAINER = rf"(?:projects|groups)/{_NAME}"
_NUMBER = r"[1-9][0-9]{0,18}"
PATHS = (
    rf"personal_access_tokens/{_NUMBER}",
    rf"{_CONTAINER}/access_tokens/{_NUMBER}",
    rf"{_CONTAINER}/deploy_tokens/{_NUMBER}",
    rf"projects/{_NAME}/triggers/{_NUMBER}",
    rf"projects/{_NAME}/jobs/{_NUMBER}",
    rf"projects/{_NAME}/cluster_agents/{_NUMBER}/tokens/{_NUMBER}",
    rf"runners/{_NUMBER}",
)
"""Where GitLab's API keeps a token: its public id, when its value is not known."""

NEVER_ISSUED = "9" * 15
"""The number of a token that no GitLab has reached."""

SHAPES = (
    *(_classic(prefix, body) for prefix, body in _BODIES.items()),
    *(_routed(prefix) for prefix in ("glpat", "glrt", "glrtr", "gldt", "glptt", "glft")),
    Shape(
        "token-path",
        "(?:" + "|".join(PATHS) + ")",
        "https://docs.gitlab.com/api/rest/",
        None,
        lambda: f"personal_access_tokens/{10**15 + secrets.randbelow(10**15)}",
    ),
    # A self-managed server may have a prefix of its own, which only its people know.
    Shape("custom", r"[A-Za-z0-9._-]{20,400}", _PREFIXES, None, lambda: _random(40), opaque=True),
)


def kind_of(shape: str) -> str:
    """The prefix that says what a token is for: a routable one does what the short one does."""
    kind = shape.removesuffix("_routable")
    return {"glrtr": "glrt", "custom": "glpat"}.get(kind, kind)


def routing(value: str) -> dict[str, str]:
    """The routing fields of a routable token, numbers as decimals; {} when there are none to read."""
    payload = re.sub(r"^[A-Za-z]+-", "", value).split(".")[0]
    try:
        data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        text = data[-1 - data[-1] : -1].decode("ascii")
        pairs = [line.split(":", 1) for line in text.split("\n") if ":" in line]
    except (ValueError, IndexError):
        return {}
    return {_FIELDS[name]: str(int(number, 36)) for name, number in pairs if name in _FIELDS and number.isalnum()}


def describe(value: str) -> tuple[tuple[str, str], ...]:
    """What kind it is, whether it tells where it belongs, and for how long such a token lives."""
    if re.fullmatch("|".join(PATHS), value):
        parts = value.split("/")
        where = ((parts[0].removesuffix("s"), parts[1]),) if len(parts) > 2 else ()
        return (
            ("kind", parts[-2].removesuffix("s").replace("_", " ") + ", by its id"),
            *where,
            ("id at GitLab", parts[-1]),
        )
    prefix = next((one for one in ("glrtr", *KINDS) if value.startswith(one)), "")
    facts = [("kind", KINDS.get(kind_of(prefix), "access token with a prefix of its server's own"))]
    if "." in value and not value.startswith("glcbt-"):
        facts += [(f"{name} (as the token says)", number) for name, number in routing(value).items()]
    if prefix == "glcbt":
        facts.append(("lives", "until its job ends"))
    return tuple(facts)
