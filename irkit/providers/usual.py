"""The usual calls of JSON APIs as data: a probe with the leaked credential, a mutation as the responder, one with the value alone.

A path may hold `{name}`: an option of the setting, or `{id}`, the credential's public identifier (else the option "id").
Everything put into a path is percent-encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from irkit.errors import BadInput
from irkit.model import SecretRef
from irkit.plan import Auth, Call, HumanTask, Json
from irkit.providers.calls import address, value_of, whose
from irkit.providers.interface import Made, Need, Replacement, Reply, Setting, Target
from irkit.providers.replies import accepted_by, message_of

Sign = Callable[[SecretRef], Auth]
AskOrTask = Callable[[Setting, Target], Call | HumanTask]
Headers = tuple[tuple[str, str], ...]


def bearer(ref: SecretRef) -> Auth:
    return Auth("bearer", ref)


def header(name: str) -> Sign:
    """`NAME: VALUE`, where an API wants the credential in a header of its own."""
    return lambda ref: Auth("header", ref, header=name)


def filled(path: str, setting: Setting, target: Target | None) -> str | None:
    """The path with its names put in; None when one is not known."""
    known = dict(setting.options)
    known["id"] = (target.public_id if target else "") or known.get("id", "")
    names = re.findall(r"\{(\w+)\}", path)
    if not all(known.get(name) for name in names):
        return None
    return re.sub(r"\{(\w+)\}", lambda found: quote(known[found[1]], safe=""), path)


def lacking(provider: str, what: str) -> BadInput:
    return BadInput(f"{what} is not known", do=f"write it under [providers.{provider}] in case.toml")


def probe(
    provider: str, who: str, public: str, path: str, *, sign: Sign = bearer, headers: Headers = ()
) -> Callable[[Setting, Target], Call]:
    """GET with the credential itself. BadInput when the address or an option is missing, NotAvailable without its value."""

    def ask(setting: Setting, target: Target) -> Call:
        ref, base = value_of(target, who), address(setting, public)
        if not base:
            raise lacking(provider, f"the address of {who}")
        at = filled(path, setting, target)
        if at is None:
            raise lacking(provider, f"what stands in {path}")
        return Call("GET", base + at, whose(ref), sign(ref), headers)

    return ask


def by_responder(
    method: Any,
    public: str,
    path: str,
    by_hand: HumanTask,
    *,
    sign: Sign = bearer,
    headers: Headers = (),
    body: Json = None,
) -> AskOrTask:
    """A mutation with the responder's own credential; a task for a person when that, the address or a name is missing."""

    def ask(setting: Setting, target: Target) -> Call | HumanTask:
        at, base = filled(path, setting, target), address(setting, public)
        if setting.responder is None or at is None or not base:
            return by_hand
        return Call(method, base + at, "responder", sign(setting.responder), headers, body=body, mutates=True)

    return ask


def by_itself(
    method: Any, public: str, path: str, by_hand: HumanTask, *, sign: Sign = bearer, headers: Headers = ()
) -> AskOrTask:
    """A mutation that the API allows the credential on itself; a task for a person when its value or the address is missing."""

    def ask(setting: Setting, target: Target) -> Call | HumanTask:
        at, base = filled(path, setting, target), address(setting, public)
        if target.secret is None or at is None or not base:
            return by_hand
        return Call(method, base + at, "leaked", sign(target.secret), headers, mutates=True)

    return ask


def undone_by(ask: AskOrTask) -> Callable[[Setting, str], Call | HumanTask]:
    """Removing a fresh credential by its id, with the call that removes any."""
    return lambda setting, public_id: ask(setting, Target(None, "", public_id))


def inside(*path: str | int) -> Callable[[Any], str | None]:
    """Takes one value out of a JSON document; None when it is not there."""

    def take(document: Any) -> str | None:
        for step in path:
            try:
                document = document[step]
            except (LookupError, TypeError):
                return None
        return str(document) if isinstance(document, str | int) and not isinstance(document, bool) else None

    return take


def made_by(
    who: str, public_id: Callable[[Any], str | None], expires: Callable[[Any], str | None] = lambda _document: None
) -> Callable[[Reply], Made]:
    """A reader of the reply to the making of a fresh credential: 200 or 201 with an id, else it is not certain that there is one."""
    accepted = accepted_by(who, done=(200, 201), says=public_id)

    def read(reply: Reply) -> Made:
        answer, document = accepted(reply), reply.json()
        if not answer.yes:
            return Made(answer.yes, answer.why)
        return Made(True, answer.why, public_id(document) or "", expires(document) or "")

    return read


def named_in(
    who: str, entries: Callable[[Any], Any], name: Callable[[Any], str | None], public_id: Callable[[Any], str | None]
) -> Callable[[Reply, Need], Made]:
    """A reader of a list in which a fresh credential is sought by its name. UNKNOWN unless the whole list came."""

    def read(reply: Reply, need: Need) -> Made:
        document = reply.json()
        found = entries(document) if reply.status == 200 and document is not None else None
        if not isinstance(found, list):
            return Made(None, reply.nothing_came or f"{who} answered {reply.status}: {message_of(document)}")
        ids = [public_id(one) for one in found if name(one) == need.name and public_id(one) not in need.others]
        return Made(bool(ids), f"{who} has {len(ids)} of this name", (ids[-1] or "") if ids else "")

    return read


def listed(*path: str) -> Callable[[Any], Any]:
    """Takes a list (or anything else) out of a JSON document; None when it is not there."""

    def take(document: Any) -> Any:
        for step in path:
            document = document.get(step) if isinstance(document, Mapping) else None
        return document

    return take


def replaced_by_hand(who: str, page: str, better: str) -> Replacement:
    """Where no API makes a fresh credential: the task for a person, and what would be better than another one."""
    task = HumanTask(
        f"Replace the credential at {who}",
        page,
        (
            f"Better than another one like it: {better}",
            "Else make one with the least rights and the shortest life, and store it where its consumers read it",
        ),
    )
    return Replacement(
        lambda _setting, _target, _need: task,
        lambda _document: None,
        lambda _reply: Made(None, "a person makes it"),
        better,
    )
