"""The values of one call while it is made: resolved here, remembered so that no reply and no log line repeats them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import Resolver, Secret, SecretRef
from irkit.needles import MIN_BYTES, Needle, token_needles
from irkit.plan import Encoded, Json, Leaf, Sealed
from irkit.redact import Hidden, Redactor

_TALKATIVE = ("boto3", "botocore", "requests", "s3transfer", "urllib3")


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

    @property
    def mints(self) -> bool:
        """Whether the answer to this call holds a fresh credential, which has to be found before anything is kept."""
        return self._secret_of is not None

    def take_minted(self, document: Any) -> None:
        """Keep the fresh credential that an answer holds, and hide it from here on."""
        value = self._secret_of(document) if self._secret_of else None
        if value:
            self.minted = Secret(value)
            self.hide(value, "the fresh credential")

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
            return base64.b64encode(self.text(value.base64_of).encode()).decode()
        if isinstance(value, dict):
            return {name: self.tree(item) for name, item in value.items()}
        if isinstance(value, tuple | list):
            return [self.tree(item) for item in value]
        return value

    def _sealed(self, value: Sealed) -> str:
        try:
            from nacl.encoding import Base64Encoder
            from nacl.public import PublicKey, SealedBox
        except ImportError:
            raise NotAvailable("PyNaCl is not installed", do="pip install 'irkit[stores]'") from None
        box = SealedBox(PublicKey(value.key.encode(), Base64Encoder))
        return base64.b64encode(box.encrypt(self.text(value.sealed).encode())).decode()

    def hide(self, value: str, label: str) -> None:
        self._hidden += _hidden(value, label)

    @property
    def redactor(self) -> Redactor:
        return self._known.also(self._hidden)

    @contextmanager
    def hushed(self) -> Iterator[None]:
        """Redact what the libraries underneath log while a call is out: at DEBUG, botocore logs headers and bodies."""
        names = [name for name in list(logging.root.manager.loggerDict) if name.split(".")[0] in _TALKATIVE]
        hide = _Hide(self.redactor)
        with ExitStack() as stack:
            for name in names:
                logger = logging.getLogger(name)
                logger.addFilter(hide)
                stack.callback(logger.removeFilter, hide)
            yield


def _hidden(value: str, label: str) -> list[Hidden]:
    data = value.encode()
    if not data:
        return []
    return [Hidden(label, token_needles(data) if len(data) >= MIN_BYTES else (Needle("raw", data),))]


def hidden(value: str, label: str) -> Redactor:
    """A redactor of one value, in every form in which it may come back."""
    return Redactor(_hidden(value, label))


class _Hide(logging.Filter):
    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._redactor.text(record.getMessage()), None
        record.exc_info = record.exc_text = None
        return record.levelno < logging.WARNING  # what they would warn of stands in the reply
