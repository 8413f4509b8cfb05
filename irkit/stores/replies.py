"""What stores have in common: the settings they need, and how a place says that it holds the fresh value."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from irkit.errors import BadInput
from irkit.model import SecretRef, State
from irkit.providers.interface import Reading, Reply, Setting
from irkit.providers.replies import message_of

_RECENT = timedelta(minutes=10)

DOTS = r"(?!.*(?:^|/)\.{1,2}(?:/|$))"
"""At the beginning of a pattern: no `.` or `..` as a part of a path, which would lead elsewhere."""


def responder(setting: Setting, store: str) -> SecretRef:
    """The credential that may write there. BadInput when the case names none."""
    if setting.responder is None:
        raise BadInput(
            "nothing is known that may write to this store",
            on=store,
            do=f'write responder = "keyring:SERVICE/USER" (or another reference) under [stores.{store}] in case.toml',
        )
    return setting.responder


def base(setting: Setting, store: str, public: str = "") -> str:
    """The address without a slash at its end. BadInput when the store has no public one and the case names none."""
    if not (setting.base or public):
        raise BadInput(
            "the address of this store is not known",
            on=store,
            do=f'write base = "https://HOST" under [stores.{store}] in case.toml',
        )
    return (setting.base or public).rstrip("/")


def holds(who: str, found: object, label: str) -> Reading:
    """ALIVE when what stands there is the fresh value, which a reply has only as `[redacted LABEL]`. It is never repeated."""
    if found == f"[redacted {label}]":
        return Reading(State.ALIVE, f"{who} gives back the fresh value")
    if not isinstance(found, str):
        return Reading(State.UNKNOWN, f"{who} does not give the value back")
    return Reading(State.DEAD, f"{who} holds something else there")


def holds_encoded(who: str, found: object, label: str) -> Reading:
    """The same for a value in base64, whose last digits may stand behind the label: they hold bits of its last byte alone."""
    if isinstance(found, str) and re.fullmatch(
        rf"{re.escape(f'[redacted {label}]')}[A-Za-z0-9+/]{{0,3}}={{0,2}}", found
    ):
        return holds(who, f"[redacted {label}]", label)
    return holds(who, found, label)


def changed_lately(who: str, reply: Reply, changed: object) -> Reading:
    """Where a store vouches for the time alone, by its own clock (the reply's `Date`): changed a moment ago, or not."""
    if reply.status is None:
        return Reading(State.UNKNOWN, reply.nothing_came)
    try:
        then = datetime.fromisoformat(str(changed))
        now = parsedate_to_datetime(reply.headers["date"])
    except (ValueError, KeyError):
        return Reading(State.UNKNOWN, f"{who} answered {reply.status}: {message_of(reply.json())}")
    if reply.status != 200:
        return Reading(State.UNKNOWN, f"{who} answered {reply.status}")
    if now - (then if then.tzinfo else then.replace(tzinfo=UTC)) <= _RECENT:
        return Reading(State.ALIVE, f"{who} says it was changed at {changed}; it never gives a value back")
    return Reading(State.DEAD, f"{who} says it was last changed at {changed}")
