"""Sending a `Call` with requests: no redirects, no .netrc, no repetition of a mutation, a bounded and redacted reply."""

from __future__ import annotations

import base64
import json
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import Retry
from urllib3 import exceptions as under

from irkit import __version__
from irkit.errors import BadInput
from irkit.network.address import permitted
from irkit.network.hand import Hand
from irkit.plan import Auth, Call, Identity
from irkit.providers.interface import Reply
from irkit.redact import Redactor

LARGEST = 1024 * 1024
"""Bytes of a body that are kept; what comes after is not read."""


def send(call: Call, hand: Hand, timeout_s: float) -> Reply:
    url = _with_secret(call, hand)
    local = permitted(call.url.replace(_PLACEHOLDER, "SECRET"))
    headers = {"User-Agent": f"irkit/{__version__}", **dict(call.headers)}
    if call.auth:
        signed_in = _sign_in(call.auth, call.identity, hand, timeout_s)
        if isinstance(signed_in, Reply):
            return signed_in
        headers[call.auth.header] = _authorization(call.auth, hand, signed_in)
    body = hand.tree(call.body)
    form = [(name, hand.form_value(value)) for name, value in call.form]
    about = hand.public(call.about)
    with requests.Session() as session, hand.hushed():
        session.mount("http://", _Adapter(call.mutates))
        session.mount("https://", _Adapter(call.mutates))
        session.trust_env = not local  # a proxy of the environment never sees what is meant for this machine
        try:
            response = session.request(
                call.method,
                url,
                headers={name: value.encode() for name, value in headers.items()},
                params=list(call.query),
                data=form or None,
                json=body,
                auth=_AsGiven(),
                allow_redirects=False,
                stream=True,
                timeout=(timeout_s, timeout_s),
            )
        except requests.RequestException as error:
            failure, sent = _failure(error)
            return Reply(None, sent=sent, failure=failure, about=about)
        with response:
            return replace(_reply(response, hand, time.monotonic() + timeout_s), about=about)


_PLACEHOLDER = "{secret}"


def _with_secret(call: Call, hand: Hand) -> str:
    """The address, with the secret in it where the API wants it there. It is hidden like any other.

    A secret that is an address itself (a webhook) gives only what follows the path segment before `{secret}`: where the request
    goes is always said by `url`. Its last segment is a secret alone, and replies repeat it.
    """
    if call.in_url is None:
        return call.url
    value, safe = hand.text(call.in_url), ":"
    if value.startswith("https://"):
        segment = call.url.split(_PLACEHOLDER)[0].rstrip("/").rsplit("/", 1)[-1]
        _, found, value = value.rstrip("/").partition(f"/{segment}/")
        if not found or ".." in value.split("/"):
            raise BadInput("this is not an address of that kind", on=call.in_url, do=f"give one with /{segment}/ in it")
        hand.hide(value.rsplit("/", 1)[-1], str(call.in_url))
        safe = ":/"
    value = quote(value, safe=safe)
    hand.hide(value, str(call.in_url))
    return call.url.replace(_PLACEHOLDER, value)


def _sign_in(auth: Auth, identity: Identity, hand: Hand, timeout_s: float) -> str | Reply:
    """What the secret is exchanged for; "" where it is sent itself. Where that fails the call is not sent, and the reply says why.

    The refusal of a credential that is asked about is its answer. Another's must not be taken for it, and is no answer.
    """
    if auth.sign_in is None:
        return ""
    inner = hand.minting(lambda document: document.get(auth.sign_in.token) if auth.sign_in else None)
    reply = send(Call("POST", auth.sign_in.url, identity, body=auth.sign_in.body), inner, timeout_s)
    if inner.minted is None:
        if identity in ("leaked", "control") and reply.status is not None and reply.status >= 400:
            return reply
        why = reply.failure or f"{reply.status} {reply.body[:120]}".strip()
        return Reply(None, sent=False, failure=f"the sign-in in front of it failed: {why}")
    token = inner.minted.text()
    hand.hide(token, str(auth.secret))
    return token


def _authorization(auth: Auth, hand: Hand, signed_in: str = "") -> str:
    value = signed_in or hand.text(auth.secret)
    if re.search(r"[\x00-\x1f\x7f]", value):
        raise BadInput(
            "this credential cannot be sent",
            on=auth.secret,
            why="it holds a line break or another control character",
            do="check that the reference points at the value alone",
        )
    if auth.kind == "header":
        return value
    if auth.kind == "bearer":
        return f"{auth.scheme} {value}"
    user = hand.text(auth.user)
    pair = base64.b64encode(f"{user}:{value}".encode() if auth.user else value.encode()).decode()
    hand.hide(pair, str(auth.secret))
    return f"Basic {pair}"


