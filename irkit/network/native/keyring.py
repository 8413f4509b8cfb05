"""The desktop or system keyring: `set` (value), `look`, and `compare` (value), which says whether it holds that and never what it holds."""

from __future__ import annotations

import hmac

import keyring as library
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordSetError

from irkit.network.hand import Hand
from irkit.network.native.file import answer
from irkit.plan import NativeCall
from irkit.providers.interface import Reply

_REFUSALS = {
    NoKeyringError: "no keyring answers on this machine",
    InitError: "the keyring does not open",
    KeyringLocked: "the keyring is locked",
    PasswordSetError: "the keyring does not take it",
}


def send(call: NativeCall, hand: Hand, timeout_s: float) -> Reply:  # noqa: ARG001  (the library has no time limit)
    service, user = call.address.split("/", 1)
    try:
        if call.operation == "look":
            ready = library.get_keyring().priority > 0  # the library's own stand-in for none has 0
            return answer(200, ready=True) if ready else answer(403, message=_REFUSALS[NoKeyringError])
        value = str(hand.tree(call.params["value"]))
        if call.operation == "compare":
            found = library.get_password(service, user)
            if found is None:
                return answer(404, message="the keyring has no such entry")
            return answer(200, equal=hmac.compare_digest(found.encode(), value.encode()))
        library.set_password(service, user, value)
        return answer(200, written=True)
    except tuple(_REFUSALS) as error:
        return answer(403, message=next(why for kind, why in _REFUSALS.items() if isinstance(error, kind)))
    except Exception as error:  # a backend's own; what it holds is not looked at
        return Reply(None, sent=call.mutates, failure=f"the keyring: {type(error).__name__}")
