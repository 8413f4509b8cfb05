"""The values of one call while it is made: resolved here, remembered so that no reply and no log line repeats them."""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from irkit.errors import BadInput, NotAvailable
from irkit.extras import how_to_get
from irkit.model import Resolver, Secret, SecretRef
from irkit.needles import MIN_BYTES, Needle, token_needles
from irkit.plan import Dated, Encoded, Fresh, Json, Leaf, Sealed, Signed
from irkit.providers.interface import Reply
from irkit.redact import Hidden, Redactor

_TALKATIVE = ("boto3", "botocore", "psycopg", "redis", "requests", "s3transfer", "urllib3")


class Hand:
    """Resolves the references of one call. Its redactor hides what the case knows and, always, what this call sends."""

    def __init__(
        self, resolve: Resolver, redactor: Redactor, secret_of: Callable[[Any], str | None] | None = None
    ) -> None:
        self._resolve = resolve
        self._known = redactor
        self._hidden: list[Hidden] = []
        self._secret_of = secret_of
        self.minted: Secret | None = None
        self._fresh = ""

    @property
    def mints(self) -> bool:
        """Whether the answer to this call holds a fresh credential, which has to be found before anything is kept."""
        return self._secret_of is not None

    def take_minted(self, document: Any) -> None:
        """Keep the fresh credential that an answer holds, and hide it from here on. What was made here stands in it as `fresh`."""
        if self._fresh and isinstance(document, dict):
            document = {**document, "fresh": self._fresh}
        value = self._secret_of(document) if self._secret_of else None
        if isinstance(value, str) and value:
            self.minted = Secret(value)
            for one in (value, *_parts(document, value)):
                self.hide(one, "the fresh credential")

    def minting(self, secret_of: Callable[[Any], str | None]) -> Hand:
        """Another hand for a call of its own that makes something, a token for this one."""
        return Hand(self._resolve, self._known, secret_of)

    def safe(self, reply: Reply) -> Reply:
        """The answer to a call that mints, as it may be kept. Where no fresh value could be made out, it may stand anywhere in it, and
        only the status is kept. A refusal (4xx) made nothing, and says why."""
        if self.minted is not None or reply.status is None or 400 <= reply.status < 500:
            return reply
        return Reply(reply.status, about=reply.about)

    def text(self, leaf: Leaf) -> str:
        if not isinstance(leaf, SecretRef):
            return leaf
        value = self._resolve(leaf).text()
        self.hide(value, str(leaf))
        return value

    def public(self, leaf: Leaf) -> str:
        """The value of a public identifier: needed to read the reply, and not hidden in it."""
        return self._resolve(leaf).text() if isinstance(leaf, SecretRef) else leaf

    def tree(self, value: Json) -> Any:
        if isinstance(value, SecretRef):
            return self.text(value)
        if isinstance(value, Sealed):
            return self._sealed(value)
        if isinstance(value, Encoded):
            encoded = base64.b64encode(self.text(value.base64_of).encode()).decode()
            self.hide(encoded, str(value.base64_of))
            return encoded
        if isinstance(value, Dated):
            moment = datetime.now(UTC) + timedelta(seconds=1 + value.plus_s)
            return value.dated.replace("{now}", f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        if isinstance(value, Fresh):
            self._fresh = secrets.token_urlsafe(value.random_bytes)
            self.hide(self._fresh, "the fresh credential")
            return self._fresh
        if isinstance(value, dict):
            return {name: self.tree(item) for name, item in value.items()}
        if isinstance(value, tuple | list):
            return [self.tree(item) for item in value]
        return value

    def _sealed(self, value: Sealed) -> str:
        try:
            from nacl.encoding import Base64Encoder
            from nacl.exceptions import CryptoError
            from nacl.public import PublicKey, SealedBox
        except ImportError:
            raise NotAvailable("PyNaCl is not installed", do=how_to_get("stores")) from None
        problem = None
        try:
            box = SealedBox(PublicKey(value.key.encode(), Base64Encoder))
        except (ValueError, TypeError, CryptoError):
            problem = BadInput("this is no public key to seal a value for", on=value.key[:60], do="make the plan again")
        if problem:
            raise problem
        return base64.b64encode(box.encrypt(self.text(value.sealed).encode())).decode()

    def form_value(self, value: Leaf | Signed) -> str:
        """A field of a form. What is signed opens something for as long as it lives, and is hidden like a secret."""
        if not isinstance(value, Signed):
            return self.text(value)
        from irkit.network.signing import assertion

        signed = assertion(self.text(value.signed_with), value)
        self.hide(signed, str(value.signed_with))
        return signed

    def hide(self, value: str, label: str) -> None:
        self._hidden += _hidden(value, label)

    @property
    def redactor(self) -> Redactor:
        return self._known.also(self._hidden)

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Redact what the libraries underneath log while a call is out: at DEBUG, botocore logs headers and bodies.

        Of a call that makes a fresh credential nothing is logged: its value is not known until the answer was read.
        """
        names = [name for name in list(logging.root.manager.loggerDict) if name.split(".")[0] in _TALKATIVE]
        hide: logging.Filter = _Silence() if self.mints else _Hide(self.redactor)
        with ExitStack() as stack:
            for name in names:
                logger = logging.getLogger(name)
                logger.addFilter(hide)
                stack.callback(logger.removeFilter, hide)
            yield


_PUBLIC = re.compile(r"(?i)(?!.*(?:secret|token|password|private)).*(?:id|name|email|url)")


def _parts(document: Any, value: str, name: str = "") -> Iterator[str]:
    """Texts of a document that a value was put together from (a key id and its secret), but for what is public by its name."""
    if isinstance(document, dict):
        for key, inner in document.items():
            yield from _parts(inner, value, str(key))
    elif isinstance(document, list):
        for inner in document:
            yield from _parts(inner, value, name)
    elif isinstance(document, str) and len(document) >= MIN_BYTES and document in value and not _PUBLIC.fullmatch(name):
        yield document


def _hidden(value: str, label: str) -> list[Hidden]:
    data = value.encode()
    if not data:
        return []
    return [Hidden(label, token_needles(data) if len(data) >= MIN_BYTES else (Needle("raw", data),))]


def hidden(value: str, label: str) -> Redactor:
    """A redactor of one value, in every form in which it may come back."""
    return Redactor(_hidden(value, label))


class _Silence(logging.Filter):
    def filter(self, _record: logging.LogRecord) -> bool:
        return False


class _Hide(logging.Filter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._redactor.text(record.getMessage()), None
        record.exc_info = record.exc_text = None
        return record.levelno < logging.WARNING  # what they would warn of stands in the reply