class _AsGiven(AuthBase):
    """Leaves the request as it is. Without it, requests would add a login from .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Adapter(HTTPAdapter):
    """Reads are tried again while no connection comes about; mutations never. Connections keep quiet."""

    def __init__(self, mutates: bool) -> None:
        tries = 0 if mutates else 2
        retry = Retry(
            tries, connect=tries, read=False, redirect=False, status=0, other=0, backoff_factor=0.2,
            respect_retry_after_header=False,  # else a 429 that names a time would come back as no answer at all
        )  # fmt: skip
        super().__init__(max_retries=retry)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        # http.client prints headers to standard output when its class-wide debuglevel is set.
        pool.ConnectionCls = type(pool.ConnectionCls.__name__, (pool.ConnectionCls,), {"debuglevel": 0})
        return pool


def _failure(error: BaseException) -> tuple[str, bool]:
    """In words, and whether the request may have arrived: yes unless it is certain that nothing left."""
    chain = list(_chain(error))
    unsent: tuple[tuple[type[BaseException], str], ...] = (
        (under.NameResolutionError, "no such host"),
        (under.ProxyError, "proxy"),
        (under.NewConnectionError, "refused"),
        (under.ConnectTimeoutError, "timeout while connecting"),  # after its subclass
        (ssl.SSLCertVerificationError, "tls: the certificate is not trusted"),
    )
    if isinstance(error, ValueError):  # requests' own errors about what it was given: an address, a header
        return "the request could not be made", False
    for kind, words in unsent:
        if any(isinstance(one, kind) for one in chain):
            return words, False
    if any(isinstance(one, under.ReadTimeoutError) for one in chain):
        return "timeout", True
    return ("tls" if any(isinstance(one, ssl.SSLError) for one in chain) else "connection lost"), True


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all it wraps: requests keeps urllib3's as an argument, urllib3 keeps the socket's as `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]


def _reply(response: requests.Response, hand: Hand, deadline: float) -> Reply:
    if hand.mints:
        return _fresh(response, hand, deadline)
    redactor = hand.redactor
    body = _body(response, redactor, deadline)
    charset = requests.utils.get_encoding_from_headers(response.headers) or "utf-8"
    try:
        text = body.decode("utf-8" if charset.upper() == "ISO-8859-1" else charset, "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    return Reply(response.status_code, clean_headers(response.headers, redactor), _spent(redactor.text(text)))


_TOKENS = re.compile(r"""("(?:access|refresh|id)_token"\s*:\s*")[^"]*""")


def _spent(text: str) -> str:
    """Without the tokens that a token endpoint gives to whoever proves a credential: a probe asks for none to keep."""
    return _TOKENS.sub(r"\1[redacted token]", text)


def _fresh(response: requests.Response, hand: Hand, deadline: float) -> Reply:
    """The answer that holds a fresh credential: read whole, so that its value can be found, and hidden, before the rest is read."""
    text = _whole(response, deadline)
    with suppress(ValueError, LookupError, TypeError, AttributeError, RecursionError):
        hand.take_minted(json.loads(text))
    redactor = hand.redactor
    return hand.safe(
        Reply(response.status_code, clean_headers(response.headers, redactor), _spent(redactor.text(text)))
    )


def _whole(response: requests.Response, deadline: float) -> str:
    """All of a body, or nothing of one that is too large, too slow or cut off."""
    content = b""
    try:
        while chunk := response.raw.read(16_384, decode_content=True):
            content += chunk
            if len(content) > LARGEST or time.monotonic() > deadline:
                return ""
    except (requests.RequestException, under.HTTPError):
        return ""  # the status came, and that stands
    return content.decode("utf-8", "replace")


def clean_headers(headers: Mapping[str, str], redactor: Redactor) -> dict[str, str]:
    """Lower-case names; a cookie is a secret of its own and is left out."""
    return {name.lower(): redactor.text(value) for name, value in headers.items() if name.lower() != "set-cookie"}


def _body(response: requests.Response, redactor: Redactor, deadline: float) -> bytes:
    """Redacted while it is read. Where it is cut short, the redactor's held-back end, maybe half a secret, is dropped."""
    stream, parts, left = redactor.stream(), list[bytes](), LARGEST
    try:
        for chunk in response.iter_content(16_384):
            parts.append(stream.feed(chunk[:left]))
            left -= len(chunk)
            if left <= 0 or time.monotonic() > deadline:
                return b"".join(parts)
    except requests.RequestException:
        return b"".join(parts)  # the status came, and that stands
    return b"".join([*parts, stream.end()])
