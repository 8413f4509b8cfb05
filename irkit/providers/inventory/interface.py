"""What an inventory is: lists of what an issuer gave out, asked with the team's own access. Described here, sent elsewhere.

A reader takes public fields by name and nothing else of a reply: what an issuer adds to its lists tomorrow is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from irkit.errors import NotAvailable
from irkit.model import Held, When
from irkit.plan import Ask
from irkit.providers.interface import Reply, Setting
from irkit.providers.replies import message_of


@dataclass(frozen=True)
class Listed:
    """How one page of a list was read. `problem` says why it is not the list, "" when it is. `names` are ids to be looked up one by
    one, where the list gives nothing else. `total`: how many there are on all pages, where it says so. `place`: whose list it is,
    where only the reply tells. `at`: of when it is, where the issuer makes it now and then (UTC)."""

    held: tuple[Held, ...] = ()
    problem: str = ""
    names: tuple[str, ...] = ()
    total: int | None = None
    place: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Prepared:
    """Whether what is to be fetched is ready now. `problem` says why it will not be."""

    yes: bool
    problem: str = ""


@dataclass(frozen=True)
class Study:
    """What an issuer works out about those that it listed, once it is asked to: `begin` asks for each name, `collect` makes the call
    for what came of it (None where it was refused), which is repeated until it is `done`; `learn` adds it. `what` names it where it
    does not come: the list itself is whole without it.
    """

    what: str
    begin: Callable[[Setting, tuple[Held, ...]], Mapping[str, Ask]]
    collect: Callable[[Setting, Reply], Ask | None]
    done: Callable[[Reply], Prepared]
    learn: Callable[[tuple[Held, ...], str, Reply], tuple[Held, ...]]


@dataclass(frozen=True)
class Listing:
    """One list that an issuer gives, of each place once. `following` raises where more is there that is not followed.

    `ask` makes its calls, one for each place that the setting names; it raises NotAvailable or BadInput, whose words become the
    reason why it was not asked. `following` makes the call for the next page, None after the last. `prepare` must be answered with
    yes before. `each` looks one entry up that the list only names; `more` asks for what a listed one's own entry does not tell, which
    `learn` adds (several calls, in order). `study` is what the issuer works out about them when it is asked to.
    """

    issuer: str
    what: str
    source: str
    tested: str
    ask: Callable[[Setting], tuple[Ask, ...]]
    read: Callable[[Reply], Listed]
    following: Callable[[Ask, Reply], Ask | None] = lambda _ask, _reply: None
    prepare: Callable[[Setting], Ask] | None = None
    prepared: Callable[[Reply], Prepared] | None = None
    each: Callable[[Setting, str], Ask] | None = None
    more: Callable[[Setting, tuple[Held, ...]], Mapping[str, Ask]] | None = None
    learn: Callable[[tuple[Held, ...], str, Reply], tuple[Held, ...]] | None = None
    study: Study | None = None


def places(setting: Setting, *names: str) -> tuple[str, ...]:
    """What the options of these names say, comma-separated, each once."""
    told = ",".join(setting.options.get(name, "") for name in names)
    return tuple(dict.fromkeys(part.strip() for part in told.split(",") if part.strip()))


def nobody_asks(provider: str) -> NotAvailable:
    return NotAvailable(
        "the team has no access of its own here",
        do=f'write responder = "keyring:SERVICE/USER" under [providers.{provider}] in case.toml',
    )


def not_named(provider: str, option: str, what: str) -> NotAvailable:
    return NotAvailable(f"{what} is not named", do=f"write {option} under [providers.{provider}.options] in case.toml")


def refused(who: str, reply: Reply) -> str:
    """Why a reply is no list, in words."""
    if reply.status is None:
        return reply.nothing_came
    document = reply.json()
    if document is None:
        return f"{who} answered {reply.status} without JSON"
    return f"{who} answered {reply.status}: {message_of(document)}"


def entries(document: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; anything else among them is no entry."""
    return [one for one in document if isinstance(one, dict)] if isinstance(document, list) else []


def strangers(document: Any) -> str:
    """What of a list is no entry that can be read, in words; "" when all of it is."""
    odd = len(document) - len(entries(document)) if isinstance(document, list) else 0
    return f"{odd} of its entries could not be read" if odd else ""


PAGE = 100
"""Asked for by page. Where as many came, the next is asked for, whatever the reply says of it: a proxy may drop a header."""


def full(reply: Reply, *names: str) -> bool:
    """Whether this page holds as many as were asked for, in one of the lists of these names or by itself."""
    document = reply.json()
    lists = [document.get(name) for name in names] if isinstance(document, dict) else [document]
    return any(isinstance(one, list) and len(one) >= PAGE for one in lists)


def words(value: Any, most: int = 200) -> str:
    """A field as text; "" where there is none."""
    return "" if value is None or isinstance(value, dict | list) else str(value)[:most]


def names_of(value: Any) -> tuple[str, ...] | None:
    """A list of words; None where it is none."""
    return tuple(words(one) for one in value) if isinstance(value, list) else None


def moment(value: Any, absent: When = None) -> When:
    """A time in ISO 8601, a day, or milliseconds since 1970, as UTC; a day counts to its end. `absent` where the field is empty."""
    if value in (None, ""):
        return absent
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        text = str(value)
        found = datetime.fromisoformat(f"{text}T23:59:59Z" if len(text) == 10 else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def instant(value: Any) -> datetime | None:
    """The same where only a time will do."""
    found = moment(value)
    return found if isinstance(found, datetime) else None
