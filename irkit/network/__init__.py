"""The one network door. What a call refers to is resolved while it is sent, and hidden in whatever comes back.

Nothing is followed, nothing that changes the world is repeated, and nothing is logged: a `Reply` says what came,
or that nothing came and whether the request may have arrived all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irkit.model import Resolver, Secret
from irkit.network.hand import Hand, hidden
from irkit.plan import Ask, AwsCall, NativeCall
from irkit.providers.interface import Reply
from irkit.redact import Redactor

__all__ = ["Door"]


class Door:
    """Sends calls. `timeout_s` bounds connecting and, separately, waiting for an answer (seconds)."""

    def __init__(self, resolve: Resolver, redactor: Redactor, timeout_s: float = 20) -> None:
        self._resolve = resolve
        self._redactor = redactor
        self._timeout_s = timeout_s

    def send(self, call: Ask) -> Reply:
        """The redacted reply. BadInput for an address or a value that cannot be used; then nothing was sent."""
        return self._send(call, Hand(self._resolve, self._redactor))

    def mint(self, call: Ask, secret_of: Callable[[Any], str | None]) -> tuple[Reply, Secret | None]:
        """Send what makes a fresh credential: the reply with its value hidden, and the value. It is kept nowhere."""
        hand = Hand(self._resolve, self._redactor, secret_of)
        reply = hand.safe(self._send(call, hand))
        return reply, hand.minted

    def hides(self, secret: Secret, label: str) -> Door:
        """This door, which hides one more value in whatever comes back."""
        return Door(self._resolve, self._redactor | hidden(secret.text(), label), self._timeout_s)

    def hidden(self, value: Any) -> Any:
        """A JSON tree as this door would let it through."""
        return self._redactor.tree(value)

    def _send(self, call: Ask, hand: Hand) -> Reply:
        if isinstance(call, AwsCall):
            from irkit.network import aws

            return aws.send(call, hand, self._timeout_s)
        if isinstance(call, NativeCall):
            from irkit.network import native

            return native.send(call, hand, self._timeout_s)
        from irkit.network import rest

        return rest.send(call, hand, self._timeout_s)
