"""The one network door. What a call refers to is resolved while it is sent, and hidden in whatever comes back.

Nothing is followed, nothing that changes the world is repeated, and nothing is logged: a `Reply` says what came,
or that nothing came and whether the request may have arrived all the same.
"""

from __future__ import annotations

from irkit.http.hand import Hand
from irkit.model import Resolver
from irkit.plan import AwsCall, Call
from irkit.providers.interface import Reply
from irkit.redact import Redactor

__all__ = ["Door"]


class Door:
    """Sends calls. `timeout_s` bounds connecting and, separately, waiting for an answer (seconds)."""

    def __init__(self, resolve: Resolver, redactor: Redactor, timeout_s: float = 20) -> None:
        self._resolve = resolve
        self._redactor = redactor
        self._timeout_s = timeout_s

    def send(self, call: Call | AwsCall) -> Reply:
        """The redacted reply. BadInput for an address or a value that cannot be used; then nothing was sent."""
        hand = Hand(self._resolve, self._redactor)
        if isinstance(call, AwsCall):
            from irkit.http import aws

            return aws.send(call, hand, self._timeout_s)
        from irkit.http import rest

        return rest.send(call, hand, self._timeout_s)
