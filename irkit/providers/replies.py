"""How most JSON APIs answer, read once for all: `standing_by` for a probe, `accepted_by` for a mutation.

A provider with words of its own writes its own reader. Whatever is not plainly one of the answers it documents is unknown: a
firewall's page, a limit, an outage and a missing permission say nothing about a credential.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from irkit.model import State
from irkit.providers.interface import Accepted, Reading, Reply

Says = Callable[[Any], str | None]
"""From a JSON document to a sentence when it is what was hoped for, else None."""

_SHOWN = 120


def standing_by(
    who: str,
    alive: Says,
    *,
    dead: Collection[int] = (401,),
    dead_says: Says | None = None,
    alive_too: Mapping[int, Says] | None = None,
) -> Callable[[Reply], Reading]:
    """A reader of the probe's reply. 200 is alive only when `alive` knows the document for `who`'s own.

    A status of `dead` is dead when the body is JSON (and, with `dead_says`, when that knows it). `alive_too` has further statuses at
    which the credential was let in and something else refused (403 for a scope).
    """

    def read(reply: Reply) -> Reading:
        if reply.status is None:
            return Reading(State.UNKNOWN, reply.nothing_came)
        document = reply.json()
        if not isinstance(document, dict | list):
            return Reading(State.UNKNOWN, f"{reply.status} without JSON: this was not {who}'s API answering")
        if reply.status == 200 and (said := alive(document)) is not None:
            return Reading(State.ALIVE, f"{who} answered 200{said and f' {said}'}")
        if reply.status in dead and (dead_says is None or dead_says(document) is not None):
            return Reading(State.DEAD, f"{who} answered {reply.status}: {message_of(document)}")
        also = (alive_too or {}).get(reply.status)
        if also and (said := also(document)) is not None:
            return Reading(State.ALIVE, f"{who} knows it and denies only the resource: {said}")
        return Reading(State.UNKNOWN, f"{who} answered {reply.status}: {message_of(document)}")

    return read


def accepted_by(
    who: str,
    *,
    done: Collection[int] = (200, 202, 204),
    gone: Collection[int] = (),
    says: Says | None = None,
) -> Callable[[Reply], Accepted]:
    """A reader of the reply to a mutation. `done` is accepted (with `says`, when that knows the body), `gone` too: it was not there.

    No answer after sending, a page without JSON and 5xx leave it open; every other status is a refusal.
    """

    def read(reply: Reply) -> Accepted:
        if reply.status is None:
            return Accepted(None if reply.sent else False, reply.nothing_came)
        if reply.looks_like_html:
            return Accepted(None, f"{reply.status} with a web page: this was not {who}'s API answering")
        document = reply.json()
        if reply.status in done and (says is None or says(document) is not None):
            return Accepted(True, f"{who} accepted it ({reply.status})")
        if reply.status in gone:
            return Accepted(True, f"{who} no longer has it ({reply.status})")
        if reply.status >= 500 or (reply.body and document is None) or reply.status in done:
            return Accepted(None, f"{who} answered {reply.status}: {message_of(document)}")
        return Accepted(False, f"{who} answered {reply.status}: {message_of(document)}")

    return read


def has(*fields: str) -> Says:
    """Knows a document by fields that it must hold; says the first one's value ("as octocat")."""

    def says(document: Any) -> str | None:
        if not isinstance(document, dict) or any(field not in document for field in fields):
            return None
        first = document[fields[0]]
        return f"as {first!s:.60}" if isinstance(first, str | int) and not isinstance(first, bool) else ""

    return says


def at(document: Any, *path: str) -> Any:
    """What stands at a path of names; None when anything on the way is not there."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def holds(*path: str) -> Says:
    """Knows a document by something (not empty, not false) at a path of names."""
    return lambda document: "" if at(document, *path) else None


def message_of(document: Any) -> str:
    """What an error document says, wherever it says it; at most 120 characters."""
    if isinstance(document, dict):
        for name in ("message", "error_description", "error", "detail", "title", "errors", "errorSummary", "reason"):
            if found := document.get(name):
                inner = found[0] if isinstance(found, list) else found
                return message_of(inner) if isinstance(inner, dict) else str(inner)[:_SHOWN]
    return str(document)[:_SHOWN] if isinstance(document, str) else "no message"
