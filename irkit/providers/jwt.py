"""JSON Web Tokens of any issuer: read offline, ended by nobody. There is nothing to revoke in a token that is checked by its signature.

RFC 7519 (claims), RFC 7515 (header), RFC 6750 3.1 (how a resource server refuses one). Options: `probe_url`, an address of a service
that accepts the token; it is asked with GET.
"""

from __future__ import annotations

import base64
import json
import secrets
from datetime import UTC, datetime
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import State, iso
from irkit.plan import Auth, Call, HumanTask
from irkit.providers.calls import value_of, whose
from irkit.providers.interface import Provider, Reading, Reply, Setting, Shape, Target
from irkit.providers.replies import message_of

_TIMES = {"iat": "issued", "nbf": "not before", "exp": "expires"}


def parts(value: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims, unchecked: anybody can read them, and only the issuer's key says that they are genuine. None: no JWT."""
    pieces = value.split(".")
    try:
        header, claims = (json.loads(base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))) for piece in pieces[:2])
    except ValueError:
        return None
    return (header, claims) if isinstance(header, dict) and isinstance(claims, dict) else None


def _encoded(document: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(document, separators=(",", ":")).encode()).decode().rstrip("=")


def _look_alike() -> str:
    """Signed by nobody, for nobody, and expired: no server that checks anything takes it."""
    claims = {"iss": "https://never-issued.example", "jti": secrets.token_hex(16), "exp": 946684800}
    return f"{_encoded({'alg': 'RS256', 'kid': 'never-issued'})}.{_encoded(claims)}.{secrets.token_urlsafe(256)}"


def _time(seconds: object) -> str:
    try:
        return iso(datetime.fromtimestamp(float(str(seconds)), UTC))
    except (ValueError, OverflowError, OSError):
        return f"not understood: {str(seconds)[:40]}"


def _describe(value: str) -> tuple[tuple[str, str], ...]:
    found = parts(value)
    if found is None:
        return ()
    header, claims = found
    facts = [("algorithm", str(header.get("alg", "none said"))), ("key id (kid)", str(header.get("kid", "")))]
    named = {
        "iss": "issuer (as the token says)",
        "aud": "audience",
        "sub": "subject",
        "jti": "token id (jti)",
        "scope": "scope",
    }
    facts += [(words, str(claims[name])) for name, words in named.items() if name in claims]
    facts += [(words, _time(claims[name])) for name, words in _TIMES.items() if name in claims]
    facts += [] if "exp" in claims else [("expires", "never, as far as the token says")]
    return tuple((name, said[:200]) for name, said in facts if said)


def _token_id(value: str) -> str:
    found = parts(value)
    return str(found[1].get("jti", ""))[:100] if found else ""


def ask_standing(setting: Setting, target: Target) -> Call:
    """GET `probe_url` with the token. NotAvailable without: nobody else can be asked."""
    url = setting.options.get("probe_url")
    if not url:
        raise NotAvailable(
            "nobody is known who can be asked about this token",
            why="a JWT is checked by whoever receives it, and its time being over proves nothing: clocks and leeways differ",
            do="write probe_url, an address that accepts it, under [providers.jwt.options] in case.toml",
        )
    return Call("GET", url, whose(target.secret), Auth("bearer", value_of(target, "the service")))


def read_standing(reply: Reply) -> Reading:
    """401 is dead when the service says that the token is why: RFC 6750's invalid_token, or JSON. 200 must not be a web page."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    document, refused = reply.json(), reply.headers.get("www-authenticate", "")
    if reply.status == 200 and isinstance(document, dict | list) and document:
        return Reading(State.ALIVE, "the service answered 200")
    if reply.status == 403 and "insufficient_scope" in refused:
        return Reading(State.ALIVE, "the service knows the token and misses a scope in it (403 insufficient_scope)")
    if reply.status == 401 and "invalid_token" in refused:
        return Reading(State.DEAD, "the service answered 401: invalid_token")
    if reply.status == 401 and isinstance(document, dict) and message_of(document) != "no message":
        return Reading(State.DEAD, f"the service answered 401: {message_of(document)}")
    return Reading(State.UNKNOWN, f"the service answered {reply.status}, which says nothing of the token")


JWT = Provider(
    name="jwt",
    title="JSON Web Token",
    docs="docs/providers/jwt.md",
    shapes=(
        Shape(
            "jwt",
            r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
            "https://www.rfc-editor.org/rfc/rfc7519",
            lambda value: (found := parts(value)) is not None and "alg" in found[0],
            _look_alike,
        ),
    ),
    by_hand=HumanTask(
        "Make the services that accept the token refuse it",
        "the issuer's administration (iss, as irkit reads it from the token)",
        (
            "End the session or grant behind it, so that no new one is issued",
            "Put its jti on the deny list of the services that keep one",
            "Else rotate the signing key: drop its kid from the published keys (JWKS); every token it signed ends, when caches have",
            "Else wait until it expires, and the leeway that services allow after; its time being over is no proof by itself",
        ),
    ),
    tested="offline: what the token says is read; the probe of a service that the case names is unverified",
    ask_standing=ask_standing,
    read_standing=read_standing,
    survives=(
        "the token itself, wherever a service does not ask anybody: until its time is over there, and its leeway",
        "the refresh token and the session from which the next one is made",
        "other tokens, when the signing key itself leaked: then rotate it first",
    ),
    describe=_describe,
    public_id=_token_id,
    proved={"identify": "offline", "scope": "offline"},
    tells_scope=True,
)
