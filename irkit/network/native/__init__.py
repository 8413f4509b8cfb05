"""What does not speak HTTP, one protocol a file: each has `send(call, hand, timeout_s) -> Reply`, its answer as JSON.

A reply's `status` is 200 where the operation was done, 401 where the credential was refused, 403 where it was let in and
may not, 404 where the thing is not there, 409 where it is in the way, 503 where the answer says nothing of the credential,
and None where nothing came.
"""

from __future__ import annotations

from importlib import import_module

from irkit.errors import NotAvailable
from irkit.extras import how_to_get
from irkit.network.hand import Hand
from irkit.plan import NativeCall
from irkit.providers.interface import Reply

_FILES = {name: name for name in ("postgresql", "redis", "ssh", "keyring", "file", "sops", "age")}


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:
    """NotAvailable, naming the extra, where the protocol's library is not installed."""
    try:
        door = import_module(f"irkit.network.native.{_FILES[call.protocol]}")
    except ImportError:
        raise NotAvailable(
            f"irkit cannot speak to {call.protocol} here", on=call.address, why="its library is not installed",
            do=how_to_get("native"),
        ) from None  # fmt: skip
    reply: Reply = door.send(call, hand, timeout_s)
    return reply
