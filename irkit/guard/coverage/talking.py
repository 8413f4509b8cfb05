"""How a code host is asked, and what is understood of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from irkit.errors import BadInput
from irkit.guard.coverage.report import Bypass
from irkit.network import Door
from irkit.plan import Call
from irkit.providers.interface import Reply, Setting
from irkit.providers.replies import message_of

PAGES = 10
PAGE = ("per_page", "100")
FULL = 100


@dataclass(frozen=True)
class Pushed:
    """A push as the host recorded it; `ref` is a branch's name."""

    ref: str
    before: str
    after: str
    at: datetime
    who: str


@dataclass(frozen=True)
class Job:
    """How the job of a push ended: True well, False not, or it did not run; None where it cannot be told. `files` are the names of the
    files that say what it does."""

    well: bool | None
    why: str
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Required:
    """Whether a rule requires a workflow that is kept in another repository, and the names of the files of such ones."""

    answer: bool | None
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Host:
    """How one is asked, and what its answers say."""

    name: str
    title: str
    check: str
    ask: Callable[[Setting, str, tuple[tuple[str, str], ...]], Call | None]
    project: Callable[[str], str]
    pushes: Callable[[Talk, str], Iterator[Pushed]]
    branches: Callable[[Talk, str], Iterator[tuple[str, str]]]
    job: Callable[[Talk, str, Pushed, str], Job]
    protection: Callable[[Talk, str], tuple[bool | None, str]]
    required: Callable[[Talk, str, str], Required]
    bypassed: Callable[[Talk, str], tuple[tuple[Bypass, ...], str]]
    protect: str
    require: str


@dataclass
class Talk:
    """Questions to a host; each once. `goes_on` says that a list was longer than is read, `unread` what an answer left out."""

    host: Host
    setting: Setting
    door: Door
    goes_on: bool = False
    unread: list[str] = field(default_factory=list)
    _told: dict[object, tuple[Any, Reply]] = field(default_factory=dict, repr=False)

    def ask(self, path: str, *query: tuple[str, str]) -> tuple[Any, Reply]:
        if (path, query) not in self._told:
            call = self.host.ask(self.setting, path, query)
            if call is None:
                raise BadInput(
                    f"{self.host.title} is asked as you", do="name a credential of your own with --responder REF"
                )
            reply = self.door.send(call)
            self._told[path, query] = (reply.json() if reply.status == 200 else None), reply
        return self._told[path, query]

    def pages(self, path: str, *query: tuple[str, str]) -> Iterator[Any]:
        """The entries of a list, page by page; BadInput when the host does not give it."""
        more: tuple[tuple[str, str], ...] = ()
        for _ in range(PAGES):
            plain, reply = self.ask(path, PAGE, *query, *more)
            if not isinstance(plain, list):
                raise BadInput(
                    f"{self.host.title} does not give {path}", why=refusal(reply), do="check the name and --responder"
                )
            yield from plain
            following = _next(reply.headers.get("link", ""))
            if following is None:
                return
            more = following
        self.goes_on = True


def refusal(reply: Reply) -> str:
    """Why there is no answer, in words."""
    return reply.nothing_came or f"it answered {reply.status}: {message_of(reply.json())}"


def _next(link: str) -> tuple[tuple[str, str], ...] | None:
    """https://datatracker.ietf.org/doc/html/rfc8288: the query of the next page, without its size."""
    from urllib.parse import parse_qsl, urlsplit

    for part in link.split(","):
        address, _, rest = part.partition(";")
        if 'rel="next"' in rest:
            query = parse_qsl(urlsplit(address.strip(" <>")).query)
            return tuple(pair for pair in query if pair[0] in ("page", "after", "cursor"))
    return None
